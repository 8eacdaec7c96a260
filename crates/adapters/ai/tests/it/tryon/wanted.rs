//! What the tests ask for, and small tools around providers.

use std::io::Cursor;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atelier_adapter_ai::{HttpLimits, ProviderHttp};
use atelier_domain::wearit::tryon::{
    Control, FailureCode, Progress, ProgressSink, ProviderFailure, ProviderImage, ProviderResult, Submission, TryOnFailure, TryOnInputs,
    TryOnOptions, TryOnProvider,
};
use atelier_domain::wearit::wardrobe::Category;
use bytes::Bytes;
use image::{ImageFormat, Rgb, RgbImage};

/// A picture of one colour.
pub(crate) fn picture(pixel: [u8; 3]) -> Bytes {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(48, 64, Rgb(pixel)).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner().into()
}

/// A top on a person, under a reference of its own.
pub(crate) fn inputs(callback_url: Option<String>) -> TryOnInputs {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let image = |jpeg: Bytes, name: &str| ProviderImage { jpeg, url: format!("https://objects.test/{name}?X-Amz-Signature=s3cr3t") };
    TryOnInputs {
        person: image(picture([200, 150, 120]), "person.jpg"),
        garments: vec![(Category::Tops, image(picture([20, 40, 220]), "top.jpg"))],
        options: TryOnOptions::default(),
        reference: format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)),
        callback_url,
    }
}

/// A client that does not wait long between tries.
pub(crate) fn http() -> ProviderHttp {
    let limits = HttpLimits { first_wait: Duration::from_millis(10), longest_wait: Duration::from_millis(1_500), ..HttpLimits::default() };
    ProviderHttp::new(limits).unwrap()
}

/// Goes on, or stops at once.
pub(crate) struct Sink(pub(crate) Control);

impl ProgressSink for Sink {
    fn report(&self, _progress: Progress) -> Control {
        self.0
    }
}

/// Submits, again while the server is busy with another test.
pub(crate) async fn submit(provider: &dyn TryOnProvider, wanted: &TryOnInputs) -> Result<Submission, ProviderFailure> {
    for _ in 0..600 {
        match provider.submit(wanted.clone(), &Sink(Control::Continue)).await {
            Err(ProviderFailure::Failed { failure, .. }) if failure.code == FailureCode::ProviderBusy => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            other => return other,
        }
    }
    panic!("the server stays busy");
}

/// The canonical failure.
#[track_caller]
pub(crate) fn failure<T: std::fmt::Debug>(answer: Result<T, ProviderFailure>) -> TryOnFailure {
    match answer {
        Err(ProviderFailure::Failed { failure, .. }) => failure,
        other => panic!("no failure: {other:?}"),
    }
}

/// The picture.
#[track_caller]
pub(crate) fn done(answer: Result<Submission, ProviderFailure>) -> ProviderResult {
    match answer {
        Ok(Submission::Done(result)) => result,
        other => panic!("no picture: {other:?}"),
    }
}

//! The engine behind the domain's ports, on sample pictures.

use std::sync::Mutex;

use atelier_adapter_fitting::LocalTryOn;
use atelier_domain::wearit::body::PhotoExaminer;
use atelier_domain::wearit::tryon::{
    Control, FailureCode, Progress, ProgressSink, ProviderFailure, ProviderImage, Submission, TryOnInputs, TryOnOptions, TryOnProvider,
};
use atelier_domain::wearit::wardrobe::Category;
use bytes::Bytes;

use crate::samples::sample_path;

fn provider() -> LocalTryOn {
    LocalTryOn::new(2)
}

fn sample(name: &str) -> Bytes {
    std::fs::read(sample_path(name)).unwrap().into()
}

fn inputs(person: Bytes, garments: Vec<(Category, Bytes)>) -> TryOnInputs {
    let garments = garments.into_iter().map(|(category, jpeg)| (category, ProviderImage { jpeg, url: String::new() })).collect();
    let person = ProviderImage { jpeg: person, url: String::new() };
    TryOnInputs { person, garments, options: TryOnOptions::default(), reference: "r".to_owned(), callback_url: None }
}

/// Remembers the stages, and says stop at one of them.
#[derive(Default)]
struct Sink {
    seen: Mutex<Vec<(u8, String)>>,
    stop_at: Option<&'static str>,
}

impl ProgressSink for Sink {
    fn report(&self, progress: Progress) -> Control {
        let stop = self.stop_at == Some(progress.stage.as_str());
        self.seen.lock().unwrap().push((progress.percent, progress.stage));
        if stop { Control::Stop } else { Control::Continue }
    }
}

#[tokio::test]
async fn a_top_on_a_person_gives_a_picture_and_tells_each_stage() {
    let sink = Sink::default();
    let answer = provider().submit(inputs(sample("person_1.jpg"), vec![(Category::Tops, sample("g_tee.jpg"))]), &sink).await;
    let Ok(Submission::Done(result)) = answer else { panic!("{answer:?}") };
    let picture = image::load_from_memory(&result.image).unwrap();
    assert!(picture.width().max(picture.height()) <= 800 && picture.width().min(picture.height()) > 200);
    assert!(result.preview && result.model_used.starts_with("local-2d@") && !result.worked_for.is_zero());
    assert!(result.confidence.is_some_and(|confidence| (0.0..=1.0).contains(&confidence)));
    let seen = sink.seen.into_inner().unwrap();
    assert_eq!(seen.iter().map(|(_, stage)| stage.as_str()).collect::<Vec<_>>(), ["pose", "labels", "garment", "warp", "composite"]);
    assert!(seen.is_sorted_by_key(|(percent, _)| *percent));
}

#[tokio::test]
async fn a_sink_that_says_stop_ends_the_work() {
    // One stage may have begun before the answer arrived.
    let sink = Sink { stop_at: Some("pose"), ..Sink::default() };
    let answer = provider().submit(inputs(sample("person_1.jpg"), vec![(Category::Tops, sample("g_tee.jpg"))]), &sink).await;
    assert!(matches!(answer, Err(ProviderFailure::Stopped)), "{answer:?}");
    assert!(sink.seen.into_inner().unwrap().len() < 5);
}

#[tokio::test]
async fn what_the_person_can_mend_is_told_by_its_code() {
    let nobody = (sample("g_tee.jpg"), sample("g_tee.jpg"), FailureCode::PoseNotFound, "no_person");
    let broken_person =
        (Bytes::from_static(b"\xff\xd8\xff broken"), sample("g_tee.jpg"), FailureCode::InputUnreadable, "person_unreadable");
    let broken_garment = (sample("person_1.jpg"), Bytes::from_static(b"x"), FailureCode::InputUnreadable, "garment_unreadable");
    for (person, garment, code, reason) in [nobody, broken_person, broken_garment] {
        let answer = provider().submit(inputs(person, vec![(Category::Tops, garment)]), &Sink::default()).await;
        let Err(ProviderFailure::Failed { failure, retry_after: None }) = answer else { panic!("{reason}: {answer:?}") };
        assert_eq!((failure.code, failure.reason.as_str()), (code, reason));
        assert!(!failure.message.is_empty() && !failure.advice.is_empty());
    }
    let shoes = provider().submit(inputs(sample("person_1.jpg"), vec![(Category::Shoes, sample("g_tee.jpg"))]), &Sink::default()).await;
    assert!(matches!(shoes, Err(ProviderFailure::Failed { ref failure, .. }) if failure.code == FailureCode::InputRejected), "{shoes:?}");
}

#[tokio::test]
async fn a_good_photo_has_no_findings_and_one_without_a_person_says_so() {
    let provider = provider();
    assert_eq!(provider.examine(sample("person_1.jpg")).await.unwrap(), Vec::<String>::new());
    assert_eq!(provider.examine(sample("g_tee.jpg")).await.unwrap(), ["no_person"]);
    assert!(provider.examine(Bytes::from_static(b"nothing")).await.is_err());
}

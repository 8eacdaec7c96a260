//! How pictures reach Replicate: as signed addresses, as data URLs up to 256 kB, else through its Files API
//! (replicate.com/docs/topics/predictions/input-files).

use atelier_domain::wearit::tryon::{ProviderFailure, ProviderImage, TryOnInputs};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;

use super::find::marked;
use super::request::Api;
use crate::tryon::InputMode;
use crate::tryon::failures::{self, UNREACHABLE};
use crate::tryon::http::{Call, Retry};
use crate::tryon::pictures::data_url;

/// "Use a data URL when you have a small file <= 256kb".
const LONGEST_DATA_URL: usize = 256 * 1000;

#[derive(Deserialize)]
struct Uploaded {
    urls: Urls,
}

#[derive(Deserialize)]
struct Urls {
    get: String,
}

/// The addresses of the person's picture and of the garments'.
pub(super) async fn addresses(api: &Api, inputs: &TryOnInputs, mode: InputMode) -> Result<(String, Vec<String>), ProviderFailure> {
    let person = address(api, &inputs.person, &inputs.reference, mode).await?;
    let mut garments = Vec::with_capacity(inputs.garments.len());
    for (_, garment) in &inputs.garments {
        garments.push(address(api, garment, &inputs.reference, mode).await?);
    }
    Ok((person, garments))
}

async fn address(api: &Api, picture: &ProviderImage, reference: &str, mode: InputMode) -> Result<String, ProviderFailure> {
    match mode {
        InputMode::SignedUrl => Ok(marked(&picture.url, reference)),
        InputMode::Inline => {
            let inline = data_url(picture);
            if inline.len() <= LONGEST_DATA_URL { Ok(inline) } else { upload(api, picture, reference).await }
        }
        InputMode::Upload => upload(api, picture, reference).await,
    }
}

/// Uploads cost nothing: one whose answer is lost is made again.
async fn upload(api: &Api, picture: &ProviderImage, reference: &str) -> Result<String, ProviderFailure> {
    let url = api.endpoint.url(&["files"]);
    let request = || {
        let part = Part::stream(picture.jpeg.clone()).file_name(format!("{reference}.jpg"));
        // The type is ours and always right.
        let part = part.mime_str("image/jpeg").unwrap_or_else(|_never| Part::stream(picture.jpeg.clone()));
        let form = Form::new().part("content", part);
        api.endpoint.authorise(api.http.request(Method::POST, url.clone()).multipart(form))
    };
    match api.http.call(Call::new(super::provider::NAME, "upload", Retry::Repeatable), request).await {
        Ok(answer) if answer.status.is_success() => match answer.json::<Uploaded>() {
            Some(uploaded) => Ok(uploaded.urls.get),
            None => Err(UNREACHABLE.said(super::provider::NAME, "an upload was answered with something else")),
        },
        Ok(answer) => Err(api.refused(&answer)),
        Err(error) => Err(failures::call(super::provider::NAME, &error)),
    }
}

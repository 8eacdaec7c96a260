//! Pictures on their way to a provider and back.

use std::io::Cursor;

use atelier_domain::wearit::tryon::{ProviderFailure, ProviderImage};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use image::{ImageFormat, ImageReader, Limits};
use reqwest::RequestBuilder;
use serde_json::Value;
use tokio::task::spawn_blocking;
use url::Url;

use super::failures::{BLACK, FAILED, RESULT_EXPIRED, RESULT_UNREADABLE, UNREACHABLE};
use super::http::{ProviderHttp, redacted};

/// A channel value up to which a picture counts as black: compression leaves a little noise.
const BLACK_UP_TO: u8 = 12;
const LONGEST_EDGE: u32 = 12_000;
const DECODED_BYTES: u64 = 512 << 20;

/// How pictures reach a provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InputMode {
    /// As the signed address of our object store, which the provider must be able to reach.
    #[default]
    SignedUrl,
    /// Inside the request, as data URLs; at Replicate pictures beyond 256 kB are uploaded.
    Inline,
    /// Uploaded to the provider first; only at Replicate, elsewhere the same as [`InputMode::Inline`].
    Upload,
}

/// A picture as a data URL.
pub(super) fn data_url(picture: &ProviderImage) -> String {
    format!("data:image/jpeg;base64,{}", STANDARD.encode(&picture.jpeg))
}

/// A picture as its own provider gets it: an address or a data URL.
pub(super) fn address(picture: &ProviderImage, mode: InputMode) -> String {
    match mode {
        InputMode::SignedUrl => picture.url.clone(),
        InputMode::Inline | InputMode::Upload => data_url(picture),
    }
}

/// Where the picture of an output is: a string, the last of a list (the others are steps towards it), or the only address of an object.
pub(super) fn location(output: &Value) -> Option<&str> {
    match output {
        Value::String(text) => is_address(text).then_some(text),
        Value::Array(list) => list.iter().rev().find_map(location),
        Value::Object(fields) => fields.values().find_map(location),
        _ => None,
    }
}

fn is_address(text: &str) -> bool {
    ["http://", "https://", "data:"].iter().any(|scheme| text.starts_with(scheme))
}

/// The picture at a location that a provider named, whole and fit to be kept.
pub(super) async fn collect(
    http: &ProviderHttp,
    provider: &'static str,
    at: &str,
    authorise: impl Fn(RequestBuilder) -> RequestBuilder,
) -> Result<Bytes, ProviderFailure> {
    let bytes = match at.strip_prefix("data:") {
        Some(data) => {
            embedded(data, http.limits().picture_bytes).ok_or_else(|| RESULT_UNREADABLE.said(provider, "a data URL that is none"))?
        }
        None => fetched(http, provider, at, authorise).await?,
    };
    let looked_at = bytes.clone();
    match spawn_blocking(move || look(&looked_at)).await {
        Ok(Ok(false)) => Ok(bytes),
        Ok(Ok(true)) => Err(BLACK.said(provider, "an all-black picture")),
        Ok(Err(error)) => Err(RESULT_UNREADABLE.said(provider, &error.to_string())),
        Err(panic) => Err(RESULT_UNREADABLE.said(provider, &panic.to_string())),
    }
}

async fn fetched(
    http: &ProviderHttp,
    provider: &'static str,
    at: &str,
    authorise: impl Fn(RequestBuilder) -> RequestBuilder,
) -> Result<Bytes, ProviderFailure> {
    let url = Url::parse(at).map_err(|error| RESULT_UNREADABLE.said(provider, &error.to_string()))?;
    match http.fetch(provider, url, authorise).await {
        Ok(answer) if answer.status.is_success() => Ok(answer.body),
        Ok(answer) if matches!(answer.status.as_u16(), 403 | 404 | 410) => {
            Err(RESULT_EXPIRED.said(provider, &format!("HTTP {}", answer.status.as_u16())))
        }
        Ok(answer) if answer.status.as_u16() == 429 || answer.status.is_server_error() => Err(UNREACHABLE.after(answer.retry_after())),
        Ok(answer) => Err(FAILED.said(provider, &format!("HTTP {} for the result", answer.status.as_u16()))),
        Err(super::http::CallError::TooLarge(_)) => Err(RESULT_UNREADABLE.said(provider, "a result that is too large")),
        Err(error) => {
            tracing::warn!(provider, error = redacted(&error.to_string()), "a result could not be fetched, it will be tried again");
            Err(UNREACHABLE.failed())
        }
    }
}

/// The bytes of a data URL without its `data:` (RFC 2397); base64 only, as all three vendors write it.
fn embedded(data: &str, longest: usize) -> Option<Bytes> {
    let (head, text) = data.split_once(',')?;
    if !head.ends_with(";base64") || text.len() / 4 * 3 > longest {
        return None;
    }
    STANDARD.decode(text).ok().map(Bytes::from)
}

/// Whether a picture is black all over.
fn look(bytes: &[u8]) -> Result<bool, image::ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(image::ImageError::Unsupported(image::error::ImageFormatHint::Unknown.into()));
    }
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height, limits.max_alloc) = (Some(LONGEST_EDGE), Some(LONGEST_EDGE), Some(DECODED_BYTES));
    reader.limits(limits);
    Ok(reader.decode()?.into_rgb8().iter().all(|channel| *channel <= BLACK_UP_TO))
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};
    use serde_json::json;

    use super::*;

    fn png(pixel: [u8; 3]) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::from_pixel(16, 24, Rgb(pixel)).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_black_picture_is_told_from_a_dark_one() {
        assert!(look(&png([0, 3, 0])).unwrap());
        assert!(!look(&png([10, 40, 10])).unwrap());
        assert!(look(b"<html>no picture</html>").is_err());
    }

    #[test]
    fn the_picture_of_an_output_is_found() {
        for (output, expected) in [
            (json!("https://a/1.png"), Some("https://a/1.png")),
            (json!(["https://a/1.png", "https://a/2.png"]), Some("https://a/2.png")),
            (json!({"seed": 3, "image": "data:image/png;base64,AA=="}), Some("data:image/png;base64,AA==")),
            (json!("done"), None),
            (json!([]), None),
            (Value::Null, None),
        ] {
            assert_eq!(location(&output), expected, "{output}");
        }
    }

    #[test]
    fn data_urls_are_read_with_a_cap() {
        assert_eq!(embedded("image/png;base64,AAEC", 10).unwrap().as_ref(), [0, 1, 2]);
        assert!(embedded("image/png;base64,AAECAAECAAECAAEC", 10).is_none());
        assert!(embedded("image/png,hello", 10).is_none());
    }
}

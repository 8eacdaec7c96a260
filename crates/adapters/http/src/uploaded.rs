//! Multipart uploads: spooled to disk, never whole in memory.

use std::future::Future;
use std::io::Read;
use std::pin::Pin;

use actix_multipart::form::tempfile::{TempFile, TempFileConfig, TempFileError};
use actix_multipart::form::text::TextConfig;
use actix_multipart::form::{Limits, MultipartCollect, State};
use actix_multipart::{Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, ResponseError, web};
use atelier_domain::kernel::ImageInput;
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// Largest image, in bytes.
pub(crate) const MAX_IMAGE_BYTES: usize = 10 * 1024 * 1024;

/// Largest form: an image, the other fields and what stands between them.
const MAX_FORM_BYTES: usize = MAX_IMAGE_BYTES + 64 * 1024;
/// What a form's text fields may take of memory, in bytes.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Errors of the fields of multipart forms.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(TempFileConfig::default().error_handler(|error, _| spooling_error(&error).into()))
        .app_data(TextConfig::default().error_handler(|error, _| ApiError::invalid_field("body", error.to_string()).into()));
}

/// Files are spooled to the machine's temporary directory, which may be full like any other.
fn spooling_error(error: &TempFileError) -> ApiError {
    match error {
        TempFileError::FileIo(error) => ApiError::spooling(error),
        other => ApiError::internal(other),
    }
}

fn form_error(error: &MultipartError) -> ApiError {
    use MultipartError as E;
    match error {
        E::Payload(actix_web::error::PayloadError::Overflow) => {
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", format!("an image may have at most {MAX_IMAGE_BYTES} bytes"))
        }
        E::ContentTypeMissing | E::ContentTypeParse | E::ContentTypeIncompatible => ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "send a form with the header Content-Type: multipart/form-data",
        ),
        E::Field { name, source } => match source.as_error::<ApiError>() {
            Some(ours) if ours.status_code().is_server_error() => ours.clone(),
            _ => ApiError::invalid_field(name, source.to_string()),
        },
        E::UnknownField(name) => ApiError::invalid_field(name, "is not a field of this form"),
        E::DuplicateField(name) => ApiError::invalid_field(name, "must be sent once"),
        E::MissingField(name) => ApiError::invalid_field(name, "is required"),
        other => ApiError::invalid_field("body", other.to_string()),
    }
}

/// A multipart form whose every error has our shape. The fields are read here and not by the framework's extractor, which panics in debug
/// builds at a field whose name is empty.
///
/// An extractor for routes of one's own beside the product's. Fields are limited by `#[multipart(limit = …)]`, the form to 10 MiB and 64 KiB;
/// its errors are those of every route: 400, 413 or 415 with code and fields.
#[derive(Debug)]
pub struct SpooledForm<T: MultipartCollect>(pub T);

impl<T: MultipartCollect + 'static> FromRequest for SpooledForm<T> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let fields = Multipart::from_request(&request, payload);
        Box::pin(async move { collect(&request, fields.await?).await.map(Self).map_err(|e| form_error(&e).into()) })
    }
}

async fn collect<T: MultipartCollect>(request: &HttpRequest, mut fields: Multipart) -> Result<T, MultipartError> {
    if !matches!(request.mime_type(), Ok(Some(mime)) if mime.essence_str() == "multipart/form-data") {
        return Err(MultipartError::ContentTypeIncompatible);
    }
    let mut limits = Limits::new(MAX_FORM_BYTES, MAX_TEXT_BYTES);
    let mut state = State::default();
    while let Some(field) = fields.try_next().await? {
        limits.field_limit_remaining = T::limit(field.name().unwrap_or_default());
        T::handle_field(request, field, &mut limits, &mut state).await?;
    }
    T::from_state(state)
}

/// Where the domain finds the spooled image. The file lives as long as `file`.
pub(crate) fn image_input(file: &TempFile) -> ImageInput {
    ImageInput::File(file.file.path().to_owned())
}

/// SHA-256 of the spooled file, hex, read on a blocking thread.
pub(crate) async fn sha256(file: &TempFile) -> Result<String, ApiError> {
    let path = file.file.path().to_owned();
    let digest = web::block(move || {
        let mut reader = std::fs::File::open(path)?;
        let mut hasher = Sha256::new();
        let mut buffer = [0; 16 * 1024];
        loop {
            let read = reader.read(&mut buffer)?;
            if read == 0 {
                return Ok::<_, std::io::Error>(hex::encode(hasher.finalize()));
            }
            hasher.update(&buffer[..read]);
        }
    });
    digest.await.map_err(|e| ApiError::internal(&e))?.map_err(|e| ApiError::internal(&e))
}

//! Multipart uploads: spooled to disk, never whole in memory.

use std::future::Future;
use std::io::Read;
use std::pin::Pin;

use actix_multipart::form::tempfile::{TempFile, TempFileConfig};
use actix_multipart::form::text::TextConfig;
use actix_multipart::form::{MultipartCollect, MultipartForm, MultipartFormConfig};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use atelier_domain::kernel::ImageInput;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// Largest image, in bytes.
pub(crate) const MAX_IMAGE_BYTES: usize = 10 * 1024 * 1024;

/// Limits and errors of multipart forms.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(
            MultipartFormConfig::default()
                .total_limit(MAX_IMAGE_BYTES + 64 * 1024)
                .memory_limit(64 * 1024)
                .error_handler(|error, _| form_error(&error).into()),
        )
        .app_data(TempFileConfig::default().error_handler(|error, _| ApiError::internal(&error).into()))
        .app_data(TextConfig::default().error_handler(|error, _| ApiError::invalid_field("body", error.to_string()).into()));
}

fn form_error(error: &actix_multipart::MultipartError) -> ApiError {
    use actix_multipart::MultipartError as E;
    match error {
        E::Payload(actix_web::error::PayloadError::Overflow) => {
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", format!("an image may have at most {MAX_IMAGE_BYTES} bytes"))
        }
        E::ContentTypeMissing | E::ContentTypeParse | E::ContentTypeIncompatible => ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "send a form with the header Content-Type: multipart/form-data",
        ),
        E::Field { name, source } => ApiError::invalid_field(name, source.to_string()),
        E::UnknownField(name) => ApiError::invalid_field(name, "is not a field of this form"),
        E::DuplicateField(name) => ApiError::invalid_field(name, "must be sent once"),
        E::MissingField(name) => ApiError::invalid_field(name, "is required"),
        other => ApiError::invalid_field("body", other.to_string()),
    }
}

/// A multipart form whose every error has our shape: a wrong content type is refused before the framework asks its error handler.
pub(crate) struct SpooledForm<T: MultipartCollect>(pub(crate) T);

impl<T: MultipartCollect + 'static> FromRequest for SpooledForm<T> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = MultipartForm::<T>::from_request(request, payload);
        Box::pin(async move {
            match form.await {
                Ok(form) => Ok(Self(form.into_inner())),
                Err(error) => Err(error.as_error().map(form_error).map_or(error, Into::into)),
            }
        })
    }
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

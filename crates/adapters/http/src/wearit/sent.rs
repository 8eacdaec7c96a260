//! What a client sends when an image is involved: a multipart form with the image in it, or JSON that names an upload.

use std::future::Future;
use std::pin::Pin;

use actix_multipart::form::MultipartCollect;
use actix_multipart::form::tempfile::TempFile;
use actix_multipart::form::text::Text;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use atelier_domain::kernel::{FieldError, IdempotentRequest};
use atelier_domain::wearit::uploads::ImageSource;
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::extract::IdempotencyHeader;
use crate::fingerprint::FingerprintBuilder;
use crate::uploaded::{self, SpooledForm};

/// A body in one of the two forms, told apart by its content type.
pub(crate) enum FormOrJson<F, J> {
    /// `multipart/form-data`, files spooled to disk.
    Form(F),
    /// `application/json`.
    Json(J),
}

impl<F, J> FromRequest for FormOrJson<F, J>
where
    F: MultipartCollect + 'static,
    J: DeserializeOwned + 'static,
{
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = matches!(request.mime_type(), Ok(Some(mime)) if mime.essence_str() == "application/json");
        if is_json {
            let json = web::Json::<J>::from_request(request, payload);
            Box::pin(async move { Ok(Self::Json(json.await?.into_inner())) })
        } else {
            let form = SpooledForm::<F>::from_request(request, payload);
            Box::pin(async move { Ok(Self::Form(form.await?.0)) })
        }
    }
}

/// The text of an optional part.
pub(crate) fn text(part: Option<Text<String>>) -> Option<String> {
    part.map(Text::into_inner)
}

/// The image a request speaks of. The spooled file is removed with it.
#[derive(Debug, Default)]
pub(crate) struct SentImage {
    /// The part `image`.
    pub(crate) file: Option<TempFile>,
    /// The field `upload_id`.
    pub(crate) upload_id: Option<String>,
}

impl SentImage {
    /// Where the domain finds the image; what cannot be one is added to `problems`.
    pub(crate) fn source(&self, problems: &mut Vec<FieldError>) -> Option<ImageSource> {
        let mut refuse = |message: &str| {
            problems.push(FieldError { field: "upload_id".to_owned(), message: message.to_owned() });
        };
        match (&self.file, &self.upload_id) {
            (None, None) => None,
            (Some(file), None) => Some(ImageSource::File(file.file.path().to_owned())),
            (Some(file), Some(_)) => {
                refuse("send image or upload_id, not both");
                Some(ImageSource::File(file.file.path().to_owned()))
            }
            (None, Some(text)) => match text.parse() {
                Ok(id) => Some(ImageSource::Upload(id)),
                Err(_) => {
                    refuse("must be the 24 hex digits of an upload");
                    None
                }
            },
        }
    }

    /// The key with the fingerprint of fields and image, when the client sent a key.
    pub(crate) async fn idempotent(
        &self,
        header: IdempotencyHeader,
        fingerprint: FingerprintBuilder,
    ) -> Result<Option<IdempotentRequest>, ApiError> {
        let IdempotencyHeader(Some(key)) = header else { return Ok(None) };
        let digest = match &self.file {
            Some(file) => Some(uploaded::sha256(file).await?),
            None => None,
        };
        let fingerprint = fingerprint.field("image", digest.as_deref()).field("upload_id", self.upload_id.as_deref()).finish();
        Ok(Some(IdempotentRequest { key, fingerprint }))
    }
}

//! Direct uploads over HTTP.

use actix_web::{HttpResponse, post, web};
use atelier_domain::wearit::uploads::{CreateUpload, UploadTicket};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::caller::Caller;
use crate::envelope::{Success, time};
use crate::error::{ApiError, ErrorBody};
use crate::extract::IdempotencyHeader;
use crate::fingerprint::FingerprintBuilder;
use crate::state::HttpServices;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(create);
}

/// A file to be put.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadRequest {
    /// `image/jpeg`, `image/png` or `image/webp`.
    #[schema(value_type = String, example = "image/jpeg")]
    content_type: Option<String>,
    /// Its size in bytes, 1 to 10485760.
    #[schema(value_type = u64, example = 192_442, minimum = 1, maximum = 10_485_760)]
    size: Option<i64>,
}

impl UploadRequest {
    /// The command; what is absent fails the domain's checks as an empty text and no bytes do.
    fn command(&self) -> CreateUpload {
        CreateUpload {
            content_type: self.content_type.clone().unwrap_or_default(),
            size: self.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
        }
    }
}

/// Where to put the file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UploadData {
    /// Send it as `upload_id` in place of `image`, once the file is put.
    #[schema(example = "65f0c0ffee65f0c0ffee65f2")]
    upload_id: String,
    /// PUT the bytes here, with the announced `Content-Type` and length. Needs no token.
    #[schema(example = "http://127.0.0.1:8000/files/temp/…/….tmp?expires=…&signature=…")]
    url: String,
    /// Until when the URL and the upload are good.
    #[schema(example = "2026-11-21T11:00:00.000Z")]
    expires_at: String,
}

impl From<UploadTicket> for UploadData {
    fn from(UploadTicket { upload, put }: UploadTicket) -> Self {
        Self { upload_id: upload.id.to_string(), url: put.url, expires_at: time(upload.expires_at) }
    }
}

/// Announces a file and answers a signed URL to put it to.
#[utoipa::path(
    tag = "uploads",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 printable ASCII characters; a repeat within 24 h returns the first answer")),
    request_body = UploadRequest,
    responses(
        (status = 201, description = "Announced", body = Success<UploadData>),
        (status = 400, description = "Invalid fields", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "The repeated request's upload is used up", body = ErrorBody),
        (status = 415, description = "Not JSON", body = ErrorBody),
        (status = 422, description = "The idempotency key was used with another content", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[post("/uploads")]
pub(crate) async fn create(
    Caller(actor): Caller,
    idempotency: IdempotencyHeader,
    services: web::Data<HttpServices>,
    body: web::Json<UploadRequest>,
) -> Result<HttpResponse, ApiError> {
    let command = body.command();
    let fingerprint = FingerprintBuilder::of("POST /uploads")
        .field("content_type", Some(&command.content_type))
        .field("size", Some(&command.size.to_string()))
        .finish();
    let request = idempotency.request(fingerprint);
    let ticket = services.uploads.create(actor, command, request.as_ref()).await?;
    Ok(HttpResponse::Created().json(Success::new(UploadData::from(ticket))))
}

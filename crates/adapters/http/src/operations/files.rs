//! Signed URLs of the embedded object store.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, get, put, web};
use atelier_domain::kernel::{AccessError, Coded, DirectObjectAccess, ErrorKind, ObjectKey, SignedMethod, SignedRequest, Source};
use futures_util::{StreamExt, TryStreamExt};

use crate::error::{ApiError, ErrorBody};
use crate::state::HttpServices;

fn refused() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "LINK_EXPIRED", "the link is invalid or has expired: ask for the object again to get a new one")
}

fn answer(error: AccessError) -> ApiError {
    match error {
        AccessError::Refused => refused(),
        AccessError::WrongSize => ApiError::invalid_field("body", "has not the size that was announced"),
        AccessError::Store(error) if error.kind() == ErrorKind::NotFound => {
            ApiError::new(StatusCode::NOT_FOUND, error.code(), "there is no such file any more")
        }
        AccessError::Store(error) => error.into(),
    }
}

fn signed(request: &HttpRequest, method: SignedMethod) -> Result<SignedRequest, ApiError> {
    let text = |name: header::HeaderName| request.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    Ok(SignedRequest {
        method,
        key: ObjectKey::parse(request.match_info().query("key")).map_err(|_invalid| refused())?,
        query: request.query_string().to_owned(),
        content_type: text(header::CONTENT_TYPE),
        content_length: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
    })
}

fn store(services: &HttpServices) -> Result<&dyn DirectObjectAccess, ApiError> {
    let missing = || ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", "files are served by the object store itself");
    services.direct_objects.as_deref().ok_or_else(missing)
}

/// Reads a file by its signed URL (from `image_url` and the like). Needs no token.
#[utoipa::path(tag = "files", params(
    ("key" = String, Path, description = "The object's key"),
    ("expires" = i64, Query, description = "Until when, in seconds since 1970"),
    ("signature" = String, Query, description = "The signature")), responses(
    (status = 200, description = "The file", body = Vec<u8>, content_type = "image/jpeg"),
    (status = 403, description = "Wrong or expired signature", body = ErrorBody),
    (status = 404, description = "No such file", body = ErrorBody)))]
#[get("/files/{key:.+}")]
pub(crate) async fn read(request: HttpRequest, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let object = store(&services)?.read(&signed(&request, SignedMethod::Get)?).await.map_err(answer)?;
    let body = actix_web::body::SizedStream::new(object.info.size, object.body.map_err(std::io::Error::other));
    Ok(HttpResponse::Ok()
        .content_type(object.content_type)
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header((header::CACHE_CONTROL, "private, max-age=3600"))
        .insert_header(("Content-Disposition", "inline"))
        .body(body))
}

/// Writes a file by the signed URL of `POST /uploads`. Content type and length must be those announced. Needs no token.
#[utoipa::path(tag = "files", params(
    ("key" = String, Path, description = "The object's key"),
    ("expires" = i64, Query, description = "Until when, in seconds since 1970"),
    ("signature" = String, Query, description = "The signature")),
    request_body(content = Vec<u8>, content_type = "image/jpeg"), responses(
    (status = 200, description = "Stored"),
    (status = 400, description = "Not the announced size", body = ErrorBody),
    (status = 403, description = "Wrong or expired signature", body = ErrorBody)))]
#[put("/files/{key:.+}")]
pub(crate) async fn write(request: HttpRequest, body: web::Payload, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let signed = signed(&request, SignedMethod::Put)?;
    // The payload belongs to this thread; the store may read it from another. A small bounded channel hands it over with back pressure.
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<web::Bytes, Source>>(4);
    actix_web::rt::spawn(async move {
        let mut body = body.map_err(Source::from);
        while let Some(chunk) = body.next().await {
            if sender.send(chunk).await.is_err() {
                break;
            }
        }
    });
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|item| (item, receiver)) });
    store(&services)?.write(&signed, Box::pin(stream)).await.map_err(answer)?;
    Ok(HttpResponse::Ok().finish())
}

//! Everything held on the caller: export and erasure.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, web};
use atelier_domain::kernel::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::caller::{Caller, Client, KnownAccounts};
use crate::envelope::{Success, time};
use crate::error::{ApiError, ErrorBody};
use crate::failures::{ReadFailures, WriteFailures};
use crate::identity::recovery::{Accepted, accepted};
use crate::state::HttpServices;

/// Everything held on a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportData {
    /// When it was put together.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    exported_at: String,
    /// Whose.
    #[schema(example = "65f0c0ffee65f0c0ffee65f0")]
    user_id: String,
    /// By product; files as URLs signed for an hour.
    #[schema(value_type = Object)]
    contexts: BTreeMap<&'static str, serde_json::Value>,
}

/// Everything the platform holds on the caller, of all products.
#[utoipa::path(tag = "users", security(("bearer" = [])), responses(
    (status = 200, description = "The export", body = Success<ExportData>), ReadFailures))]
#[get("/users/me/export")]
pub(crate) async fn export(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let sections = services.personal_data.export(&actor).await?;
    let data = ExportData {
        exported_at: time(services.clock.now()),
        user_id: actor.user_id.to_string(),
        contexts: sections.into_iter().map(|section| (section.context, section.data)).collect(),
    };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(Success::new(data)))
}

/// The caller's password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "securepassword123"}))]
pub(crate) struct EraseBody {
    /// The present password.
    #[schema(format = Password)]
    password: String,
}

/// Ends the caller's account at once and erases everything held on the caller: documents and files, in the background. There is no way
/// back. A wrong `password` is 401.
#[utoipa::path(tag = "users", security(("bearer" = [])), responses(
    (status = 202, description = "The account is closed, the erasure is under way", body = Success<Accepted>),
    (status = 409, description = "`LAST_ADMIN`: the last active administrator cannot go", body = ErrorBody), WriteFailures))]
#[delete("/users/me")]
pub(crate) async fn erase(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    known: web::Data<KnownAccounts>,
    client: Client,
    body: web::Json<EraseBody>,
) -> Result<HttpResponse, ApiError> {
    let password = SecretString::from(body.into_inner().password);
    services.personal_data.request_erasure(&actor, &password, &client.into()).await?;
    known.forget(actor.user_id).await;
    Ok(accepted("the account is closed, and everything held on you is being erased"))
}

//! The picture of an account.

use actix_multipart::form::MultipartForm;
use actix_multipart::form::tempfile::TempFile;
use actix_web::{HttpResponse, delete, put, web};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::envelope::Success;
use crate::error::ApiError;
use crate::failures::{ReadFailures, WriteFailures};
use crate::identity::user::UserData;
use crate::state::HttpServices;
use crate::uploaded::{self, SpooledForm};

/// A picture.
#[derive(MultipartForm, ToSchema)]
#[multipart(deny_unknown_fields, duplicate_field = "deny")]
pub(crate) struct AvatarForm {
    /// A JPEG, PNG or WebP file of at most 10 MiB.
    #[multipart(limit = "10MiB")]
    #[schema(value_type = String, format = Binary)]
    image: TempFile,
}

/// Sets the caller's avatar: made 200×200, upright, without metadata.
#[utoipa::path(tag = "users", security(("bearer" = [])), request_body(content = AvatarForm, content_type = "multipart/form-data"), responses(
    (status = 200, description = "The account", body = Success<UserData>), WriteFailures))]
#[put("/users/me/avatar")]
pub(crate) async fn set(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    SpooledForm(form): SpooledForm<AvatarForm>,
) -> Result<HttpResponse, ApiError> {
    let profile = services.accounts.set_avatar(&actor, uploaded::image_input(&form.image)).await?;
    Ok(HttpResponse::Ok().json(UserData::answer(profile)))
}

/// Removes the caller's avatar.
#[utoipa::path(tag = "users", security(("bearer" = [])), responses((status = 204, description = "There is no avatar now"), ReadFailures))]
#[delete("/users/me/avatar")]
pub(crate) async fn remove(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    services.accounts.remove_avatar(&actor).await?;
    Ok(HttpResponse::NoContent().finish())
}

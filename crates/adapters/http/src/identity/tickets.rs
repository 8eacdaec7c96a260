//! Tickets for live connections.

use actix_web::http::header;
use actix_web::{HttpResponse, post, web};
use atelier_domain::kernel::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::envelope::Success;
use crate::error::ApiError;
use crate::state::HttpServices;

use crate::failures::ReadFailures;

/// A ticket.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketData {
    /// Open `/api/v1/tryon/ws?ticket=…` with it, once.
    #[schema(example = "q0Yk3v1S9…")]
    ticket: String,
    /// Seconds until it expires.
    #[schema(example = 60)]
    expires_in: u32,
}

/// Gives out a ticket that opens one live connection within 60 seconds, for browsers, which cannot send a header with it.
#[utoipa::path(tag = "auth", security(("bearer" = [])), responses(
    (status = 200, description = "The ticket", body = Success<TicketData>), ReadFailures))]
#[post("/auth/ws-ticket")]
pub(crate) async fn issue(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let ticket = services.tickets.issue(&actor).await?;
    let data = TicketData { ticket: ticket.ticket.expose_secret().to_owned(), expires_in: ticket.expires_in_seconds };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(Success::new(data)))
}

//! What the Core Database Service says when it does not do what was asked: ten status codes, a closed list of codes.

use actix_web::http::StatusCode;
use atelier_domain::dataservice::DataError;
use atelier_domain::kernel::{Coded, ErrorKind};

use crate::error::ApiError;

/// As [`ApiError`], but a store that answers too late is 504 here.
pub(super) fn failure(error: DataError) -> ApiError {
    let late = error.kind() == ErrorKind::Timeout;
    let (details, message) = (error.details(), error.to_string());
    let mut answer = ApiError::from(error);
    if late {
        answer = ApiError::new(StatusCode::GATEWAY_TIMEOUT, "DATABASE_TIMEOUT", message);
    }
    match details {
        Some(details) => answer.with_details(details),
        None => answer,
    }
}

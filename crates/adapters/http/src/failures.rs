//! The errors a kind of route can answer, for the OpenAPI document.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

const INVALID: (u16, &str) = (400, "Invalid input: `details.fields` names what is wrong");
const UNAUTHENTICATED: (u16, &str) = (401, "No good access token, or the account is not active; or the password asked for again is wrong");
const FORBIDDEN: (u16, &str) = (403, "The role is not enough");
const NOT_FOUND: (u16, &str) = (404, "There is no such thing, or it is somebody else's");
const TOO_LARGE: (u16, &str) = (413, "The body is too large");
const MEDIA_TYPE: (u16, &str) = (415, "The content type is not one this route takes");
const KEY_MISMATCH: (u16, &str) = (422, "`IDEMPOTENCY_MISMATCH`: the key was used with another content");
const TOO_MANY: (u16, &str) = (429, "Too many requests, or too many failed tries: wait as long as `Retry-After` says");
const UNAVAILABLE: (u16, &str) = (503, "Busy, or a needed service does not answer: try again as `Retry-After` says");

fn failures(of: &[(u16, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let response = |description: &str| {
        let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build();
        ResponseBuilder::new().description(description).content("application/json", body).build()
    };
    of.iter().map(|(status, description)| (status.to_string(), RefOr::T(response(description)))).collect()
}

/// Routes with a body that need no token.
pub(crate) struct OpenFailures;

impl IntoResponses for OpenFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[INVALID, TOO_LARGE, MEDIA_TYPE, TOO_MANY, UNAVAILABLE])
    }
}

/// Routes without a body, for whoever is signed in.
pub(crate) struct ReadFailures;

impl IntoResponses for ReadFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[UNAUTHENTICATED, TOO_MANY, UNAVAILABLE])
    }
}

/// Routes with a body, for whoever is signed in.
pub(crate) struct WriteFailures;

impl IntoResponses for WriteFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[INVALID, UNAUTHENTICATED, TOO_LARGE, MEDIA_TYPE, TOO_MANY, UNAVAILABLE])
    }
}

/// Routes on one thing by its id.
pub(crate) struct ItemFailures;

impl IntoResponses for ItemFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[INVALID, UNAUTHENTICATED, NOT_FOUND, TOO_MANY, UNAVAILABLE])
    }
}

/// Administrators' lists and counts.
pub(crate) struct AdminFailures;

impl IntoResponses for AdminFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[INVALID, UNAUTHENTICATED, FORBIDDEN, TOO_MANY, UNAVAILABLE])
    }
}

/// Routes with a body on something that must be there, for whoever is signed in.
pub(crate) struct ItemWriteFailures;

impl IntoResponses for ItemWriteFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[INVALID, UNAUTHENTICATED, NOT_FOUND, TOO_LARGE, MEDIA_TYPE, TOO_MANY, UNAVAILABLE])
    }
}

/// What administrators make: it takes an idempotency key.
pub(crate) struct AdminCreateFailures;

impl IntoResponses for AdminCreateFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[INVALID, UNAUTHENTICATED, FORBIDDEN, TOO_LARGE, MEDIA_TYPE, KEY_MISMATCH, TOO_MANY, UNAVAILABLE])
    }
}

/// What administrators do with one thing, without a body.
pub(crate) struct AdminDeleteFailures;

impl IntoResponses for AdminDeleteFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[INVALID, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, TOO_MANY, UNAVAILABLE])
    }
}

/// What administrators do with one thing, with a body.
pub(crate) struct AdminItemFailures;

impl IntoResponses for AdminItemFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[INVALID, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, TOO_LARGE, MEDIA_TYPE, TOO_MANY, UNAVAILABLE])
    }
}

const DATA_INVALID: (u16, &str) = (400, "Malformed, or against a rule: the code says which");
const DATA_UNAUTHENTICATED: (u16, &str) = (401, "No good access token");
const DATA_FORBIDDEN: (u16, &str) = (403, "Not for this role, or somebody else's rows");
const DATA_NOT_FOUND: (u16, &str) = (404, "No such table, lease, transaction or migration");
const DATA_CONFLICT: (u16, &str) = (409, "The data forbid it");
const DATA_TOO_MANY: (u16, &str) = (429, "More than the role's allowance: wait as long as `Retry-After` says");
const DATA_INTERNAL: (u16, &str) = (500, "Our fault");
const DATA_UNAVAILABLE: (u16, &str) = (503, "The store is away, busy or not configured: try again as `Retry-After` says");
const DATA_LATE: (u16, &str) = (504, "The store did not answer in time");

/// What every route of the Core Database Service can answer, and what this one can besides: no others than the ten codes of its source
/// document.
fn data_failures(besides: &[(u16, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let always = [DATA_INVALID, DATA_UNAUTHENTICATED, DATA_TOO_MANY, DATA_INTERNAL, DATA_UNAVAILABLE, DATA_LATE];
    failures(&[&always, besides].concat())
}

/// Routes of the Core Database Service that can answer all of its codes.
pub(crate) struct DataFailures;

impl IntoResponses for DataFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        data_failures(&[DATA_FORBIDDEN, DATA_NOT_FOUND, DATA_CONFLICT])
    }
}

/// Those that make something, once.
pub(crate) struct DataCreateFailures;

impl IntoResponses for DataCreateFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        data_failures(&[DATA_FORBIDDEN, DATA_CONFLICT])
    }
}

/// Those about one thing of one's own: somebody else's does not exist.
pub(crate) struct DataOwnFailures;

impl IntoResponses for DataOwnFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        data_failures(&[DATA_NOT_FOUND])
    }
}

/// Those about one thing that may be for others only.
pub(crate) struct DataItemFailures;

impl IntoResponses for DataItemFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        data_failures(&[DATA_FORBIDDEN, DATA_NOT_FOUND])
    }
}

/// Administrators' views of the whole.
pub(crate) struct DataAdminFailures;

impl IntoResponses for DataAdminFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        data_failures(&[DATA_FORBIDDEN])
    }
}

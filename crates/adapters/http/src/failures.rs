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

/// Every route of the Core Database Service: the ten codes of its source document.
pub(crate) struct DataFailures;

impl IntoResponses for DataFailures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        failures(&[
            (400, "Malformed, or against a rule: the code says which"),
            (401, "No good access token"),
            (403, "Not for this role, or somebody else's rows"),
            (404, "No such table, lease, transaction or migration"),
            (409, "The data forbid it"),
            (429, "More than the role's allowance: wait as long as `Retry-After` says"),
            (500, "Our fault"),
            (503, "The store is away, busy or not configured: try again as `Retry-After` says"),
            (504, "The store did not answer in time"),
        ])
    }
}

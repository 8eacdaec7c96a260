//! Documents of endpoints and deliveries.

use std::time::Duration;

use atelier_domain::kernel::StoreError;
use atelier_domain::wearit::webhooks::{Attempt, AttemptOutcome, Delivery, Endpoint, EndpointSecret, Event, SendFailure};
use mongodb::bson::{Document, doc};

use crate::document::{Fields, date, integer, oid, stored};

/// What an update of an endpoint replaces.
pub(super) fn endpoint_fields(endpoint: &Endpoint) -> Document {
    let earlier = endpoint.earlier_secret.as_ref();
    doc! {
        "url": &endpoint.url,
        "description": &endpoint.description,
        "events": endpoint.events.iter().map(|event| event.as_str()).collect::<Vec<_>>(),
        "secret_salt": endpoint.secret.salt(),
        "earlier_secret_salt": earlier.map(|(secret, _)| secret.salt()),
        "earlier_secret_until": earlier.map(|(_, until)| date(*until)),
        "disabled": endpoint.disabled.map(|reason| reason.as_str()),
        "failing_since": endpoint.failing_since.map(date),
        "updated_at": date(endpoint.updated_at),
    }
}

pub(super) fn endpoint_document(endpoint: &Endpoint) -> Document {
    let mut document = doc! { "_id": oid(endpoint.id), "user_id": oid(endpoint.user_id), "created_at": date(endpoint.created_at) };
    document.extend(endpoint_fields(endpoint));
    stored(document)
}

pub(super) fn endpoint(document: &Document) -> Result<Endpoint, StoreError> {
    let fields = Fields::of("webhook endpoint", document);
    let events = fields.texts("events")?;
    let earlier = fields.text_optional("earlier_secret_salt")?.map(EndpointSecret::from_salt);
    Ok(Endpoint {
        id: fields.id("_id")?,
        user_id: fields.id("user_id")?,
        url: fields.text("url")?.to_owned(),
        description: fields.text("description")?.to_owned(),
        events: events.iter().map(|name| name.parse::<Event>()).collect::<Result<_, _>>().map_err(|_unknown| fields.corrupt("events"))?,
        secret: EndpointSecret::from_salt(fields.text("secret_salt")?),
        earlier_secret: earlier.zip(fields.time_optional("earlier_secret_until")?),
        disabled: fields.parse_optional("disabled")?,
        failing_since: fields.time_optional("failing_since")?,
        created_at: fields.time("created_at")?,
        updated_at: fields.time("updated_at")?,
    })
}

/// What an update of a delivery replaces.
pub(super) fn delivery_fields(delivery: &Delivery) -> Document {
    doc! {
        "status": delivery.status.as_str(),
        "attempts": delivery.attempts.iter().map(attempt_document).collect::<Vec<_>>(),
        "tries": i64::from(delivery.tries),
        "round": i64::from(delivery.round),
        "next_attempt_at": delivery.next_attempt_at.map(date),
        "ended_at": delivery.ended_at.map(date),
    }
}

pub(super) fn delivery_document(delivery: &Delivery) -> Document {
    let mut document = doc! {
        "_id": oid(delivery.id),
        "user_id": oid(delivery.user_id),
        "endpoint_id": oid(delivery.endpoint_id),
        "event": delivery.event.as_str(),
        "payload": &delivery.payload,
        "created_at": date(delivery.created_at),
    };
    document.extend(delivery_fields(delivery));
    stored(document)
}

pub(super) fn delivery(document: &Document) -> Result<Delivery, StoreError> {
    let fields = Fields::of("webhook delivery", document);
    Ok(Delivery {
        id: fields.id("_id")?,
        user_id: fields.id("user_id")?,
        endpoint_id: fields.id("endpoint_id")?,
        event: fields.parse("event")?,
        payload: fields.text("payload")?.to_owned(),
        status: fields.parse("status")?,
        attempts: fields.list("attempts")?.iter().map(attempt).collect::<Result<_, _>>()?,
        tries: fields.number("tries")?,
        round: fields.number("round")?,
        next_attempt_at: fields.time_optional("next_attempt_at")?,
        created_at: fields.time("created_at")?,
        ended_at: fields.time_optional("ended_at")?,
    })
}

fn attempt_document(attempt: &Attempt) -> Document {
    let (status, failure) = (attempt.outcome.status().map(i32::from), attempt.outcome.failure().map(SendFailure::as_str));
    let took = integer(u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX));
    stored(doc! { "at": date(attempt.at), "took_ms": took, "status": status, "failure": failure })
}

fn attempt(fields: &Fields<'_>) -> Result<Attempt, StoreError> {
    let outcome = match fields.number_optional("status")? {
        Some(status) => AttemptOutcome::Answered(status),
        None => AttemptOutcome::Unanswered(fields.parse("failure")?),
    };
    Ok(Attempt { at: fields.time("at")?, took: Duration::from_millis(fields.number("took_ms")?), outcome })
}

//! Rows of endpoints and deliveries.

use std::time::Duration;

use atelier_domain::kernel::StoreError;
use atelier_domain::wearit::webhooks::{Attempt, AttemptOutcome, Delivery, Endpoint, EndpointSecret, Event, SendFailure};
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use crate::row::{Columns, millis, to_json};

/// Our own stored format. A new field is optional, no field is renamed, unknown ones are ignored.
#[derive(Serialize, Deserialize)]
struct AttemptDocument {
    at: i64,
    took_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

impl From<&Attempt> for AttemptDocument {
    fn from(attempt: &Attempt) -> Self {
        Self {
            at: millis(attempt.at),
            took_ms: u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX),
            status: attempt.outcome.status(),
            failure: attempt.outcome.failure().map(|failure| failure.as_str().to_owned()),
        }
    }
}

impl AttemptDocument {
    fn read(&self) -> Option<Attempt> {
        let outcome = match (self.status, &self.failure) {
            (Some(status), _) => AttemptOutcome::Answered(status),
            (None, Some(failure)) => AttemptOutcome::Unanswered(failure.parse::<SendFailure>().ok()?),
            (None, None) => return None,
        };
        Some(Attempt { at: DateTime::from_timestamp_millis(self.at)?, took: Duration::from_millis(self.took_ms), outcome })
    }
}

pub(super) fn endpoint(row: &SqliteRow) -> Result<Endpoint, StoreError> {
    let columns = Columns::of("webhook endpoint", row);
    let events: Vec<String> = columns.json("events")?;
    let earlier: Option<String> = columns.optional("earlier_secret_salt")?;
    let until = columns.time_optional("earlier_secret_until")?;
    Ok(Endpoint {
        id: columns.parse("_id")?,
        user_id: columns.parse("user_id")?,
        url: columns.get("url")?,
        description: columns.get("description")?,
        events: events.iter().map(|name| name.parse::<Event>()).collect::<Result<_, _>>().map_err(|_unknown| columns.corrupt("events"))?,
        secret: EndpointSecret::from_salt(columns.get::<String>("secret_salt")?),
        earlier_secret: earlier.map(EndpointSecret::from_salt).zip(until),
        disabled: columns.parse_optional("disabled")?,
        failing_since: columns.time_optional("failing_since")?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}

/// Parameters 1 and 2 are id and owner, 3 to 11 what an update replaces.
pub(super) fn bind_endpoint<'q>(
    statement: Query<'q, Sqlite, SqliteArguments>,
    endpoint: &Endpoint,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    let events: Vec<&str> = endpoint.events.iter().map(|event| event.as_str()).collect();
    let earlier = endpoint.earlier_secret.as_ref();
    Ok(statement
        .bind(endpoint.id.to_string())
        .bind(endpoint.user_id.to_string())
        .bind(endpoint.url.clone())
        .bind(endpoint.description.clone())
        .bind(to_json(&events)?)
        .bind(endpoint.secret.salt().to_owned())
        .bind(earlier.map(|(secret, _)| secret.salt().to_owned()))
        .bind(earlier.map(|(_, until)| millis(*until)))
        .bind(endpoint.disabled.map(|reason| reason.as_str()))
        .bind(endpoint.failing_since.map(millis))
        .bind(millis(endpoint.updated_at)))
}

pub(super) fn delivery(row: &SqliteRow) -> Result<Delivery, StoreError> {
    let columns = Columns::of("webhook delivery", row);
    let attempts: Vec<AttemptDocument> = columns.json("attempts")?;
    let attempts = attempts.iter().map(AttemptDocument::read).collect::<Option<_>>();
    Ok(Delivery {
        id: columns.parse("_id")?,
        user_id: columns.parse("user_id")?,
        endpoint_id: columns.parse("endpoint_id")?,
        event: columns.parse("event")?,
        payload: columns.get("payload")?,
        status: columns.parse("status")?,
        attempts: attempts.ok_or_else(|| columns.corrupt("attempts"))?,
        tries: columns.number("tries")?,
        round: columns.number("round")?,
        next_attempt_at: columns.time_optional("next_attempt_at")?,
        created_at: columns.time("created_at")?,
        ended_at: columns.time_optional("ended_at")?,
    })
}

/// Parameters 1 and 2 are id and owner, 3 to 8 what an update replaces.
pub(super) fn bind_delivery<'q>(
    statement: Query<'q, Sqlite, SqliteArguments>,
    delivery: &Delivery,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    let attempts: Vec<AttemptDocument> = delivery.attempts.iter().map(AttemptDocument::from).collect();
    Ok(statement
        .bind(delivery.id.to_string())
        .bind(delivery.user_id.to_string())
        .bind(delivery.status.as_str())
        .bind(to_json(&attempts)?)
        .bind(delivery.tries)
        .bind(delivery.round)
        .bind(delivery.next_attempt_at.map(millis))
        .bind(delivery.ended_at.map(millis)))
}

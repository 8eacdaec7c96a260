//! A try-on as a row and back.

use atelier_domain::kernel::{ClothingId, ObjectKey, StoreError};
use atelier_domain::wearit::tryon::{Attempt, GivenConsent, TryOn, TryOnFailure, TryOnOutcome, TryOnStatus};
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use super::document::{AttemptDocument, FailureDocument, OptionsDocument};
use crate::row::{Columns, millis, to_json};

/// Begins every query for try-ons: the garments come along in the same row, so that no list asks once per try-on.
pub(in crate::wearit) const SELECT: &str = "SELECT tryon.*, (SELECT json_group_array(worn.clothing_id ORDER BY worn.position) \
     FROM tryon_clothing AS worn WHERE worn.tryon_id = tryon._id) AS clothing_ids";

pub(in crate::wearit) fn tryon(row: &SqliteRow) -> Result<TryOn, StoreError> {
    let columns = Columns::of("tryon", row);
    let attempts: Vec<AttemptDocument> = columns.json("attempts")?;
    let failure: Option<FailureDocument> = columns.json_optional("failure")?;
    Ok(TryOn {
        id: columns.parse("_id")?,
        user_id: columns.parse("user_id")?,
        body_id: columns.parse_optional("body_id")?,
        clothing_ids: columns.json::<Vec<ClothingId>>("clothing_ids")?,
        status: columns.parse("status")?,
        progress: columns.number("progress")?,
        stage: columns.get("stage")?,
        options: columns.json::<OptionsDocument>("options")?.into(),
        attempts: attempts
            .into_iter()
            .map(|document| Attempt::try_from(document).map_err(|_unreadable| columns.corrupt("attempts")))
            .collect::<Result<_, _>>()?,
        outcome: outcome(&columns)?,
        failure: failure.map(|document| TryOnFailure::try_from(document).map_err(|_unreadable| columns.corrupt("failure"))).transpose()?,
        consent: consent(&columns)?,
        created_at: columns.time("created_at")?,
        started_at: columns.time_optional("started_at")?,
        completed_at: columns.time_optional("completed_at")?,
    })
}

fn consent(columns: &Columns<'_>) -> Result<Option<GivenConsent>, StoreError> {
    let Some(version) = columns.optional("consent_version")? else { return Ok(None) };
    Ok(Some(GivenConsent { version, at: columns.time("consent_at")? }))
}

fn outcome(columns: &Columns<'_>) -> Result<Option<TryOnOutcome>, StoreError> {
    let Some(model_used) = columns.optional("model_used")? else { return Ok(None) };
    Ok(Some(TryOnOutcome {
        model_used,
        processing_time: columns.get("processing_time")?,
        preview: columns.get("preview")?,
        warnings: columns.json("warnings")?,
        confidence: columns.optional("confidence")?,
    }))
}

/// Parameters 1 to 17: id and owner, then what an update replaces.
pub(super) fn bind<'q>(
    statement: Query<'q, Sqlite, SqliteArguments>,
    tryon: &TryOn,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    let attempts: Vec<AttemptDocument> = tryon.attempts.iter().map(AttemptDocument::from).collect();
    let failure = tryon.failure.as_ref().map(|failure| to_json(&FailureDocument::from(failure))).transpose()?;
    let key = (tryon.status == TryOnStatus::Completed).then(|| ObjectKey::tryon(tryon.user_id, tryon.id).as_str().to_owned());
    let outcome = tryon.outcome.as_ref();
    Ok(statement
        .bind(tryon.id.to_string())
        .bind(tryon.user_id.to_string())
        .bind(tryon.body_id.map(|body| body.to_string()))
        .bind(tryon.status.as_str())
        .bind(tryon.progress)
        .bind(tryon.stage.clone())
        .bind(to_json(&OptionsDocument::from(&tryon.options))?)
        .bind(to_json(&attempts)?)
        .bind(key)
        .bind(outcome.map(|outcome| outcome.model_used.clone()))
        .bind(outcome.map(|outcome| outcome.processing_time))
        .bind(outcome.map(|outcome| outcome.preview))
        .bind(outcome.map(|outcome| to_json(&outcome.warnings)).transpose()?)
        .bind(outcome.and_then(|outcome| outcome.confidence))
        .bind(failure)
        .bind(tryon.started_at.map(millis))
        .bind(tryon.completed_at.map(millis)))
}

//! A try-on as a document and back.

use atelier_domain::kernel::{ClothingId, ObjectKey, StoreError};
use atelier_domain::wearit::tryon::{
    Attempt, AttemptOutcome, Cost, FailureCode, GivenConsent, HeardMark, MadeWith, TryOn, TryOnFailure, TryOnOptions, TryOnOutcome,
    TryOnStatus,
};
use mongodb::bson::{Bson, Document, doc};

use crate::document::{Fields, date, oid, oids, stored};

/// Everything but id, owner and `created_at`.
pub(super) fn changeable(tryon: &TryOn) -> Document {
    let key = (tryon.status == TryOnStatus::Completed).then(|| ObjectKey::tryon(tryon.user_id, tryon.id).as_str().to_owned());
    let outcome = tryon.outcome.as_ref();
    doc! {
        "body_id": tryon.body_id.map(oid),
        "clothing_ids": oids(&tryon.clothing_ids),
        "status": tryon.status.as_str(),
        "progress": i32::from(tryon.progress),
        "stage": &tryon.stage,
        "options": stored(doc! { "model": &tryon.options.model, "seed": tryon.options.seed.map(large) }),
        "attempts": tryon.attempts.iter().map(attempt_document).collect::<Vec<_>>(),
        "s3_key": key,
        "model_used": outcome.map(|outcome| &outcome.model_used),
        "processing_time": outcome.map(|outcome| outcome.processing_time),
        "preview": outcome.map(|outcome| outcome.preview),
        "warnings": outcome.map(|outcome| &outcome.warnings),
        "confidence": outcome.and_then(|outcome| outcome.confidence).map(f64::from),
        "failure": tryon.failure.as_ref().map(failure_document),
        "started_at": tryon.started_at.map(date),
        "completed_at": tryon.completed_at.map(date),
    }
}

/// A whole document, for insertion.
pub(super) fn document(tryon: &TryOn) -> Document {
    let mut document = doc! { "_id": oid(tryon.id), "user_id": oid(tryon.user_id), "created_at": date(tryon.created_at) };
    let consent = tryon.consent.as_ref();
    document.insert("consent", consent.map(|consent| doc! { "version": &consent.version, "at": date(consent.at) }));
    document.extend(changeable(tryon));
    stored(document)
}

/// The upper half of such numbers is beyond BSON's integers and is written as text.
fn large(number: u64) -> Bson {
    i64::try_from(number).map_or_else(|_beyond| Bson::String(number.to_string()), Bson::Int64)
}

fn attempt_document(attempt: &Attempt) -> Document {
    let (outcome, code, reason) = match &attempt.outcome {
        AttemptOutcome::Running => ("running", None, None),
        AttemptOutcome::Succeeded => ("succeeded", None, None),
        AttemptOutcome::Failed { code, reason } => ("failed", Some(code.as_str()), Some(reason)),
    };
    stored(doc! {
        "provider": &attempt.provider,
        "external_id": &attempt.external_id,
        "started_at": date(attempt.started_at),
        "ended_at": attempt.ended_at.map(date),
        "outcome": outcome,
        "code": code,
        "reason": reason,
        "made_with": attempt.made_with.as_ref().map(made_with_document),
        "heard": attempt.heard.as_ref().map(heard_document),
    })
}

/// Parameters are text: what a provider takes is not ours to make fields of.
fn made_with_document(made_with: &MadeWith) -> Document {
    stored(doc! {
        "seed": made_with.seed.map(large),
        "parameters": serde_json::Value::Object(made_with.parameters.clone()).to_string(),
        "cost": made_with.cost.as_ref().map(|cost| doc! { "millionths": large(cost.millionths), "unit": &cost.unit }),
    })
}

fn heard_document(mark: &HeardMark) -> Document {
    stored(doc! { "message_id": &mark.message_id, "at": date(mark.at), "finished": mark.finished, "kept": &mark.kept })
}

fn failure_document(failure: &TryOnFailure) -> Document {
    doc! { "code": failure.code.as_str(), "reason": &failure.reason, "message": &failure.message, "advice": &failure.advice }
}

/// Documents of the source have one garment, no progress and no attempts.
pub(super) fn tryon(document: &Document) -> Result<TryOn, StoreError> {
    let fields = Fields::of("tryon", document);
    let status: TryOnStatus = fields.parse("status")?;
    let clothing_ids = match fields.ids("clothing_ids")? {
        Some(ids) => ids,
        None => fields.id_optional::<ClothingId>("clothing_id")?.into_iter().collect(),
    };
    Ok(TryOn {
        id: fields.id("_id")?,
        user_id: fields.id("user_id")?,
        body_id: fields.id_optional("body_id")?,
        clothing_ids,
        status,
        progress: fields.number_optional("progress")?.unwrap_or(if status == TryOnStatus::Completed { 100 } else { 0 }),
        stage: fields.text_optional("stage")?.unwrap_or_default().to_owned(),
        options: options(&fields)?,
        attempts: fields.list("attempts")?.iter().map(attempt).collect::<Result<_, _>>()?,
        outcome: outcome(&fields)?,
        failure: fields.nested("failure")?.as_ref().map(failure).transpose()?,
        consent: fields.nested("consent")?.as_ref().map(consent).transpose()?,
        created_at: fields.time("created_at")?,
        started_at: fields.time_optional("started_at")?,
        completed_at: fields.time_optional("completed_at")?,
    })
}

fn consent(fields: &Fields<'_>) -> Result<GivenConsent, StoreError> {
    Ok(GivenConsent { version: fields.text("version")?.to_owned(), at: fields.time("at")? })
}

fn options(fields: &Fields<'_>) -> Result<TryOnOptions, StoreError> {
    let Some(options) = fields.nested("options")? else { return Ok(TryOnOptions::default()) };
    Ok(TryOnOptions { model: options.text_optional("model")?.map(str::to_owned), seed: large_number(&options, "seed")? })
}

fn large_number(fields: &Fields<'_>, field: &'static str) -> Result<Option<u64>, StoreError> {
    match fields.text_optional(field) {
        Ok(text) => text.map(|text| text.parse().map_err(|_no_number| fields.corrupt(field))).transpose(),
        Err(_no_text) => fields.number_optional(field),
    }
}

fn made_with(fields: &Fields<'_>) -> Result<MadeWith, StoreError> {
    let parameters = fields.text_optional("parameters")?.map(serde_json::from_str).transpose();
    let cost = |cost: Fields<'_>| {
        Ok(Cost { millionths: large_number(&cost, "millionths")?.unwrap_or_default(), unit: cost.text("unit")?.to_owned() })
    };
    Ok(MadeWith {
        seed: large_number(fields, "seed")?,
        parameters: parameters.map_err(|_unreadable| fields.corrupt("parameters"))?.unwrap_or_default(),
        cost: fields.nested("cost")?.map(cost).transpose()?,
    })
}

fn heard(fields: &Fields<'_>) -> Result<HeardMark, StoreError> {
    Ok(HeardMark {
        message_id: fields.text("message_id")?.to_owned(),
        at: fields.time("at")?,
        finished: fields.flag("finished", false)?,
        kept: fields.text_optional("kept")?.map(str::to_owned),
    })
}

fn attempt(fields: &Fields<'_>) -> Result<Attempt, StoreError> {
    let outcome = match fields.text("outcome")? {
        "running" => AttemptOutcome::Running,
        "succeeded" => AttemptOutcome::Succeeded,
        "failed" => AttemptOutcome::Failed { code: fields.parse::<FailureCode>("code")?, reason: fields.text("reason")?.to_owned() },
        _ => return Err(fields.corrupt("attempts")),
    };
    Ok(Attempt {
        provider: fields.text("provider")?.to_owned(),
        external_id: fields.text_optional("external_id")?.map(str::to_owned),
        started_at: fields.time("started_at")?,
        ended_at: fields.time_optional("ended_at")?,
        outcome,
        made_with: fields.nested("made_with")?.as_ref().map(made_with).transpose()?,
        heard: fields.nested("heard")?.as_ref().map(heard).transpose()?,
    })
}

fn outcome(fields: &Fields<'_>) -> Result<Option<TryOnOutcome>, StoreError> {
    let Some(model_used) = fields.text_optional("model_used")? else { return Ok(None) };
    Ok(Some(TryOnOutcome {
        model_used: model_used.to_owned(),
        processing_time: fields.float_optional("processing_time")?.unwrap_or_default(),
        preview: fields.flag("preview", false)?,
        warnings: fields.texts("warnings")?,
        confidence: fields.float_optional("confidence")?.map(|confidence| confidence as f32),
    }))
}

fn failure(fields: &Fields<'_>) -> Result<TryOnFailure, StoreError> {
    let text = |field| fields.text(field).map(str::to_owned);
    Ok(TryOnFailure::new(fields.parse("code")?, text("reason")?, text("message")?, text("advice")?))
}

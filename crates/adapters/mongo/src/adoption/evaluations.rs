//! Evaluations: the source may leave hackathon and task to the conversation, and counts no versions.

use atelier_domain::kernel::{ConversationId, HackathonId};
use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};

use super::{Adopted, AdoptionError, batch, reference_of, set, unify, value};
use crate::collections::{CONVERSATIONS, EVALUATIONS};
use crate::document::oid;

pub(super) async fn unify_references(database: &Database) -> Result<(), AdoptionError> {
    Ok(unify(database, EVALUATIONS, &["conversationId", "studentId", "examinerId", "hackathonId", "tacheId"]).await?)
}

pub(super) async fn adopt(database: &Database) -> Result<Adopted, AdoptionError> {
    let of_source = doc! { "version": Bson::Null };
    let (mut adopted, mut after) = (Adopted::default(), None);
    loop {
        let evaluations = batch(database, EVALUATIONS, &of_source, after.as_ref()).await?;
        let Some(last) = evaluations.last() else { return Ok(adopted) };
        after = last.get("_id").cloned();
        for evaluation in &evaluations {
            let completed = complete(database, evaluation).await?;
            adopted.count(completed.is_some());
            if let Some(completed) = completed {
                set(database, EVALUATIONS, evaluation, doc! { "$set": completed }).await?;
            }
        }
    }
}

/// What is to be set, none without the conversation.
async fn complete(database: &Database, evaluation: &Document) -> Result<Option<Document>, AdoptionError> {
    let Some(id) = reference_of::<ConversationId>(evaluation, "conversationId") else { return Ok(None) };
    let only = doc! { "hackathonId": 1, "tacheId": 1, "studentId": 1 };
    let conversation = database.collection::<Document>(CONVERSATIONS).find_one(doc! { "_id": oid(id) }).projection(only).await?;
    let hackathon = conversation.as_ref().and_then(|conversation| reference_of::<HackathonId>(conversation, "hackathonId"));
    let (Some(conversation), Some(_)) = (conversation, hackathon) else { return Ok(None) };
    let mut completed = doc! { "version": 1_i64 };
    // An evaluation is of what it grades: where the two differ, the conversation is right.
    for field in ["hackathonId", "tacheId", "studentId"] {
        if let Some(value) = value(&conversation, field) {
            completed.insert(field, value);
        }
    }
    if value(evaluation, "gradedAt").is_none()
        && let Some(made) = value(evaluation, "createdAt")
    {
        completed.insert("gradedAt", made);
    }
    Ok(Some(completed))
}

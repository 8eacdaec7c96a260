//! Conversations: the source has no alias, no ids of messages, no counters.

use atelier_domain::challenge::conversations::alias_of;
use atelier_domain::kernel::{ConversationId, EntityId, HackathonId, SecretGenerator, StoreError, UserId};
use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};

use super::hackathons::Tasks;
use super::{Adopted, AdoptionError, batch, made_at, new_id, reference_of, set, text, unify, value, whole};
use crate::collections::{CONVERSATIONS, EVALUATIONS};
use crate::document::reference;

/// The name of a model nothing tells.
const UNKNOWN_MODEL: &str = "inconnu";

pub(super) async fn unify_references(database: &Database) -> Result<(), AdoptionError> {
    Ok(unify(database, CONVERSATIONS, &["hackathonId", "studentId", "tacheId", "groupId"]).await?)
}

pub(super) async fn adopt(database: &Database, secrets: &dyn SecretGenerator) -> Result<Adopted, AdoptionError> {
    let tasks = Tasks::read(database).await?;
    let evaluations = database.collection::<Document>(EVALUATIONS);
    let of_source = doc! { "alias": Bson::Null };
    let (mut adopted, mut after) = (Adopted::default(), None);
    loop {
        let conversations = batch(database, CONVERSATIONS, &of_source, after.as_ref()).await?;
        let Some(last) = conversations.last() else { return Ok(adopted) };
        after = last.get("_id").cloned();
        for conversation in &conversations {
            let completed = complete(conversation, &tasks, secrets)?;
            adopted.count(completed.is_some());
            let Some((id, mut completed)) = completed else { continue };
            let graded = evaluations.count_documents(doc! { "conversationId": reference(id) }).await?;
            completed.insert("evaluationCount", i64::try_from(graded).unwrap_or(i64::MAX));
            set(database, CONVERSATIONS, conversation, doc! { "$set": completed }).await?;
        }
    }
}

/// What is to be set, none where hackathon or student are not told.
fn complete(
    conversation: &Document,
    tasks: &Tasks,
    secrets: &dyn SecretGenerator,
) -> Result<Option<(ConversationId, Document)>, StoreError> {
    let found = conversation.get_object_id("_id").ok().map(|id| ConversationId::from_bytes(id.bytes()));
    let hackathon: Option<HackathonId> = reference_of(conversation, "hackathonId");
    let student: Option<UserId> = reference_of(conversation, "studentId");
    let (Some(id), Some(hackathon), Some(_)) = (found, hackathon, student) else { return Ok(None) };
    let made = made_at(conversation);
    let Some(messages) = messages(conversation, &made) else { return Ok(None) };
    let size: usize = messages.iter().filter_map(|message| message.get_str("content").ok()).map(str::len).sum();
    let mut completed = doc! {
        "alias": reference(alias_of(secrets, hackathon, id)?),
        "tacheId": tasks.id_of(&hackathon.to_string(), text(conversation, "tacheId")).as_str(),
        "modelName": model(conversation, &messages),
        "statistiquesIA": statistics(conversation, &messages),
        "messageCount": messages.len() as i64,
        "size": size as i64,
        "messages": messages,
        "createdAt": &made,
    };
    // The source's mark for "not handed in" is a text that is empty, whatever the date beside it says.
    let version = conversation.get_document("versionFinale").ok();
    if version.is_some_and(|version| value(version, "soumisLe").is_some() && text(version, "promptFinal").is_none()) {
        completed.insert("versionFinale.soumisLe", Bson::Null);
    }
    if version.is_some_and(|version| value(version, "reponseIAFinale").is_none()) {
        completed.insert("versionFinale.reponseIAFinale", "");
    }
    Ok(Some((id, completed)))
}

/// Every message with an id and a time.
fn messages(conversation: &Document, made: &Bson) -> Option<Vec<Document>> {
    let Some(messages) = value(conversation, "messages") else { return Some(Vec::new()) };
    let complete = |message: &Bson| {
        let mut message = message.as_document()?.clone();
        if value(&message, "_id").is_none() {
            message.insert("_id", new_id());
        }
        if value(&message, "createdAt").is_none() {
            message.insert("createdAt", made);
        }
        Some(message)
    };
    messages.as_array()?.iter().map(complete).collect()
}

fn model(conversation: &Document, messages: &[Document]) -> String {
    let used = || conversation.get_document("statistiquesIA").ok().and_then(|statistics| text(statistics, "modelUtilise"));
    let last = || messages.iter().rev().find_map(|message| text(message, "modelUsed"));
    text(conversation, "modelName").or_else(used).or_else(last).unwrap_or(UNKNOWN_MODEL).to_owned()
}

/// The source's own totals, or those of the messages.
fn statistics(conversation: &Document, messages: &[Document]) -> Document {
    let mut statistics = conversation.get_document("statistiquesIA").cloned().unwrap_or_default();
    let of_messages = || messages.iter().filter_map(|message| whole(message.get("tokenCount")?)).sum();
    let total: i64 = statistics.get("tokensTotal").and_then(whole).unwrap_or_else(of_messages);
    let cost = statistics.get("coutEstime").and_then(whole).unwrap_or_default();
    if total > 0 && text(&statistics, "modelUtilise").is_none() {
        statistics.insert("modelUtilise", model(conversation, messages));
    }
    statistics.insert("tokensTotal", total);
    statistics.insert("coutEstime", cost);
    statistics
}

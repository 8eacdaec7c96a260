//! A message as a part of its conversation's document and back.

use atelier_domain::challenge::chat::MicroCredits;
use atelier_domain::challenge::conversations::{Message, MessageState};
use atelier_domain::kernel::StoreError;
use mongodb::bson::{Document, doc};

use crate::document::{Fields, date, integer, oid};

/// Every field, those without a value too.
pub(super) fn fields_of(message: &Message) -> Document {
    doc! {
        "_id": oid(message.id),
        "role": message.role.as_str(),
        "content": &message.content,
        "createdAt": date(message.created_at),
        "tokenCount": message.token_count.map(integer),
        "modelUsed": &message.model_used,
        "state": message.state.as_str(),
        "estimated": message.estimated,
        "cost": message.cost.map(|cost| integer(cost.0)),
        "finishReason": &message.finish_reason,
    }
}

/// The messages that were read of a conversation's document.
pub(super) fn messages(document: &Document) -> Result<Vec<Message>, StoreError> {
    Fields::of("conversation", document).list("messages")?.iter().map(message).collect()
}

/// Messages of the source have no state: they are complete.
fn message(fields: &Fields<'_>) -> Result<Message, StoreError> {
    Ok(Message {
        id: fields.id("_id")?,
        role: fields.parse("role")?,
        content: fields.text("content")?.to_owned(),
        state: fields.parse_optional("state")?.unwrap_or(MessageState::Complete),
        created_at: fields.time("createdAt")?,
        token_count: fields.number_optional("tokenCount")?,
        estimated: fields.flag("estimated", false)?,
        model_used: fields.text_optional("modelUsed")?.map(str::to_owned),
        cost: fields.number_optional("cost")?.map(MicroCredits),
        finish_reason: fields.text_optional("finishReason")?.map(str::to_owned),
    })
}

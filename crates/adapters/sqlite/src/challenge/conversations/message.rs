//! A message as a row and back.

use atelier_domain::challenge::chat::MicroCredits;
use atelier_domain::challenge::conversations::Message;
use atelier_domain::kernel::{ConversationId, MessageId, StoreError};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Sqlite, SqliteConnection};

use crate::error::store_error;
use crate::row::{Columns, integer, millis};

pub(super) async fn find(
    connection: &mut SqliteConnection,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Option<Message>, StoreError> {
    let query =
        sqlx::query("SELECT * FROM messages WHERE _id = ? AND +conversationId = ?").bind(id.to_string()).bind(conversation.to_string());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(message).transpose()
}

pub(super) fn message(row: &SqliteRow) -> Result<Message, StoreError> {
    let columns = Columns::of("message", row);
    Ok(Message {
        id: columns.parse("_id")?,
        role: columns.parse("role")?,
        content: columns.get("content")?,
        state: columns.parse("state")?,
        created_at: columns.time("createdAt")?,
        token_count: columns.number_optional("tokenCount")?,
        estimated: columns.get("estimated")?,
        model_used: columns.optional("modelUsed")?,
        cost: columns.number_optional("cost")?.map(MicroCredits),
        finish_reason: columns.optional("finishReason")?,
    })
}

/// Every column but the position: the conversation and the id first.
pub(super) fn bind<'q>(
    statement: Query<'q, Sqlite, SqliteArguments>,
    conversation: ConversationId,
    message: &Message,
) -> Query<'q, Sqlite, SqliteArguments> {
    statement
        .bind(conversation.to_string())
        .bind(message.id.to_string())
        .bind(message.role.as_str())
        .bind(message.content.clone())
        .bind(message.state.as_str())
        .bind(millis(message.created_at))
        .bind(message.token_count.map(integer))
        .bind(message.estimated)
        .bind(message.model_used.clone())
        .bind(message.cost.map(|cost| integer(cost.0)))
        .bind(message.finish_reason.clone())
}

//! Reading conversations, and noting what arrives of an answer.

use atelier_domain::challenge::conversations::{Conversation, ConversationFilter, ConversationQueries, Gradable, Message};
use atelier_domain::kernel::{ConversationId, HackathonId, MessageId, Page, Paged, StoreError, Timestamp, UserId};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::message::{self, message};
use super::row::{self, conversation, gradable};
use crate::error::store_error;
use crate::page::{Order, time_cursor};
use crate::row::{Columns, millis};
use crate::store::SqliteStore;

#[async_trait::async_trait]
impl ConversationQueries for SqliteStore {
    async fn find(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        row::find(&mut *self.read("conversations.find").await?, id).await
    }

    async fn find_by_alias(&self, alias: ConversationId) -> Result<Option<Conversation>, StoreError> {
        let mut connection = self.read("conversations.find_by_alias").await?;
        let query = sqlx::query("SELECT * FROM conversations WHERE alias = ?").bind(alias.to_string());
        let row = query.fetch_optional(&mut *connection).await.map_err(store_error)?;
        row.as_ref().map(conversation).transpose()
    }

    async fn list(&self, filter: &ConversationFilter, page: &Page) -> Result<Paged<Conversation>, StoreError> {
        let mut connection = self.read("conversations.list").await?;
        let mut count = filtered("SELECT COUNT(*) FROM conversations", filter);
        let total: i64 = count.build_query_scalar().fetch_one(&mut *connection).await.map_err(store_error)?;
        let mut query = filtered("SELECT * FROM conversations", filter);
        Order { key: "createdAt", ..Order::NEWEST_FIRST }.push(&mut query, page)?;
        let conversations = all(&mut connection, query.build()).await?;
        Ok(Paged::from_fetched(conversations, page.limit, total.unsigned_abs(), |item: &Conversation| {
            time_cursor(item.created_at, &item.id)
        }))
    }

    async fn submitted_by(&self, student_id: UserId, page: &Page) -> Result<Paged<Conversation>, StoreError> {
        let mut connection = self.read("conversations.submitted_by").await?;
        let begin = |select: &str| {
            let mut query = QueryBuilder::<Sqlite>::new(format!(
                "SELECT {select} FROM conversations WHERE +versionFinale_soumisLe IS NOT NULL AND studentId = "
            ));
            query.push_bind(student_id.to_string());
            query
        };
        let total: i64 = begin("COUNT(*)").build_query_scalar().fetch_one(&mut *connection).await.map_err(store_error)?;
        let mut query = begin("*");
        Order { key: "updatedAt", ..Order::NEWEST_FIRST }.push(&mut query, page)?;
        let conversations = all(&mut connection, query.build()).await?;
        Ok(Paged::from_fetched(conversations, page.limit, total.unsigned_abs(), |item: &Conversation| {
            time_cursor(item.updated_at, &item.id)
        }))
    }

    async fn gradable(
        &self,
        hackathon_id: HackathonId,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        let mut connection = self.read("conversations.gradable").await?;
        let query = sqlx::query(
            "SELECT * FROM conversations WHERE versionFinale_soumisLe IS NOT NULL AND test = FALSE AND hackathonId = ? AND alias > ? \
             ORDER BY alias LIMIT ?",
        )
        .bind(hackathon_id.to_string())
        .bind(after.map(|alias| alias.to_string()).unwrap_or_default())
        .bind(limit);
        all(&mut connection, query).await
    }

    async fn all_gradable(&self, hackathon_id: HackathonId) -> Result<Vec<Gradable>, StoreError> {
        let mut connection = self.read("conversations.all_gradable").await?;
        let query = sqlx::query(
            "SELECT _id, alias, tacheId, studentId, statistiquesIA_models, versionFinale_soumisLe, evaluationCount FROM conversations \
             WHERE versionFinale_soumisLe IS NOT NULL AND test = FALSE AND hackathonId = ? ORDER BY alias",
        );
        let rows = query.bind(hackathon_id.to_string()).fetch_all(&mut *connection).await.map_err(store_error)?;
        rows.iter().map(gradable).collect()
    }

    /// Positions have no gaps, so that leaving messages out costs nothing.
    async fn messages(&self, id: ConversationId, skip: u32, limit: u32) -> Result<Vec<Message>, StoreError> {
        let mut connection = self.read("conversations.messages").await?;
        let query = sqlx::query("SELECT * FROM messages WHERE conversationId = ? AND position >= ? ORDER BY position LIMIT ?")
            .bind(id.to_string())
            .bind(skip)
            .bind(limit);
        let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
        rows.iter().map(message).collect()
    }

    async fn message(&self, id: ConversationId, message_id: MessageId) -> Result<Option<Message>, StoreError> {
        message::find(&mut *self.read("conversations.message").await?, id, message_id).await
    }

    async fn has_answer(&self, id: ConversationId, content: &str) -> Result<bool, StoreError> {
        let mut connection = self.read("conversations.has_answer").await?;
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM messages WHERE conversationId = ? AND role = 'assistant' AND content = ?)")
            .bind(id.to_string())
            .bind(content)
            .fetch_one(&mut *connection)
            .await
            .map_err(store_error)
    }

    async fn silent_since(&self, before: Timestamp, limit: u32) -> Result<Vec<Conversation>, StoreError> {
        let mut connection = self.read("conversations.silent_since").await?;
        let query = sqlx::query(
            "SELECT * FROM conversations WHERE inFlight_messageId IS NOT NULL AND inFlight_seenAt < ? \
             ORDER BY inFlight_seenAt, _id LIMIT ?",
        );
        all(&mut connection, query.bind(millis(before)).bind(limit)).await
    }

    async fn save_partial(
        &self,
        id: ConversationId,
        message_id: MessageId,
        content: &str,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation("conversations.save_partial");
        let query = sqlx::query(
            "UPDATE conversations SET inFlight_seenAt = ?3 WHERE _id = ?1 AND +inFlight_messageId = ?2 \
             RETURNING _id, inFlight_stopRequested",
        )
        .bind(id.to_string())
        .bind(message_id.to_string())
        .bind(millis(now));
        let Some(row) = query.fetch_optional(&mut *connection).await.map_err(store_error)? else { return Ok(None) };
        let stop_requested = Columns::of("conversation", &row).get("inFlight_stopRequested")?;
        sqlx::query("UPDATE messages SET content = ?3 WHERE _id = ?2 AND +conversationId = ?1")
            .bind(id.to_string())
            .bind(message_id.to_string())
            .bind(content)
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        drop(connection);
        transaction.finish().await?;
        Ok(Some(stop_requested))
    }

    async fn request_stop(&self, id: ConversationId, message_id: MessageId) -> Result<bool, StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation("conversations.request_stop");
        let query = sqlx::query("UPDATE conversations SET inFlight_stopRequested = TRUE WHERE _id = ? AND +inFlight_messageId = ?")
            .bind(id.to_string())
            .bind(message_id.to_string());
        let on_its_way = query.execute(&mut *connection).await.map_err(store_error)?.rows_affected() > 0;
        drop(connection);
        transaction.finish().await?;
        Ok(on_its_way)
    }
}

fn filtered(select: &str, filter: &ConversationFilter) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(format!("{select} WHERE TRUE"));
    if let Some(student) = filter.student_id {
        query.push(" AND studentId = ").push_bind(student.to_string());
    }
    if let Some(hackathon) = filter.hackathon_id {
        query.push(" AND hackathonId = ").push_bind(hackathon.to_string());
    }
    if !filter.with_archived {
        query.push(" AND archived = FALSE");
    }
    query
}

async fn all(connection: &mut SqliteConnection, query: Query<'_, Sqlite, SqliteArguments>) -> Result<Vec<Conversation>, StoreError> {
    let rows = query.fetch_all(connection).await.map_err(store_error)?;
    rows.iter().map(conversation).collect()
}

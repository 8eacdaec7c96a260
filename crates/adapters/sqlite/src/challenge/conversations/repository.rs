//! Conversations inside a unit of work.

use atelier_domain::challenge::conversations::{Conversation, ConversationRepository, Message};
use atelier_domain::kernel::{ConversationId, HackathonId, MessageId, StoreError};

use super::{message, row};
use crate::error::store_error;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl ConversationRepository for SqliteTransaction {
    async fn find(&mut self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        row::find(&mut self.operation("conversations.find"), id).await
    }

    async fn insert(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        let mut connection = self.operation("conversations.insert");
        let statement = sqlx::query(
            "INSERT INTO conversations (_id, alias, hackathonId, tacheId, studentId, groupId, modelName, temperature, maxTokens, \
             maxTokensUsed, temperatureUsed, messageCount, size, statistiquesIA_models, statistiquesIA_coutEstime, inFlight_messageId, \
             inFlight_seenAt, inFlight_stopRequested, evaluationCount, test, archived, createdAt, updatedAt, versionFinale_soumisLe, \
             versionFinale_promptFinal, versionFinale_reponseIAFinale) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, \
             ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)",
        );
        row::bind(statement, conversation)?.execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn update(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        let mut connection = self.operation("conversations.update");
        let statement = sqlx::query(
            "UPDATE conversations SET alias = ?2, hackathonId = ?3, tacheId = ?4, studentId = ?5, groupId = ?6, modelName = ?7, \
             temperature = ?8, maxTokens = ?9, maxTokensUsed = ?10, temperatureUsed = ?11, messageCount = ?12, size = ?13, \
             statistiquesIA_models = ?14, statistiquesIA_coutEstime = ?15, inFlight_messageId = ?16, inFlight_seenAt = ?17, \
             inFlight_stopRequested = ?18, evaluationCount = ?19, test = ?20, archived = ?21, createdAt = ?22, updatedAt = ?23, \
             versionFinale_soumisLe = ?24, versionFinale_promptFinal = ?25, versionFinale_reponseIAFinale = ?26 WHERE _id = ?1",
        );
        row::bind(statement, conversation)?.execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn message(&mut self, id: ConversationId, message_id: MessageId) -> Result<Option<Message>, StoreError> {
        message::find(&mut self.operation("conversations.message"), id, message_id).await
    }

    async fn append(&mut self, id: ConversationId, message: &Message) -> Result<(), StoreError> {
        let mut connection = self.operation("conversations.append");
        let statement = sqlx::query(
            "INSERT INTO messages (conversationId, _id, role, content, state, createdAt, tokenCount, estimated, modelUsed, cost, \
             finishReason, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, \
             (SELECT COALESCE(MAX(position) + 1, 0) FROM messages WHERE conversationId = ?1))",
        );
        message::bind(statement, id, message).execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn replace(&mut self, id: ConversationId, message: &Message) -> Result<(), StoreError> {
        let mut connection = self.operation("conversations.replace");
        let statement = sqlx::query(
            "UPDATE messages SET role = ?3, content = ?4, state = ?5, createdAt = ?6, tokenCount = ?7, estimated = ?8, modelUsed = ?9, \
             cost = ?10, finishReason = ?11 WHERE _id = ?2 AND +conversationId = ?1",
        );
        message::bind(statement, id, message).execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn any_of(&mut self, hackathon_id: HackathonId) -> Result<bool, StoreError> {
        let mut connection = self.operation("conversations.any_of");
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM conversations WHERE hackathonId = ?)")
            .bind(hackathon_id.to_string())
            .fetch_one(&mut *connection)
            .await
            .map_err(store_error)
    }
}

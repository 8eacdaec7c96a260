//! Conversations inside a unit of work.

use atelier_domain::challenge::conversations::{Conversation, ConversationRepository, Message};
use atelier_domain::kernel::{ConversationId, HackathonId, MessageId, StoreError};
use mongodb::bson::{Document, doc};

use super::document::{changeable, conversation, document, without_messages};
use super::message::{fields_of, messages};
use crate::collections::CONVERSATIONS;
use crate::document::{oid, reference, replacing, stored};
use crate::statements::by;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl ConversationRepository for MongoTransaction {
    async fn find(&mut self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        let document = self.locked_part("conversations.find", CONVERSATIONS, by("_id", oid(id)), without_messages()).await?;
        document.as_ref().map(conversation).transpose()
    }

    async fn insert(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        self.add("conversations.insert", CONVERSATIONS, document(conversation)).await
    }

    async fn update(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        let update = replacing(changeable(conversation));
        self.change("conversations.update", CONVERSATIONS, by("_id", oid(conversation.id)), update).await.map(drop)
    }

    async fn message(&mut self, id: ConversationId, message_id: MessageId) -> Result<Option<Message>, StoreError> {
        let only = doc! { "messages": { "$elemMatch": { "_id": oid(message_id) } } };
        let found = self.locked_part("conversations.message", CONVERSATIONS, by("_id", oid(id)), only).await?;
        let Some(document) = found else { return Ok(None) };
        Ok(messages(&document)?.pop())
    }

    async fn append(&mut self, id: ConversationId, message: &Message) -> Result<(), StoreError> {
        let update = doc! { "$push": { "messages": stored(fields_of(message)) } };
        self.change("conversations.append", CONVERSATIONS, by("_id", oid(id)), update).await.map(drop)
    }

    async fn replace(&mut self, id: ConversationId, message: &Message) -> Result<(), StoreError> {
        let in_place: Document = fields_of(message).into_iter().map(|(field, value)| (format!("messages.$.{field}"), value)).collect();
        let filter = doc! { "_id": oid(id), "messages._id": oid(message.id) };
        self.change("conversations.replace", CONVERSATIONS, filter, replacing(in_place)).await.map(drop)
    }

    async fn any_of(&mut self, hackathon_id: HackathonId) -> Result<bool, StoreError> {
        let filter = by("hackathonId", reference(hackathon_id));
        let found = self.seen_part("conversations.any_of", CONVERSATIONS, filter, doc! { "_id": 1 }).await?;
        Ok(found.is_some())
    }
}

//! Conversations with their messages.

use std::sync::Arc;

use atelier_domain::challenge::conversations::{
    Conversation, ConversationFilter, ConversationQueries, ConversationRepository, Gradable, InFlight, Message, MessageRole,
};
use atelier_domain::kernel::{ConversationId, HackathonId, MessageId, Page, Paged, StoreError, Timestamp, UserId};

use crate::page::{Order, Position, paged};
use crate::state::State;
use crate::store::MemoryStore;
use crate::transaction::Transaction;

/// A conversation and its messages, oldest first; a copy of the row shares them.
#[derive(Debug, Clone)]
pub(crate) struct ConversationRow {
    pub(crate) conversation: Conversation,
    pub(crate) messages: Arc<Vec<Message>>,
    /// An erasure kept it for its grade.
    pub(crate) student_erased: bool,
}

impl ConversationRow {
    fn message(&self, id: MessageId) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == id)
    }

    fn message_mut(&mut self, id: MessageId) -> Option<&mut Message> {
        Arc::make_mut(&mut self.messages).iter_mut().find(|message| message.id == id)
    }

    /// The answer on its way, when it is this message.
    fn in_flight_mut(&mut self, message_id: MessageId) -> Option<&mut InFlight> {
        self.conversation.in_flight.as_mut().filter(|in_flight| in_flight.message_id == message_id)
    }
}

impl State {
    fn all_conversations(&self) -> impl Iterator<Item = &Conversation> {
        self.conversations.values().map(|row| &row.conversation)
    }

    fn conversation(&self, id: ConversationId) -> Option<Conversation> {
        self.conversations.get(&id).map(|row| row.conversation.clone())
    }

    fn message(&self, id: ConversationId, message_id: MessageId) -> Option<Message> {
        self.conversations.get(&id)?.message(message_id).cloned()
    }

    fn conversation_mut(&mut self, id: ConversationId) -> Option<&mut ConversationRow> {
        Arc::make_mut(&mut self.conversations).get_mut(&id)
    }
}

fn matches(conversation: &Conversation, filter: &ConversationFilter) -> bool {
    filter.student_id.is_none_or(|student| conversation.student_id == student)
        && filter.hackathon_id.is_none_or(|hackathon| conversation.hackathon_id == hackathon)
        && (filter.with_archived || !conversation.archived)
}

#[async_trait::async_trait]
impl ConversationQueries for MemoryStore {
    async fn find(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        Ok(self.committed().conversation(id))
    }

    async fn find_by_alias(&self, alias: ConversationId) -> Result<Option<Conversation>, StoreError> {
        Ok(self.committed().all_conversations().find(|row| row.alias == alias).cloned())
    }

    async fn list(&self, filter: &ConversationFilter, page: &Page) -> Result<Paged<Conversation>, StoreError> {
        let state = self.committed();
        let rows = state.all_conversations().filter(|row| matches(row, filter));
        paged(rows, page, Order::NewestFirst, |row| Position::by_time(row.created_at, row.id))
    }

    async fn submitted_by(&self, student_id: UserId, page: &Page) -> Result<Paged<Conversation>, StoreError> {
        let state = self.committed();
        let rows = state.all_conversations().filter(|row| row.student_id == student_id && row.final_version.is_some());
        paged(rows, page, Order::NewestFirst, |row| Position::by_time(row.updated_at, row.id))
    }

    async fn gradable(
        &self,
        hackathon_id: HackathonId,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        let state = self.committed();
        let wanted =
            |row: &&Conversation| row.hackathon_id == hackathon_id && row.is_gradable() && after.is_none_or(|after| after < row.alias);
        let mut found: Vec<&Conversation> = state.all_conversations().filter(wanted).collect();
        found.sort_by_key(|row| row.alias);
        Ok(found.into_iter().take(limit as usize).cloned().collect())
    }

    async fn all_gradable(&self, hackathon_id: HackathonId) -> Result<Vec<Gradable>, StoreError> {
        let state = self.committed();
        let mut found: Vec<_> = state.all_conversations().filter(|row| row.hackathon_id == hackathon_id).filter_map(Gradable::of).collect();
        found.sort_by_key(|row| row.alias);
        Ok(found)
    }

    async fn messages(&self, id: ConversationId, skip: u32, limit: u32) -> Result<Vec<Message>, StoreError> {
        let state = self.committed();
        let messages = state.conversations.get(&id).into_iter().flat_map(|row| row.messages.iter());
        Ok(messages.skip(skip as usize).take(limit as usize).cloned().collect())
    }

    async fn message(&self, id: ConversationId, message_id: MessageId) -> Result<Option<Message>, StoreError> {
        Ok(self.committed().message(id, message_id))
    }

    async fn has_answer(&self, id: ConversationId, content: &str) -> Result<bool, StoreError> {
        let state = self.committed();
        let is_it = |message: &Message| message.role == MessageRole::Assistant && message.content == content;
        Ok(state.conversations.get(&id).is_some_and(|row| row.messages.iter().any(is_it)))
    }

    async fn silent_since(&self, before: Timestamp, limit: u32) -> Result<Vec<Conversation>, StoreError> {
        let state = self.committed();
        let seen_at = |row: &Conversation| row.in_flight.map(|in_flight| in_flight.seen_at);
        let mut found: Vec<&Conversation> = state.all_conversations().filter(|row| seen_at(row).is_some_and(|at| at < before)).collect();
        found.sort_by_key(|row| (seen_at(row), row.id));
        Ok(found.into_iter().take(limit as usize).cloned().collect())
    }

    async fn save_partial(
        &self,
        id: ConversationId,
        message_id: MessageId,
        content: &str,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError> {
        let mut transaction = self.transaction().await;
        let Some(row) = transaction.state.conversation_mut(id) else { return Ok(None) };
        let Some(in_flight) = row.in_flight_mut(message_id) else { return Ok(None) };
        in_flight.seen_at = now;
        let stop_requested = in_flight.stop_requested;
        if let Some(message) = row.message_mut(message_id) {
            content.clone_into(&mut message.content);
        }
        transaction.publish();
        Ok(Some(stop_requested))
    }

    async fn request_stop(&self, id: ConversationId, message_id: MessageId) -> Result<bool, StoreError> {
        let mut transaction = self.transaction().await;
        let Some(row) = transaction.state.conversation_mut(id) else { return Ok(false) };
        let Some(in_flight) = row.in_flight_mut(message_id) else { return Ok(false) };
        in_flight.stop_requested = true;
        transaction.publish();
        Ok(true)
    }
}

#[async_trait::async_trait]
impl ConversationRepository for Transaction {
    async fn find(&mut self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        Ok(self.state.conversation(id))
    }

    async fn insert(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        if self.state.all_conversations().any(|row| row.alias == conversation.alias) {
            return Err(StoreError::Conflict { constraint: "conversations.alias".to_owned() });
        }
        let row = ConversationRow { conversation: conversation.clone(), messages: Arc::default(), student_erased: false };
        Arc::make_mut(&mut self.state.conversations).insert(conversation.id, row);
        Ok(())
    }

    async fn update(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        if let Some(row) = self.state.conversation_mut(conversation.id) {
            row.conversation.clone_from(conversation);
        }
        Ok(())
    }

    async fn message(&mut self, id: ConversationId, message_id: MessageId) -> Result<Option<Message>, StoreError> {
        Ok(self.state.message(id, message_id))
    }

    async fn append(&mut self, id: ConversationId, message: &Message) -> Result<(), StoreError> {
        if let Some(row) = self.state.conversation_mut(id) {
            Arc::make_mut(&mut row.messages).push(message.clone());
        }
        Ok(())
    }

    async fn replace(&mut self, id: ConversationId, message: &Message) -> Result<(), StoreError> {
        if let Some(kept) = self.state.conversation_mut(id).and_then(|row| row.message_mut(message.id)) {
            kept.clone_from(message);
        }
        Ok(())
    }

    async fn any_of(&mut self, hackathon_id: HackathonId) -> Result<bool, StoreError> {
        Ok(self.state.all_conversations().any(|row| row.hackathon_id == hackathon_id))
    }
}

//! What conversations need from a store. Collection `conversations`, on document stores with the messages inside (checklist P13).

use crate::kernel::{ConversationId, Email, HackathonId, MessageId, Page, Paged, StoreError, Timestamp, UserId};

use super::{Conversation, Gradable, Message};

/// Which conversations are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// Only of this student.
    pub student_id: Option<UserId>,
    /// Only of this hackathon.
    pub hackathon_id: Option<HackathonId>,
    /// Archived ones too.
    pub with_archived: bool,
}

/// Reads conversations outside a unit of work, and notes what arrives of an answer.
#[async_trait::async_trait]
pub trait ConversationQueries: Send + Sync {
    /// One of them, without its messages.
    async fn find(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError>;
    /// The one with this alias.
    async fn find_by_alias(&self, alias: ConversationId) -> Result<Option<Conversation>, StoreError>;
    /// A page, newest first, ties by id descending. At least one of student and hackathon is given.
    async fn list(&self, filter: &ConversationFilter, page: &Page) -> Result<Paged<Conversation>, StoreError>;
    /// The student's with a final version, last changed first, ties by id descending (checklist P179). The cursor's key is `updatedAt`.
    async fn submitted_by(&self, student_id: UserId, page: &Page) -> Result<Paged<Conversation>, StoreError>;
    /// Up to `limit` gradable ones of the hackathon (handed in, not of a test) whose alias is after `after`, by alias ascending.
    async fn gradable(&self, hackathon_id: HackathonId, after: Option<ConversationId>, limit: u32)
    -> Result<Vec<Conversation>, StoreError>;
    /// Every gradable one of the hackathon, without its texts, by alias ascending.
    async fn all_gradable(&self, hackathon_id: HackathonId) -> Result<Vec<Gradable>, StoreError>;
    /// `limit` messages from the oldest on, `skip` left out.
    async fn messages(&self, id: ConversationId, skip: u32, limit: u32) -> Result<Vec<Message>, StoreError>;
    /// One message.
    async fn message(&self, id: ConversationId, message_id: MessageId) -> Result<Option<Message>, StoreError>;
    /// Whether an answer of the conversation has exactly this text (checklist P83).
    async fn has_answer(&self, id: ConversationId, content: &str) -> Result<bool, StoreError>;
    /// Conversations whose answer on its way gave no sign of life since `before`, at most `limit`.
    async fn silent_since(&self, before: Timestamp, limit: u32) -> Result<Vec<Conversation>, StoreError>;
    /// Notes what has arrived of an answer, and that its receiver lives. Answers whether the student wants it to stop; none when this
    /// answer is not on its way any more, in which case nothing is written.
    async fn save_partial(
        &self,
        id: ConversationId,
        message_id: MessageId,
        content: &str,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError>;
    /// Asks the receiver of the answer to stop. `false` when this answer is not on its way.
    async fn request_stop(&self, id: ConversationId, message_id: MessageId) -> Result<bool, StoreError>;
}

/// Addresses of accounts, which belong to another context.
#[async_trait::async_trait]
pub trait AddressBook: Send + Sync {
    /// The account's e-mail address; none when there is no such account.
    async fn email_of(&self, account_id: UserId) -> Result<Option<Email>, StoreError>;
}

/// Conversations inside a unit of work.
#[async_trait::async_trait]
pub trait ConversationRepository: Send {
    /// One of them, without its messages.
    async fn find(&mut self, id: ConversationId) -> Result<Option<Conversation>, StoreError>;
    /// Stores a new one, without messages.
    async fn insert(&mut self, conversation: &Conversation) -> Result<(), StoreError>;
    /// Stores everything but the messages.
    async fn update(&mut self, conversation: &Conversation) -> Result<(), StoreError>;
    /// One message.
    async fn message(&mut self, id: ConversationId, message_id: MessageId) -> Result<Option<Message>, StoreError>;
    /// Adds a message at the end.
    async fn append(&mut self, id: ConversationId, message: &Message) -> Result<(), StoreError>;
    /// Stores a changed message in its place.
    async fn replace(&mut self, id: ConversationId, message: &Message) -> Result<(), StoreError>;
    /// Whether the hackathon has any conversation.
    async fn any_of(&mut self, hackathon_id: HackathonId) -> Result<bool, StoreError>;
}

//! Conversations: a student's prompts on a task and a model's answers, up to the final version.

mod message;
mod model;
mod ports;
mod service;

pub use message::{Message, MessageRole, MessageState, UnknownMessageRole, UnknownMessageState};
pub use model::{Conversation, FinalVersion, InFlight, ModelTokens, Parameters};
pub use ports::{AddressBook, ConversationFilter, ConversationQueries, ConversationRepository};
pub use service::{
    AnswerEvent, Asked, ConversationPorts, ConversationService, Exchange, HandIn, NewConversation, Seen, SettleSilent, SilentAnswers,
    alias_of, pseudonym_of,
};

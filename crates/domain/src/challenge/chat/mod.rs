//! Chat with language models: what is asked, what comes back piece by piece, what it costs, and what can go wrong.
//!
//! `ports` is the port to a model, `request` what it is asked, `spec` the table of models with limits and dated prices, `usage` tokens and why an
//! answer ended, `failure` the canonical errors, `answer` keeps what has arrived so that nothing is lost, and `models` finds a model by its name.

mod answer;
mod failure;
mod models;
mod ports;
mod request;
mod spec;
mod usage;

pub use answer::{AnswerEnd, ChatAnswer};
pub use failure::{ChatError, ChatErrorKind, Fault, UnknownChatErrorKind};
pub use models::{ChatModels, DuplicateModel, NoSuchModel};
pub use ports::{ChatCompletion, ChatEvent, ChatModel, ChatStream};
pub use request::{ChatMessage, ChatRequest, ChatRole};
pub use spec::{Fitted, InvalidModelSpec, MicroCredits, ModelSpec, Price};
pub use usage::{ChatUsage, FinishReason, estimated_tokens};

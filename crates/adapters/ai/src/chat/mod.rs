//! Language models over HTTP: one tolerant client for OpenAI, Mistral and every server that speaks their chat completions.
//!
//! `setup` makes the models from settings, `table` is their table, `dialect` what differs between servers, `client` asks and tries again,
//! `reader` turns a response into the events of the port, `wire` reads what servers write, `errors` maps their errors to the canonical
//! ones, and `offline` answers where no provider is configured.

mod client;
mod dialect;
mod errors;
mod offline;
mod reader;
mod retry;
mod setup;
mod table;
mod transport;
mod wire;

pub use client::ChatTimeouts;
pub use offline::OFFLINE_MODEL;
pub use retry::RetryPolicy;
pub use setup::{ChatProviderSettings, ChatSettings, ChatSetupError, chat_models};
pub use table::ModelTableError;

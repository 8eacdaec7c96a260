//! Fakes of the ports that are not stores.

mod cache;
mod chat_model;
mod clock;
mod credentials;
mod ids;
mod images;
mod secrets;
mod tryon_provider;
mod webhook_sender;

pub use cache::MemoryCache;
pub use chat_model::{ChatScript, ScriptedChatModel};
pub use clock::{CountingTimer, FixedClock};
pub use credentials::{PlainHasher, PlainTokenSigner};
pub use ids::SeededIds;
pub use images::PassthroughImages;
pub use secrets::SeededSecrets;
pub use tryon_provider::{Script, ScriptStep, ScriptedTryOnProvider, SubmittedTryOn};
pub use webhook_sender::{ScriptedWebhookSender, SentWebhook};

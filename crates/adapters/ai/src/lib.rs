//! AI providers over HTTP: models that make try-on pictures, models that chat.
//!
//! `tryon` holds the adapters of [`TryOnProvider`](atelier_domain::wearit::tryon::TryOnProvider), [`chat`] those of
//! [`ChatModel`](atelier_domain::challenge::chat::ChatModel).

pub mod chat;
mod tryon;

pub use tryon::{
    CogSettings, CogTryOn, FashnSettings, FashnTryOn, GovernedTryOn, HttpLimits, HttpSetupError, InputMode, ModelTableError, ProviderHttp,
    ProviderKind, ProviderLimits, ProviderSetupError, ReplicateSettings, ReplicateTryOn, TryOnModels,
};

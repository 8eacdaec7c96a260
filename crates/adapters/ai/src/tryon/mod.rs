//! Models that make try-on pictures: self-hosted ones behind Cog, hosted ones at Replicate and FASHN.
//!
//! `http` is the one client, `models` says what each model's inputs are called, `failures` maps every vendor's errors to the nine canonical
//! ones, `pictures` is how pictures travel; `cog`, `replicate` and `fashn` are the adapters,
//! `governed` keeps them within the operator's limits.

mod cog;
mod endpoint;
mod failures;
mod fashn;
mod governed;
mod http;
mod models;
mod pictures;
mod prediction;
mod progress;
mod replicate;
mod setup;
mod since;

pub use cog::{CogSettings, CogTryOn};
pub use fashn::{FashnSettings, FashnTryOn};
pub use governed::{GovernedTryOn, ProviderLimits};
pub use http::{HttpLimits, HttpSetupError, ProviderHttp};
pub use models::{ModelTableError, ProviderKind, TryOnModels};
pub use pictures::InputMode;
pub use replicate::{ReplicateSettings, ReplicateTryOn};
pub use setup::ProviderSetupError;

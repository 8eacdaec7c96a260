//! The one HTTP client of the try-on providers: timeouts, caps, retries that never send a paid request twice, metrics, no secrets in errors.

mod answer;
mod client;
mod error;
mod limits;
mod redact;
mod retry;
mod telemetry;

pub use client::ProviderHttp;
pub use error::HttpSetupError;
pub use limits::HttpLimits;

pub(super) use answer::Answer;
pub(super) use client::Call;
pub(super) use error::CallError;
pub(super) use redact::redacted;
pub(super) use retry::Retry;

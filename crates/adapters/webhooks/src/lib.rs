//! Sends webhooks over HTTPS, signed as [Standard Webhooks 1.0](https://github.com/standard-webhooks/standard-webhooks) says, to addresses
//! that people name: none of them is trusted.
//!
//! `networks` says which addresses are of the public internet, `lookup` resolves names to such addresses only, at the moment of connecting,
//! `sender` signs and sends.

mod lookup;
mod networks;
mod sender;
mod settings;
mod telemetry;

pub use lookup::{HostLookup, SystemLookup};
pub use networks::{InvalidNetworks, Networks};
pub use sender::WebhookHttp;
pub use settings::{WebhookSetupError, WebhookTargets};

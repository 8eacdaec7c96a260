//! Outgoing webhooks: addresses a person names are told what becomes of the person's try-ons, in the form of
//! [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
//!
//! `model` is the endpoint, `delivery` one message to one endpoint and its attempts, `schedule` when it is tried again, `secret` what
//! messages are signed with, `sender` the port that sends, `announce` writes messages in the unit of work of what they tell, `service` the use
//! cases, `jobs` sends and forgets.

mod announce;
mod delivery;
mod error;
mod jobs;
mod model;
mod ports;
mod schedule;
mod secret;
mod sender;
mod service;

pub(super) use announce::announce;
pub use delivery::{Attempt, AttemptOutcome, Delivery, DeliveryFilter, DeliveryStatus, SendFailure, UnknownWord};
pub use error::WebhookError;
pub use jobs::{DeliverWebhook, DeliverWebhooks, PurgeDeliveries, PurgeDeliveriesHandler};
pub use model::{Disabled, Endpoint, Event};
pub use ports::{WebhookQueries, WebhookRepository};
pub use schedule::{InvalidSchedule, RetrySchedule};
pub use secret::{EndpointSecret, EndpointSecrets};
pub use sender::{OutgoingMessage, Sent, TargetRefused, WebhookSender};
pub use service::{ChangeEndpoint, CreateEndpoint, Secret, WebhookService};

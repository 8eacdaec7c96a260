//! Every port of the domain in memory: for the domain's own tests, for embedders' tests and for a first look.
//!
//! [`MemoryStore`] is the store of every context, the job queue and the event feed; [`MemoryObjectStore`] keeps files,
//! [`MemoryMailer`] keeps mails, [`MemoryRows`] and [`MemoryAnswerCache`] are the tables and the cache of the Core Database Service, [`MemoryAttemptLimiter`] counts failures. Nothing survives the process.
//! The folders mirror the domain's: whoever knows `wearit/tryon` there finds `wearit/tryon` here.

mod attempts;
mod challenge;
mod dataservice;
mod held;
mod identity;
mod kernel;
mod mailer;
mod objects;
mod page;
mod state;
mod store;
mod transaction;
mod wearit;

pub use attempts::MemoryAttemptLimiter;
pub use dataservice::{MemoryAnswerCache, MemoryRows};
pub use mailer::MemoryMailer;
pub use objects::MemoryObjectStore;
pub use store::MemoryStore;

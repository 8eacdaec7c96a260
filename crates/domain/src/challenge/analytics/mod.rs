//! What people do, for statistics of use: kept for 30 days (checklist P238, P239).
//!
//! An event is written in the unit of work of what it tells. Its metadata are numbers, flags, and ids and codes of this program: never a
//! text that somebody wrote.

mod event;
mod jobs;
mod ports;

pub use event::{AnalyticsEvent, AnalyticsKind, Datum, UnknownAnalyticsKind};
pub use jobs::{PurgeAnalytics, PurgeAnalyticsJob};
pub use ports::{AnalyticsQueries, AnalyticsRepository};

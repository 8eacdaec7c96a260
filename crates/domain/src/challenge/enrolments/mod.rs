//! Enrolments: who takes part in which hackathon, under which pseudonym, and the ledger of the quota.

mod ledger;
mod model;
mod ports;

pub use ledger::{Ledger, QuotaExceeded, QuotaKind, QuotaLeft, Reservation};
pub use model::{Enrolment, EnrolmentKey};
pub use ports::{EnrolmentQueries, EnrolmentRepository};

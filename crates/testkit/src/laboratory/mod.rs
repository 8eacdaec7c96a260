//! AI vendors for tests: scripted HTTP servers on loopback that speak the vendors' documented shapes and inject faults.
//!
//! [`LabServer`] is the server alone: a closure answers each request with an [`Answer`], whose body is a list of [`Step`]s (bytes, waits,
//! gates, a cut). The modules beside it are the vendors; each names the page it follows and the day that page was read.
//!
//! [`TryOnVendor`] is a try-on vendor: Cog, Replicate or FASHN. Its [`Script`] says what it does to requests, its ledger what it was paid
//! for. [`Inbox`] receives messages where there is no route.

pub mod chat;

mod answer;
mod chance;
mod cog;
mod fashn;
mod inbox;
mod messages;
mod replicate;
mod runs;
mod script;
mod server;
mod vendor;

pub use answer::{Answer, Gate, Step};
pub use chance::Chances;
pub use inbox::{Inbox, message_of};
pub use runs::Payment;
pub use script::{Delivery, Ending, Fault, Operation, Plan, Script};
pub use server::{LabServer, SeenRequest, Tally};
pub use vendor::{TryOnVendor, VendorKind};

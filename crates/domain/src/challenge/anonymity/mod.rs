//! Students without their names: the leak scan, pseudonyms, an order that tells nothing. Pure functions; digests come from the caller.

mod leak;
mod mask;
mod pseudonym;
mod warning;

pub use leak::{IdentifyingStrings, LeakScan};
pub use mask::{MASK, masked};
pub use pseudonym::{InvalidDigest, order_key, pseudonym};
pub use warning::{LeakKind, leaks};

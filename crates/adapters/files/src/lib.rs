//! The embedded object store: private files in a directory, and the signed URLs that open them.
//!
//! [`FileObjectStore`] implements [`ObjectStore`](atelier_domain::kernel::ObjectStore) over the crate `object_store` and, because no
//! server of its own stands behind its URLs, [`DirectObjectAccess`](atelier_domain::kernel::DirectObjectAccess) too: the HTTP edge hands
//! it the requests that arrive under `/files/`.
//!
//! | module | what |
//! | --- | --- |
//! | `store` | reading, writing, listing and deleting |
//! | `direct` | serving signed URLs |
//! | `signing` | what a signature covers |
//! | `location` | keys as paths |
//! | `leftovers` | what interrupted writes and deletions leave behind |
//! | `telemetry` | metrics and log lines |

mod content_type;
mod direct;
mod leftovers;
mod location;
mod signing;
mod store;
mod telemetry;

pub use store::{FileObjectStore, OpenError};

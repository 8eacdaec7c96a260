//! The Core Database Service, wired: what it needs (`parts`), the stores the settings name (`stores`, `documents`), leases of connections, and what goes on
//! behind requests (`upkeep`).

mod documents;
mod leases;
mod parts;
mod stores;
mod trail;
mod upkeep;

pub use parts::DataParts;
pub(crate) use stores::{DataStores, Surroundings, sealer};

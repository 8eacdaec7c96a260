//! Which technology stands behind the ports: chosen by the settings, embedded where nothing is named.

mod gauges;
mod health;
mod objects;
mod providers;
mod shared;
mod store;

pub(crate) use gauges::{measure, measure_bucket};
pub(crate) use health::{CacheCheck, CosmosCheck, DatabaseCheck, PostgresCheck, StorageCheck, VectorCheck};
pub(crate) use objects::{Objects, s3_settings};
pub(crate) use providers::tryon_engines;
pub(crate) use shared::{REDIS_PREFIX, Shared};
pub(crate) use store::{Store, StorePorts};

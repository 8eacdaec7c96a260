//! How the service and its stores are.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Up or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum HealthStatus {
    /// Everything answers.
    Up,
    /// A store that the service can do without does not.
    Degraded,
    /// The service cannot do its work.
    Down,
}

/// Connections of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Connections {
    /// In use.
    pub active: u32,
    /// Without work.
    pub idle: u32,
    /// All.
    pub total: u32,
}

/// One store.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StoreHealth {
    /// Up or not.
    pub status: HealthStatus,
    /// How long it took to answer, e.g. `15ms`.
    pub response_time: Option<String>,
    /// Its pool.
    pub connections: Option<Connections>,
    /// The memory it uses, e.g. `45MB`.
    pub memory: Option<String>,
}

/// The service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Health {
    /// Up or not.
    pub status: HealthStatus,
    /// Its name.
    pub service: String,
    /// Its version.
    pub version: String,
    /// Its stores, by name.
    pub checks: BTreeMap<String, StoreHealth>,
}

//! Answers kept for a while, never beyond the commit that makes them stale.

use std::any::Any;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Search, Select};
use crate::kernel::Fingerprint;

/// Longest time an answer is kept, whatever else happens (V143).
pub const CACHED_FOR: Duration = Duration::from_secs(300);
/// A larger answer is not kept.
pub(super) const LARGEST_CACHED: usize = 1024 * 1024;

/// Answers under keys that carry the version of what they were read from. Every commit that changes an owner's rows of a table raises their
/// version, so an answer of before is never found again; no answer has to be removed. Nothing may rest on the cache: one that is away
/// answers `None` and takes nothing.
#[async_trait]
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait AnswerCache: Send + Sync {
    /// The highest version [raised](AnswerCache::raise) for this owner's rows of the table.
    async fn version(&self, table: &str, owner: Uuid) -> Option<u64>;
    /// Tells of a version, and answers whether that was heard. MUST keep the highest it was told, whatever the order; may forget it.
    async fn raise(&self, table: &str, owner: Uuid, version: u64) -> bool;
    /// The answer under the key.
    async fn get(&self, owner: Uuid, key: &str) -> Option<String>;
    /// Keeps an answer for `time_to_live` at most.
    async fn put(&self, owner: Uuid, key: &str, answer: &str, time_to_live: Duration);
    /// Waits until nobody else of this process works on the key; the turn ends when the value is dropped.
    async fn turn(&self, key: &str) -> Box<dyn Any + Send>;
}

/// The key of a plan's answer at a version: the same plan of the same owner, and nothing else, has it.
pub(super) fn key(plan: &Select, owner: Uuid, version: u64) -> String {
    let asked = (&plan.columns, plan.shown, &plan.filter, &plan.order, &plan.after, plan.offset, plan.limit);
    let mut digest = Sha256::new();
    digest.update(format!("1|{}|{}|{}|{owner}|{version}|{asked:?}", plan.table.database, plan.table.name, plan.tier));
    Fingerprint(digest.finalize().into()).to_string()
}

/// As [`key`], of a search.
pub(super) fn search_key(plan: &Search, owner: Uuid, version: u64) -> String {
    let asked = (&plan.columns, plan.column, &plan.to, plan.top_k, plan.min_score, &plan.filter);
    let mut digest = Sha256::new();
    digest.update(format!("1|search|{}|{}|{}|{owner}|{version}|{asked:?}", plan.table.database, plan.table.name, plan.tier));
    Fingerprint(digest.finalize().into()).to_string()
}

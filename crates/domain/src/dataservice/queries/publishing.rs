//! Telling the cache of versions that commits have raised: at once by whoever committed, and from here what was not told.

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use super::super::DataError;
use super::AnswerCache;

/// A version of an owner's rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedVersion {
    /// The table.
    pub table: String,
    /// Whose rows.
    pub owner: Uuid,
    /// The version.
    pub version: u64,
}

/// Versions that were raised by commits and not told to the cache yet.
#[async_trait]
pub trait VersionFeed: Send + Sync {
    /// Up to `limit` of them.
    async fn untold(&self, limit: u32) -> Result<Vec<RaisedVersion>, DataError>;
    /// Those of one owner.
    async fn untold_of(&self, owner: Uuid) -> Result<Vec<RaisedVersion>, DataError>;
    /// Marks them as told. A version raised meanwhile MUST stay untold, and a row that somebody is writing MUST NOT be waited for.
    async fn told(&self, versions: &[RaisedVersion]) -> Result<(), DataError>;
}

/// Tells the cache. A crash between the commit and the telling costs at most the time until the next run, and the cache's own time to live
/// is the last bound.
#[derive(Clone)]
pub struct VersionPublisher {
    feed: Arc<dyn VersionFeed>,
    cache: Arc<dyn AnswerCache>,
}

const AT_ONCE: u32 = 500;

impl VersionPublisher {
    /// From this feed to this cache.
    pub fn new(feed: Arc<dyn VersionFeed>, cache: Arc<dyn AnswerCache>) -> Self {
        Self { feed, cache }
    }

    /// Tells those of an owner who has just committed. They are marked by the next [`run`](Self::run).
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn tell(&self, owner: Uuid) -> Result<(), DataError> {
        self.tell_these(&self.feed.untold_of(owner).await?).await;
        Ok(())
    }

    /// Tells these. They are marked by the next [`run`](Self::run).
    pub async fn tell_these(&self, versions: &[RaisedVersion]) {
        for raised in versions {
            self.cache.raise(&raised.table, raised.owner, raised.version).await;
        }
    }

    /// Tells all there is now, and answers how many versions that were.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn run(&self) -> Result<usize, DataError> {
        let mut told = 0;
        loop {
            let versions = self.feed.untold(AT_ONCE).await?;
            let mut heard = Vec::with_capacity(versions.len());
            let all = versions.len();
            for raised in versions {
                // A cache that is away may come back with what it knew before: it is told again.
                if self.cache.raise(&raised.table, raised.owner, raised.version).await {
                    heard.push(raised);
                }
            }
            self.feed.told(&heard).await?;
            told += heard.len();
            if all < AT_ONCE as usize || heard.len() < all {
                return Ok(told);
            }
        }
    }
}

//! The running hackathons, remembered for five minutes where processes share a cache (checklist P237, CP30).
//!
//! Only the status is remembered; dates are compared when the list is read. Every change writes a new generation; a list is kept with the
//! generation that held before it was read from the store, and counts while that one still holds. So a reader that was slow cannot put an
//! old list back. When the new generation cannot be written (the process dies, the
//! cache is away) the old list may be shown for the rest of the five minutes.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::challenge::ChallengeStore;
use crate::kernel::{AuditId, Cache, HackathonId, IdGenerator, StoreError, Timestamp};

use super::{Hackathon, HackathonDates, HackathonStatus, Quotas, Task};

const LIST: &str = "hackathons:active";
const GENERATION: &str = "hackathons:active:generation";
const KEPT_FOR: Duration = Duration::from_secs(300);
/// Longer than any list lives.
const GENERATION_KEPT_FOR: Duration = Duration::from_secs(3_600);
/// A longer list, in bytes, is read from the store each time.
const LARGEST: usize = 1_000_000;

/// The running hackathons.
#[derive(Clone)]
pub(super) struct RunningHackathons {
    store: Arc<dyn ChallengeStore>,
    cache: Option<Arc<dyn Cache>>,
    ids: Arc<dyn IdGenerator>,
}

impl RunningHackathons {
    pub(super) fn new(store: Arc<dyn ChallengeStore>, cache: Option<Arc<dyn Cache>>, ids: Arc<dyn IdGenerator>) -> Self {
        Self { store, cache, ids }
    }

    /// All that are `En cours`, whatever their dates, by `dates.debut` descending.
    pub(super) async fn list(&self) -> Result<Vec<Hackathon>, StoreError> {
        let Some(cache) = &self.cache else { return self.read().await };
        let generation = match cache.get(GENERATION).await {
            Some(generation) => {
                if let Some(kept) = cache.get(LIST).await.and_then(|text| serde_json::from_str::<Kept>(&text).ok())
                    && kept.generation == generation
                {
                    return Ok(kept.hackathons.into_iter().map(KeptHackathon::restored).collect());
                }
                generation
            }
            None => self.begin_generation(cache.as_ref()).await,
        };
        let hackathons = self.read().await?;
        let kept = Kept { generation, hackathons: hackathons.iter().map(KeptHackathon::of).collect() };
        if let Ok(text) = serde_json::to_string(&kept)
            && text.len() <= LARGEST
        {
            cache.put(LIST, &text, KEPT_FOR).await;
        }
        Ok(hackathons)
    }

    /// Forgets the list; to be called when a change has been committed.
    pub(super) async fn forget(&self) {
        if let Some(cache) = &self.cache {
            self.begin_generation(cache.as_ref()).await;
            cache.forget(LIST).await;
        }
    }

    async fn begin_generation(&self, cache: &dyn Cache) -> String {
        let generation = self.ids.generate::<AuditId>().to_string();
        cache.put(GENERATION, &generation, GENERATION_KEPT_FOR).await;
        generation
    }

    async fn read(&self) -> Result<Vec<Hackathon>, StoreError> {
        self.store.hackathons().of_status(HackathonStatus::Running).await
    }
}

/// What is kept under [`LIST`].
#[derive(Serialize, Deserialize)]
struct Kept {
    generation: String,
    hackathons: Vec<KeptHackathon>,
}

/// A hackathon `En cours`.
#[derive(Serialize, Deserialize)]
struct KeptHackathon {
    id: HackathonId,
    name: String,
    description: String,
    objectives: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
    archive_at: Option<Timestamp>,
    anonymous: bool,
    prompts: u32,
    tokens: u64,
    tasks: Vec<(String, String)>,
    published_at: Option<Timestamp>,
    version: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl KeptHackathon {
    fn of(hackathon: &Hackathon) -> Self {
        let Hackathon { id, version, published_at, created_at, updated_at, anonymous, .. } = *hackathon;
        let HackathonDates { starts_at, ends_at, archive_at } = hackathon.dates;
        let Quotas { prompts, tokens } = hackathon.quotas;
        Self {
            id,
            name: hackathon.name.clone(),
            description: hackathon.description.clone(),
            objectives: hackathon.objectives.clone(),
            starts_at,
            ends_at,
            archive_at,
            anonymous,
            prompts,
            tokens,
            tasks: hackathon.tasks.iter().map(|task| (task.id.to_string(), task.label.clone())).collect(),
            published_at,
            version,
            created_at,
            updated_at,
        }
    }

    fn restored(self) -> Hackathon {
        let task = |(id, label): (String, String)| id.parse().ok().map(|id| Task { id, label });
        Hackathon {
            id: self.id,
            name: self.name,
            description: self.description,
            objectives: self.objectives,
            dates: HackathonDates { starts_at: self.starts_at, ends_at: self.ends_at, archive_at: self.archive_at },
            anonymous: self.anonymous,
            quotas: Quotas { prompts: self.prompts, tokens: self.tokens },
            tasks: self.tasks.into_iter().filter_map(task).collect(),
            status: HackathonStatus::Running,
            published_at: self.published_at,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

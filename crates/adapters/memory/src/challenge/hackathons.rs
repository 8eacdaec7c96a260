//! Hackathons.

use std::cmp::Reverse;
use std::sync::Arc;

use atelier_domain::challenge::hackathons::{Hackathon, HackathonFilter, HackathonQueries, HackathonRepository, HackathonStatus};
use atelier_domain::challenge::words::contains_all_words;
use atelier_domain::kernel::{HackathonId, Page, Paged, StoreError, Timestamp};

use crate::page::{Order, Position, paged};
use crate::store::MemoryStore;
use crate::transaction::Transaction;

/// Most hackathons of one status that are answered at once.
const MOST_OF_STATUS: usize = 1_000;

fn matches(hackathon: &Hackathon, filter: &HackathonFilter) -> bool {
    filter.status.is_none_or(|status| hackathon.status == status)
        && !(filter.without_drafts && hackathon.status == HackathonStatus::Draft)
        && has_words(hackathon, &filter.words)
}

fn has_words(hackathon: &Hackathon, wanted: &[String]) -> bool {
    contains_all_words(&format!("{} {}", hackathon.name, hackathon.description), &wanted.join(" "))
}

#[async_trait::async_trait]
impl HackathonQueries for MemoryStore {
    async fn find(&self, id: HackathonId) -> Result<Option<Hackathon>, StoreError> {
        Ok(self.committed().hackathons.get(&id).cloned())
    }

    async fn list(&self, filter: &HackathonFilter, page: &Page) -> Result<Paged<Hackathon>, StoreError> {
        let state = self.committed();
        let rows = state.hackathons.values().filter(|row| matches(row, filter));
        paged(rows, page, Order::NewestFirst, |row| Position::by_time(row.dates.starts_at, row.id))
    }

    async fn of_status(&self, status: HackathonStatus) -> Result<Vec<Hackathon>, StoreError> {
        let state = self.committed();
        let mut found: Vec<&Hackathon> = state.hackathons.values().filter(|row| row.status == status).collect();
        found.sort_by_key(|row| Reverse((row.dates.starts_at, row.id)));
        Ok(found.into_iter().take(MOST_OF_STATUS).cloned().collect())
    }

    async fn due(&self, now: Timestamp) -> Result<Vec<Hackathon>, StoreError> {
        let state = self.committed();
        let due = |row: &&Hackathon| match row.status {
            HackathonStatus::Running => row.dates.ends_at < now,
            HackathonStatus::Finished => row.dates.archive_at.is_some_and(|at| at <= now),
            _ => false,
        };
        Ok(state.hackathons.values().filter(due).cloned().collect())
    }
}

#[async_trait::async_trait]
impl HackathonRepository for Transaction {
    async fn find(&mut self, id: HackathonId) -> Result<Option<Hackathon>, StoreError> {
        Ok(self.state.hackathons.get(&id).cloned())
    }

    async fn peek(&mut self, id: HackathonId) -> Result<Option<Hackathon>, StoreError> {
        HackathonRepository::find(self, id).await
    }

    async fn insert(&mut self, hackathon: &Hackathon) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.hackathons).insert(hackathon.id, hackathon.clone());
        Ok(())
    }

    async fn update(&mut self, hackathon: &Hackathon) -> Result<(), StoreError> {
        if let Some(row) = Arc::make_mut(&mut self.state.hackathons).get_mut(&hackathon.id) {
            row.clone_from(hackathon);
        }
        Ok(())
    }

    async fn delete(&mut self, id: HackathonId) -> Result<bool, StoreError> {
        Ok(Arc::make_mut(&mut self.state.hackathons).remove(&id).is_some())
    }
}

//! Try-ons.

use std::sync::Arc;

use atelier_domain::kernel::{BodyId, ClothingId, Page, Paged, StoreError, Timestamp, TryOnId, UserId};
use atelier_domain::wearit::tryon::{TryOn, TryOnFilter, TryOnQueries, TryOnRepository, TryOnStatus};

use crate::page::{Order, Position, paged};
use crate::state::owned;
use crate::store::MemoryStore;
use crate::transaction::Transaction;

fn matches(tryon: &TryOn, filter: &TryOnFilter) -> bool {
    filter.status.is_none_or(|status| tryon.status == status)
        && filter.body_id.is_none_or(|body| tryon.body_id == Some(body))
        && filter.clothing_id.is_none_or(|clothing| tryon.clothing_ids.contains(&clothing))
}

#[async_trait::async_trait]
impl TryOnQueries for MemoryStore {
    async fn find(&self, user_id: UserId, id: TryOnId) -> Result<Option<TryOn>, StoreError> {
        Ok(self.committed().tryons.get(&(user_id, id)).cloned())
    }

    async fn find_many(&self, user_id: UserId, ids: &[TryOnId]) -> Result<Vec<TryOn>, StoreError> {
        let state = self.committed();
        Ok(owned(&state.tryons, user_id).filter(|tryon| ids.contains(&tryon.id)).cloned().collect())
    }

    async fn list(&self, user_id: UserId, filter: &TryOnFilter, page: &Page) -> Result<Paged<TryOn>, StoreError> {
        let state = self.committed();
        let rows = owned(&state.tryons, user_id).filter(|tryon| matches(tryon, filter));
        paged(rows, page, Order::NewestFirst, |tryon| Position::by_time(tryon.created_at, tryon.id))
    }

    async fn unfinished_before(&self, created_at: Timestamp, limit: u32) -> Result<Vec<TryOn>, StoreError> {
        let state = self.committed();
        let mut found: Vec<&TryOn> =
            state.tryons.values().filter(|tryon| !tryon.status.is_terminal() && tryon.created_at < created_at).collect();
        found.sort_by_key(|tryon| (tryon.created_at, tryon.id));
        Ok(found.into_iter().take(limit as usize).cloned().collect())
    }

    async fn completed_before(&self, completed_at: Timestamp, limit: u32) -> Result<Vec<TryOn>, StoreError> {
        let state = self.committed();
        let ended = |tryon: &&TryOn| tryon.status == TryOnStatus::Completed && tryon.completed_at.is_some_and(|at| at < completed_at);
        let mut found: Vec<&TryOn> = state.tryons.values().filter(ended).collect();
        found.sort_by_key(|tryon| (tryon.completed_at, tryon.id));
        Ok(found.into_iter().take(limit as usize).cloned().collect())
    }
}

#[async_trait::async_trait]
impl TryOnRepository for Transaction {
    async fn find(&mut self, user_id: UserId, id: TryOnId) -> Result<Option<TryOn>, StoreError> {
        Ok(self.state.tryons.get(&(user_id, id)).cloned())
    }

    async fn insert(&mut self, tryon: &TryOn) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.tryons).insert((tryon.user_id, tryon.id), tryon.clone());
        Ok(())
    }

    async fn update(&mut self, tryon: &TryOn) -> Result<bool, StoreError> {
        let Some(row) = Arc::make_mut(&mut self.state.tryons).get_mut(&(tryon.user_id, tryon.id)) else {
            return Ok(false);
        };
        *row = TryOn { created_at: row.created_at, consent: row.consent.take(), ..tryon.clone() };
        Ok(true)
    }

    async fn delete(&mut self, user_id: UserId, id: TryOnId) -> Result<bool, StoreError> {
        Arc::make_mut(&mut self.state.favorites).remove(&(user_id, id));
        Ok(Arc::make_mut(&mut self.state.tryons).remove(&(user_id, id)).is_some())
    }

    async fn unfinished_with_clothing(&mut self, user_id: UserId, clothing: ClothingId) -> Result<Vec<TryOn>, StoreError> {
        let of_owner = owned(&self.state.tryons, user_id);
        Ok(of_owner.filter(|tryon| !tryon.status.is_terminal() && tryon.clothing_ids.contains(&clothing)).cloned().collect())
    }

    async fn unfinished_on_body(&mut self, user_id: UserId, body: BodyId) -> Result<Vec<TryOn>, StoreError> {
        let of_owner = owned(&self.state.tryons, user_id);
        Ok(of_owner.filter(|tryon| !tryon.status.is_terminal() && tryon.body_id == Some(body)).cloned().collect())
    }

    async fn forget_clothing(&mut self, user_id: UserId, clothing: ClothingId) -> Result<(), StoreError> {
        for tryon in self.finished_mut(user_id) {
            tryon.clothing_ids.retain(|id| *id != clothing);
        }
        Ok(())
    }

    async fn forget_body(&mut self, user_id: UserId, body: BodyId) -> Result<(), StoreError> {
        for tryon in self.finished_mut(user_id) {
            tryon.body_id = tryon.body_id.filter(|id| *id != body);
        }
        Ok(())
    }
}

impl Transaction {
    fn finished_mut(&mut self, user_id: UserId) -> impl Iterator<Item = &mut TryOn> {
        let all = Arc::make_mut(&mut self.state.tryons).values_mut();
        all.filter(move |tryon| tryon.user_id == user_id && tryon.status.is_terminal())
    }
}

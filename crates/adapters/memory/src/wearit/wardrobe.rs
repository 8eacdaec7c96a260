//! Garments.

use std::cmp::Reverse;
use std::sync::Arc;

use atelier_domain::kernel::{ClothingId, Page, Paged, StoreError, UserId};
use atelier_domain::wearit::wardrobe::{
    Brand, Category, CategoryStats, Clothing, ClothingFilter, ClothingQueries, ClothingRepository, ClothingSort,
};

use crate::page::{Order, Position, paged};
use crate::state::owned;
use crate::store::MemoryStore;
use crate::transaction::Transaction;

fn matches(clothing: &Clothing, filter: &ClothingFilter) -> bool {
    let brand = clothing.brand.as_ref().map(Brand::as_str);
    let holds = |text: &str, q: &str| text.to_ascii_lowercase().contains(&q.to_ascii_lowercase());
    filter.category.is_none_or(|category| clothing.category == category)
        && filter.brand.as_deref().is_none_or(|wanted| brand == Some(wanted))
        && filter.q.as_deref().is_none_or(|q| holds(clothing.name.as_str(), q) || brand.is_some_and(|brand| holds(brand, q)))
}

#[async_trait::async_trait]
impl ClothingQueries for MemoryStore {
    async fn find(&self, user_id: UserId, id: ClothingId) -> Result<Option<Clothing>, StoreError> {
        Ok(self.committed().clothing.get(&(user_id, id)).cloned())
    }

    async fn find_many(&self, user_id: UserId, ids: &[ClothingId]) -> Result<Vec<Clothing>, StoreError> {
        let state = self.committed();
        Ok(owned(&state.clothing, user_id).filter(|clothing| ids.contains(&clothing.id)).cloned().collect())
    }

    async fn list(&self, user_id: UserId, filter: &ClothingFilter, page: &Page) -> Result<Paged<Clothing>, StoreError> {
        let state = self.committed();
        let rows = owned(&state.clothing, user_id).filter(|clothing| matches(clothing, filter));
        let by_time = |clothing: &Clothing| Position::by_time(clothing.created_at, clothing.id);
        match filter.sort {
            ClothingSort::Newest => paged(rows, page, Order::NewestFirst, by_time),
            ClothingSort::Oldest => paged(rows, page, Order::OldestFirst, by_time),
            ClothingSort::Name => paged(rows, page, Order::ByText, |clothing| Position::by_text(clothing.name.as_str(), clothing.id)),
        }
    }

    async fn stats(&self, user_id: UserId) -> Result<Vec<CategoryStats>, StoreError> {
        let state = self.committed();
        let of_category = |category: Category| {
            let mut items: Vec<&Clothing> = owned(&state.clothing, user_id).filter(|clothing| clothing.category == category).collect();
            items.sort_by_key(|clothing| Reverse((clothing.created_at, clothing.id)));
            let count = items.len() as u64;
            CategoryStats { category, count, items: items.into_iter().take(CategoryStats::MAX_ITEMS).cloned().collect() }
        };
        let mut stats: Vec<_> = Category::ALL.into_iter().map(of_category).filter(|category| category.count > 0).collect();
        stats.sort_by_key(|stats| (Reverse(stats.count), stats.category.as_str()));
        Ok(stats)
    }
}

#[async_trait::async_trait]
impl ClothingRepository for Transaction {
    async fn find(&mut self, user_id: UserId, id: ClothingId) -> Result<Option<Clothing>, StoreError> {
        Ok(self.state.clothing.get(&(user_id, id)).cloned())
    }

    async fn insert(&mut self, clothing: &Clothing) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.clothing).insert((clothing.user_id, clothing.id), clothing.clone());
        Ok(())
    }

    async fn update(&mut self, clothing: &Clothing) -> Result<bool, StoreError> {
        let Some(row) = Arc::make_mut(&mut self.state.clothing).get_mut(&(clothing.user_id, clothing.id)) else {
            return Ok(false);
        };
        *row = Clothing { created_at: row.created_at, ..clothing.clone() };
        Ok(true)
    }

    async fn delete(&mut self, user_id: UserId, id: ClothingId) -> Result<bool, StoreError> {
        Ok(Arc::make_mut(&mut self.state.clothing).remove(&(user_id, id)).is_some())
    }
}

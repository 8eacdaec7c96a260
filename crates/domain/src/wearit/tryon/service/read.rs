//! Showing try-ons: one, a page, what there is to see at the start of a live connection, and what can be asked for.

use std::collections::HashSet;

use crate::identity::Actor;
use crate::kernel::{JobPayload, Page, Paged, TryOnId, UserId};
use crate::wearit::tryon::{RunTryOn, ServedModel, TryOn, TryOnError, TryOnFilter, TryOnStatus};

use super::{TryOnService, TryOnView};

impl TryOnService {
    /// The actor's try-on with this id.
    ///
    /// # Errors
    /// [`TryOnError::NotFound`] when there is none, or it is somebody else's.
    #[tracing::instrument(name = "wearit.tryon.get", skip_all, fields(tryon_id = %id))]
    pub async fn get(&self, actor: Actor, id: TryOnId) -> Result<TryOnView, TryOnError> {
        let tryon = self.store.tryons().find(actor.user_id, id).await?.ok_or(TryOnError::NotFound)?;
        self.view(tryon).await
    }

    /// A page of the actor's try-ons, newest first.
    ///
    /// # Errors
    /// When a store fails.
    #[tracing::instrument(name = "wearit.tryon.list", skip_all)]
    pub async fn list(&self, actor: Actor, filter: &TryOnFilter, page: &Page) -> Result<Paged<TryOnView>, TryOnError> {
        page.check_sorted_by_time()?;
        let Paged { items, total, next } = self.store.tryons().list(actor.user_id, filter, page).await?;
        Ok(Paged { items: self.views(actor.user_id, items).await?, total, next })
    }

    /// The actor's unfinished try-ons and the 20 newest of all, newest first: what a live connection begins with.
    ///
    /// # Errors
    /// When a store fails.
    #[tracing::instrument(name = "wearit.tryon.snapshot", skip_all)]
    pub async fn snapshot(&self, actor: Actor) -> Result<Vec<TryOnView>, TryOnError> {
        let newest = Page { limit: 20, ..Page::default() };
        let unfinished = Page { limit: 100, ..Page::default() };
        let mut tryons = self.store.tryons().list(actor.user_id, &TryOnFilter::default(), &newest).await?.items;
        for status in [TryOnStatus::Pending, TryOnStatus::Processing] {
            let filter = TryOnFilter { status: Some(status), ..TryOnFilter::default() };
            tryons.extend(self.store.tryons().list(actor.user_id, &filter, &unfinished).await?.items);
        }
        let mut seen = HashSet::new();
        tryons.retain(|tryon| seen.insert(tryon.id));
        tryons.sort_by_key(|tryon| std::cmp::Reverse((tryon.created_at, tryon.id)));
        self.views(actor.user_id, tryons).await
    }

    /// Which provider and model serves what.
    pub fn capabilities(&self) -> Vec<ServedModel> {
        self.providers.models()
    }

    /// Try-ons of one owner as the owner sees them, in the given order.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn views(&self, user_id: UserId, tryons: Vec<TryOn>) -> Result<Vec<TryOnView>, TryOnError> {
        if tryons.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = tryons.iter().map(|tryon| tryon.id).collect();
        let marked: HashSet<_> = self.store.favorites().marked(user_id, &ids).await?.into_iter().collect();
        let mut views = Vec::with_capacity(tryons.len());
        for tryon in tryons {
            let is_favorite = marked.contains(&tryon.id);
            let queue_position = match tryon.status {
                TryOnStatus::Pending => Some(self.queue.queued_before(RunTryOn::KIND, tryon.created_at).await? + 1),
                _ => None,
            };
            let warnings = tryon.outcome.as_ref().map(|outcome| outcome.warnings.clone()).unwrap_or_default();
            views.push(TryOnView { tryon, is_favorite, warnings, queue_position });
        }
        Ok(views)
    }

    pub(super) async fn view(&self, tryon: TryOn) -> Result<TryOnView, TryOnError> {
        let mut views = self.views(tryon.user_id, vec![tryon]).await?;
        views.pop().ok_or(TryOnError::NotFound)
    }
}

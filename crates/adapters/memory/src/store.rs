//! The store: the committed state, one writer at a time, and those who wait for changes.

use std::sync::Arc;

use atelier_domain::identity::{AccountQueries, IdentityStore, IdentityUnitOfWork, SessionQueries};
use atelier_domain::kernel::{AuditEntry, AuditTrail, EntityId, JobId, StoreError, UserId};
use atelier_domain::wearit::body::BodyQueries;
use atelier_domain::wearit::favorites::FavoriteQueries;
use atelier_domain::wearit::integrity::{FileKind, FileOwner};
use atelier_domain::wearit::quotas::UsageQueries;
use atelier_domain::wearit::tryon::TryOnQueries;
use atelier_domain::wearit::wardrobe::ClothingQueries;
use atelier_domain::wearit::webhooks::WebhookQueries;
use atelier_domain::wearit::{WearitStore, WearitUnitOfWork};
use tokio::sync::{Mutex, Notify, watch};

use crate::state::{State, purge};
use crate::transaction::Transaction;

/// The store of every context, the job queue and the event feed, in memory. Clones share the same data.
///
/// One unit of work is open at a time: [`begin`](IdentityStore::begin) waits for the one before to be committed or dropped, and so do
/// the writing methods of the queue. Whoever begins a second one in the same task while holding the first waits for ever.
#[derive(Clone, Default)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

/// What clones of a store share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) writer: Arc<Mutex<()>>,
    /// The committed state; every commit wakes those who wait for events.
    pub(crate) committed: watch::Sender<State>,
    /// Told when a job may be waiting.
    pub(crate) work: Notify,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The audit trail, oldest entry first.
    pub fn audit_trail(&self) -> Vec<AuditEntry> {
        self.committed().audit.to_vec()
    }

    /// Why the last failed run of the job failed; none when none did, or there is no such job.
    pub fn last_error(&self, job: JobId) -> Option<String> {
        self.committed().jobs.get(&job)?.last_error.clone()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// What is committed now.
    pub(crate) fn committed(&self) -> State {
        self.shared.committed.borrow().clone()
    }

    /// Opens the one writing transaction.
    pub(crate) async fn transaction(&self) -> Transaction {
        let guard = Arc::clone(&self.shared.writer).lock_owned().await;
        Transaction::new(Arc::clone(&self.shared), guard, self.committed())
    }
}

#[async_trait::async_trait]
impl IdentityStore for MemoryStore {
    async fn begin(&self) -> Result<Box<dyn IdentityUnitOfWork>, StoreError> {
        Ok(Box::new(self.transaction().await))
    }

    fn accounts(&self) -> &dyn AccountQueries {
        self
    }

    fn sessions(&self) -> &dyn SessionQueries {
        self
    }

    fn audit(&self) -> &dyn AuditTrail {
        self
    }

    async fn audit_of(&self, user_id: UserId) -> Result<Vec<AuditEntry>, StoreError> {
        let state = self.committed();
        let subject = AuditEntry::account(user_id);
        let mut entries: Vec<_> =
            state.audit.iter().filter(|entry| entry.actor == Some(user_id) || entry.subject == subject).cloned().collect();
        entries.sort_by_key(|entry| (entry.at, entry.id));
        Ok(entries.split_off(entries.len().saturating_sub(1_000)))
    }

    async fn erase_kernel_rows(&self, user_id: UserId) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await;
        let state = &mut transaction.state;
        Arc::make_mut(&mut state.events).remove(&user_id);
        purge(&mut state.jobs, |row| row.job.user_id == Some(user_id));
        purge(&mut state.idempotency, |record| record.user_id == user_id);
        state.erase_from_audit(user_id);
        transaction.publish();
        Ok(())
    }
}

#[async_trait::async_trait]
impl WearitStore for MemoryStore {
    async fn begin(&self) -> Result<Box<dyn WearitUnitOfWork>, StoreError> {
        Ok(Box::new(self.transaction().await))
    }

    fn clothing(&self) -> &dyn ClothingQueries {
        self
    }

    fn bodies(&self) -> &dyn BodyQueries {
        self
    }

    fn tryons(&self) -> &dyn TryOnQueries {
        self
    }

    fn favorites(&self) -> &dyn FavoriteQueries {
        self
    }

    fn usage(&self) -> &dyn UsageQueries {
        self
    }

    fn webhooks(&self) -> &dyn WebhookQueries {
        self
    }

    async fn file_owners(&self, kind: FileKind, after: Option<[u8; 12]>, limit: u32) -> Result<Vec<FileOwner>, StoreError> {
        let state = self.committed();
        let owner = |user_id: UserId, id: [u8; 12]| FileOwner { user_id, id };
        let mut owners: Vec<FileOwner> = match kind {
            FileKind::Clothing => state.clothing.values().map(|row| owner(row.user_id, row.id.bytes())).collect(),
            FileKind::Body => state.bodies.values().filter(|row| row.has_photo).map(|row| owner(row.user_id, row.id.bytes())).collect(),
            FileKind::TryOn => {
                state.tryons.values().filter(|row| row.outcome.is_some()).map(|row| owner(row.user_id, row.id.bytes())).collect()
            }
        };
        owners.retain(|owner| after.is_none_or(|after| after < owner.id));
        owners.sort_by_key(|owner| owner.id);
        owners.truncate(limit as usize);
        Ok(owners)
    }

    async fn erase_rows(&self, user_id: UserId) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await;
        let state = &mut transaction.state;
        purge(&mut state.clothing, |row| row.user_id == user_id);
        purge(&mut state.bodies, |row| row.user_id == user_id);
        purge(&mut state.tryons, |row| row.user_id == user_id);
        purge(&mut state.favorites, |row| row.user_id == user_id);
        purge(&mut state.uploads, |row| row.user_id == user_id);
        purge(&mut state.usage, |row| row.user_id == user_id);
        Arc::make_mut(&mut state.stored_items).retain(|(owner, _), _| *owner != user_id);
        purge(&mut state.endpoints, |row| row.user_id == user_id);
        purge(&mut state.deliveries, |row| row.user_id == user_id);
        transaction.publish();
        Ok(())
    }
}

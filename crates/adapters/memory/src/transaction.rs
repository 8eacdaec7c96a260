//! The one transaction type behind every context's unit of work.

use std::sync::Arc;

use atelier_domain::identity::{AccountRepository, IdentityUnitOfWork, OneTimeTokenRepository, PasswordResetRepository, SessionRepository};
use atelier_domain::kernel::{AuditWriter, EventWriter, IdempotencyRepository, JobWriter, StoreError, UnitOfWork};
use atelier_domain::wearit::WearitUnitOfWork;
use atelier_domain::wearit::body::BodyRepository;
use atelier_domain::wearit::favorites::FavoriteRepository;
use atelier_domain::wearit::quotas::UsageRepository;
use atelier_domain::wearit::tryon::TryOnRepository;
use atelier_domain::wearit::uploads::UploadRepository;
use atelier_domain::wearit::wardrobe::ClothingRepository;
use atelier_domain::wearit::webhooks::WebhookRepository;
use tokio::sync::OwnedMutexGuard;

use crate::state::State;
use crate::store::Shared;

/// Works on a copy of the state; the copy becomes the committed state at the commit, or is dropped with the transaction.
pub(crate) struct Transaction {
    shared: Arc<Shared>,
    pub(crate) state: State,
    /// Whether a job may be waiting after the commit.
    pub(crate) work: bool,
    /// Held until the transaction ends: one writer at a time.
    _writer: OwnedMutexGuard<()>,
}

impl Transaction {
    pub(crate) fn new(shared: Arc<Shared>, writer: OwnedMutexGuard<()>, state: State) -> Self {
        Self { shared, state, work: false, _writer: writer }
    }

    /// Makes the copy the committed state and wakes those who wait for it.
    pub(crate) fn publish(self) {
        self.shared.committed.send_replace(self.state);
        if self.work {
            self.shared.work.notify_waiters();
            // A permit for the worker that looked just before the commit and waits only after it.
            self.shared.work.notify_one();
        }
    }
}

#[async_trait::async_trait]
impl UnitOfWork for Transaction {
    fn jobs(&mut self) -> &mut dyn JobWriter {
        self
    }

    fn events(&mut self) -> &mut dyn EventWriter {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditWriter {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.publish();
        Ok(())
    }
}

impl IdentityUnitOfWork for Transaction {
    fn accounts(&mut self) -> &mut dyn AccountRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    fn resets(&mut self) -> &mut dyn PasswordResetRepository {
        self
    }

    fn one_time_tokens(&mut self) -> &mut dyn OneTimeTokenRepository {
        self
    }
}

impl WearitUnitOfWork for Transaction {
    fn clothing(&mut self) -> &mut dyn ClothingRepository {
        self
    }

    fn bodies(&mut self) -> &mut dyn BodyRepository {
        self
    }

    fn tryons(&mut self) -> &mut dyn TryOnRepository {
        self
    }

    fn favorites(&mut self) -> &mut dyn FavoriteRepository {
        self
    }

    fn uploads(&mut self) -> &mut dyn UploadRepository {
        self
    }

    fn usage(&mut self) -> &mut dyn UsageRepository {
        self
    }

    fn webhooks(&mut self) -> &mut dyn WebhookRepository {
        self
    }
}

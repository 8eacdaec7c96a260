//! The one transaction type behind every unit of work; each feature's folder implements its repository on it.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use atelier_domain::challenge::ChallengeUnitOfWork;
use atelier_domain::challenge::analytics::AnalyticsRepository;
use atelier_domain::challenge::conversations::ConversationRepository;
use atelier_domain::challenge::enrolments::EnrolmentRepository;
use atelier_domain::challenge::evaluations::{AssignmentRepository, EvaluationRepository};
use atelier_domain::challenge::hackathons::HackathonRepository;
use atelier_domain::challenge::participants::ParticipantRepository;
use atelier_domain::challenge::results::ResultsRepository;
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
use atelier_waking::{Wakes, Waking};
use sqlx::{Sqlite, SqliteConnection, Transaction};

use crate::error::store_error;
use crate::telemetry::Timed;

/// An immediate transaction on the writer connection: it holds the write lock from its beginning, so nothing it read can have changed
/// when it writes. Dropped without a commit it is rolled back.
pub(crate) struct SqliteTransaction {
    transaction: Transaction<'static, Sqlite>,
    waking: Arc<Waking>,
    wakes: Wakes,
    timed: Timed,
}

/// The transaction's connection during one measured operation.
pub(crate) struct Operation<'a> {
    connection: &'a mut SqliteConnection,
    _timed: Timed,
}

impl Deref for Operation<'_> {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        self.connection
    }
}

impl DerefMut for Operation<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.connection
    }
}

impl SqliteTransaction {
    pub(crate) fn new(transaction: Transaction<'static, Sqlite>, waking: Arc<Waking>, timed: Timed) -> Self {
        Self { transaction, waking, wakes: Wakes::default(), timed }
    }

    /// The connection, for one operation.
    pub(crate) fn operation(&mut self, name: &'static str) -> Operation<'_> {
        Operation { connection: &mut self.transaction, _timed: Timed::operation(name) }
    }

    /// What the commit will wake.
    pub(crate) fn wakes(&mut self) -> &mut Wakes {
        &mut self.wakes
    }

    pub(crate) async fn finish(self) -> Result<(), StoreError> {
        let Self { transaction, waking, wakes, timed } = self;
        transaction.commit().await.map_err(store_error)?;
        waking.committed(wakes);
        drop(timed);
        Ok(())
    }
}

#[async_trait::async_trait]
impl UnitOfWork for SqliteTransaction {
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
        self.finish().await
    }
}

impl IdentityUnitOfWork for SqliteTransaction {
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

impl WearitUnitOfWork for SqliteTransaction {
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

impl ChallengeUnitOfWork for SqliteTransaction {
    fn participants(&mut self) -> &mut dyn ParticipantRepository {
        self
    }

    fn hackathons(&mut self) -> &mut dyn HackathonRepository {
        self
    }

    fn enrolments(&mut self) -> &mut dyn EnrolmentRepository {
        self
    }

    fn conversations(&mut self) -> &mut dyn ConversationRepository {
        self
    }

    fn evaluations(&mut self) -> &mut dyn EvaluationRepository {
        self
    }

    fn assignments(&mut self) -> &mut dyn AssignmentRepository {
        self
    }

    fn results(&mut self) -> &mut dyn ResultsRepository {
        self
    }

    fn analytics(&mut self) -> &mut dyn AnalyticsRepository {
        self
    }
}

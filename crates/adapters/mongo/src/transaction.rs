//! The one transaction type behind every unit of work; each feature's folder implements its repository on it.

use std::time::Duration;

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
use atelier_waking::Wakes;
use mongodb::ClientSession;
use mongodb::error::UNKNOWN_TRANSACTION_COMMIT_RESULT;
use mongodb::options::{ReadConcern, WriteConcern};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::sleep;

use crate::error::store_error;
use crate::store::MongoStore;
use crate::telemetry::Timed;

/// How often a commit whose outcome is not known is asked for again, beside the driver's own second try; each may wait for a new primary.
const COMMIT_TRIES: u32 = 4;
const COMMIT_PAUSE: Duration = Duration::from_millis(100);

/// The transaction has ended: a clash or a lost conflict ends it on the server.
#[derive(Debug, thiserror::Error)]
#[error("the unit of work has ended")]
struct Ended;

/// A transaction in a session of its own. Dropped without a commit it is aborted, by a task that nobody waits for.
pub(crate) struct MongoTransaction {
    store: MongoStore,
    session: Option<ClientSession>,
    wakes: Wakes,
    timed: Option<Timed>,
    turn: Option<OwnedSemaphorePermit>,
}

impl MongoTransaction {
    pub(crate) async fn begin(
        store: MongoStore,
        mut session: ClientSession,
        timed: Timed,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Result<Self, StoreError> {
        // The server hears of it with the first statement, whose instant is that of the snapshot.
        let start = session.start_transaction().read_concern(ReadConcern::snapshot()).write_concern(WriteConcern::majority());
        start.await.map_err(store_error)?;
        Ok(Self { store, session: Some(session), wakes: Wakes::default(), timed: Some(timed), turn })
    }

    pub(crate) fn parts(&mut self) -> Result<(MongoStore, &mut ClientSession), StoreError> {
        match &mut self.session {
            Some(session) => Ok((self.store.clone(), session)),
            None => Err(StoreError::Contention(Ended.into())),
        }
    }

    /// What a statement answered. When another writer was faster, the transaction is over: it goes at once, so that nobody waits for it.
    pub(crate) async fn settled<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(StoreError::Contention(_)) = &result {
            self.give_up();
            self.turn = None;
            self.store.stand_back().await;
        }
        result
    }

    /// What a statement answered that makes its conflict by a unique key: a clash means that another unit of work was faster.
    pub(crate) async fn settled_race<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        match result {
            Err(clash @ StoreError::Conflict { .. }) => self.settled(Err(StoreError::Contention(clash.into()))).await,
            settled => settled,
        }
    }

    fn give_up(&mut self) {
        if let Some(session) = self.session.take() {
            self.store.abort(session);
        }
    }

    /// What the commit will wake.
    pub(crate) fn wakes(&mut self) -> &mut Wakes {
        &mut self.wakes
    }

    pub(crate) async fn finish(mut self) -> Result<(), StoreError> {
        let Some(mut session) = self.session.take() else { return Err(StoreError::Contention(Ended.into())) };
        let mut tries = 0;
        let result = loop {
            match session.commit_transaction().await {
                // Asking again is safe: the server knows whether it committed.
                Err(error) if error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT) && tries < COMMIT_TRIES => {
                    tries += 1;
                    sleep(COMMIT_PAUSE).await;
                }
                result => break result.map_err(store_error),
            }
        };
        self.settled(result).await?;
        self.store.waking().committed(std::mem::take(&mut self.wakes));
        self.timed = None;
        Ok(())
    }
}

impl Drop for MongoTransaction {
    fn drop(&mut self) {
        self.give_up();
    }
}

#[async_trait::async_trait]
impl UnitOfWork for MongoTransaction {
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

impl IdentityUnitOfWork for MongoTransaction {
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

impl WearitUnitOfWork for MongoTransaction {
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

impl ChallengeUnitOfWork for MongoTransaction {
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

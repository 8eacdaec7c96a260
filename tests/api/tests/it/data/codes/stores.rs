//! Stores of a mood of their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use atelier_adapter_http::{HealthCheck, HealthStatus};
use atelier_domain::dataservice::backups::{Backup, BackupId, BackupKeeper, BackupOverview, BackupTask};
use atelier_domain::dataservice::leases::{Grant, Lease, LeaseCounts, LeaseId, LeaseStore, NewLease};
use atelier_domain::dataservice::migrations::{DryRunOutcome, DryRunStep, MigrationRun, MigrationStatus, Migrator, Resolution};
use atelier_domain::dataservice::queries::{RowStore, Rows, Select};
use atelier_domain::dataservice::transactions::{
    AccountEmails, Claim, Claimed, Coordinator, DeadOperation, Decision, Due, Fence, HeldClaim, Isolation, Logged, NotDecided, Outbox,
    Outcome, OwnerRows, Recorded, Session, Settled, SqlWrite, TransactionId, Written,
};
use atelier_domain::dataservice::{DataError, Database, Rejected, RunState, Tenant};
use atelier_domain::kernel::{Email, SecretString, StoreError, Timestamp, UserId};
use uuid::Uuid;

use super::super::backups::OneBackup;
use super::super::connections::MemoryLeases;

/// How stores are disposed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Mood {
    #[default]
    Well,
    Broken,
    Away,
    Busy,
    Late,
    /// They refuse with this code.
    Refusing(&'static str),
}

/// The mood all of them share.
#[derive(Clone, Default)]
pub(super) struct Moody(Arc<Mutex<Mood>>);

impl Moody {
    pub(super) fn set(&self, mood: Mood) {
        *self.0.lock().unwrap() = mood;
    }

    fn ask(&self) -> Result<(), DataError> {
        let database = Database::PostgreSql;
        let source = || "in words of the store itself".into();
        match *self.0.lock().unwrap() {
            Mood::Well => Ok(()),
            Mood::Broken => Err(DataError::Internal(source())),
            Mood::Away => Err(DataError::Unavailable { database, source: source() }),
            Mood::Busy => Err(DataError::Exhausted { database, retry_after: Duration::from_secs(5) }),
            Mood::Late => Err(DataError::Timeout { database, source: source() }),
            Mood::Refusing(code @ "CONSTRAINT_VIOLATION") => Err(DataError::invalid(code, "refused")),
            Mood::Refusing(code) => Err(DataError::Conflict(Rejected::new(code, "refused"))),
        }
    }
}

#[async_trait]
impl HealthCheck for Moody {
    fn name(&self) -> &'static str {
        "postgresql"
    }

    async fn check(&self) -> HealthStatus {
        self.ask().is_ok().into()
    }
}

/// Rows.
pub(super) struct MoodyRows(pub(super) Moody, pub(super) Arc<dyn RowStore>);

#[async_trait]
impl RowStore for MoodyRows {
    async fn select(&self, plan: &Select) -> Result<Rows, DataError> {
        self.0.ask()?;
        self.1.select(plan).await
    }
}

#[async_trait]
impl Migrator for Moody {
    async fn status(&self) -> Result<MigrationStatus, DataError> {
        self.ask()?;
        Ok(MigrationStatus::default())
    }

    async fn dry_run(&self, _target: Option<&str>) -> Result<Vec<DryRunStep>, DataError> {
        self.ask()?;
        let outcome = DryRunOutcome::Executed { duration_ms: 1 };
        Ok(vec![DryRunStep { version: "20240116_001".to_owned(), statements: String::new(), outcome }])
    }

    async fn start(&self, id: &str, target: Option<&str>) -> Result<MigrationRun, DataError> {
        self.ask()?;
        if target == Some("20990101_001") {
            return Err(DataError::NotFound(Rejected::new("MIGRATION_NOT_FOUND", "there is none")));
        }
        Ok(run(id))
    }

    async fn find_run(&self, id: &str) -> Result<Option<MigrationRun>, DataError> {
        self.ask()?;
        Ok((id == "mig_1").then(|| run(id)))
    }

    async fn resolve(&self, version: &str, _resolution: Resolution) -> Result<(), DataError> {
        self.ask()?;
        match version {
            "20240116_001" => Ok(()),
            _ => Err(DataError::NotFound(Rejected::new("MIGRATION_NOT_FOUND", "there is none"))),
        }
    }
}

fn run(id: &str) -> MigrationRun {
    MigrationRun {
        id: id.to_owned(),
        state: RunState::Running,
        current_step: 1,
        total_steps: 1,
        remaining: None,
        started_at: Timestamp::UNIX_EPOCH,
        finished_at: None,
        error: None,
    }
}

/// Backups.
pub(super) struct MoodyBackups(pub(super) Moody, pub(super) OneBackup);

impl MoodyBackups {
    /// Nothing is under way any more.
    async fn ready(&self) -> Result<&OneBackup, DataError> {
        self.0.ask()?;
        self.1.overview().await?;
        Ok(&self.1)
    }
}

#[async_trait]
impl BackupKeeper for MoodyBackups {
    fn database(&self) -> &str {
        self.1.database()
    }

    async fn overview(&self) -> Result<BackupOverview, DataError> {
        self.ready().await?.overview().await
    }

    async fn start_backup(&self) -> Result<Backup, DataError> {
        self.ready().await?.start_backup().await
    }

    async fn start_verify(&self, id: &BackupId) -> Result<BackupTask, DataError> {
        self.ready().await?.start_verify(id).await
    }

    async fn start_restore(&self, id: &BackupId, target_database: &str) -> Result<BackupTask, DataError> {
        self.ready().await?.start_restore(id, target_database).await
    }
}

/// Whose transaction it was, and its sealed answer.
type Decided = (Uuid, Vec<u8>);

/// What has been decided.
#[derive(Clone, Default)]
pub(super) struct Log {
    mood: Moody,
    decided: Arc<Mutex<HashMap<String, Decided>>>,
}

impl Log {
    pub(super) fn of(mood: &Moody) -> Self {
        Self { mood: mood.clone(), ..Self::default() }
    }
}

struct Held;

#[async_trait]
impl HeldClaim for Held {
    async fn release(self: Box<Self>) {}
}

#[async_trait]
impl Coordinator for Log {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, DataError> {
        self.mood.ask()?;
        let transaction_id = TransactionId::of("another");
        Ok(match claim.key.as_str() {
            "used" => Claimed::Taken { transaction_id, body_hash: "of another body".to_owned(), committed: true },
            "busy" => Claimed::Taken { transaction_id, body_hash: claim.body_hash.clone(), committed: false },
            _ => Claimed::Free(Box::new(Held)),
        })
    }

    async fn begin(&self, _tenant: &Tenant, _isolation: Isolation) -> Result<Box<dyn Session>, DataError> {
        self.mood.ask()?;
        Ok(Box::new(self.clone()))
    }

    async fn resolve(&self, _id: &TransactionId, _owner: Uuid, code: Option<&str>, operation: Option<u32>) -> Result<Outcome, DataError> {
        Ok(Outcome::Aborted { code: code.map(str::to_owned), operation })
    }

    async fn find(&self, id: &TransactionId) -> Result<Option<Logged>, DataError> {
        self.mood.ask()?;
        let decided = self.decided.lock().unwrap();
        Ok(decided.get(id.as_str()).map(|(owner, answer)| Logged {
            owner: *owner,
            outcome: Some(Outcome::Committed { answer: answer.clone() }),
            followed: Vec::new(),
        }))
    }
}

#[async_trait]
impl Session for Log {
    async fn write(&mut self, _write: &SqlWrite) -> Result<Written, DataError> {
        self.mood.ask()?;
        Ok(Written { affected: 1, made: Some((Uuid::nil(), None)) })
    }

    async fn decide(self: Box<Self>, decision: &Decision) -> Result<Recorded, NotDecided> {
        let answer = (decision.owner, decision.answer.clone());
        self.decided.lock().unwrap().insert(decision.transaction_id.to_string(), answer);
        Ok(Recorded { ready: Vec::new(), data_version: None, raised: None })
    }

    async fn rollback(self: Box<Self>) {}
}

#[async_trait]
impl Outbox for Log {
    async fn due(&self, _most: u32) -> Result<Vec<Due>, DataError> {
        Ok(Vec::new())
    }

    async fn settle(&self, _settled: &[(Fence, Settled)]) -> Result<(), DataError> {
        Ok(())
    }

    async fn dead(&self, _most: u32) -> Result<Vec<DeadOperation>, DataError> {
        self.mood.ask()?;
        Ok(Vec::new())
    }

    async fn retry(&self, fence: &Fence) -> Result<bool, DataError> {
        self.mood.ask()?;
        Ok(fence.transaction_id.as_str() == "tx_dead")
    }

    async fn forget(&self, fence: &Fence) -> Result<bool, DataError> {
        self.mood.ask()?;
        Ok(fence.transaction_id.as_str() == "tx_dead")
    }

    async fn clean(&self, _before: Timestamp) -> Result<u64, DataError> {
        Ok(0)
    }

    async fn measure(&self) -> Result<(), DataError> {
        Ok(())
    }
}

#[async_trait]
impl OwnerRows for Log {
    async fn is_there(&self, _owner: Uuid, _role: &str) -> Result<bool, DataError> {
        Ok(true)
    }

    async fn make(&self, _owner: Uuid, _role: &str, _email: &str) -> Result<(), DataError> {
        Ok(())
    }
}

#[async_trait]
impl AccountEmails for Log {
    async fn email_of(&self, _account: UserId) -> Result<Option<Email>, StoreError> {
        Ok(None)
    }
}

/// Leases.
#[derive(Default)]
pub(super) struct MoodyLeases(pub(super) Moody, pub(super) MemoryLeases);

#[async_trait]
impl LeaseStore for MoodyLeases {
    async fn grant(&self, new: &NewLease) -> Result<Grant, DataError> {
        self.0.ask()?;
        self.1.grant(new).await
    }

    async fn activate(&self, lease: &Lease) -> Result<bool, DataError> {
        self.1.activate(lease).await
    }

    async fn find(&self, id: &LeaseId) -> Result<Option<Lease>, DataError> {
        self.0.ask()?;
        self.1.find(id).await
    }

    async fn renew(&self, lease: &Lease) -> Result<bool, DataError> {
        self.1.renew(lease).await
    }

    async fn close(&self, lease: &Lease, claimed_until: Timestamp) -> Result<bool, DataError> {
        self.1.close(lease, claimed_until).await
    }

    async fn end(&self, lease: &Lease) -> Result<(), DataError> {
        self.1.end(lease).await
    }

    async fn postpone(&self, lease: &Lease, error: &str) -> Result<(), DataError> {
        self.1.postpone(lease, error).await
    }

    async fn due(&self, now: Timestamp, limit: u32, claimed_until: Timestamp) -> Result<Vec<Lease>, DataError> {
        self.1.due(now, limit, claimed_until).await
    }

    async fn obstructing(&self) -> Result<Vec<Lease>, DataError> {
        self.1.obstructing().await
    }

    async fn active(&self, database: Database, now: Timestamp) -> Result<Vec<(Lease, Vec<u8>)>, DataError> {
        self.1.active(database, now).await
    }

    async fn counts(&self, database: Database) -> Result<LeaseCounts, DataError> {
        self.1.counts(database).await
    }

    async fn purge(&self, before: Timestamp) -> Result<u64, DataError> {
        self.1.purge(before).await
    }

    async fn drop_strays(&self) -> Result<u64, DataError> {
        self.1.drop_strays().await
    }

    fn url(&self, lease: &Lease, password: &SecretString) -> SecretString {
        self.1.url(lease, password)
    }
}

//! The use cases over a database of the test's own and the Redis of `TEST_REDIS_URL`, with faults between them on demand.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use atelier_adapter_postgres::{PgCoordinator, PgOutbox, PgOwnerRows, PgStore};
use atelier_adapter_redis::{RedisConnection, RedisParticipant};
use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::transactions::{
    AccountEmails, ApplyError, Committed, Fence, Owners, Participant, Participants, Recovery, StoreWrite, TransactionError,
    TransactionPorts, TransactionStatus, Transactions,
};
use atelier_domain::dataservice::{CannotOpen, DataError, Database, Sealer, Tenant, Tier};
use atelier_domain::kernel::{
    Clock, Coded, Email, EntityId, IdempotencyKey, SecretGenerator, SecretString, StoreError, Timer, Timestamp, UserId, data_user_id,
};
use atelier_testkit::contract::present;
use redis::AsyncTypedCommands;
use serde_json::{Value as Json, json};

use crate::database::{TestDatabase, with_database};

fn random() -> u64 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    RandomState::new().hash_one(NEXT.fetch_add(1, Ordering::Relaxed))
}

struct Doubles;

impl Sealer for Doubles {
    fn seal(&self, context: &str, plain: &[u8]) -> Vec<u8> {
        [context.as_bytes(), b"\0", plain].concat().into_iter().map(|byte| byte ^ 0x55).collect()
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let opened: Vec<u8> = sealed.iter().map(|byte| byte ^ 0x55).collect();
        opened.strip_prefix([context.as_bytes(), b"\0"].concat().as_slice()).map(<[u8]>::to_vec).ok_or(CannotOpen)
    }
}

impl SecretGenerator for Doubles {
    fn token(&self) -> SecretString {
        format!("{:016x}{:016x}", random(), random()).into()
    }

    fn six_digits(&self) -> SecretString {
        unreachable!("no digits are asked for")
    }

    fn digest(&self, _purpose: &str, _secret: &str) -> String {
        unreachable!("no digest is asked for")
    }
}

#[async_trait]
impl Timer for Doubles {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl Clock for Doubles {
    fn now(&self) -> Timestamp {
        std::time::SystemTime::UNIX_EPOCH.elapsed().map(|since| Timestamp::UNIX_EPOCH + since).unwrap()
    }
}

#[async_trait]
impl AccountEmails for Doubles {
    async fn email_of(&self, account: UserId) -> Result<Option<Email>, StoreError> {
        // All those with an even first byte claim the same address.
        let clash = account.bytes()[0].is_multiple_of(2);
        let text = if clash { "clash@example.org".to_owned() } else { format!("{account}@example.org") };
        Ok(Some(Email::parse(&text).unwrap()))
    }
}

/// What happens to changes on their way to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Fault {
    None,
    /// They arrive, and the answer is lost.
    AnswerLost,
    /// They do not arrive.
    Away,
    /// They do not arrive, and nobody says so.
    Silence,
}

/// A participant with faults before and behind it.
pub(crate) struct Faulty {
    inner: RedisParticipant,
    fault: AtomicU8,
    pub(crate) applied: AtomicU32,
}

impl Faulty {
    pub(crate) fn set(&self, fault: Fault) {
        self.fault.store(fault as u8, Ordering::SeqCst);
    }
}

fn later() -> ApplyError {
    ApplyError::Later { code: "FAULT".to_owned(), source: None }
}

#[async_trait]
impl Participant for Faulty {
    async fn reach(&self) -> Result<(), DataError> {
        self.inner.reach().await
    }

    async fn check(&self, writes: &[&StoreWrite]) -> Result<(), (usize, DataError)> {
        self.inner.check(writes).await
    }

    async fn apply(&self, write: &StoreWrite, fence: &Fence) -> Result<Option<Json>, ApplyError> {
        let fault = self.fault.load(Ordering::SeqCst);
        if fault == Fault::Away as u8 {
            return Err(later());
        }
        if fault == Fault::Silence as u8 {
            std::future::pending::<()>().await;
        }
        let answer = self.inner.apply(write, fence).await;
        self.applied.fetch_add(1, Ordering::SeqCst);
        if fault == Fault::AnswerLost as u8 { Err(later()) } else { answer }
    }
}

pub(crate) struct World<'d> {
    pub(crate) database: &'d TestDatabase,
    pub(crate) redis: redis::aio::MultiplexedConnection,
    pub(crate) faulty: Arc<Faulty>,
    pub(crate) ports: TransactionPorts,
    pub(crate) transactions: Arc<Transactions>,
    pub(crate) recovery: Recovery,
}

fn ports(store: &PgStore, faulty: &Arc<Faulty>) -> TransactionPorts {
    let catalogue = Arc::new(Catalogue::visiobook(None));
    TransactionPorts {
        coordinator: Arc::new(PgCoordinator::new(store.clone(), catalogue.clone())),
        catalogue,
        outbox: Arc::new(PgOutbox::new(store.clone())),
        participants: Participants::from([(Database::Redis, faulty.clone() as Arc<dyn Participant>)]),
        owners: Arc::new(Owners::new(Arc::new(PgOwnerRows::new(store.clone())), Arc::new(Doubles))),
        versions: None,
        sealer: Arc::new(Doubles),
        secrets: Arc::new(Doubles),
        timer: Arc::new(Doubles),
    }
}

/// Runs the test on both servers, or skips it loudly.
pub(crate) async fn with_world<F: AsyncFnOnce(&World<'_>)>(test: F) {
    let Some(url) = present(std::env::var("TEST_REDIS_URL").ok(), "TEST_REDIS_URL") else { return };
    with_database("TEST_POSTGRES_URL", async |database| {
        let connection = RedisConnection::connect(&url, "").await.unwrap();
        let inner = RedisParticipant::new(connection);
        let faulty = Arc::new(Faulty { inner, fault: AtomicU8::new(0), applied: AtomicU32::new(0) });
        let redis = redis::Client::open(url.clone()).unwrap().get_multiplexed_async_connection().await.unwrap();
        let ports = ports(&database.store, &faulty);
        let transactions = Arc::new(Transactions::new(ports.clone()));
        let recovery = Recovery::new(&ports, Arc::new(Doubles));
        test(&World { database, redis, faulty, ports, transactions, recovery }).await;
    })
    .await;
}

/// A tenant nobody else has.
pub(crate) fn somebody(tier: Tier) -> Tenant {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&random().to_le_bytes());
    bytes[0] |= 1;
    tenant(bytes, tier)
}

/// A tenant whose e-mail address others have too.
pub(crate) fn somebody_with_a_shared_address() -> Tenant {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&random().to_le_bytes());
    bytes[0] &= !1;
    tenant(bytes, Tier::User)
}

fn tenant(bytes: [u8; 12], tier: Tier) -> Tenant {
    let account_id = UserId::from_bytes(bytes);
    Tenant { account_id, owner: data_user_id(account_id), tier }
}

pub(crate) fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}

pub(crate) fn operations(operations: Json) -> Json {
    Json::Object([("operations".to_owned(), operations)].into_iter().collect())
}

pub(crate) fn insert(title: &str) -> Json {
    json!({"database": "postgresql", "operation": "insert", "table": "projects", "data": {"title": title}})
}

pub(crate) fn count(key: &str) -> Json {
    json!({"database": "redis", "operation": "incrby", "key": key})
}

/// Code and operation of a failure.
pub(crate) fn failure(result: Result<Committed, TransactionError>) -> (&'static str, Option<u32>) {
    let error = result.unwrap_err();
    let details = error.details().unwrap_or_default();
    (error.code(), details["operation"].as_u64().map(|number| u32::try_from(number).unwrap()))
}

impl World<'_> {
    /// The same use cases over another connection to the database.
    pub(crate) fn over(&self, store: &PgStore) -> (Transactions, Recovery) {
        let ports = ports(store, &self.faulty);
        (Transactions::new(ports.clone()), Recovery::new(&ports, Arc::new(Doubles)))
    }

    pub(crate) async fn execute(&self, tenant: &Tenant, body: &Json) -> Result<Committed, TransactionError> {
        self.transactions.execute(tenant, body, None).await
    }

    pub(crate) async fn commit(&self, tenant: &Tenant, listed: Json) -> Committed {
        self.execute(tenant, &operations(listed)).await.unwrap()
    }

    pub(crate) async fn status(&self, tenant: &Tenant, id: &str) -> TransactionStatus {
        self.transactions.status(tenant, id).await.unwrap().1
    }

    /// The state of each operation, by its name on the wire.
    pub(crate) async fn states(&self, tenant: &Tenant, id: &str) -> Vec<&'static str> {
        match self.status(tenant, id).await {
            TransactionStatus::Committed(committed) => committed.results.iter().map(|result| result.state.as_str()).collect(),
            other => panic!("not committed: {other:?}"),
        }
    }

    /// What a tenant's key holds.
    pub(crate) async fn held(&self, tenant: &Tenant, key: &str) -> Option<String> {
        self.redis.clone().get(physical(tenant, key)).await.unwrap()
    }

    pub(crate) async fn titles(&self, tenant: &Tenant) -> Vec<String> {
        let find = "SELECT title FROM projects WHERE user_id = $1 ORDER BY title";
        sqlx::query_scalar(find).bind(tenant.owner).fetch_all(&self.database.direct).await.unwrap()
    }

    /// Makes everything in the outbox due, as time would.
    pub(crate) async fn let_time_pass(&self) {
        sqlx::query("UPDATE dataservice.tx_outbox SET due_at = now() - interval '1 second'").execute(&self.database.direct).await.unwrap();
        sqlx::query("UPDATE dataservice.tx_claims SET heartbeat_at = now() - interval '31 seconds'")
            .execute(&self.database.direct)
            .await
            .unwrap();
    }
}

pub(crate) fn physical(tenant: &Tenant, key: &str) -> String {
    format!("u:{{{}}}:{key}", tenant.owner)
}

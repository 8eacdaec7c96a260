//! The leases of one test's database, and a client that has nothing but the URL it was given.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use atelier_adapter_credentials::{AesGcmSealer, RandomSecrets, SystemClock};
use atelier_adapter_postgres::PgLeases;
use atelier_domain::dataservice::leases::{
    AcquireRequest, Acquired, Lease, LeasePorts, LeaseSettings, LeaseStore, LeaseSweeper, LeaseTarget, Leases,
};
use atelier_domain::dataservice::{DataError, Database, Tenant, Tier};
use atelier_domain::kernel::{Clock, EntityId, ExposeSecret, SecretString, Timer, Timestamp, UserId};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};
use uuid::Uuid;

use crate::database::TestDatabase;

pub(crate) const SERVERS: [&str; 2] = ["TEST_POSTGRES_URL", "TEST_POSTGRES15_URL"];
pub(crate) const SERVICE: &str = "core-user-service";

struct TokioTimer;

#[async_trait]
impl Timer for TokioTimer {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A Redis that is away when it is told to be.
#[derive(Default)]
pub(crate) struct FakeRedis {
    pub(crate) away: AtomicBool,
    pub(crate) asked: AtomicU32,
}

impl FakeRedis {
    fn answer(&self) -> Result<(), DataError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err(DataError::Unavailable { database: Database::Redis, source: "away".into() });
        }
        Ok(())
    }
}

#[async_trait]
impl LeaseTarget for FakeRedis {
    fn database(&self) -> Database {
        Database::Redis
    }

    async fn open(&self, _lease: &Lease, _password: &SecretString) -> Result<(), DataError> {
        self.answer()
    }

    async fn close(&self, _lease: &Lease) -> Result<(), DataError> {
        self.answer()
    }

    async fn missing<'a>(&self, _leases: &'a [(Lease, Vec<u8>)]) -> Result<Vec<&'a (Lease, Vec<u8>)>, DataError> {
        Ok(Vec::new())
    }

    fn url(&self, lease: &Lease, password: &SecretString) -> SecretString {
        format!("redis://{}:{}@redis", lease.login, password.expose_secret()).into()
    }
}

pub(crate) struct World {
    pub(crate) leases: Arc<Leases>,
    pub(crate) store: Arc<PgLeases>,
    pub(crate) sweeper: LeaseSweeper,
    pub(crate) redis: Arc<FakeRedis>,
}

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

pub(crate) fn world(database: &TestDatabase, settings: LeaseSettings) -> World {
    let store = Arc::new(PgLeases::new(database.store.clone(), &database.url).unwrap());
    let redis = Arc::new(FakeRedis::default());
    let ports = LeasePorts {
        store: store.clone(),
        redis: Some(redis.clone()),
        sealer: Arc::new(AesGcmSealer::new(&"a key of tests".into()).unwrap()),
        secrets: Arc::new(RandomSecrets::new(&"another".into())),
        clock: Arc::new(SystemClock),
        timer: Arc::new(TokioTimer),
    };
    let leases = Arc::new(Leases::new(ports, settings));
    World { sweeper: LeaseSweeper::new(leases.clone()), leases, store, redis }
}

/// An account of its own for each number.
pub(crate) fn tenant(owner: Uuid, tier: Tier, account: u8) -> Tenant {
    Tenant { account_id: UserId::from_bytes([account; 12]), owner, tier }
}

pub(crate) fn request(database: &str, operation: &str) -> AcquireRequest {
    AcquireRequest::parse(SERVICE, database, operation).unwrap()
}

impl World {
    pub(crate) async fn acquire(&self, tenant: &Tenant, operation: &str) -> Acquired {
        self.leases.acquire(tenant, &request("postgresql", operation), None).await.unwrap()
    }

    pub(crate) async fn release(&self, tenant: &Tenant, acquired: &Acquired) {
        self.leases.release(tenant, acquired.connection_id.as_str(), SERVICE).await.unwrap();
    }
}

pub(crate) fn options(acquired: &Acquired) -> PgConnectOptions {
    PgConnectOptions::from_str(acquired.database_url.expose_secret()).unwrap()
}

pub(crate) async fn client(acquired: &Acquired) -> PgConnection {
    options(acquired).connect().await.unwrap()
}

/// The SQLSTATE of a statement that must be refused.
pub(crate) async fn refused(connection: &mut PgConnection, sql: &str) -> String {
    match sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await {
        Ok(_) => panic!("not refused: {sql}"),
        Err(sqlx::Error::Database(error)) => error.code().unwrap().into_owned(),
        Err(other) => panic!("{sql}: {other}"),
    }
}

pub(crate) async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Logins of this database's leases on the server.
pub(crate) async fn logins(database: &TestDatabase) -> Vec<String> {
    let ask = "SELECT rolname::text FROM pg_roles WHERE starts_with(rolname::text, dataservice.group_role('lease_')) ORDER BY 1";
    sqlx::query_scalar(ask).fetch_all(&database.direct).await.unwrap()
}

/// What must be true at every moment: one login for each unfinished lease of PostgreSQL and none besides, the budget as many as there are
/// rows. Read in one statement.
pub(crate) async fn assert_sound(database: &TestDatabase) {
    let (strays, missing, used, rows): (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM dataservice.stray_logins()),
                (SELECT count(*) FROM dataservice.leases WHERE database_type = 'postgresql'
                  AND state IN ('granting', 'active', 'revoking') AND NOT dataservice.has_login(login)),
                (SELECT sum(used) FROM dataservice.lease_budget),
                (SELECT count(*) FROM dataservice.leases WHERE state IN ('granting', 'active', 'revoking'))",
    )
    .fetch_one(&database.direct)
    .await
    .unwrap();
    assert_eq!((strays, missing), (0, 0), "logins without a row, rows without a login");
    assert_eq!(used, rows, "the budget's number is that of its rows");
}

pub(crate) async fn assert_nothing_left(database: &TestDatabase) {
    assert_sound(database).await;
    assert_eq!(logins(database).await, Vec::<String>::new());
    let used: i64 = sqlx::query_scalar("SELECT sum(used) FROM dataservice.lease_budget").fetch_one(&database.direct).await.unwrap();
    assert_eq!(used, 0);
    let kept: i64 =
        sqlx::query_scalar("SELECT count(*) FROM dataservice.leases WHERE secret IS NOT NULL AND state IN ('released', 'expired')")
            .fetch_one(&database.direct)
            .await
            .unwrap();
    assert_eq!(kept, 0, "passwords of ended leases");
}

/// Waits for something that is to become true.
pub(crate) async fn until<F: AsyncFnMut() -> bool>(what: &str, mut holds: F) {
    let patience = tokio::time::Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(tokio::time::Instant::now() < patience, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Lets the time of a claim pass for every lease.
pub(crate) async fn forget_claims(database: &TestDatabase) {
    sqlx::query("UPDATE dataservice.leases SET next_attempt_at = NULL").execute(&database.direct).await.unwrap();
}

/// A lease as its row says it.
pub(crate) async fn row(world: &World, acquired: &Acquired) -> Lease {
    world.store.find(&acquired.connection_id).await.unwrap().unwrap()
}

//! A database of its own for each test, migrated, and gone afterwards.

use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use atelier_adapter_postgres::{MIGRATIONS, PgMigrator, PgStore, PoolSettings};
use atelier_testkit::contract::present;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use uuid::Uuid;

/// One test's database.
pub(crate) struct TestDatabase {
    /// How the service reaches it.
    pub(crate) url: String,
    /// The service's store over it.
    pub(crate) store: PgStore,
    /// Statements of the test's own, as the service's login.
    pub(crate) direct: PgPool,
}

/// Two owners whose rows tests keep apart.
pub(crate) const ALICE: Uuid = Uuid::from_u128(0xa11ce);
pub(crate) const BOB: Uuid = Uuid::from_u128(0xb0b);

/// Runs the test on the server of this variable, or skips it loudly.
pub(crate) async fn with_database<F: AsyncFnOnce(&TestDatabase)>(variable: &str, test: F) {
    let Some(server) = present(std::env::var(variable).ok(), variable) else { return };
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let options = PgConnectOptions::from_str(&server).unwrap();
    let mut admin = options.connect().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    let url = url.to_string();
    let direct = PgPoolOptions::new().max_connections(4).connect(&url).await.unwrap();
    let settings = PoolSettings { min: 0, max: 4, ..PoolSettings::default() };
    let store = PgStore::connect(&url, settings).await.unwrap();
    PgMigrator::new(store.clone(), MIGRATIONS).migrate_empty("mig_test").await.unwrap();
    for (owner, email) in [(ALICE, "alice@example.org"), (BOB, "bob@example.org")] {
        let insert = "INSERT INTO users (id, email, password_hash) VALUES ($1, $2, '!')";
        sqlx::query(insert).bind(owner).bind(email).execute(&direct).await.unwrap();
    }
    let database = TestDatabase { url, store, direct };
    test(&database).await;
    database.store.close().await;
    let groups: Vec<String> =
        sqlx::query_scalar("SELECT dataservice.group_role(unnest(ARRAY['tenant','tenant_reader','admin','admin_reader']))")
            .fetch_all(&database.direct)
            .await
            .unwrap();
    database.direct.close().await;
    // A leased session on its way out is nobody's any more once its login is dropped, and cannot be hurried.
    let mut tries = 0;
    while let Err(busy) = sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&mut admin).await {
        tries += 1;
        assert!(tries < 100, "{busy}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    for group in groups {
        sqlx::query(AssertSqlSafe(format!("DROP ROLE \"{group}\""))).execute(&mut admin).await.unwrap();
    }
    admin.close().await.unwrap();
}

//! One test's database with rows of two owners, its backups, and databases restored from them that go with the test.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use atelier_adapter_credentials::{AesGcmSealer, SystemClock};
use atelier_adapter_postgres::PgBackups;
use atelier_backup::{BackUp, BackupEngine, Layout, Restore, Selection, Taken};
use atelier_domain::kernel::{Clock, Timestamp};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;

use crate::database::{ALICE, BOB, TestDatabase};

pub(super) const SERVERS: [&str; 2] = ["TEST_POSTGRES_URL", "TEST_POSTGRES15_URL"];
const KEY: &str = "a key of tests";

/// Where the programs of a server are.
pub(super) fn programs(server: &str) -> PathBuf {
    PathBuf::from(std::env::var(server.replace("_URL", "_BIN")).unwrap())
}

/// Another database of the same server.
pub(super) fn sibling(url: &str, name: &str) -> String {
    let mut url = url::Url::parse(url).unwrap();
    url.set_path(name);
    url.into()
}

pub(super) struct World<'a> {
    pub(super) database: &'a TestDatabase,
    pub(super) folder: TempDir,
    pub(super) engine: PgBackups,
    pub(super) has_vectors: bool,
    programs: PathBuf,
}

pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

impl<'a> World<'a> {
    pub(super) async fn new(server: &str, database: &'a TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let programs = programs(server);
        let engine = Self::engine_of(&database.url, folder.path().join("backups"), programs.clone(), KEY);
        let world = Self { database, folder, engine, programs, has_vectors: database.store.has_table("embeddings").await.unwrap() };
        world.rows().await;
        world
    }

    fn engine_of(url: &str, folder: PathBuf, programs: PathBuf, key: &str) -> PgBackups {
        PgBackups::new(&url.to_owned().into(), folder, Some(programs), Arc::new(AesGcmSealer::new(&key.into()).unwrap())).unwrap()
    }

    pub(super) fn with_key(&self, key: &str) -> PgBackups {
        Self::engine_of(&self.database.url, self.folder.path().join("backups"), self.programs.clone(), key)
    }

    pub(super) fn at(&self, url: &str) -> PgBackups {
        Self::engine_of(url, self.folder.path().join("backups"), self.programs.clone(), KEY)
    }

    pub(super) async fn rows(&self) {
        for owner in [ALICE, BOB] {
            let project = "INSERT INTO projects (user_id, title, description) SELECT $1, 'P' || n, repeat('é', 300) FROM generate_series(1, 400) AS n";
            self.run(project, Some(owner)).await;
            self.run("INSERT INTO user_preferences (user_id, preferences) VALUES ($1, '{\"a\": [1, null]}')", Some(owner)).await;
            let media = "INSERT INTO media_assets (project_id, asset_type, file_path, metadata, size_bytes)
                         SELECT id, 'video', '/v', '{\"n\": 1.50}', 9007199254740993 FROM projects WHERE user_id = $1";
            self.run(media, Some(owner)).await;
            if self.has_vectors {
                let embedding = "INSERT INTO embeddings (user_id, kind, embedding)
                                 SELECT $1, 'scene', ARRAY[n, 0.1, -2.5]::real[]::vector FROM generate_series(1, 20) AS n";
                self.run(embedding, Some(owner)).await;
            }
        }
    }

    pub(super) async fn run(&self, sql: &str, owner: Option<uuid::Uuid>) {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        let query = match owner {
            Some(owner) => query.bind(owner),
            None => query,
        };
        query.execute(&self.database.direct).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub(super) async fn taken(&self) -> Taken {
        self.engine.back_up(&BackUp { selection: Selection::All, layout: Layout::Archive }, now()).await.unwrap()
    }

    pub(super) fn beside(&self, taken: &Taken, database: &str) -> Restore {
        Restore { archive: taken.path.clone(), database: Some(database.to_owned()), ..Restore::default() }
    }

    pub(super) fn name(&self, end: &str) -> String {
        format!("{}_{end}", self.engine.database())
    }

    pub(super) async fn pool(&self, database: &str) -> PgPool {
        PgPoolOptions::new().max_connections(2).connect(&sibling(&self.database.url, database)).await.unwrap()
    }

    pub(super) async fn drop_database(&self, name: &str) {
        drop_database(&self.database.url, name).await;
    }
}

/// A session beside everything.
pub(super) async fn session(url: &str) -> PgConnection {
    PgConnectOptions::from_str(url).unwrap().connect().await.unwrap()
}

/// Removes a database and the group roles of its name.
pub(super) async fn drop_database(url: &str, name: &str) {
    let mut admin = session(&sibling(url, "postgres")).await;
    sqlx::query(AssertSqlSafe(format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"))).execute(&mut admin).await.unwrap();
    let roles = "SELECT rolname::text FROM pg_roles WHERE starts_with(rolname, 'atelier_' || left(md5($1), 8) || '_')";
    let roles: Vec<String> = sqlx::query_scalar(roles).bind(name).fetch_all(&mut admin).await.unwrap();
    for role in roles {
        sqlx::query(AssertSqlSafe(format!("DROP ROLE \"{role}\""))).execute(&mut admin).await.unwrap();
    }
    admin.close().await.unwrap();
}

/// A digest of every row of every table that a backup holds.
pub(super) async fn content(pool: &PgPool) -> Vec<(String, i64, String)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace IN ('public'::regnamespace, 'dataservice'::regnamespace)
            AND c.relname NOT IN ('leases', 'lease_budget', 'data_versions', 'migration_lock', 'backup_lock', 'backup_tasks') ORDER BY 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut found = Vec::new();
    for table in tables {
        let ask = format!("SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} AS t");
        let (rows, digest): (i64, String) = sqlx::query_as(AssertSqlSafe(ask)).fetch_one(pool).await.unwrap();
        found.push((table, rows, digest));
    }
    found
}

/// Databases and roles of the server that carry a name.
pub(super) async fn traces(pool: &PgPool, name: &str) -> i64 {
    let ask = "SELECT (SELECT count(*) FROM pg_database WHERE datname = $1)
                    + (SELECT count(*) FROM pg_roles WHERE starts_with(rolname, 'atelier_' || left(md5($1), 8) || '_'))";
    sqlx::query_scalar(ask).bind(name).fetch_one(pool).await.unwrap()
}

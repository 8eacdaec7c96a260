//! The Core Database Service as its source document walks through it, on the built API with PostgreSQL and Redis.

use std::str::FromStr;
use std::time::Duration;

use atelier_client::{Access, Client, Committed, Filter, IdempotencyKey, LeaseDatabase};
use atelier_testkit::contract::present;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;

use crate::process::Api;

/// What seals secrets.
pub(crate) const KEY: (&str, &str) = ("DB_ENCRYPTION_KEY", "8f1b6d0e9a7c4e52b3d1f0a98c7e6d5b4a3f2e1d8f1b6d0e9a7c4e52b3d1f0a9");

/// A database of the test's own.
pub(crate) struct Database {
    admin: PgConnection,
    pub(crate) name: String,
    pub(crate) url: String,
}

impl Database {
    pub(crate) async fn create() -> Option<Self> {
        let server = present(std::env::var("TEST_POSTGRES_URL").ok(), "PostgreSQL")?;
        let mut admin = PgConnectOptions::from_str(&server).unwrap().connect().await.unwrap();
        let name = format!("e2e_{}", uuid::Uuid::new_v4().simple());
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        Some(Self { admin, name, url: url.into() })
    }

    /// With every database whose name begins with its own.
    pub(crate) async fn drop_with_siblings(mut self) {
        let names = "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, $1 || '_')";
        let names: Vec<String> = sqlx::query_scalar(names).bind(&self.name).fetch_all(&mut self.admin).await.unwrap();
        for name in names {
            self.drop_named(&name).await;
        }
        self.drop().await;
    }

    pub(crate) async fn drop(mut self) {
        let name = self.name.clone();
        self.drop_named(&name).await;
        self.admin.close().await.unwrap();
    }

    /// The database, then the roles of its name.
    async fn drop_named(&mut self, name: &str) {
        let mark: String =
            sqlx::query_scalar("SELECT 'atelier_' || left(md5($1), 8) || '_%'").bind(name).fetch_one(&mut self.admin).await.unwrap();
        sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&mut self.admin).await.unwrap();
        let roles: Vec<String> = sqlx::query_scalar("SELECT rolname::text FROM pg_roles WHERE rolname LIKE $1")
            .bind(mark)
            .fetch_all(&mut self.admin)
            .await
            .unwrap();
        for role in roles {
            sqlx::query(AssertSqlSafe(format!("DROP ROLE \"{role}\""))).execute(&mut self.admin).await.unwrap();
        }
    }
}

impl Api {
    /// A typed client with this token.
    pub(crate) fn typed(&self, token: &str) -> Client {
        Client::builder(&self.base).token(token).client_version("e2e/1.0.0").no_proxy().build().unwrap()
    }

    pub(crate) async fn data(&self, path: &str, key: Option<&str>, body: &Value) -> Value {
        let headers = |request: reqwest::RequestBuilder| {
            let request = request.header("X-Request-ID", "req_1").header("X-Client-Version", "1.0.0").json(body);
            match key {
                Some(key) => request.header("Idempotency-Key", key),
                None => request,
            }
        };
        self.call(Method::POST, path, headers).await
    }

    pub(crate) async fn owner(&self) -> String {
        let me = self.call(Method::GET, "/users/me", |request| request).await;
        me["data"]["user"]["data_user_id"].as_str().unwrap().to_owned()
    }
}

pub(crate) async fn start(folder: &TempDir, database: &Database, redis: &str) -> Api {
    let settings = [("PRODUCTS", "data"), ("DATABASE_URL", database.url.as_str()), ("REDIS_URL", redis), KEY];
    Api::start(folder.path(), &settings).await
}

/// The rows of a table that fulfil the filter.
async fn rows(client: &Client, table: &str, filter: Filter) -> Vec<Value> {
    client.query(table).filter(filter).fetch().await.unwrap().rows
}

async fn import(client: &Client, project: &str, owner: &str) -> Committed {
    let transaction = client
        .transaction()
        .insert("projects", json!({"id": project, "title": "Mon projet", "user_id": owner}))
        .insert("media_assets", json!({"project_id": project, "asset_type": "text", "file_path": "/u/book.pdf", "size_bytes": 1024}))
        .update("users", json!({"project_count": 1}), Filter::eq("id", owner))
        .set_for("project:cache:proj_new", "{\"status\": \"created\"}", Duration::from_secs(3600));
    transaction.idempotency_key(IdempotencyKey::new("import").unwrap()).commit().await.unwrap()
}

#[tokio::test]
async fn a_project_is_imported_analysed_generated_listed_and_changed_and_a_killed_service_goes_on_where_it_was() {
    let Some(database) = Database::create().await else { return };
    let Some(redis) = present(std::env::var("TEST_REDIS_URL").ok(), "Redis") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut api = start(&folder, &database, &redis).await;
    api.sign_up("user@example.com").await;
    let (owner, project) = (api.owner().await, uuid::Uuid::new_v4().to_string());
    let client = api.typed(&api.token);
    let this = || Filter::eq("id", project.as_str());

    // US 1.1: the import, under a key, asked for twice; then a credential for the service that analyses
    let first = import(&client, &project, &owner).await;
    assert_eq!((&first.results[0].data["id"], first.replayed), (&json!(project), false), "{first:?}");
    let again = import(&client, &project, &owner).await;
    assert_eq!((&again.transaction_id, again.replayed), (&first.transaction_id, true));
    assert_eq!(rows(&client, "users", Filter::eq("id", owner.as_str())).await[0]["project_count"], 1);
    let lease = client.acquire("ai-analysis-service", LeaseDatabase::PostgreSql, Access::Read).await.unwrap();
    let stats = lease.pool_stats();
    assert_eq!((stats.active, stats.idle, stats.waiting), (1, 19, 0));
    let leased = lease.database_url().expose_secret().to_owned();
    let mut plain = PgConnectOptions::from_str(&leased).unwrap().connect().await.unwrap();
    let titles: Vec<String> = sqlx::query_scalar("SELECT title FROM projects").fetch_all(&mut plain).await.unwrap();
    assert_eq!(titles, ["Mon projet"]);
    assert!(sqlx::query("DELETE FROM projects").execute(&mut plain).await.is_err(), "it is leased for reading");

    // US 1.5 and 3.1: scenes, then a generation job with the project's new status
    let scenes = json!({"project_id": project, "analysis_type": "scene", "result": {"scenes": [1, 2]}, "confidence_score": 0.95});
    let analysed = client.transaction().insert("content_analysis", scenes).update("projects", json!({"status": "active"}), this());
    analysed.commit().await.unwrap();
    let scenes = rows(&client, "content_analysis", Filter::eq("project_id", project.as_str())).await;
    assert_eq!(scenes[0]["confidence_score"], 0.95);
    let generated = client.transaction().insert("generation_jobs", json!({"project_id": project, "parameters": {"style": "ink"}})).update(
        "projects",
        json!({"status": "generating"}),
        this(),
    );
    generated.commit().await.unwrap();

    // killed, and started again on the same stores
    api.process.kill();
    let token = api.token.clone();
    let mut api = start(&folder, &database, &redis).await;
    api.token = token;
    let before = client;
    let client = api.typed(&api.token);

    // US 5.1 and 5.2: the history, a version and the change, which no remembered answer outlives
    let generating = || Filter::eq("status", "generating");
    let history = client.query("projects").filter(generating()).fetch::<Value>().await.unwrap();
    assert_eq!((history.total, &history.rows[0]["id"]), (1, &json!(project)), "{history:?}");
    let changed = client
        .transaction()
        .insert("project_versions", json!({"project_id": project, "version": 1, "content": {"title": "Mon projet"}}))
        .update("projects", json!({"title": "Autre", "status": "active"}), this())
        .remove("project:cache:proj_new");
    changed.commit().await.unwrap();
    assert_eq!(rows(&client, "projects", generating()).await, Vec::<Value>::new());

    // the lease outlived the kill; released, it is over for the session that is open too. The guard knows the address of before only.
    let release = json!({"connection_id": lease.connection_id(), "service_name": "ai-analysis-service"});
    drop((lease, before));
    let headers =
        |request: reqwest::RequestBuilder| request.header("X-Request-ID", "req_1").header("X-Client-Version", "1.0.0").json(&release);
    let released = api.call(Method::POST, "/connections/release", headers).await;
    assert_eq!(released["status"], "released", "{released}");
    assert_eq!(api.call(Method::POST, "/connections/release", headers).await, released);
    assert!(sqlx::query("SELECT 1").execute(&mut plain).await.is_err());
    assert!(PgConnectOptions::from_str(&leased).unwrap().connect().await.is_err());
    let password = url::Url::parse(&leased).unwrap().password().unwrap().to_owned();
    assert!(!api.process.log().contains(&password), "the password is in the log");

    let health = api.client.get(format!("{}/health", api.base)).send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!((&health["status"], &health["service"]), (&json!("UP"), &json!("core-database-service")), "{health}");
    assert!(health["checks"]["postgresql"]["connections"]["total"].is_u64() && health["checks"]["redis"]["memory"].is_string(), "{health}");
    // what is held on the person is told, and goes with the account
    let export = api.call(Method::GET, "/users/me/export", |request| request).await.to_string();
    assert!(export.contains("\"dataservice\"") && export.contains("Autre") && !export.contains("password_hash"), "{export}");
    client.transaction().set("kept", "1").commit().await.unwrap();
    api.call(Method::DELETE, "/users/me", |request| request.json(&json!({"password": "securepassword123"}))).await;
    let mut direct = PgConnectOptions::from_str(&database.url).unwrap().connect().await.unwrap();
    let held = "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM projects) + (SELECT count(*) FROM dataservice.tx_log)
                + (SELECT count(*) FROM dataservice.leases WHERE account_id <> 'erased')";
    let gone = async {
        while sqlx::query_scalar::<_, i64>(held).fetch_one(&mut direct).await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.unwrap();
    direct.close().await.unwrap();

    let (code, took) = api.process.terminate().await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(10), "{took:?}");
    database.drop().await;
}

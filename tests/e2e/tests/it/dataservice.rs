//! The Core Database Service as its source document walks through it, on the built API with PostgreSQL and Redis.

use std::str::FromStr;
use std::time::Duration;

use atelier_testkit::contract::present;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;

use crate::process::Api;

/// A database of the test's own.
pub(crate) struct Database {
    admin: PgConnection,
    name: String,
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

    pub(crate) async fn drop(mut self) {
        let mark: String =
            sqlx::query_scalar("SELECT 'atelier_' || left(md5($1), 8) || '_%'").bind(&self.name).fetch_one(&mut self.admin).await.unwrap();
        sqlx::query(AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name))).execute(&mut self.admin).await.unwrap();
        let roles: Vec<String> = sqlx::query_scalar("SELECT rolname::text FROM pg_roles WHERE rolname LIKE $1")
            .bind(mark)
            .fetch_all(&mut self.admin)
            .await
            .unwrap();
        for role in roles {
            sqlx::query(AssertSqlSafe(format!("DROP ROLE \"{role}\""))).execute(&mut self.admin).await.unwrap();
        }
        self.admin.close().await.unwrap();
    }
}

impl Api {
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

    async fn select(&self, table: &str, filters: Value) -> Value {
        let mut query = json!({"database": "postgresql", "query_type": "select", "table": table});
        query["filters"] = filters;
        self.data("/data/query", None, &query).await
    }

    pub(crate) async fn owner(&self) -> String {
        let me = self.call(Method::GET, "/users/me", |request| request).await;
        me["data"]["user"]["data_user_id"].as_str().unwrap().to_owned()
    }
}

async fn start(folder: &TempDir, database: &Database, redis: &str) -> Api {
    let settings = [
        ("PRODUCTS", "data"),
        ("DATABASE_URL", database.url.as_str()),
        ("REDIS_URL", redis),
        ("DB_ENCRYPTION_KEY", "8f1b6d0e9a7c4e52b3d1f0a98c7e6d5b4a3f2e1d8f1b6d0e9a7c4e52b3d1f0a9"),
    ];
    Api::start(folder.path(), &settings).await
}

fn import(project: &str, owner: &str) -> Value {
    json!({"operations": [
        {"database": "postgresql", "operation": "insert", "table": "projects", "data": {"id": project, "title": "Mon projet", "user_id": owner}},
        {"database": "postgresql", "operation": "insert", "table": "media_assets",
         "data": {"project_id": project, "asset_type": "text", "file_path": "/u/book.pdf", "size_bytes": 1024}},
        {"database": "postgresql", "operation": "update", "table": "users", "data": {"project_count": 1}, "filters": {"id": owner}},
        {"database": "redis", "operation": "set", "key": "project:cache:proj_new", "value": "{\"status\": \"created\"}", "ttl": 3600},
    ]})
}

#[tokio::test]
async fn a_project_is_imported_analysed_generated_listed_and_changed_and_a_killed_service_goes_on_where_it_was() {
    let Some(database) = Database::create().await else { return };
    let Some(redis) = present(std::env::var("TEST_REDIS_URL").ok(), "Redis") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut api = start(&folder, &database, &redis).await;
    api.sign_up("user@example.com").await;
    let (owner, project) = (api.owner().await, uuid::Uuid::new_v4().to_string());

    // US 1.1: the import, under a key, asked for twice; then a credential for the service that analyses
    let first = api.data("/data/transaction", Some("import"), &import(&project, &owner)).await;
    assert_eq!((&first["status"], &first["results"][0]["data"]["id"]), (&json!("committed"), &json!(project)), "{first}");
    let again = api.data("/data/transaction", Some("import"), &import(&project, &owner)).await;
    assert_eq!(again["transaction_id"], first["transaction_id"]);
    assert_eq!(api.select("users", json!({})).await["data"][0]["project_count"], 1);
    let wanted = json!({"service_name": "ai-analysis-service", "database_type": "postgresql", "operation_type": "read"});
    let lease = api.data("/connections/acquire", None, &wanted).await;
    assert_eq!(lease["pool_stats"], json!({"active": 1, "idle": 19, "waiting": 0}), "{lease}");
    let leased = lease["database_url"].as_str().unwrap();
    let mut plain = PgConnectOptions::from_str(leased).unwrap().connect().await.unwrap();
    let titles: Vec<String> = sqlx::query_scalar("SELECT title FROM projects").fetch_all(&mut plain).await.unwrap();
    assert_eq!(titles, ["Mon projet"]);
    assert!(sqlx::query("DELETE FROM projects").execute(&mut plain).await.is_err(), "it is leased for reading");

    // US 1.5 and 3.1: scenes, then a generation job with the project's new status
    let scenes = json!({"operations": [
        {"database": "postgresql", "operation": "insert", "table": "content_analysis",
         "data": {"project_id": project, "analysis_type": "scene", "result": {"scenes": [1, 2]}, "confidence_score": 0.95}},
        {"database": "postgresql", "operation": "update", "table": "projects", "data": {"status": "active"}, "filters": {"id": project}},
    ]});
    api.data("/data/transaction", None, &scenes).await;
    assert_eq!(api.select("content_analysis", json!({"project_id": project})).await["data"][0]["confidence_score"], 0.95);
    let generation = json!({"operations": [
        {"database": "postgresql", "operation": "insert", "table": "generation_jobs", "data": {"project_id": project, "parameters": {"style": "ink"}}},
        {"database": "postgresql", "operation": "update", "table": "projects", "data": {"status": "generating"}, "filters": {"id": project}},
    ]});
    api.data("/data/transaction", None, &generation).await;

    // killed, and started again on the same stores
    api.process.kill();
    let token = api.token.clone();
    let mut api = start(&folder, &database, &redis).await;
    api.token = token;

    // US 5.1 and 5.2: the history, a version and the change, which no remembered answer outlives
    let history = api.select("projects", json!({"status": "generating"})).await;
    assert_eq!((&history["pagination"]["total"], &history["data"][0]["id"]), (&json!(1), &json!(project)), "{history}");
    let change = json!({"operations": [
        {"database": "postgresql", "operation": "insert", "table": "project_versions",
         "data": {"project_id": project, "version": 1, "content": {"title": "Mon projet"}}},
        {"database": "postgresql", "operation": "update", "table": "projects", "data": {"title": "Autre", "status": "active"}, "filters": {"id": project}},
        {"database": "redis", "operation": "del", "key": "project:cache:proj_new"},
    ]});
    let changed = api.data("/data/transaction", None, &change).await;
    assert_eq!(changed["status"], "committed", "{changed}");
    assert_eq!(api.select("projects", json!({"status": "generating"})).await["data"], json!([]));

    // the lease outlived the kill; released, it is over for the session that is open too
    let release = json!({"connection_id": lease["connection_id"], "service_name": "ai-analysis-service"});
    let released = api.data("/connections/release", None, &release).await;
    assert_eq!(released["status"], "released", "{released}");
    assert_eq!(api.data("/connections/release", None, &release).await, released);
    assert!(sqlx::query("SELECT 1").execute(&mut plain).await.is_err());
    assert!(PgConnectOptions::from_str(leased).unwrap().connect().await.is_err());
    let password = url::Url::parse(leased).unwrap().password().unwrap().to_owned();
    assert!(!api.process.log().contains(&password), "the password is in the log");

    let health = api.client.get(format!("{}/health", api.base)).send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!((&health["status"], &health["service"]), (&json!("UP"), &json!("core-database-service")), "{health}");
    assert!(health["checks"]["postgresql"]["connections"]["total"].is_u64() && health["checks"]["redis"]["memory"].is_string(), "{health}");
    // what is held on the person is told, and goes with the account
    let export = api.call(Method::GET, "/users/me/export", |request| request).await.to_string();
    assert!(export.contains("\"dataservice\"") && export.contains("Autre") && !export.contains("password_hash"), "{export}");
    let kept = json!({"operations": [{"database": "redis", "operation": "set", "key": "kept", "value": "1"}]});
    api.data("/data/transaction", None, &kept).await;
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

//! Backups of the Core Database Service's PostgreSQL, on the built binaries with the real `pg_dump` and `pg_restore`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use crate::commands::{run, run_with};
use crate::dataservice::Database;
use crate::process::Api;

const KEY: &str = "8f1b6d0e9a7c4e52b3d1f0a98c7e6d5b4a3f2e1d8f1b6d0e9a7c4e52b3d1f0a9";

fn programs() -> String {
    std::env::var("TEST_POSTGRES_BIN").unwrap()
}

fn settings<'a>(database: &'a Database, programs: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("PRODUCTS", "data"),
        ("DATABASE_URL", database.url.as_str()),
        ("DB_ENCRYPTION_KEY", KEY),
        ("POSTGRES_BIN_DIR", programs),
        // The worker's schedule stays out of the way: nobody names BACKUP_DIR.
        ("BACKUP_KEEP_DAYS", "30"),
    ]
}

impl Api {
    async fn administrator(&mut self, folder: &Path) {
        let arguments = ["create-admin", "--email", "admin@example.com", "--name", "Admin"];
        assert!(run("atelier-admin", &arguments, folder, "securepassword123\n").status.success());
        self.log_in_as("admin@example.com").await;
    }

    async fn log_in_as(&mut self, email: &str) {
        let body = json!({"email": email, "password": "securepassword123"});
        let answer = self.call(Method::POST, "/auth/login", |request| request.json(&body)).await;
        self.token = answer["access_token"].as_str().unwrap().to_owned();
    }

    async fn backups(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let headers = |request: reqwest::RequestBuilder| {
            let request = request.header("X-Request-ID", "req_1").header("X-Client-Version", "1.0.0");
            if let Some(body) = &body { request.json(body) } else { request }
        };
        self.call(method, &format!("/backups{path}"), headers).await
    }

    /// Waits until nothing is under way; answers the newest backup.
    async fn settled(&mut self) -> Value {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let listed = self.backups(Method::GET, "", None).await;
            if listed["running"].is_null() {
                return listed["backups"][0].clone();
            }
            assert!(Instant::now() < until, "{listed}\n{}", self.process.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn insert_project(&self, owner: &str, title: &str) {
        let body = json!({"operations": [
            {"database": "postgresql", "operation": "insert", "table": "projects", "data": {"title": title, "user_id": owner}}
        ]});
        let headers =
            |request: reqwest::RequestBuilder| request.header("X-Request-ID", "req_1").header("X-Client-Version", "1.0.0").json(&body);
        let answer = self.call(Method::POST, "/data/transaction", headers).await;
        assert_eq!(answer["status"], "committed", "{answer}");
    }

    async fn my_id(&self) -> String {
        let me = self.call(Method::GET, "/users/me", |request| request).await;
        me["data"]["user"]["data_user_id"].as_str().unwrap().to_owned()
    }
}

async fn sibling(database: &Database, name: &str) -> PgConnection {
    PgConnectOptions::from_str(&database.url).unwrap().database(name).connect().await.unwrap()
}

fn admin(arguments: &[&str], folder: &TempDir, settings: &[(&str, &str)]) -> String {
    let output = run_with("atelier-admin", arguments, folder.path(), settings, "");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[tokio::test]
async fn rows_are_backed_up_verified_and_restored_beside_the_live_database_and_over_it() {
    let Some(database) = Database::create().await else { return };
    let (folder, programs) = (tempfile::tempdir().unwrap(), programs());
    let settings = settings(&database, &programs);
    let mut api = Api::start(folder.path(), &settings).await;
    let mut titles = Vec::new();
    for name in ["ada", "bob"] {
        api.sign_up(&format!("{name}@example.com")).await;
        let owner = api.my_id().await;
        titles.push(format!("Projet de {name}"));
        api.insert_project(&owner, &format!("Projet de {name}")).await;
    }
    api.administrator(folder.path()).await;

    let begun = api.backups(Method::POST, "", None).await;
    let id = begun["id"].as_str().unwrap().to_owned();
    assert_eq!(begun["state"], "running", "{begun}");
    let taken = api.settled().await;
    assert_eq!((&taken["id"], &taken["state"], &taken["verified_at"]), (&begun["id"], &json!("completed"), &Value::Null), "{taken}");
    assert!(
        taken["size"].as_u64().is_some_and(|size| size > 1000) && taken["sha256"].as_str().is_some_and(|sum| sum.len() == 64),
        "{taken}"
    );
    api.backups(Method::POST, &format!("/{id}/verify"), None).await;
    let verified = api.settled().await;
    assert!(verified["verified_at"].is_string() && verified["last_task"]["status"] == "completed", "{verified}");

    // what is written after the backup is not in it
    api.log_in_as("ada@example.com").await;
    let owner = api.my_id().await;
    api.insert_project(&owner, "later").await;
    api.log_in_as("admin@example.com").await;
    let restored = api.backups(Method::POST, &format!("/{id}/restore"), Some(json!({}))).await;
    let target = restored["target_database"].as_str().unwrap().to_owned();
    assert_eq!(target, format!("{}_restore_{}", database.name, id.strip_prefix("bak_").unwrap()));
    let done = api.settled().await;
    assert_eq!((&done["last_task"]["status"], &done["last_task"]["target_database"]), (&json!("completed"), &json!(target)), "{done}");
    let mut scratch = sibling(&database, &target).await;
    let ask = "SELECT title FROM projects ORDER BY title";
    assert_eq!(sqlx::query_scalar::<_, String>(ask).fetch_all(&mut scratch).await.unwrap(), titles);
    scratch.close().await.unwrap();

    let metrics = api.client.get(format!("{}/metrics", api.base)).bearer_auth(&api.token).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("\nbackup_last_success_timestamp "), "{metrics}");
    let log = api.process.log();
    let password = url::Url::parse(&database.url).unwrap().password().unwrap().to_owned();
    assert!(!log.contains(&password) && !log.contains(KEY), "a secret is in the log");

    // the operator's commands see the same, and restore over the live database once the service is stopped
    assert!(admin(&["data", "backups", "list"], &folder, &settings).starts_with(&id));
    assert!(
        admin(&["data", "backups", "verify", "--latest", "--restore-test"], &folder, &settings)
            .contains("restored into a scratch database and compared")
    );
    let (code, _) = api.process.terminate().await;
    assert_eq!(code, Some(0));
    let refused = run_with("atelier-admin", &["data", "backups", "restore", &id], folder.path(), &settings, "");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("is the live database: stop the service"), "{said}");
    let said = admin(&["data", "backups", "restore", &id, "--drop", "--yes"], &folder, &settings);
    assert!(said.contains(&format!("{}_before_", database.name)), "{said}");
    let mut api = Api::start(folder.path(), &settings).await;
    api.log_in_as("ada@example.com").await;
    let query = json!({"database": "postgresql", "query_type": "select", "table": "projects"});
    let headers =
        |request: reqwest::RequestBuilder| request.header("X-Request-ID", "req_1").header("X-Client-Version", "1.0.0").json(&query);
    let rows = api.call(Method::POST, "/data/query", headers).await;
    assert_eq!((&rows["pagination"]["total"], &rows["data"][0]["title"]), (&json!(1), &json!("Projet de ada")), "{rows}");
    api.process.kill();
    database.drop_with_siblings().await;
}

/// `pg_dump` is still writing when the process is killed: nothing that looks like a backup is left, and the next one may begin.
#[tokio::test]
async fn a_service_killed_during_a_backup_leaves_no_half_archive() {
    let Some(database) = Database::create().await else { return };
    let (folder, tools) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let programs = programs();
    let script = format!("#!/bin/sh\n[ \"$1\" = --version ] && exec {programs}/pg_dump --version\nprintf PGDMP\nexec sleep 30\n");
    std::fs::write(tools.path().join("pg_dump"), script).unwrap();
    std::fs::set_permissions(tools.path().join("pg_dump"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let slow = tools.path().to_str().unwrap().to_owned();
    let mut api = Api::start(folder.path(), &settings(&database, &slow)).await;
    api.administrator(folder.path()).await;
    let begun = api.backups(Method::POST, "", None).await;
    let files = || {
        let entries = std::fs::read_dir(folder.path().join("backups/postgresql")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    let until = Instant::now() + Duration::from_secs(30);
    while files().is_empty() {
        assert!(Instant::now() < until, "it never began:\n{}", api.process.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    api.process.kill();
    assert!(files().iter().all(|name| name.starts_with('.')), "{:?}", files());

    let mut api = Api::start(folder.path(), &settings(&database, &programs)).await;
    api.log_in_as("admin@example.com").await;
    let listed = api.backups(Method::GET, "", None).await;
    let states: Vec<_> = listed["backups"].as_array().unwrap().iter().map(|backup| backup["state"].as_str().unwrap()).collect();
    assert!(states == ["running"] || states == ["interrupted"], "{listed}");
    let next = api.backups(Method::POST, "", None).await;
    assert_ne!(next["id"], begun["id"]);
    let taken = api.settled().await;
    assert_eq!((&taken["id"], &taken["state"]), (&next["id"], &json!("completed")), "{taken}");
    let listed = api.backups(Method::GET, "", None).await;
    assert_eq!(listed["backups"][1]["state"], "interrupted", "{listed}");
    api.process.kill();
    database.drop_with_siblings().await;
}

/// With a directory that somebody named, the day's backup is taken by the worker, whoever asks for nothing.
#[tokio::test]
async fn a_backup_a_day_is_taken_by_itself() {
    let Some(database) = Database::create().await else { return };
    let (folder, backups, programs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), programs());
    let mut settings = settings(&database, &programs).to_vec();
    settings.push(("BACKUP_DIR", backups.path().to_str().unwrap()));
    let mut api = Api::start(folder.path(), &settings).await;
    api.administrator(folder.path()).await;
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let listed = api.backups(Method::GET, "", None).await;
        if listed["running"].is_null() && listed["backups"][0]["state"] == "completed" {
            break;
        }
        assert!(Instant::now() < until, "{listed}\n{}", api.process.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(std::fs::read_dir(backups.path().join("postgresql")).unwrap().count() >= 1);
    api.process.kill();
    database.drop_with_siblings().await;
}

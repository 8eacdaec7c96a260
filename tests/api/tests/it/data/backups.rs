//! `/backups`, over a keeper that keeps nothing. What it does to a database is tested on PostgreSQL.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use atelier_bootstrap::Parts;
use atelier_domain::dataservice::backups::{Backup, BackupId, BackupKeeper, BackupOverview, BackupState, BackupTask, TaskKind};
use atelier_domain::dataservice::{DataError, Rejected, RunState};
use atelier_domain::identity::IdentitySettings;
use atelier_domain::kernel::Timestamp;
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::app::TestApp;

const ID: &str = "bak_20260131_020000";

/// One backup that is there, and one task at a time.
#[derive(Default)]
pub(crate) struct OneBackup {
    running: Mutex<Option<BackupTask>>,
}

fn then() -> Timestamp {
    "2026-01-31T02:00:00Z".parse().unwrap()
}

impl OneBackup {
    fn begin(&self, id: &BackupId, kind: TaskKind, target: Option<&str>) -> Result<BackupTask, DataError> {
        if kind != TaskKind::Backup && id.as_str() != ID {
            return Err(DataError::NotFound(Rejected::new("BACKUP_NOT_FOUND", "there is no backup of that id")));
        }
        let mut running = self.running.lock().unwrap();
        if running.is_some() {
            return Err(DataError::Conflict(Rejected::new("BACKUP_IN_PROGRESS", "a backup is under way")));
        }
        let task = BackupTask {
            backup: id.clone(),
            kind,
            state: RunState::Running,
            target_database: target.map(str::to_owned),
            started_at: then(),
            finished_at: None,
            error: None,
        };
        *running = Some(task.clone());
        Ok(task)
    }
}

fn backup(id: &str, state: BackupState) -> Backup {
    Backup {
        id: id.parse().unwrap(),
        state,
        taken_at: then(),
        bytes: (state == BackupState::Completed).then_some(1_048_576),
        sha256: (state == BackupState::Completed).then(|| "ab".repeat(32)),
        rows: (state == BackupState::Completed).then_some(4711),
        schema_version: None,
        verified_at: None,
        restore_tested_at: None,
        error: None,
        task: None,
    }
}

#[async_trait]
impl BackupKeeper for OneBackup {
    fn database(&self) -> &str {
        "visiobook"
    }

    async fn overview(&self) -> Result<BackupOverview, DataError> {
        let running = self.running.lock().unwrap().take();
        Ok(BackupOverview { backups: vec![backup(ID, BackupState::Completed)], running })
    }

    async fn start_backup(&self) -> Result<Backup, DataError> {
        let id = "bak_20260201_020000";
        self.begin(&id.parse().unwrap(), TaskKind::Backup, None)?;
        Ok(backup(id, BackupState::Running))
    }

    async fn start_verify(&self, id: &BackupId) -> Result<BackupTask, DataError> {
        self.begin(id, TaskKind::Verify, None)
    }

    async fn start_restore(&self, id: &BackupId, target_database: &str) -> Result<BackupTask, DataError> {
        if target_database == "taken" {
            return Err(DataError::Conflict(Rejected::new("PRECONDITION_FAILED", "there is a database of that name")));
        }
        self.begin(id, TaskKind::Restore, Some(target_database))
    }
}

fn routes() -> Vec<(Method, String, Option<Json>)> {
    vec![
        (Method::GET, "/api/v1/backups".to_owned(), None),
        (Method::POST, "/api/v1/backups".to_owned(), None),
        (Method::POST, format!("/api/v1/backups/{ID}/verify"), None),
        (Method::POST, format!("/api/v1/backups/{ID}/restore"), Some(json!({}))),
    ]
}

#[tokio::test]
async fn backups_are_for_administrators_and_say_what_is_not_configured() {
    let app = TestApp::start().await;
    let (user, admin) = (app.user("a").await, app.admin().await);
    for (method, path, body) in routes() {
        app.send(app.data_request(method.clone(), &path, Some(&user)).body("{")).await.error(403, "FORBIDDEN_ROLE");
        let request = app.data_request(method, &path, Some(&admin));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = app.send(request).await.error(503, "NOT_CONFIGURED");
        assert!(answer.body["error"]["message"].as_str().unwrap().contains("DATABASE_URL"), "{}", answer.body);
    }
    app.stop().await;
}

#[tokio::test]
async fn backups_are_listed_begun_verified_and_restored_and_every_refusal_has_its_code() {
    let kept = |parts: &mut Parts| parts.data.backups = Some(Arc::new(OneBackup::default()));
    let app = TestApp::start_over(|_| {}, IdentitySettings::default(), kept, None).await;
    let admin = app.admin().await;
    let list = async || app.send(app.data_request(Method::GET, "/api/v1/backups", Some(&admin))).await.expect(200).body;
    let post = async |path: &str, body: Option<Json>| {
        let request = app.data_request(Method::POST, &format!("/api/v1/backups{path}"), Some(&admin));
        app.send(if let Some(body) = body { request.json(&body) } else { request }).await
    };
    let there = json!({
        "id": ID, "state": "completed", "taken_at": "2026-01-31T02:00:00.000Z", "size": 1_048_576, "sha256": "ab".repeat(32), "rows": 4711,
        "schema_version": null, "verified_at": null, "restore_tested_at": null, "last_task": null,
    });
    assert_eq!(list().await, json!({"backups": [there], "running": null}));

    let begun = post("", None).await.expect(202).body;
    assert_eq!(
        (&begun["id"], &begun["state"], &begun["size"]),
        (&json!("bak_20260201_020000"), &json!("running"), &json!(null)),
        "{begun}"
    );
    post("", None).await.error(409, "BACKUP_IN_PROGRESS");
    post(&format!("/{ID}/verify"), None).await.error(409, "BACKUP_IN_PROGRESS");
    assert_eq!(list().await["running"]["task"], "backup");
    let verified = post(&format!("/{ID}/verify"), None).await.expect(202).body;
    let task = json!({"id": ID, "task": "verify", "status": "running", "started_at": "2026-01-31T02:00:00.000Z"});
    assert_eq!((verified, list().await["running"].clone()), (task.clone(), task));

    for (body, target) in [(json!({}), "visiobook_restore_20260131_020000"), (json!({"target_database": "elsewhere"}), "elsewhere")] {
        let restored = post(&format!("/{ID}/restore"), Some(body)).await.expect(202).body;
        assert_eq!((&restored["task"], &restored["target_database"]), (&json!("restore"), &json!(target)), "{restored}");
        list().await;
    }
    let live = post(&format!("/{ID}/restore"), Some(json!({"target_database": "visiobook"}))).await.error(400, "VALIDATION_FAILED");
    assert!(live.body["error"]["message"].as_str().unwrap().contains("atelier-admin data backups restore"), "{}", live.body);
    for name in ["Visiobook", "a-b", "a\"; DROP DATABASE visiobook; --", "", "1a"] {
        post(&format!("/{ID}/restore"), Some(json!({"target_database": name}))).await.error(400, "VALIDATION_FAILED");
    }
    post(&format!("/{ID}/restore"), Some(json!({"target_database": "taken"}))).await.error(409, "PRECONDITION_FAILED");
    post(&format!("/{ID}/restore"), Some(json!({"target": "x"}))).await.error(400, "VALIDATION_FAILED");
    post(&format!("/{ID}/restore"), None).await.error(400, "UNSUPPORTED_MEDIA_TYPE");
    for unknown in ["bak_20200101_000000", "bak_1", "..%2F..%2Fetc%2Fpasswd", "20260131_020000.tar.gz"] {
        post(&format!("/{unknown}/verify"), None).await.error(404, "BACKUP_NOT_FOUND");
        post(&format!("/{unknown}/restore"), Some(json!({}))).await.error(404, "BACKUP_NOT_FOUND");
    }
    let nowhere = app.send(app.data_request(Method::DELETE, "/api/v1/backups", Some(&admin))).await;
    nowhere.error(404, "ROUTE_NOT_FOUND");
    app.stop().await;
}

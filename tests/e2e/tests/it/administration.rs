//! `atelier-admin` as an operator runs it: what it prints, on which stream, and its exit code.

use std::path::Path;
use std::time::{Duration, Instant};

use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

use crate::challenge::open_hackathon;
use crate::commands::run_with;
use crate::process::Api;
use crate::servers::Database;

/// Exit code, standard output, standard error.
type Said = (Option<i32>, String, String);

fn admin(arguments: &[&str], data: &Path, settings: &[(&str, &str)]) -> Said {
    let output = run_with("atelier-admin", arguments, data, settings, "");
    (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// Verifies until everything has its seal; answers the last seal as it was printed.
async fn sealed(data: &Path, settings: &[(&str, &str)]) -> String {
    let begun = Instant::now();
    loop {
        let (code, said, errors) = admin(&["audit", "verify"], data, settings);
        assert_eq!(code, Some(0), "{said}{errors}");
        if said.contains(", 0 wait for their seal") && !said.starts_with("0 entries") {
            let last = said.lines().nth(1).unwrap().to_owned();
            assert!(last.split_once(':').is_some_and(|(_, digest)| digest.len() == 64), "{said}");
            return last;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "never sealed: {said}{errors}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The chain fits, also with the seal written down; with an entry tampered with it does not, and the entry is named.
fn judge_tampered(data: &Path, settings: &[(&str, &str)], last: &str) {
    for arguments in [&["audit", "verify"][..], &["audit", "verify", "--known", last]] {
        let (code, said, errors) = admin(arguments, data, settings);
        assert_eq!(code, Some(1), "{said}{errors}");
        assert!(said.starts_with("0 entries are sealed and fit"), "what fits before it is counted: {said}");
        assert!(errors.contains("audit entry ") && errors.contains(" was changed (seal 1)"), "{errors}");
    }
}

#[tokio::test]
async fn an_audit_trail_is_verified_and_a_tampered_entry_found_on_sqlite() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[]).await;
    open_hackathon(&mut api, data.path(), &[]).await;
    let last = sealed(data.path(), &[]).await;
    assert_eq!(admin(&["audit", "verify", "--known", &last], data.path(), &[]).0, Some(0));
    let other = format!("{}:{}", last.split(':').next().unwrap(), "0".repeat(64));
    let (code, _, errors) = admin(&["audit", "verify", "--known", &other], data.path(), &[]);
    assert!(code == Some(1) && errors.contains("has another seal than the one given"), "{errors}");
    let (code, _, errors) = admin(&["audit", "verify", "--known", "7"], data.path(), &[]);
    assert!(code == Some(2) && errors.contains("expected NUMBER:DIGEST"), "{errors}");
    api.process.kill();

    let file = data.path().join("atelier.sqlite");
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    let first = "UPDATE audit SET details = details || '!' WHERE _id = (SELECT entry FROM audit_seals WHERE seq = 1)";
    assert_eq!(sqlx::query(first).execute(&mut connection).await.unwrap().rows_affected(), 1);
    connection.close().await.unwrap();
    judge_tampered(data.path(), &[], &last);
}

#[tokio::test]
async fn an_audit_trail_is_verified_and_a_tampered_entry_found_on_mongodb() {
    let Some(database) = Database::create().await else { return };
    let data = tempfile::tempdir().unwrap();
    let settings = database.settings();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut api = Api::start(data.path(), &[&settings[..], &[("EMBEDDED_WORKER", "true"), ("HOST", "127.0.0.1")]].concat()).await;
    open_hackathon(&mut api, data.path(), &settings).await;
    let last = sealed(data.path(), &settings).await;
    api.process.kill();

    let collections = database.client.database(&database.name);
    let seal = collections.collection::<Document>("audit_seals").find_one(doc! { "seq": 1_i64 }).await.unwrap().unwrap();
    let tampered = doc! { "$set": { "details": "nothing happened" } };
    let filter = doc! { "_id": seal.get("_id").unwrap() };
    assert_eq!(collections.collection::<Document>("audit").update_one(filter, tampered).await.unwrap().modified_count, 1);
    judge_tampered(data.path(), &settings, &last);
    database.drop().await;
}

#[tokio::test]
async fn maintenance_and_diagnosis_say_what_they_did_and_found() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[]).await;
    api.sign_up("student@example.com").await;
    api.call(Method::PUT, "/participants/me", |request| request.json(&json!({"prenom": "Ada", "nom": "Lovelace"}))).await;
    for task in ["consentement-rgpd", "profils-etudiants", "liens-expires", "archivage"] {
        let (code, said, errors) = admin(&["maintenance", task], data.path(), &[]);
        assert_eq!((code, said.trim()), (Some(0), format!("{task}: 0 changed or removed").as_str()), "{errors}");
    }
    let (code, said, errors) = admin(&["maintenance", "ménage"], data.path(), &[]);
    assert!(code == Some(2) && said.is_empty() && errors.contains("unknown task: one of consentement-rgpd"), "{errors}");
    let (code, said, _) = admin(&["diagnose"], data.path(), &[]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!((code, lines[0]), (Some(0), "SQLite ping successful"));
    assert!(lines[1].contains(" collections, ") && lines[1].contains(" MB, "), "{said}");
    assert_eq!(lines[2], "0 conversations without a student, 0 evaluations without a conversation");
}

#[tokio::test]
async fn maintenance_completes_documents_of_mongodb_once_and_diagnosis_counts_orphans() {
    let Some(database) = Database::create().await else { return };
    let data = tempfile::tempdir().unwrap();
    let settings = database.settings();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(admin(&["diagnose"], data.path(), &settings).0, Some(0), "an empty database is made ready");
    let documents = database.client.database(&database.name);
    let person = doc! { "prenom": "Ada", "nom": "L", "role": "etudiant", "createdAt": mongodb::bson::DateTime::now() };
    documents.collection::<Document>("participants").insert_one(person).await.unwrap();
    documents.collection::<Document>("conversations").insert_one(doc! { "studentId": "nobody" }).await.unwrap();
    for task in ["consentement-rgpd", "profils-etudiants"] {
        for changed in [1, 0] {
            let (code, said, errors) = admin(&["maintenance", task], data.path(), &settings);
            assert_eq!((code, said.trim()), (Some(0), format!("{task}: {changed} changed or removed").as_str()), "{errors}");
        }
    }
    let (code, said, errors) = admin(&["diagnose"], data.path(), &settings);
    assert_eq!((code, said.lines().next()), (Some(0), Some("MongoDB ping successful")), "{errors}");
    assert!(said.contains("1 conversations without a student, 0 evaluations"), "{said}");
    assert!(errors.contains("Conversations orphelines trouvées: 1"), "{errors}");
    database.drop().await;
}

#[tokio::test]
async fn a_database_that_is_away_fails_the_diagnosis_by_name_and_without_its_password() {
    let data = tempfile::tempdir().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let uri = format!("mongodb://operator:s3cret-word@{closed}/?replicaSet=rs0");
    let settings = [("MONGODB_URI", uri.as_str()), ("JWT_SECRET_KEY", "8f1b6d0e9a7c4e52b3d1f0a98c7e6d5b4a3f2e1d")];
    let begun = Instant::now();
    let (code, said, errors) = admin(&["diagnose"], data.path(), &settings);
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!((code, said.as_str()), (Some(1), ""), "{errors}");
    assert!(errors.contains("MongoDB diagnosis failed: "), "{errors}");
    assert!(!errors.contains("s3cret-word"), "{errors}");
}

#[test]
fn help_and_wrong_arguments_have_the_exit_codes_of_their_kind() {
    let data = tempfile::tempdir().unwrap();
    let (code, said, errors) = admin(&["--help"], data.path(), &[]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let commands = ["create-admin", "migrate", "maintenance", "diagnose", "audit", "backup", "restore", "integrity", "data"];
    for command in commands {
        assert!(said.lines().any(|line| line.trim_start().starts_with(command)), "{command} is not in\n{said}");
    }
    for arguments in
        [&["audit", "verify", "--help"][..], &["maintenance", "--help"], &["diagnose", "--help"], &["data", "backups", "restore", "--help"]]
    {
        let (code, said, _) = admin(arguments, data.path(), &[]);
        assert!(code == Some(0) && said.contains("Usage: atelier-admin"), "{arguments:?}: {said}");
    }
    for arguments in [&["dance"][..], &["audit"], &["maintenance"]] {
        let (code, said, errors) = admin(arguments, data.path(), &[]);
        assert!(code == Some(2) && said.is_empty() && errors.contains("Usage:"), "{arguments:?}: {errors}");
    }
    assert!(std::fs::read_dir(data.path()).unwrap().next().is_none(), "none of them touched the data directory");
}

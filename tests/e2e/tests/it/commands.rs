//! What operators do, and what an installation without any setting does by itself.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use reqwest::Method;
use serde_json::json;

use crate::process::{Api, Process, binary};

pub(crate) fn run(name: &str, arguments: &[&str], data: &Path, input: &str) -> Output {
    run_with(name, arguments, data, &[], input)
}

pub(crate) fn run_with(name: &str, arguments: &[&str], data: &Path, settings: &[(&str, &str)], input: &str) -> Output {
    let mut child = Command::new(binary(name))
        .args(arguments)
        .env_clear()
        .envs([("DATA_DIR", data.to_str().unwrap()), ("BCRYPT_COST", "4")])
        .envs(settings.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn the_first_administrator_is_made_while_the_api_runs_and_reads_the_metrics() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[]).await;
    let arguments = ["create-admin", "--email", "admin@example.com", "--name", "Admin"];
    let short = run("atelier-admin", &arguments, data.path(), "short\n");
    assert!(!short.status.success() && String::from_utf8(short.stderr).unwrap().contains("at least 8 characters"));
    let made = run("atelier-admin", &arguments, data.path(), "securepassword123\n");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let body = json!({"email": "admin@example.com", "password": "securepassword123"});
    let answer = api.call(Method::POST, "/auth/login", |r| r.json(&body)).await;
    assert_eq!(answer["data"]["user"]["role"], "admin");
    api.token = answer["access_token"].as_str().unwrap().to_owned();
    let metrics = api.client.get(format!("{}/metrics", api.base)).bearer_auth(&api.token).send().await.unwrap().text().await.unwrap();
    for series in ["atelier_http_requests_total", "atelier_http_request_seconds", "atelier_jobs_stored"] {
        assert!(metrics.contains(series), "{series} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn mails_go_to_the_data_directory_without_a_mail_server() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[]).await;
    api.sign_up("user@example.com").await;
    api.call(Method::POST, "/auth/forgot-password", |r| r.json(&json!({"email": "user@example.com"}))).await;
    let mails = data.path().join("mails");
    let arrived = async {
        loop {
            if let Some(entry) = std::fs::read_dir(&mails).ok().and_then(|mut entries| entries.next()) {
                return std::fs::read_to_string(entry.unwrap().path()).unwrap();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let mail = tokio::time::timeout(std::time::Duration::from_secs(20), arrived).await.unwrap();
    assert!(mail.contains("user@example.com"));
    assert!(api.process.log().contains("mails"), "the log says where mails are");
}

#[tokio::test]
async fn the_embedded_secrets_are_made_once_and_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().unwrap();
    let mut first = Api::start(data.path(), &[]).await;
    first.sign_up("user@example.com").await;
    assert_eq!(first.process.terminate().await.0, Some(0));
    let second = Api { token: first.token.clone(), ..Api::start(data.path(), &[]).await };
    second.call(Method::GET, "/users/me", |r| r).await;
    for entry in std::fs::read_dir(data.path().join("secrets")).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
    }
}

#[tokio::test]
async fn a_worker_stops_at_once_when_it_has_nothing_to_do() {
    let data = tempfile::tempdir().unwrap();
    let mut worker = Process::start("atelier-worker", data.path(), &[]);
    worker.says("the worker is ready").await;
    let (code, took) = worker.terminate().await;
    assert_eq!(code, Some(0));
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
}

//! What operators of the Core Database Service see and decide: metrics, operations that cannot be applied, the schema.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use atelier_client::{Access, Client, Filter, LeaseDatabase, OperationStatus, TransactionState};
use atelier_testkit::contract::present;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};

use crate::commands::{run, run_with};
use crate::dataservice::{Database, start};
use crate::process::Api;

/// Runs `atelier-admin` and answers its exit code, output and errors.
fn admin(arguments: &[&str], data: &Path, settings: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let output = run_with("atelier-admin", arguments, data, settings, "");
    (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// A typed client of this administrator.
async fn administrator(api: &Api, data: &Path) -> (Client, String) {
    let made = run("atelier-admin", &["create-admin", "--email", "admin@example.com", "--name", "Admin"], data, "securepassword123\n");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let body = json!({"email": "admin@example.com", "password": "securepassword123"});
    let signed_in = api.call(Method::POST, "/auth/login", |request| request.json(&body)).await;
    let token = signed_in["access_token"].as_str().unwrap().to_owned();
    (api.typed(&token), token)
}

/// Sends commands to Redis in its inline form and answers what it said.
fn redis(url: &str, commands: &[String]) -> String {
    use std::io::{Read, Write};
    let mut connection = TcpStream::connect(url.trim_start_matches("redis://")).unwrap();
    connection.write_all(format!("{}\r\nQUIT\r\n", commands.join("\r\n")).as_bytes()).unwrap();
    let mut said = String::new();
    connection.read_to_string(&mut said).unwrap();
    said
}

/// Commits a change of a project's title and of a number, while somebody makes a list of the number between the check and the decision.
async fn poison(user: &Client, redis_url: &str, owner: &str, project: &str, direct: &mut PgConnection) -> String {
    let physical = format!("u:{{{owner}}}:n");
    let mut held = direct.begin().await.unwrap();
    sqlx::query("SELECT FROM projects WHERE id = $1::uuid FOR UPDATE").bind(project).execute(&mut *held).await.unwrap();
    let transaction = user.transaction().update("projects", json!({"title": "b"}), Filter::eq("id", project)).increment("n", 1);
    let committing = tokio::spawn(transaction.commit());
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waiting = async {
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut *held).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(4), waiting).await.unwrap();
    let said = redis(redis_url, &[format!("DEL {physical}"), format!("LPUSH {physical} a")]);
    assert!(said.contains(":1"), "{said}");
    held.rollback().await.unwrap();
    let committed = committing.await.unwrap().unwrap();
    assert_eq!(committed.results[1].status, OperationStatus::Dead, "{committed:?}");
    redis(redis_url, &[format!("DEL {physical}")]);
    committed.transaction_id
}

#[tokio::test]
async fn a_poisoned_operation_is_listed_and_tried_again_or_forgotten() {
    let Some(database) = Database::create().await else { return };
    let Some(redis_url) = present(std::env::var("TEST_REDIS_URL").ok(), "Redis") else { return };
    let folder = tempfile::tempdir().unwrap();
    let settings =
        [("PRODUCTS", "data"), ("DATABASE_URL", database.url.as_str()), ("REDIS_URL", redis_url.as_str()), crate::dataservice::KEY];
    let mut api = start(&folder, &database, &redis_url).await;
    api.sign_up("user@example.com").await;
    let (owner, user) = (api.owner().await, api.typed(&api.token));
    let (admin_client, token) = administrator(&api, folder.path()).await;
    let made = user.transaction().insert("projects", json!({"title": "a"})).commit().await.unwrap();
    let project = made.results[0].data["id"].as_str().unwrap().to_owned();
    let mut direct = PgConnectOptions::from_str(&database.url).unwrap().connect().await.unwrap();
    let mut poisoned = Vec::new();
    for _ in 0..2 {
        poisoned.push(poison(&user, &redis_url, &owner, &project, &mut direct).await);
    }
    direct.close().await.unwrap();

    let dead = admin_client.dead_operations().await.unwrap();
    let seen: Vec<_> =
        dead.iter().map(|one| (one.transaction_id.as_str(), one.operation, one.reason.as_str(), one.owner.as_str())).collect();
    assert_eq!(seen, [(poisoned[0].as_str(), 2, "WRONGTYPE", owner.as_str()), (poisoned[1].as_str(), 2, "WRONGTYPE", owner.as_str())]);
    assert_eq!(user.dead_operations().await.unwrap_err().code(), Some("FORBIDDEN_ROLE"));
    assert_eq!(user.forget_operation(&dead[0].id).await.unwrap_err().code(), Some("FORBIDDEN_ROLE"));
    let (code, said, errors) = admin(&["data", "dead", "list"], folder.path(), &settings);
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.starts_with(&format!("{}  redis  WRONGTYPE  {owner}  20", dead[0].id)), "{said}");

    // One by HTTP, one at the command line.
    admin_client.retry_operation(&dead[0].id).await.unwrap();
    let applied = async {
        loop {
            match user.find_transaction(&poisoned[0]).await.unwrap() {
                TransactionState::Committed(known) if known.results[1].status == OperationStatus::Success => return,
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), applied).await.unwrap();
    assert!(redis(&redis_url, &[format!("GET u:{{{owner}}}:n")]).contains("\r\n1\r\n"));
    let (code, said, errors) = admin(&["data", "dead", "forget", &dead[1].id], folder.path(), &settings);
    assert_eq!((code, said.trim()), (Some(0), format!("{} is given up", dead[1].id).as_str()), "{errors}");
    let TransactionState::Committed(known) = user.find_transaction(&poisoned[1]).await.unwrap() else { panic!("it is committed") };
    assert_eq!(known.results[1].status, OperationStatus::Forgotten);
    assert_eq!(admin(&["data", "dead", "list"], folder.path(), &settings).1.trim(), "no operation is dead");
    assert_eq!(admin_client.retry_operation(&dead[1].id).await.unwrap_err().code(), Some("TRANSACTION_NOT_FOUND"));
    let (code, _, errors) = admin(&["data", "dead", "retry", &dead[0].id], folder.path(), &settings);
    assert!(code == Some(1) && errors.contains("no such dead operation"), "{errors}");
    let (code, _, errors) = admin(&["data", "dead", "retry", "tx_1"], folder.path(), &settings);
    assert!(code == Some(2) && errors.contains("tx_789456123:2"), "{errors}");

    // Whoever decided is in the audit trail; the command line is nobody.
    api.token = token;
    for (action, subject, has_actor) in
        [("dataservice.operation.retried", &dead[0].id, true), ("dataservice.operation.forgotten", &dead[1].id, false)]
    {
        let path = format!("/audit?action={action}&subject=operation:{subject}");
        let found = api.call(Method::GET, &path, |request| request).await;
        let entries = found["data"]["entries"].as_array().unwrap();
        assert!(entries.iter().any(|entry| entry["actor"].is_string() == has_actor), "{found}");
    }
    api.process.kill();
    database.drop().await;
}

#[tokio::test]
async fn every_metric_has_its_name_after_some_traffic_on_both_ports() {
    let Some(database) = Database::create().await else { return };
    let Some(redis_url) = present(std::env::var("TEST_REDIS_URL").ok(), "Redis") else { return };
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let settings = [
        ("PRODUCTS", "data"),
        ("HOST", "0.0.0.0"),
        ("DATABASE_URL", database.url.as_str()),
        ("REDIS_URL", redis_url.as_str()),
        crate::dataservice::KEY,
        ("PROMETHEUS_PORT", port.as_str()),
    ];
    let mut api = Api::start(folder.path(), &settings).await;
    api.sign_up("user@example.com").await;
    let user = api.typed(&api.token);
    user.transaction().insert("projects", json!({"title": "a"})).set("k", "v").commit().await.unwrap();
    let aborted = user.transaction().insert("projects", json!({"title": "a", "status": "never"})).commit().await.unwrap_err();
    assert_eq!(aborted.code(), Some("CONSTRAINT_VIOLATION"));
    for _ in 0..2 {
        user.query("projects").fetch::<Value>().await.unwrap();
    }
    let lease = user.acquire("report-service", LeaseDatabase::PostgreSql, Access::Read).await.unwrap();
    let (_, token) = administrator(&api, folder.path()).await;
    let wanted = [
        "db_pool_active{database=\"postgresql\"}",
        "db_pool_idle{database=\"postgresql\"}",
        "db_pool_waiting{database=\"postgresql\"}",
        "db_pool_max{database=\"postgresql\"} 20",
        "db_pool_acquire_seconds_count{database=\"postgresql\"}",
        "db_pool_timeouts_total{database=\"postgresql\"} 0",
        "leases_active{database=\"postgresql\"} 1",
        "leases_revoking{database=\"postgresql\"} 0",
        "lease_revocation_backlog{database=\"postgresql\"} 0",
        "query_seconds_count{table=\"projects\",role=\"user\"} 1",
        "cache_requests_total{result=\"MISS\"} 1",
        "cache_requests_total{result=\"HIT\"} 1",
        "tx_total{outcome=\"committed\"} 1",
        "tx_total{outcome=\"aborted\"} 1",
        "tx_in_doubt 0",
        "tx_outbox_pending 0",
        "tx_outbox_oldest_seconds 0",
        "tx_dead_total 0",
        "migration_current_info{version=\"20",
        "http_requests_total{route=\"/api/v2/data/search\",code=\"200\"} 2",
        "http_requests_total{route=\"/api/v2/data/transaction\",code=\"400\"} 1",
        "rate_limited_total{role=\"user\"} 0",
    ];
    let scrape = async |url: String, token: &str| api.client.get(url).bearer_auth(token).send().await.unwrap();
    for (url, token) in [(format!("{}/metrics", api.base), token.as_str()), (format!("http://127.0.0.1:{port}/metrics"), "")] {
        let mut last = Vec::new();
        let complete = async {
            loop {
                let answer = scrape(url.clone(), token).await;
                assert_eq!(
                    (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
                    (200, "text/plain; version=0.0.4")
                );
                let text = answer.text().await.unwrap();
                last = wanted.iter().filter(|name| !text.lines().any(|line| line.starts_with(**name))).collect();
                if last.is_empty() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(20), complete).await;
        assert!(found.is_ok(), "{url} has no {last:?}");
    }
    assert_eq!(scrape(format!("{}/metrics", api.base), &api.token).await.status(), 403);
    assert_eq!(scrape(format!("{}/metrics", api.base), "").await.status(), 401);
    lease.release().await.unwrap();
    assert!(elsewhere().is_none_or(|host| TcpStream::connect((host, port.parse().unwrap())).is_err()), "this machine alone may scrape");
    api.process.kill();
    database.drop().await;
}

/// An address of this machine that others reach, where it has one.
fn elsewhere() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: this asks for the way only.
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

#[tokio::test]
async fn the_schema_is_looked_at_tried_brought_forward_and_settled_at_the_command_line() {
    let Some(database) = Database::create().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let settings = [("DATABASE_URL", database.url.as_str())];
    let migrations = |arguments: &[&str]| admin(&[&["data", "migrations"], arguments].concat(), folder.path(), &settings);
    let (code, said, errors) = migrations(&["status"]);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!((code, lines[0]), (Some(0), "version  none"), "{errors}");
    assert!(lines[1].starts_with("pending  20240115_001  "), "{said}");
    let all = lines.len() - 1;
    let (code, said, errors) = migrations(&["run", "--dry-run"]);
    assert_eq!((code, said.lines().filter(|line| line.starts_with("would run 20")).count()), (Some(0), all), "{said}{errors}");
    assert!(migrations(&["status"]).1.starts_with("version  none"), "nothing was changed");
    let (code, said, errors) = migrations(&["run", "--target", "20240116_001"]);
    assert!(code == Some(0) && said.contains(": completed, 2 applied"), "{said}{errors}");
    assert!(migrations(&["status"]).1.starts_with("version  20240116_001"));
    for (arguments, problem) in [
        (&["run", "--target", "20240115_001"][..], "behind"),
        (&["run", "--target", "tomorrow"], "20240116_001"),
        (&["resolve", "20240116_001", "applied"], "waits to be resolved"),
    ] {
        let (code, _, errors) = migrations(arguments);
        assert!(code == Some(1) && errors.to_lowercase().contains(problem), "{arguments:?}: {errors}");
    }
    // One that was not seen to end blocks the others until it is settled.
    let mut direct = PgConnectOptions::from_str(&database.url).unwrap().connect().await.unwrap();
    let begun = "UPDATE dataservice.migrations SET state = 'started', applied_at = NULL WHERE version = '20240116_001'";
    sqlx::query(begun).execute(&mut direct).await.unwrap();
    direct.close().await.unwrap();
    assert!(migrations(&["status"]).1.contains("dirty    20240116_001"));
    assert_eq!(migrations(&["run"]).0, Some(1));
    let (code, said, errors) = migrations(&["resolve", "20240116_001", "applied"]);
    assert_eq!((code, said.trim()), (Some(0), "20240116_001 is settled"), "{errors}");
    let (code, said, errors) = migrations(&["run"]);
    assert!(code == Some(0) && said.contains(&format!(": completed, {} applied", all - 2)), "{said}{errors}");
    assert_eq!(migrations(&["run"]).1.lines().last().map(|line| line.ends_with("completed, 0 applied")), Some(true));
    assert_eq!(migrations(&["status"]).1.lines().count(), 1);

    let (code, _, errors) = admin(&["data", "migrations", "status"], folder.path(), &[]);
    assert!(code == Some(1) && errors.contains("DATABASE_URL"), "{errors}");
    let (code, _, errors) = admin(&["data", "migrations", "resolve", "20240116_001", "ignore"], folder.path(), &settings);
    assert!(code == Some(2) && errors.contains("applied or rolled_back"), "{errors}");
    let (code, said, _) = admin(&["data", "migrations", "run", "--help"], folder.path(), &[]);
    assert!(code == Some(0) && said.contains("--target") && said.contains("--dry-run"), "{said}");
    database.drop().await;
}

#[tokio::test]
async fn a_sunset_that_comes_too_early_keeps_the_service_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let early = [("API_DEPRECATIONS", "/api/v1/data/query=2026-12-01;2027-01-01")];
    let output = run_with("atelier-api", &[], folder.path(), &early, "");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && errors.contains("API_DEPRECATIONS: /api/v1/data/query") && errors.contains("2027-11-22"),
        "{errors}"
    );
}

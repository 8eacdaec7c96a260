//! A guard gives its credential back.

use atelier_client::{Access, Client, LeaseDatabase, LeaseGuard};
use serde_json::json;

use crate::server::{Say, Server};

const DATE: (&str, &str) = ("date", "Sun, 22 Nov 2026 10:00:00 GMT");

/// A lease of two seconds.
fn acquired() -> Say {
    let body = json!({"connection_id": "conn_1", "database_url": "postgresql://lease:p4ssw0rd@h/db", "expires_at": "2026-11-22T10:00:02.000Z",
        "pool_stats": {"active": 1, "idle": 19, "waiting": 0}});
    Say::json(200, &[DATE], &body)
}

fn renewed(until: &str) -> Say {
    let body = json!({"connection_id": "conn_1", "expires_at": until, "renewable_until": "2026-11-22T11:00:00.000Z"});
    Say::json(200, &[DATE], &body)
}

fn released() -> Say {
    Say::json(200, &[], &json!({"status": "released", "connection_id": "conn_1", "duration_ms": 1250}))
}

async fn acquire(client: &Client) -> LeaseGuard {
    client.acquire("report-service", LeaseDatabase::PostgreSql, Access::Read).await.unwrap()
}

#[tokio::test]
async fn a_lease_is_acquired_under_a_key_and_released_once() {
    let server = Server::saying(vec![Say::Nothing, acquired(), Say::Nothing, released()]).await;
    let lease = acquire(&server.client()).await;
    assert_eq!((lease.connection_id(), lease.pool_stats().idle), ("conn_1", 19));
    assert!(!format!("{lease:?}").contains("p4ssw0rd"), "{lease:?}");
    assert_eq!(lease.release().await.unwrap().duration_ms, 1250);
    let asked = server.asked();
    let lines: Vec<_> = asked.iter().map(|request| request.line.split(' ').nth(1).unwrap()).collect();
    let (acquire, release) = ("/api/v2/connections/acquire", "/api/v2/connections/release");
    assert_eq!(lines, [acquire, acquire, release, release], "lost answers are asked for again, and a release is not repeated by the drop");
    assert_eq!(asked[0].header("idempotency-key"), asked[1].header("idempotency-key"));
    assert_eq!(asked[0].body, json!({"service_name": "report-service", "database_type": "postgresql", "operation_type": "read"}));
    assert_eq!(asked[3].body, json!({"connection_id": "conn_1", "service_name": "report-service"}));
}

#[tokio::test]
async fn a_dropped_lease_is_released_in_the_background() {
    let server = Server::saying(vec![acquired(), released()]).await;
    drop(acquire(&server.client()).await);
    let asked = server.was_asked(2).await;
    assert_eq!(asked[1].line, "POST /api/v2/connections/release HTTP/1.1");
}

#[test]
fn outside_a_runtime_a_dropped_lease_is_left_to_its_end_without_a_panic() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (server, lease) = runtime.block_on(async {
        let server = Server::saying(vec![acquired()]).await;
        let lease = acquire(&server.client()).await;
        (server, lease)
    });
    drop(lease);
    drop(runtime);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_lease_is_renewed_when_half_of_its_time_is_over_until_it_is_released() {
    let script = vec![acquired(), renewed("2026-11-22T10:00:04.000Z"), released()];
    let server = Server::saying(script).await;
    let began = std::time::Instant::now();
    let lease = acquire(&server.client()).await.kept_renewed();
    let asked = server.was_asked(2).await;
    assert!(began.elapsed() >= std::time::Duration::from_millis(950), "not before half of two seconds");
    assert_eq!(asked[1].line, "POST /api/v2/connections/renew HTTP/1.1");
    let longer = async {
        while lease.expires_at().to_rfc3339() != "2026-11-22T10:00:04+00:00" {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), longer).await.unwrap();
    lease.release().await.unwrap();
    assert_eq!(server.asked()[2].line, "POST /api/v2/connections/release HTTP/1.1");
}

#[tokio::test]
async fn more_time_may_be_asked_for_by_hand() {
    let server = Server::saying(vec![acquired(), renewed("2026-11-22T10:10:00.000Z"), released()]).await;
    let lease = acquire(&server.client()).await;
    let until = lease.renew(Some(std::time::Duration::from_secs(600))).await.unwrap();
    assert_eq!(until.to_rfc3339(), "2026-11-22T11:00:00+00:00");
    assert_eq!(server.asked()[1].body["increment"], 600);
    lease.release().await.unwrap();
}

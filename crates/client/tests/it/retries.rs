//! What is sent again, and what is not.

use std::time::{Duration, Instant};

use atelier_client::{Error, Filter, IdempotencyKey};
use serde_json::json;

use crate::server::{Say, Server};

fn committed() -> Say {
    let body = json!({"transaction_id": "tx_1", "status": "committed", "results": [{"operation": 1, "status": "success", "data": {"id": "a"}}], "execution_time_ms": 4});
    Say::json(200, &[("idempotent-replayed", "true"), ("x-data-version", "7")], &body)
}

#[tokio::test]
async fn a_transaction_whose_answer_was_lost_is_sent_again_under_the_same_key() {
    let script = vec![
        Say::Nothing,
        Say::error(503, &[("retry-after", "1")], "DATABASE_UNAVAILABLE"),
        Say::error(409, &[], "IDEMPOTENCY_IN_PROGRESS"),
        committed(),
    ];
    let server = Server::saying(script).await;
    let began = Instant::now();
    let done = server.client().transaction().insert("projects", json!({"title": "a"})).increment("n", 1).commit().await.unwrap();
    assert_eq!((done.transaction_id.as_str(), done.replayed, done.data_version, done.pending), ("tx_1", true, Some(7), false));
    assert!(began.elapsed() >= Duration::from_secs(1), "Retry-After is heeded");
    let asked = server.asked();
    assert_eq!(asked.len(), 4);
    for name in ["idempotency-key", "x-request-id"] {
        assert!(asked[0].header(name).len() >= 32 && asked.iter().all(|request| request.header(name) == asked[0].header(name)), "{name}");
    }
    assert!(asked.iter().all(|request| request.body == asked[0].body));
    let expected = json!({"operations": [
        {"database": "postgresql", "operation": "insert", "table": "projects", "data": {"title": "a"}},
        {"database": "redis", "operation": "incrby", "key": "n", "by": 1}]});
    assert_eq!(asked[0].body, expected);
}

#[tokio::test]
async fn two_transactions_have_two_keys_and_one_of_the_callers_own_is_kept() {
    let server = Server::saying(vec![committed(), committed(), committed()]).await;
    let client = server.client();
    client.transaction().set("k", "v").commit().await.unwrap();
    client.transaction().set("k", "v").commit().await.unwrap();
    client.transaction().set("k", "v").idempotency_key(IdempotencyKey::new("order-17").unwrap()).commit().await.unwrap();
    let keys: Vec<_> = server.asked().iter().map(|request| request.header("idempotency-key").to_owned()).collect();
    assert!(keys[0] != keys[1] && keys[2] == "order-17", "{keys:?}");
    assert!(IdempotencyKey::new("").is_none() && IdempotencyKey::new("a b").is_none() && IdempotencyKey::new("k".repeat(256)).is_none());
}

#[tokio::test]
async fn tries_have_an_end_and_the_last_error_is_told() {
    let away = || Say::error(503, &[("retry-after", "0")], "DATABASE_UNAVAILABLE");
    let server = Server::saying(vec![away(), away(), away(), away()]).await;
    let client = server.builder().attempts(3).build().unwrap();
    let error = client.transaction().set("k", "v").commit().await.unwrap_err();
    assert_eq!((error.code(), error.request_id(), server.asked().len()), (Some("DATABASE_UNAVAILABLE"), Some("req_of_server"), 3));
}

#[tokio::test]
async fn a_service_that_wants_a_longer_pause_than_the_caller_is_not_asked_again() {
    let server = Server::saying(vec![Say::error(503, &[("retry-after", "30")], "DATABASE_CONNECTION_FAILED")]).await;
    let error = server.client().query("projects").count().await.unwrap_err();
    assert_eq!((error.retry_after(), server.asked().len()), (Some(Duration::from_secs(30)), 1));
}

#[tokio::test]
async fn what_would_fail_again_or_be_done_twice_is_sent_once() {
    for (status, headers, code) in [
        (503, &[("retry-after", "0")][..], "NOT_CONFIGURED"),
        (400, &[][..], "VALIDATION_FAILED"),
        (401, &[][..], "TOKEN_EXPIRED"),
        (409, &[][..], "UNIQUE_VIOLATION"),
        (409, &[][..], "IDEMPOTENCY_KEY_REUSED"),
        (429, &[("retry-after", "0")][..], "LEASE_QUOTA_EXCEEDED"),
        (504, &[][..], "DATABASE_TIMEOUT"),
    ] {
        let server = Server::saying(vec![Say::error(status, headers, code)]).await;
        let error = server.client().transaction().delete("projects", Filter::eq("id", "a")).commit().await.unwrap_err();
        assert_eq!((error.service().unwrap().status, error.code(), server.asked().len()), (status, Some(code), 1));
    }
    // Without a key: whoever began it may have begun it.
    for script in [Say::Nothing, Say::error(503, &[("retry-after", "0")], "DATABASE_UNAVAILABLE")] {
        let server = Server::saying(vec![script]).await;
        let error = server.client().migrations().run(None).await.unwrap_err();
        assert!(error.is_temporary() && server.asked().len() == 1, "{error}");
    }
    let nobody = atelier_client::Client::builder("http://127.0.0.1:9").token("t").no_proxy().attempts(2).build().unwrap();
    assert!(matches!(nobody.query("projects").count().await.unwrap_err(), Error::Transport { .. }));
}

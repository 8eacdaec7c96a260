//! What is sent, and how answers are read.

use atelier_client::{CacheState, Client, Error, Filter, HealthStatus, OperationStatus, Resolution, RunStatus, TransactionState};
use futures_util::TryStreamExt;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::{Say, Server};

#[derive(Debug, Deserialize, PartialEq)]
struct Project {
    title: String,
}

fn page(titles: &[&str], next: Option<&str>) -> Value {
    let rows: Vec<Value> = titles.iter().map(|title| json!({ "title": title })).collect();
    json!({"data": rows, "pagination": {"page": 1, "limit": 2, "total": 3, "pages": 2, "next": next}, "execution_time_ms": 1})
}

#[tokio::test]
async fn every_request_carries_what_the_service_requires() {
    let server = Server::saying(vec![Say::json(200, &[("x-cache", "HIT"), ("x-data-version", "4")], &page(&["a"], None))]).await;
    let filter = Filter::eq("status", "active").and(Filter::between("created_at", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"));
    let query = server.client().query("projects").filter(filter).filter(!Filter::is_null("title", true)).select(["title"]);
    let found = query
        .descending("created_at")
        .ascending("id")
        .limit(2)
        .page(3)
        .bypass_cache()
        .min_data_version(4)
        .fetch::<Project>()
        .await
        .unwrap();
    assert_eq!((found.rows.as_slice(), found.total, found.pages), (&[Project { title: "a".to_owned() }][..], 3, 2));
    assert_eq!((found.cache, found.data_version), (Some(CacheState::Hit), Some(4)));
    let asked = server.asked().remove(0);
    assert_eq!(asked.line, "POST /api/v2/data/search HTTP/1.1");
    assert_eq!((asked.header("authorization"), asked.header("x-client-version")), ("Bearer s3cret-token", "test/1"));
    assert!(asked.header("x-request-id").starts_with("req_"));
    assert_eq!(asked.header("content-type"), "application/vnd.visiobook.v2+json");
    assert!(asked.header("accept").starts_with("application/vnd.visiobook.v2+json"));
    let expected = json!({
        "database": "postgresql", "query_type": "select", "table": "projects",
        "filters": {"and": [
            {"status": {"eq": "active"}},
            {"created_at": {"between": ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]}},
            {"not": {"title": {"is_null": true}}}]},
        "select": ["title"], "order": ["-created_at", "id"], "pagination": {"page": 3, "limit": 2},
        "search_options": {"cache": "bypass", "min_data_version": 4}
    });
    assert_eq!(asked.body, expected);
}

#[tokio::test]
async fn a_stream_of_rows_follows_the_cursors_to_the_end() {
    let script = vec![Say::json(200, &[], &page(&["a", "b"], Some("cursor"))), Say::json(200, &[], &page(&["c"], None))];
    let server = Server::saying(script).await;
    let rows: Vec<Project> = server.client().query("projects").limit(2).rows().try_collect().await.unwrap();
    let titles: Vec<_> = rows.iter().map(|row| row.title.as_str()).collect();
    assert_eq!(titles, ["a", "b", "c"]);
    let asked = server.asked();
    assert_eq!(
        asked.iter().map(|request| &request.body["pagination"]).collect::<Vec<_>>(),
        [&json!({"limit": 2}), &json!({"limit": 2, "after": "cursor"})]
    );
}

#[derive(Debug, Deserialize, PartialEq)]
struct Scene {
    kind: String,
}

#[tokio::test]
async fn the_nearest_embeddings_come_with_their_scores() {
    let found = json!({"data": [{"kind": "scene", "score": 0.75}, {"kind": "shot", "score": -0.5}],
        "pagination": {"page": 1, "limit": 2, "total": 2, "pages": 1}, "execution_time_ms": 1});
    let script = vec![Say::json(200, &[("x-cache", "MISS"), ("x-data-version", "9")], &found), Say::error(400, &[], "INVALID_VALUE")];
    let server = Server::saying(script).await;
    let search = server.client().nearest("embeddings", [0.5, -1.0, 0.1]).top_k(2).min_score(-0.75).select(["kind"]);
    let search = search.filter(Filter::eq("kind", "scene")).filter(Filter::is_null("metadata", false)).bypass_cache().min_data_version(4);
    let found = search.fetch::<Scene>().await.unwrap();
    let rows: Vec<_> = found.rows.iter().map(|found| (found.row.kind.as_str(), found.score)).collect();
    assert_eq!(rows, [("scene", 0.75), ("shot", -0.5)]);
    assert_eq!((found.cache, found.data_version), (Some(CacheState::Miss), Some(9)));
    let refused = server.client().nearest("embeddings", vec![0.0]).fetch::<Value>().await.unwrap_err();
    assert!(matches!(&refused, Error::Service(refused) if refused.code == "INVALID_VALUE"), "{refused}");
    let asked = server.asked();
    assert_eq!(asked[0].line, "POST /api/v2/data/search HTTP/1.1");
    let expected = json!({
        "database": "vector", "query_type": "search", "table": "embeddings", "vector": [0.5, -1.0, 0.1], "top_k": 2, "min_score": -0.75,
        "filters": {"and": [{"kind": {"eq": "scene"}}, {"metadata": {"is_null": false}}]},
        "select": ["kind"], "search_options": {"cache": "bypass", "min_data_version": 4}
    });
    assert_eq!(asked[0].body, expected);
    let expected = json!({"database": "vector", "query_type": "search", "table": "embeddings", "vector": [0.0], "search_options": {}});
    assert_eq!(asked[1].body, expected);
}

#[tokio::test]
async fn documents_are_read_as_rows_are_and_followed_to_the_end() {
    let script = vec![Say::json(200, &[], &page(&["a"], Some("more"))), Say::json(200, &[], &page(&["b"], None))];
    let server = Server::saying(script).await;
    let documents = server.client().documents("documents").filter(Filter::eq("kind", "scene")).rows();
    let titles: Vec<_> = documents.try_collect::<Vec<Project>>().await.unwrap().into_iter().map(|document| document.title).collect();
    assert_eq!(titles, ["a", "b"]);
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.body["database"] == "cosmosdb" && asked.body["query_type"] == "select"));
    assert_eq!((&asked[0].body["table"], &asked[1].body["pagination"]["after"]), (&json!("documents"), &json!("more")));
}

#[tokio::test]
async fn what_became_of_a_transaction_is_told_in_types() {
    let script = vec![
        Say::json(
            200,
            &[],
            &json!({"transaction_id": "tx_1", "status": "committed", "pending": true, "results": [{"operation": 2, "status": "dead"}]}),
        ),
        Say::json(
            200,
            &[],
            &json!({"transaction_id": "tx_2", "status": "aborted", "results": [], "failure": {"code": "UNIQUE_VIOLATION", "operation": 1}}),
        ),
        Say::json(200, &[], &json!({"transaction_id": "tx_3", "status": "running", "results": []})),
    ];
    let server = Server::saying(script).await;
    let client = server.client();
    let TransactionState::Committed(committed) = client.find_transaction("tx_1").await.unwrap() else { panic!("it is committed") };
    assert!(committed.pending && committed.results[0].status == OperationStatus::Dead);
    let TransactionState::Aborted { failure: Some(failure), .. } = client.find_transaction("tx_2").await.unwrap() else {
        panic!("it is aborted")
    };
    assert_eq!((failure.code.as_deref(), failure.operation), (Some("UNIQUE_VIOLATION"), Some(1)));
    assert!(matches!(client.find_transaction("../x").await.unwrap(), TransactionState::Running { .. }));
    assert_eq!(server.asked()[2].line, "GET /api/v2/data/transaction/%2E%2E%2Fx HTTP/1.1");
}

#[tokio::test]
async fn administrators_have_migrations_and_dead_operations() {
    let run = json!({"migration_id": "mig_1", "status": "interrupted", "progress": {"current_step": 1, "total_steps": 3, "estimated_remaining": "1 minute"}, "started_at": "2026-11-22T00:00:00.000Z"});
    let status = json!({"current_version": null, "pending_migrations": [{"version": "20240116_001", "description": "d", "estimated_duration": null}],
        "last_migration": null, "running": null, "dirty": ["20240115_001"], "checksum_mismatches": [], "missing": []});
    let dead = json!({"operations": [{"id": "tx_1:2", "transaction_id": "tx_1", "operation": 2, "owner": "o", "database": "redis", "reason": "WRONGTYPE", "decided_at": "2026-11-22T00:00:00.000Z"}]});
    let script = vec![
        Say::json(200, &[], &status),
        Say::json(202, &[], &run),
        Say::json(200, &[], &json!({"status": "dry_run_ok", "migrations": []})),
        Say::Answer(204, &[], String::new()),
        Say::json(200, &[], &dead),
        Say::json(200, &[], &json!({"id": "tx_1:2", "status": "pending"})),
    ];
    let server = Server::saying(script).await;
    let client = server.client();
    assert_eq!(client.migrations().status().await.unwrap().dirty, ["20240115_001"]);
    assert_eq!(client.migrations().run(Some("20240116_001")).await.unwrap().status, RunStatus::Interrupted);
    assert_eq!(client.migrations().dry_run(None).await.unwrap().status, "dry_run_ok");
    client.migrations().resolve("20240115_001", Resolution::RolledBack).await.unwrap();
    let dead = client.dead_operations().await.unwrap();
    client.retry_operation(&dead[0].id).await.unwrap();
    let lines: Vec<_> = server.asked().iter().map(|request| request.line.trim_end_matches(" HTTP/1.1").to_owned()).collect();
    let expected = [
        "GET /api/v2/migrations/status",
        "POST /api/v2/migrations/run",
        "POST /api/v2/migrations/run",
        "POST /api/v2/migrations/20240115_001/resolve",
        "GET /api/v2/data/operations/dead",
        "POST /api/v2/data/operations/tx_1:2/retry",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_service_that_is_down_tells_its_health_all_the_same() {
    let down = json!({"status": "DOWN", "timestamp": "2026-11-22T00:00:00.000Z", "service": "core-database-service", "version": "1.0.0",
        "checks": {"postgresql": {"status": "DOWN"}, "redis": {"status": "UP", "responseTime": "2ms", "memory": "45MB"}}});
    let server = Server::saying(vec![Say::json(503, &[("retry-after", "2")], &down)]).await;
    let health = server.client().health().await.unwrap();
    assert_eq!((health.status, health.checks["redis"].status), (HealthStatus::Down, HealthStatus::Up));
    assert_eq!(health.checks["redis"].response_time.as_deref(), Some("2ms"));
}

#[tokio::test]
async fn a_page_of_something_else_is_an_error_that_names_the_request() {
    let html = Say::Answer(200, &[("content-type", "text/html")], "<html>".to_owned());
    let server = Server::saying(vec![html]).await;
    let error = server.client().query("projects").count().await.unwrap_err();
    assert!(
        matches!(error, Error::Unreadable { status: 200, .. }) && error.request_id().is_some_and(|id| id.starts_with("req_")),
        "{error}"
    );
}

struct NoToken;

#[async_trait::async_trait]
impl atelier_client::TokenProvider for NoToken {
    async fn token(&self) -> Result<secrecy::SecretString, atelier_client::Source> {
        Err("the sign-in is over".into())
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let server = Server::saying(Vec::new()).await;
    let client = Client::builder(&server.address).token_provider(std::sync::Arc::new(NoToken)).build().unwrap();
    assert!(matches!(client.query("projects").count().await.unwrap_err(), Error::Token(_)));
    assert_eq!(server.asked().len(), 0);
}

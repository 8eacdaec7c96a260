//! `POST /data/query` with `query_type: "search"`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::TestApp;

const QUERY: &str = "/api/v1/data/query";

fn search(change: &[(&str, Value)]) -> Value {
    let mut body = json!({"database": "vector", "query_type": "search", "table": "embeddings", "vector": [1, 0]});
    for (name, value) in change {
        body[*name] = value.clone();
    }
    body
}

#[tokio::test]
async fn the_nearest_of_ones_own_come_first_each_with_its_score() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let near = app.embedding(&alice, "scene", [3.0, 4.0]);
    let far = app.embedding(&alice, "scene", [-1.0, 0.0]);
    let nearest = app.embedding(&alice, "shot", [2.0, 0.0]);
    app.embedding(&bob, "scene", [1.0, 0.0]);
    let first = app.data(QUERY, &alice, search(&[])).await.expect(200);
    let names: Vec<_> = first.body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["data", "execution_time_ms", "pagination"]);
    let told = |body: &Value| -> Vec<(String, f64)> {
        let rows = body["data"].as_array().unwrap().iter();
        rows.map(|row| (row["id"].as_str().unwrap().to_owned(), row["score"].as_f64().unwrap())).collect()
    };
    let expected = [(nearest.to_string(), 1.0), (near.to_string(), 0.6), (far.to_string(), -1.0)];
    assert_eq!(told(&first.body), expected);
    assert!(first.body["data"][0].get("embedding").is_none(), "it is long: who wants it says so");
    assert_eq!(first.body["pagination"], json!({"page": 1, "limit": 10, "total": 3, "pages": 1}));
    assert_eq!((first.header("x-cache"), first.header("x-data-version")), ("MISS", "3"));
    assert_eq!(app.data(QUERY, &alice, search(&[])).await.expect(200).header("x-cache"), "HIT");

    let narrowed = [
        (search(&[("top_k", json!(1))]), 1),
        (search(&[("min_score", json!(0.5))]), 2),
        (search(&[("filters", json!({"kind": "scene"}))]), 2),
        (search(&[("filters", json!({"kind": "nothing"}))]), 0),
    ];
    for (body, count) in narrowed {
        let answer = app.data(QUERY, &alice, body.clone()).await.expect(200);
        assert_eq!(told(&answer.body).len(), count, "{body}");
        assert_eq!(answer.header("x-cache"), "MISS", "each is another question: {body}");
    }
    let shown = app.data(QUERY, &alice, search(&[("select", json!(["embedding"])), ("top_k", json!(1))])).await.expect(200);
    assert_eq!(shown.body["data"], json!([{"embedding": [2.0, 0.0], "score": 1.0}]));
    let admin = app.admin().await;
    let all = app.data(QUERY, &admin, search(&[])).await.expect(200);
    assert_eq!((told(&all.body).len(), all.header("x-cache")), (4, "BYPASS"));
    // The rows can be read as any others too.
    let rows = json!({"database": "vector", "query_type": "count", "table": "embeddings"});
    assert_eq!(app.data(QUERY, &alice, rows).await.expect(200).body["pagination"]["total"], 3);
    app.stop().await;
}

#[tokio::test]
async fn every_fault_of_a_search_has_its_status_and_code() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let foreign = app.get("/api/v1/users/me", &bob).await.body["data"]["user"]["data_user_id"].clone();
    let mut without = search(&[]);
    without.as_object_mut().unwrap().remove("vector");
    for (body, status, code) in [
        (without, 400, "INVALID_VALUE"),
        (search(&[("vector", json!([1]))]), 400, "INVALID_VALUE"),
        (search(&[("vector", json!([1, "x"]))]), 400, "INVALID_VALUE"),
        (search(&[("vector", json!([0, 0]))]), 400, "INVALID_VALUE"),
        (search(&[("vector", json!("[1,0]; DROP TABLE embeddings"))]), 400, "INVALID_VALUE"),
        (search(&[("top_k", json!(0))]), 400, "VALIDATION_FAILED"),
        (search(&[("top_k", json!(-1))]), 400, "VALIDATION_FAILED"),
        (search(&[("top_k", json!(101))]), 400, "LIMIT_EXCEEDED"),
        (search(&[("min_score", json!(2))]), 400, "VALIDATION_FAILED"),
        (search(&[("pagination", json!({"page": 2}))]), 400, "VALIDATION_FAILED"),
        (search(&[("order", json!(["kind"]))]), 400, "VALIDATION_FAILED"),
        (search(&[("select", json!(["nothing"]))]), 400, "UNKNOWN_COLUMN"),
        (search(&[("filters", json!({"kind": {"~": 1}}))]), 400, "UNSUPPORTED_OPERATOR"),
        (search(&[("filters", json!({"user_id": foreign}))]), 403, "OWNERSHIP_VIOLATION"),
        (search(&[("table", json!("projects"))]), 404, "TABLE_NOT_FOUND"),
        (search(&[("database", json!("postgresql"))]), 400, "UNSUPPORTED_QUERY_TYPE"),
        (search(&[("database", json!("cosmosdb"))]), 400, "UNSUPPORTED_QUERY_TYPE"),
        (search(&[("database", json!("redis"))]), 400, "UNSUPPORTED_QUERY_TYPE"),
        (search(&[("query_type", json!("select"))]), 400, "VALIDATION_FAILED"),
        (search(&[("query_type", json!("count"))]), 400, "VALIDATION_FAILED"),
    ] {
        app.data(QUERY, &alice, body.clone()).await.error(status, code);
    }
    app.send(app.data_request(Method::POST, QUERY, None).json(&search(&[]))).await.error(401, "TOKEN_MISSING");
    let documents = json!({"database": "cosmosdb", "query_type": "select", "table": "documents"});
    let answer = app.data(QUERY, &alice, documents).await.error(503, "NOT_CONFIGURED");
    assert!(answer.body["error"]["message"].as_str().unwrap().contains("COSMOS_CONNECTION_STRING"), "{}", answer.body);
    app.stop().await;
}

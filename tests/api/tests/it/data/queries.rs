//! `POST /data/query`.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::TestApp;

const QUERY: &str = "/api/v1/data/query";

fn select(table: &str, filters: Value) -> Value {
    let mut body = json!({"database": "postgresql", "query_type": "select", "table": table});
    body["filters"] = filters;
    body
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_page_has_the_body_of_the_source_and_the_owners_rows_alone() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    for n in 0..45 {
        app.project(&alice, &format!("A{n}"), "active");
    }
    app.project(&alice, "draft", "draft");
    app.project(&bob, "B", "active");
    let me = app.get("/api/v1/users/me", &alice).await.expect(200).body["data"]["user"]["data_user_id"].clone();
    let mut query = select("projects", json!({"user_id": me, "status": "active"}));
    query["pagination"] = json!({"page": 3, "limit": 20});
    query["select"] = json!(["id", "title", "status", "created_at"]);
    let answer = app.data(QUERY, &alice, query.clone()).await.expect(200);
    assert_eq!(keys(&answer.body), ["data", "execution_time_ms", "pagination"]);
    assert_eq!(answer.body["pagination"], json!({"page": 3, "limit": 20, "total": 45, "pages": 3}));
    let rows = answer.body["data"].as_array().unwrap();
    assert_eq!((rows.len(), keys(&rows[0])), (5, vec!["created_at", "id", "status", "title"]));
    assert_eq!(rows[0]["created_at"], "2024-01-15T10:00:00.000Z");
    assert!(answer.body["execution_time_ms"].is_u64());
    assert_eq!(answer.header("x-request-id"), "req_123456789");
    // beyond the end, and with nothing found
    query["pagination"] = json!({"page": 4});
    assert_eq!(app.data(QUERY, &alice, query).await.expect(200).body["data"], json!([]));
    let none = app.data(QUERY, &alice, select("projects", json!({"status": "archived"}))).await.expect(200);
    assert_eq!(none.body["pagination"], json!({"page": 1, "limit": 20, "total": 0, "pages": 0}));
    let mut count = select("projects", Value::Null);
    count["query_type"] = json!("count");
    assert_eq!(app.data(QUERY, &alice, count).await.expect(200).body["pagination"]["total"], 46);
    app.stop().await;
}

#[tokio::test]
async fn every_fault_has_its_status_and_code() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let foreign = app.get("/api/v1/users/me", &bob).await.body["data"]["user"]["data_user_id"].clone();
    let with = |change: &[(&str, Value)]| {
        let mut body = select("projects", json!({}));
        for (name, value) in change {
            body[*name] = value.clone();
        }
        body
    };
    for (body, status, code) in [
        (with(&[("query_type", json!("delete"))]), 400, "UNSUPPORTED_QUERY_TYPE"),
        (with(&[("database", json!("mysql"))]), 400, "VALIDATION_FAILED"),
        (with(&[("surprise", json!(1))]), 400, "VALIDATION_FAILED"),
        (with(&[("pagination", json!({"page": 0}))]), 400, "VALIDATION_FAILED"),
        (with(&[("pagination", json!({"limit": 101}))]), 400, "LIMIT_EXCEEDED"),
        (with(&[("pagination", json!({"page": 9_000_000_000_u64}))]), 400, "LIMIT_EXCEEDED"),
        (with(&[("pagination", json!({"after": "zz"}))]), 400, "VALIDATION_FAILED"),
        (with(&[("select", json!(["title", "nothing"]))]), 400, "UNKNOWN_COLUMN"),
        (with(&[("order", json!(["-title\"; DROP TABLE users; --"]))]), 400, "UNKNOWN_COLUMN"),
        (with(&[("filters", json!({"id": "proj_123"}))]), 400, "INVALID_VALUE"),
        (with(&[("filters", json!({"title": {"~": "a"}}))]), 400, "UNSUPPORTED_OPERATOR"),
        (with(&[("filters", json!({"user_id": foreign}))]), 403, "OWNERSHIP_VIOLATION"),
        (with(&[("table", json!("pg_shadow"))]), 404, "TABLE_NOT_FOUND"),
        (with(&[("database", json!("cosmosdb"))]), 503, "NOT_CONFIGURED"),
        (select("users", json!({"password_hash": "x"})), 400, "UNKNOWN_COLUMN"),
    ] {
        app.data(QUERY, &alice, body.clone()).await.error(status, code);
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_around_the_body_is_checked_before_it_in_its_order() {
    let app = TestApp::start().await;
    let alice = app.user("alice").await;
    let request = || app.request(Method::POST, QUERY, Some(&alice));
    let good = || app.data_request(Method::POST, QUERY, Some(&alice));
    app.send(request().header("X-Request-ID", "r").body("{")).await.error(400, "MISSING_HEADER");
    app.send(request().header("X-Client-Version", "1").body("{")).await.error(400, "MISSING_HEADER");
    app.send(good().header("Accept", "text/html").body("{")).await.error(400, "NOT_ACCEPTABLE");
    app.send(good().header("Content-Type", "text/plain").body("{")).await.error(400, "UNSUPPORTED_MEDIA_TYPE");
    app.send(good().header("Content-Type", "application/json").body("{")).await.error(400, "INVALID_JSON");
    app.send(good().header("Content-Type", "application/json").body("[".repeat(200))).await.error(400, "INVALID_JSON");
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    app.send(good().header("Content-Type", "application/json").body(deep)).await.error(400, "LIMIT_EXCEEDED");
    let large = vec![b' '; 1024 * 1024 + 1];
    app.send(good().header("Content-Type", "application/json").body(large)).await.error(400, "PAYLOAD_TOO_LARGE");
    let versioned = good()
        .header("Accept", "application/vnd.visiobook.v1+json")
        .header("Content-Type", "application/vnd.visiobook.v1+json")
        .body(select("projects", json!({})).to_string());
    app.send(versioned).await.expect(200);
    app.send(app.data_request(Method::GET, QUERY, Some(&alice))).await.error(404, "ROUTE_NOT_FOUND");
    app.send(app.data_request(Method::POST, "/api/v1/data/nothing", Some(&alice))).await.error(404, "ROUTE_NOT_FOUND");
    app.clock.advance(Duration::from_secs(16 * 60));
    app.send(good()).await.error(401, "TOKEN_EXPIRED");
    app.stop().await;
}

#[tokio::test]
async fn a_user_may_ask_sixty_times_a_minute() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    for _ in 0..60 {
        app.data(QUERY, &alice, json!({})).await.expect(400);
    }
    let answer = app.data(QUERY, &alice, json!({})).await.error(429, "RATE_LIMITED");
    assert_eq!(answer.header("retry-after"), answer.body["error"]["details"]["retry_after"].to_string());
    app.data(QUERY, &bob, select("projects", json!({}))).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn an_answer_is_kept_until_the_rows_change_and_only_for_its_owner() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    app.project(&alice, "one", "active");
    let query = || select("projects", json!({"status": "active"}));
    let state = async |user| {
        let answer = app.data(QUERY, user, query()).await.expect(200);
        (answer.header("x-cache").to_owned(), answer.header("x-data-version").to_owned(), answer.body["pagination"]["total"].clone())
    };
    assert_eq!(state(&alice).await, ("MISS".into(), "1".into(), json!(1)));
    assert_eq!(state(&alice).await, ("HIT".into(), "1".into(), json!(1)));
    assert_eq!(state(&bob).await, ("MISS".into(), "0".into(), json!(0)));
    let fresh = app.data_request(Method::POST, QUERY, Some(&alice)).header("Cache-Control", "no-cache").json(&query());
    assert_eq!(app.send(fresh).await.expect(200).header("x-cache"), "BYPASS");
    // Another process has changed the rows and its word has not come yet: whoever wrote them need not wait for it.
    app.project(&alice, "two", "active");
    assert_eq!(state(&alice).await.2, json!(1));
    let written = app.data_request(Method::POST, QUERY, Some(&alice)).header("X-Min-Data-Version", "2").json(&query());
    assert_eq!(app.send(written).await.expect(200).body["pagination"]["total"], 2);
    // That told the cache too.
    assert_eq!(state(&alice).await, ("HIT".into(), "2".into(), json!(2)));
    app.answers.flush();
    assert_eq!(state(&alice).await, ("MISS".into(), "2".into(), json!(2)));
    // Administrators see every owner's rows, whose versions are not theirs.
    let admin = app.admin().await;
    assert_eq!(state(&admin).await, ("BYPASS".into(), String::new(), json!(2)));
    app.stop().await;
}

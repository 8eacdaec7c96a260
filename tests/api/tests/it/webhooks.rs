//! Outgoing webhooks over HTTP.

use atelier_domain::wearit::webhooks::{AttemptOutcome, SendFailure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, User};

const ENDPOINTS: &str = "/api/v1/webhooks/endpoints";
const DELIVERIES: &str = "/api/v1/webhooks/deliveries";

async fn post(app: &TestApp, user: &User, path: &str) -> crate::app::Answer {
    app.send(app.request(Method::POST, path, Some(user))).await
}

#[tokio::test]
async fn a_completed_tryon_is_told_to_the_endpoint() {
    let app = TestApp::start().await;
    let user = app.user("user").await;
    let made = app.endpoint(&user, "https://hooks.example.org/in").await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    app.body(&user).await;
    let tryon = app.tryon(&user).await;
    app.start_worker();
    let list = app.until(DELIVERIES, &user, |body| body["data"]["deliveries"][0]["status"] == "delivered").await;

    let sent = app.webhooks.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].url.as_str(), &sent[0].secrets), ("https://hooks.example.org/in", &vec![secret]));
    let payload: Value = serde_json::from_str(&sent[0].payload).unwrap();
    assert_eq!((&payload["type"], &payload["data"]["tryon_id"]), (&json!("tryon.completed"), &tryon["id"]));
    let delivery = &list["data"]["deliveries"][0];
    assert_eq!((&delivery["message_id"], &delivery["payload"]), (&json!(sent[0].id), &payload));
    assert_eq!(delivery["attempts"][0]["response_status"], 204);
    assert!(delivery["next_attempt_at"].is_null() && delivery["ended_at"].is_string(), "{delivery}");
    assert_eq!(list["pagination"]["total"], 1);
    app.stop().await;
}

#[tokio::test]
async fn the_secret_is_shown_when_it_is_made_and_when_it_is_changed_only() {
    let app = TestApp::start().await;
    let user = app.user("user").await;
    let made = app.endpoint(&user, "https://hooks.example.org/in").await;
    let (id, first) = (made["endpoint"]["id"].as_str().unwrap().to_owned(), made["secret"].clone());
    let own = format!("{ENDPOINTS}/{id}");
    for shown in [app.get(ENDPOINTS, &user).await, app.get(&own, &user).await, app.get("/api/v1/users/me/export", &user).await] {
        let text = shown.expect(200).body.to_string();
        assert!(!text.contains("whsec_") && !text.contains("salt"), "{text}");
    }
    let second = post(&app, &user, &format!("{own}/secret")).await.expect(200).body["data"]["secret"].clone();
    assert_ne!(first, second);
    post(&app, &user, &format!("{own}/test")).await.expect(202);
    app.start_worker();
    app.until(DELIVERIES, &user, |body| body["data"]["deliveries"][0]["status"] == "delivered").await;
    // a day long both sign
    assert_eq!(json!(app.webhooks.sent()[0].secrets), json!([second, first]));
    app.stop().await;
}

#[tokio::test]
async fn addresses_and_events_are_checked() {
    let app = TestApp::start().await;
    let user = app.user("user").await;
    for (body, field) in [
        (json!({}), "url"),
        (json!({"url": "ftp://hooks.example.org"}), "url"),
        (json!({"url": "https://private.example.org"}), "url"),
        (json!({"url": "https://hooks.example.org", "events": ["tryon.started"]}), "events"),
        (json!({"url": "https://hooks.example.org", "description": "x".repeat(201)}), "description"),
        (json!({"url": "https://hooks.example.org", "secret": "mine"}), "body"),
    ] {
        let answer = app.json(Method::POST, ENDPOINTS, Some(&user), body.clone()).await.error(400, "VALIDATION_ERROR");
        assert_eq!(answer.body["error"]["details"]["fields"][0]["field"], field, "{body}");
    }
    for _ in 0..10 {
        app.endpoint(&user, "https://hooks.example.org").await;
    }
    let body = json!({"url": "https://hooks.example.org"});
    app.json(Method::POST, ENDPOINTS, Some(&user), body).await.error(409, "TOO_MANY_ENDPOINTS");
    assert_eq!(app.get(ENDPOINTS, &user).await.expect(200).body["data"]["endpoints"].as_array().unwrap().len(), 10);
    app.stop().await;
}

#[tokio::test]
async fn a_repeated_request_answers_the_same_endpoint_and_secret() {
    let app = TestApp::start().await;
    let user = app.user("user").await;
    let ask = |body: Value| app.request(Method::POST, ENDPOINTS, Some(&user)).header("Idempotency-Key", "once").json(&body);
    let body = json!({"url": "https://hooks.example.org", "events": ["tryon.failed"]});
    let first = app.send(ask(body.clone())).await.expect(201).body;
    assert_eq!(app.send(ask(body)).await.expect(201).body, first);
    app.send(ask(json!({"url": "https://other.example.org"}))).await.error(422, "IDEMPOTENCY_MISMATCH");
    app.stop().await;
}

#[tokio::test]
async fn an_endpoint_is_changed_disabled_and_enabled() {
    let app = TestApp::start().await;
    let user = app.user("user").await;
    let made = app.endpoint(&user, "https://hooks.example.org/in").await;
    let own = format!("{ENDPOINTS}/{}", made["endpoint"]["id"].as_str().unwrap());
    let change = json!({"url": "https://other.example.org/", "events": ["tryon.failed"], "enabled": false});
    let changed = app.json(Method::PATCH, &own, Some(&user), change).await.expect(200).body["data"]["endpoint"].clone();
    assert_eq!(changed["url"], "https://other.example.org/");
    assert_eq!(
        (&changed["events"], &changed["enabled"], &changed["disabled_reason"]),
        (&json!(["tryon.failed"]), &json!(false), &json!("by_owner"))
    );
    post(&app, &user, &format!("{own}/test")).await.error(409, "INVALID_STATE");
    app.json(Method::PATCH, &own, Some(&user), json!({"url": "https://private.example.org"})).await.error(400, "VALIDATION_ERROR");
    let enabled = app.json(Method::PATCH, &own, Some(&user), json!({"enabled": true})).await.expect(200).body["data"]["endpoint"].clone();
    assert_eq!((&enabled["enabled"], &enabled["disabled_reason"]), (&json!(true), &Value::Null));
    app.delete(&own, &user).await.expect(204);
    app.get(&own, &user).await.error(404, "NOT_FOUND");
    app.stop().await;
}

#[tokio::test]
async fn what_was_given_up_is_sent_again_under_the_same_id_on_request() {
    let app = TestApp::start().await;
    let user = app.user("user").await;
    let made = app.endpoint(&user, "https://hooks.example.org/in").await;
    let own = format!("{ENDPOINTS}/{}", made["endpoint"]["id"].as_str().unwrap());
    app.webhooks.then(AttemptOutcome::Answered(410));
    let delivery = post(&app, &user, &format!("{own}/test")).await.expect(202).body["data"]["delivery"].clone();
    let log = format!("{DELIVERIES}/{}", delivery["id"].as_str().unwrap());
    post(&app, &user, &format!("{log}/redeliver")).await.error(409, "INVALID_STATE");
    app.start_worker();
    app.until(&log, &user, |body| body["data"]["delivery"]["status"] == "failed").await;
    // the endpoint said that nobody is there
    assert_eq!(app.get(&own, &user).await.expect(200).body["data"]["endpoint"]["disabled_reason"], "gone");
    post(&app, &user, &format!("{log}/redeliver")).await.error(409, "INVALID_STATE");
    app.json(Method::PATCH, &own, Some(&user), json!({"enabled": true})).await.expect(200);
    post(&app, &user, &format!("{log}/redeliver")).await.expect(202);
    let again = app.until(&log, &user, |body| body["data"]["delivery"]["status"] == "delivered").await;
    assert_eq!(again["data"]["delivery"]["attempts"].as_array().unwrap().len(), 2);
    let sent = app.webhooks.sent();
    assert_eq!((sent.len(), &sent[0].id, &sent[0].payload), (2, &sent[1].id, &sent[1].payload));
    app.stop().await;
}

#[tokio::test]
async fn the_log_is_filtered_and_tells_why_nothing_arrived() {
    let app = TestApp::start().await;
    let user = app.user("user").await;
    let made = app.endpoint(&user, "https://hooks.example.org/in").await;
    let id = made["endpoint"]["id"].as_str().unwrap();
    app.webhooks.then(AttemptOutcome::Unanswered(SendFailure::Timeout));
    post(&app, &user, &format!("{ENDPOINTS}/{id}/test")).await.expect(202);
    app.start_worker();
    let pending = format!("{DELIVERIES}?endpoint_id={id}&status=pending");
    let list = app.until(&pending, &user, |body| !body["data"]["deliveries"][0]["attempts"][0].is_null()).await;
    let delivery = &list["data"]["deliveries"][0];
    assert_eq!((&delivery["attempts"][0]["error"], &delivery["attempts"][0]["response_status"]), (&json!("timeout"), &Value::Null));
    assert!(delivery["next_attempt_at"].is_string(), "{delivery}");
    assert!(app.get(&format!("{ENDPOINTS}/{id}"), &user).await.body["data"]["endpoint"]["failing_since"].is_string());
    assert_eq!(app.get(&format!("{DELIVERIES}?status=delivered"), &user).await.expect(200).body["pagination"]["total"], 0);
    app.get(&format!("{DELIVERIES}?status=lost&endpoint_id=x&limit=0"), &user).await.error(400, "VALIDATION_ERROR");
    app.stop().await;
}

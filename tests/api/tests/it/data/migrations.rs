//! `/migrations` without a database: who may ask, and what is not configured. The engine is tested on PostgreSQL.

use reqwest::Method;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn migrations_are_for_administrators_and_say_what_is_not_configured() {
    let app = TestApp::start().await;
    let (user, admin) = (app.user("a").await, app.admin().await);
    for (method, path) in [
        (Method::GET, "/api/v1/migrations/status"),
        (Method::GET, "/api/v1/migrations/mig_1"),
        (Method::POST, "/api/v1/migrations/run"),
        (Method::POST, "/api/v1/migrations/20240115_001/resolve"),
    ] {
        // Before its body is looked at.
        app.send(app.data_request(method.clone(), path, Some(&user)).body("{")).await.error(403, "FORBIDDEN_ROLE");
        let body = if path.ends_with("resolve") { json!({"resolution": "applied"}) } else { json!({}) };
        let answer = app.send(app.data_request(method, path, Some(&admin)).json(&body)).await.error(503, "NOT_CONFIGURED");
        assert!(answer.body["error"]["message"].as_str().unwrap().contains("DATABASE_URL"), "{}", answer.body);
    }
    let wrong = json!({"target_version": "20240116_001; DROP TABLE users"});
    app.data("/api/v1/migrations/run", &admin, wrong).await.error(503, "NOT_CONFIGURED");
    app.stop().await;
}

//! `/data/operations` without a database: who may ask, and what is not configured. The rest is tested on the built service.

use reqwest::Method;

use crate::app::TestApp;

#[tokio::test]
async fn dead_operations_are_for_administrators_and_say_what_is_not_configured() {
    let app = TestApp::start().await;
    let (user, admin) = (app.user("a").await, app.admin().await);
    for (method, path) in [
        (Method::GET, "/api/v1/data/operations/dead"),
        (Method::POST, "/api/v1/data/operations/tx_1:2/retry"),
        (Method::POST, "/api/v2/data/operations/tx_1:2/forget"),
    ] {
        app.send(app.data_request(method.clone(), path, Some(&user))).await.error(403, "FORBIDDEN_ROLE");
        app.send(app.data_request(method, path, Some(&admin))).await.error(503, "NOT_CONFIGURED");
    }
    for id in ["tx_1", "tx_1:0", "tx_1:x", "conn_1:1", "tx_%20:1"] {
        let path = format!("/api/v1/data/operations/{id}/retry");
        app.send(app.data_request(Method::POST, &path, Some(&admin))).await.error(400, "VALIDATION_FAILED");
    }
    for query in ["limit=0", "limit=1001", "limit=x", "most=1"] {
        let path = format!("/api/v1/data/operations/dead?{query}");
        app.send(app.data_request(Method::GET, &path, Some(&admin))).await.error(400, "VALIDATION_FAILED");
    }
    app.stop().await;
}

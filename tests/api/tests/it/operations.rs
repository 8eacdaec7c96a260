//! Health, metrics, the OpenAPI document, Swagger UI, the page at the root.

use reqwest::Method;

use crate::app::TestApp;

#[tokio::test]
async fn health_tells_of_each_store() {
    let app = TestApp::start().await;
    let health = app.send(app.request(Method::GET, "/health", None)).await.expect(200).body;
    assert_eq!(health["status"], "UP");
    assert_eq!(health["service"], "atelier");
    assert_eq!(health["checks"]["database"]["status"], "UP");
    assert!(health["timestamp"].as_str().unwrap().ends_with('Z') && health["version"].is_string());
    app.send(app.request(Method::GET, "/health/ready", None)).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn metrics_are_for_administrators() {
    let app = TestApp::start().await;
    let (user, admin) = (app.user("a").await, app.admin().await);
    app.get("/metrics", &user).await.error(403, "FORBIDDEN");
    // this application records none: it says so instead of answering an empty page
    app.get("/metrics", &admin).await.error(503, "NOT_CONFIGURED");
    app.stop().await;
}

#[tokio::test]
async fn the_openapi_document_is_served_and_swagger_ui_needs_nothing_from_outside() {
    let app = TestApp::start().await;
    let document = app.send(app.request(Method::GET, "/api-docs/openapi.json", None)).await.expect(200).body;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    let redirect = app.send(app.request(Method::GET, "/docs", None)).await;
    assert_eq!((redirect.status.as_u16(), redirect.header("location")), (307, "/docs/"));
    let page = app.client.get(app.url("/docs/")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("swagger-ui") && !page.contains("http://") && !page.contains("https://"), "{page}");
    let script = app.client.get(app.url("/docs/swagger-ui-bundle.js")).send().await.unwrap();
    assert_eq!(script.status(), 200);
    app.stop().await;
}

#[tokio::test]
async fn every_operation_documents_its_answers_and_its_need_for_a_token() {
    let document = serde_json::to_value(atelier_adapter_http::document("test")).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            let answers = operation["responses"].as_object().unwrap_or_else(|| panic!("{name} documents no answer"));
            assert!(answers.keys().any(|status| status.starts_with('2') || status == "101"), "{name} documents no success");
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{name} has no description");
            // A provider's message carries its permission in its address.
            let is_callback = path.starts_with("/api/v1/webhooks/providers/");
            if answers.contains_key("403") && path.starts_with("/api/v1/") && !is_callback {
                assert!(operation["security"].is_array(), "{name} may refuse a caller, but documents no security");
            }
            if operation["security"].is_array() && !path.contains("/tryon/ws") {
                assert!(answers.contains_key("401"), "{name} needs a token, but documents no 401");
            }
        }
    }
}

#[tokio::test]
async fn the_page_at_the_root_loads_its_script_and_style_from_here() {
    let app = TestApp::start().await;
    let page = app.client.get(app.url("/")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Atelier") && !page.contains("http://") && !page.contains("https://"));
    let files =
        [("/studio/studio.js", "text/javascript"), ("/studio/studio.css", "text/css"), ("/studio/challenge/student.js", "text/javascript")];
    for (path, content_type) in files {
        let answer = app.client.get(app.url(path)).send().await.unwrap();
        assert!(answer.status() == 200 && answer.headers()["content-type"].to_str().unwrap().starts_with(content_type), "{path}");
        let known = app.client.get(app.url(path)).header("if-none-match", &answer.headers()["etag"]).send().await.unwrap();
        assert_eq!(known.status(), 304, "{path}");
        assert!(known.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'self'"));
    }
    for path in
        ["/studio/", "/studio/challenge", "/studio/%2e%2e/api/src/main.rs", "/studio/..%2fapi%2fsrc%2fmain.rs", "/studio//etc/passwd"]
    {
        let answer = app.client.get(app.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    app.stop().await;
}

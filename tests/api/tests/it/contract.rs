//! What every route has in common: the shape of errors, methods, ids, paging, headers.

use atelier_domain::identity::IdentitySettings;
use reqwest::Method;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn an_unknown_path_is_404_in_the_one_error_shape() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    for path in ["/nothing", "/api/v1/nothing", "/api/v1/clothing/0123456789abcdef01234567/nothing"] {
        app.get(path, &user).await.error(404, "NOT_FOUND");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_known_path_with_another_method_is_405_and_says_what_is_allowed() {
    let app = TestApp::start().await;
    for (method, path, allowed) in
        [("PATCH", "/api/v1/clothing", "GET, POST"), ("POST", "/health", "GET"), ("GET", "/api/v1/auth/login", "POST")]
    {
        let answer = app.send(app.request(method.parse().unwrap(), path, None)).await.error(405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), allowed, "{method} {path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_bad_id_is_400_and_names_the_field() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    for path in ["/api/v1/clothing/xyz", "/api/v1/tryon/0123456789abcdef0123456", "/api/v1/tryon/0123456789ABCDEF0123456G"] {
        let answer = app.get(path, &user).await.error(400, "VALIDATION_ERROR");
        assert_eq!(answer.body["error"]["details"]["fields"][0]["field"], "id", "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn bad_paging_is_400_and_names_every_field_at_fault() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    for query in ["skip=-1", "limit=0", "limit=101", "limit=ten", "after=nonsense", "skip=99999999999999999999"] {
        app.get(&format!("/api/v1/clothing?{query}"), &user).await.error(400, "VALIDATION_ERROR");
    }
    let answer = app.get("/api/v1/clothing?skip=-1&limit=0", &user).await.error(400, "VALIDATION_ERROR");
    let fields: Vec<_> = answer.body["error"]["details"]["fields"].as_array().unwrap().iter().map(|f| f["field"].clone()).collect();
    assert_eq!(fields, ["skip", "limit"]);
    app.stop().await;
}

#[tokio::test]
async fn bodies_that_are_no_json_or_too_large_or_have_unknown_fields_are_refused() {
    let app = TestApp::start().await;
    let post = |body: String, content_type: &str| {
        let request = app.request(Method::POST, "/api/v1/auth/signup", None);
        app.send(request.header("content-type", content_type.to_owned()).body(body))
    };
    post("{".to_owned(), "application/json").await.error(400, "VALIDATION_ERROR");
    post("[]".to_owned(), "application/json").await.error(400, "VALIDATION_ERROR");
    post("x=1".to_owned(), "text/plain").await.error(415, "UNSUPPORTED_MEDIA_TYPE");
    post(format!("{{\"name\":\"{}\"}}", "x".repeat(70_000)), "application/json").await.error(413, "PAYLOAD_TOO_LARGE");
    let body = json!({"email": "a@example.com", "password": "securepassword123", "name": "John", "role": "admin"});
    app.json(Method::POST, "/api/v1/auth/signup", None, body).await.error(400, "VALIDATION_ERROR");
    app.stop().await;
}

#[tokio::test]
async fn the_request_id_is_echoed_or_made() {
    let app = TestApp::start().await;
    let echoed = app.send(app.request(Method::GET, "/health/live", None).header("x-request-id", "my-id-1")).await;
    assert_eq!(echoed.header("x-request-id"), "my-id-1");
    let made = app.send(app.request(Method::GET, "/health/live", None)).await;
    assert!(made.header("x-request-id").starts_with("req_"), "{:?}", made.headers);
    let hostile = app.send(app.request(Method::GET, "/health/live", None).header("x-request-id", "a b")).await;
    assert!(hostile.header("x-request-id").starts_with("req_"));
    app.stop().await;
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_errors_included() {
    let app = TestApp::start().await;
    for path in ["/", "/health/live", "/api/v1/clothing", "/nothing"] {
        let answer = app.send(app.request(Method::GET, path, None)).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'self'"), "{path}");
    }
    app.stop().await;
}

#[tokio::test]
async fn only_configured_origins_may_call_from_a_browser() {
    let app = TestApp::start_with(|s| s.cors_origins = vec!["https://app.example".to_owned()], IdentitySettings::default()).await;
    let preflight = |origin: &'static str| {
        let request = app.request(Method::OPTIONS, "/api/v1/clothing", None);
        app.send(request.header("origin", origin).header("access-control-request-method", "POST"))
    };
    let allowed = preflight("https://app.example").await.expect(200);
    assert_eq!(allowed.header("access-control-allow-origin"), "https://app.example");
    assert_eq!(allowed.header("access-control-max-age"), "3000");
    let refused = preflight("https://evil.example").await;
    assert_eq!(refused.header("access-control-allow-origin"), "");
    app.stop().await;
}

#[tokio::test]
async fn too_many_requests_are_told_to_wait_per_account_and_per_address() {
    let limits = |s: &mut atelier_adapter_http::HttpSettings| {
        s.rate_limits.per_address = 5;
        s.rate_limits.per_account = 8;
    };
    let app = TestApp::start_with(limits, IdentitySettings::default()).await;
    let user = app.user("a").await;
    let mut answers = Vec::new();
    for _ in 0..9 {
        answers.push(app.get("/api/v1/users/me", &user).await);
    }
    let last = answers.pop().unwrap().error(429, "RATE_LIMITED");
    assert!(last.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert!(answers.iter().all(|answer| answer.status == 200));
    // a forged token counts for the address, which has four tries left after the sign-up
    let forged = crate::app::User { token: "forged".to_owned(), ..user };
    for _ in 0..4 {
        app.get("/api/v1/users/me", &forged).await.error(401, "UNAUTHORIZED");
    }
    app.get("/api/v1/users/me", &forged).await.error(429, "RATE_LIMITED");
    app.send(app.request(Method::GET, "/health/live", None)).await.expect(200);
    app.stop().await;
}

//! The two versions of the routes, and what is told of the first one's end.

use atelier_adapter_http::Deprecations;
use atelier_domain::identity::IdentitySettings;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::TestApp;

const V1: &str = "/api/v1/data/query";
const V2: &str = "/api/v2/data/search";

fn select() -> Value {
    json!({"database": "postgresql", "query_type": "select", "table": "projects"})
}

#[tokio::test]
async fn the_second_version_answers_beside_the_first_under_the_new_name() {
    let app = TestApp::start().await;
    let alice = app.user("alice").await;
    app.project(&alice, "one", "active");
    let (first, second) = (app.data(V1, &alice, select()).await.expect(200), app.data(V2, &alice, select()).await.expect(200));
    assert_eq!((&first.body["data"], &first.body["pagination"]), (&second.body["data"], &second.body["pagination"]));
    // Each name in its version only.
    app.data("/api/v2/data/query", &alice, select()).await.error(404, "ROUTE_NOT_FOUND");
    app.data("/api/v1/data/search", &alice, select()).await.error(404, "ROUTE_NOT_FOUND");
    // Everything else under both.
    let wanted = json!({"service_name": "core-user-service", "database_type": "postgresql", "operation_type": "read"});
    let lease = app.data("/api/v2/connections/acquire", &alice, wanted).await.expect(200).body;
    let release = json!({"connection_id": lease["connection_id"], "service_name": "core-user-service"});
    app.data("/api/v1/connections/release", &alice, release).await.expect(200);
    for version in ["v1", "v2"] {
        let path = format!("/api/{version}/migrations/status");
        app.send(app.data_request(Method::GET, &path, Some(&alice))).await.error(403, "FORBIDDEN_ROLE");
        app.send(app.request(Method::GET, &path, Some(&alice))).await.error(400, "MISSING_HEADER");
        app.send(app.data_request(Method::GET, &path, None)).await.error(401, "TOKEN_MISSING");
    }
    app.get("/api/v2/clothing", &alice).await.error(404, "NOT_FOUND");
    app.stop().await;
}

#[tokio::test]
async fn the_options_of_a_search_are_known_to_the_second_version_only() {
    let app = TestApp::start().await;
    let alice = app.user("alice").await;
    app.project(&alice, "one", "active");
    let with = |options: Value| {
        let mut body = select();
        body["search_options"] = options;
        body
    };
    app.data(V1, &alice, with(json!({}))).await.error(400, "VALIDATION_FAILED");
    for (options, cache) in
        [(json!({}), "MISS"), (json!({}), "HIT"), (json!({"cache": "bypass"}), "BYPASS"), (json!({"cache": "use"}), "HIT")]
    {
        assert_eq!(app.data(V2, &alice, with(options.clone())).await.expect(200).header("x-cache"), cache, "{options}");
    }
    // The cache has not heard of the second write yet: whoever knows of it does not get the answer of before.
    app.project(&alice, "two", "active");
    assert_eq!(app.data(V2, &alice, with(json!({}))).await.expect(200).body["pagination"]["total"], 1);
    let written = app.data(V2, &alice, with(json!({"min_data_version": 2}))).await.expect(200);
    assert_eq!((&written.body["pagination"]["total"], written.header("x-data-version")), (&json!(2), "2"));
    for options in [json!({"cache": "never"}), json!({"highlight": true}), json!({"min_data_version": -1}), json!([])] {
        app.data(V2, &alice, with(options)).await.error(400, "VALIDATION_FAILED");
    }
    let mut unknown = with(json!({}));
    unknown["surprise"] = json!(1);
    app.data(V2, &alice, unknown).await.error(400, "VALIDATION_FAILED");
    app.stop().await;
}

#[tokio::test]
async fn the_media_type_says_the_version_of_the_path_or_nothing() {
    let app = TestApp::start().await;
    let alice = app.user("alice").await;
    let media_type = |version: &str| format!("application/vnd.visiobook.{version}+json");
    let request = |path: &str| app.data_request(Method::POST, path, Some(&alice));
    for (path, own, other) in [(V1, "v1", "v2"), (V2, "v2", "v1")] {
        let plain = app.send(request(path).json(&select())).await.expect(200);
        assert_eq!(plain.header("content-type"), "application/json");
        let typed = request(path).header("accept", media_type(own)).header("content-type", media_type(own)).body(select().to_string());
        assert_eq!(app.send(typed).await.expect(200).header("content-type"), media_type(own));
        let refused = request(path).header("accept", media_type(own)).json(&json!({}));
        assert_eq!(app.send(refused).await.expect(400).header("content-type"), media_type(own), "errors too");
        app.send(request(path).header("accept", media_type(other)).json(&select())).await.error(400, "NOT_ACCEPTABLE");
        app.send(request(path).header("content-type", media_type(other)).body("{}")).await.error(400, "UNSUPPORTED_MEDIA_TYPE");
        app.send(request(path).header("accept", "*/*").json(&select())).await.expect(200);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_deprecated_route_says_so_until_when_and_what_comes_after_it() {
    let deprecations = Deprecations::parse("/api/v1/data/query=2026-12-01;2027-12-31, /api/v1/migrations=2027-01-01").unwrap();
    let app = TestApp::start_with(|settings| settings.deprecations = deprecations, IdentitySettings::default()).await;
    let alice = app.user("alice").await;
    let links = |answer: &crate::app::Answer| {
        answer.headers.get_all("link").iter().map(|link| link.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let guide = "</api/v2/migration>; rel=\"deprecation\"; type=\"application/json\"";
    for (body, status) in [(select(), 200), (json!({}), 400)] {
        let answer = app.data(V1, &alice, body).await.expect(status);
        // 2026-12-01T00:00:00Z, as `date -d @1796083200` has it.
        assert_eq!(answer.header("deprecation"), "@1796083200");
        assert_eq!(answer.header("sunset"), "Fri, 31 Dec 2027 00:00:00 GMT");
        assert_eq!(links(&answer), [guide, "</api/v2/data/search>; rel=\"successor-version\""]);
    }
    let open = app.send(app.data_request(Method::GET, "/api/v1/migrations/status", Some(&alice))).await.expect(403);
    assert_eq!((open.header("deprecation"), open.header("sunset")), ("@1798761600", ""));
    assert_eq!(links(&open), [guide, "</api/v2/migrations/status>; rel=\"successor-version\""]);
    for path in [V2, "/api/v1/data/transaction"] {
        let answer = app.data(path, &alice, json!({})).await;
        assert_eq!((answer.header("deprecation"), answer.header("sunset"), links(&answer).len()), ("", "", 0), "{path}");
    }
    // What the links lead to, in the words of the source document.
    let changes = app.send(app.request(Method::GET, "/api/v2/migration", None)).await.expect(200).body;
    let expected = json!({"migration": {
        "from_version": "v1",
        "to_version": "v2",
        "changes": [
            {"type": "endpoint_renamed", "old": "/api/v1/data/query", "new": "/api/v2/data/search"},
            {"type": "field_added", "endpoint": "/api/v2/data/search", "field": "search_options"},
        ],
        "breaking_changes": false,
        "migration_deadline": "2027-12-31",
    }});
    assert_eq!(changes, expected);
    app.clock.advance(std::time::Duration::from_secs(20 * 365 * 24 * 3600));
    let later = app.send(app.request(Method::GET, "/api/v2/migration", None)).await.expect(200).body;
    assert_eq!(later["migration"]["breaking_changes"], true, "after the deadline");
    app.stop().await;
}

#[tokio::test]
async fn both_versions_are_in_the_document_and_no_two_operations_have_one_name() {
    let app = TestApp::start().await;
    let document = app.send(app.request(Method::GET, "/api-docs/openapi.json", None)).await.expect(200).body;
    let paths = document["paths"].as_object().unwrap();
    let below = |prefix: &str| -> Vec<&str> { paths.keys().filter_map(|path| path.strip_prefix(prefix)).collect() };
    let of_the_service = |path: &&str| ["/connections", "/data", "/migrations", "/backups"].iter().any(|section| path.starts_with(section));
    let (first, mut second) = (below("/api/v1"), below("/api/v2"));
    second.retain(|path| !matches!(*path, "/data/search" | "/migration"));
    let first: Vec<_> = first.into_iter().filter(of_the_service).filter(|path| *path != "/data/query").collect();
    assert_eq!(first, second);
    assert!(first.len() >= 9, "{first:?}");
    let is_ours = |path: &str| path.starts_with("/api/v2") || path.strip_prefix("/api/v1").is_some_and(|rest| of_the_service(&rest));
    let ours = paths.iter().filter(|(path, _)| is_ours(path)).flat_map(|(_, item)| item.as_object().unwrap().values());
    let mut names: Vec<_> = ours.map(|operation| &operation["operationId"]).collect();
    let all = names.len();
    names.sort_by_key(ToString::to_string);
    names.dedup();
    assert_eq!(names.len(), all);
    let search = &document["components"]["schemas"]["SearchBody"].to_string();
    assert!(search.contains("search_options") && search.contains("QueryBody"), "{search}");
    app.stop().await;
}

#[tokio::test]
async fn without_a_token_both_versions_share_one_allowance_of_the_address() {
    let few = |settings: &mut atelier_adapter_http::HttpSettings| settings.rate_limits.per_address = 3;
    let app = TestApp::start_with(few, IdentitySettings::default()).await;
    for path in [V1, V2, V1] {
        app.send(app.data_request(Method::POST, path, None)).await.error(401, "TOKEN_MISSING");
    }
    app.send(app.data_request(Method::POST, V2, None)).await.error(429, "RATE_LIMITED");
    app.stop().await;
}

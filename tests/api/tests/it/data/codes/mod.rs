//! Each route of the Core Database Service and each status it documents: a request that gives it.

mod stage;
mod stores;
mod table;

use std::collections::BTreeSet;

use stage::Stage;
use table::{routes, rows};

#[test]
fn every_documented_status_of_these_routes_has_its_row_and_no_row_is_undocumented() {
    let document = serde_json::to_value(atelier_adapter_http::document("test")).unwrap();
    let mut documented = BTreeSet::new();
    for route in routes() {
        let responses = &document["paths"][route.path()][route.method.to_lowercase()]["responses"];
        let responses = responses.as_object().unwrap_or_else(|| panic!("{} {} is not documented", route.method, route.path()));
        documented.extend(responses.keys().map(|status| (route.method, route.path(), status.parse::<u16>().unwrap())));
    }
    let tested: BTreeSet<_> = rows().iter().map(|row| (row.route.method, row.route.path(), row.status)).collect();
    let untested: Vec<_> = documented.difference(&tested).collect();
    let undocumented: Vec<_> = tested.difference(&documented).collect();
    assert!(untested.is_empty() && undocumented.is_empty(), "without a row: {untested:#?}; not documented: {undocumented:#?}");
}

#[tokio::test]
async fn every_route_answers_each_of_its_statuses_with_the_code_that_belongs_to_it() {
    let stage = Stage::start().await;
    for row in rows() {
        let answer = stage.ask(&row).await;
        let what = format!("{} {}: {} {} by {:?}", row.route.method, row.route.path(), row.status, row.code, row.how);
        assert_eq!(answer.status.as_u16(), row.status, "{what}: {}", answer.body);
        if row.status < 400 || row.route.path() == "/health" {
            continue;
        }
        let error = &answer.body["error"];
        assert_eq!(error["code"], row.code, "{what}: {}", answer.body);
        assert!(error["message"].is_string() && error["details"].is_object() && error["timestamp"].is_string(), "{what}: {error}");
        assert_eq!(error["request_id"].as_str(), answer.headers["x-request-id"].to_str().ok(), "{what}");
        assert_eq!(answer.header("www-authenticate") == "Bearer", row.status == 401, "{what}");
        if row.status == 429 || row.code == "DATABASE_CONNECTION_FAILED" || row.code == "DATABASE_UNAVAILABLE" {
            let after = answer.header("retry-after").parse::<u64>().unwrap_or_else(|_| panic!("{what}: no Retry-After"));
            assert!(after >= 1, "{what}");
        }
        let text = error.to_string();
        assert!(!text.contains("of the store itself"), "{what}: the store's own words are told: {text}");
    }
    stage.stop().await;
}

//! Hostile texts as values are kept and found as they are; in the place of names they are refused with a code, and nothing breaks.

use reqwest::Method;
use serde_json::{Value, json};

use super::bank::{Bank, Person};
use super::corpus::{BODIES, TEXTS, impossible};
use crate::process::Api;

const QUERY: &str = "data/query";
const TRANSACTION: &str = "data/transaction";

async fn ask(who: &Person, base: &str, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let answer = who.request(method, format!("{base}/api/v1/{path}"), None, body).await;
    let (status, _, body) = answer.expect("the process is there and answers");
    (status, body)
}

async fn post(who: &Person, base: &str, path: &str, body: &Value) -> (u16, Value) {
    ask(who, base, Method::POST, path, Some(body)).await
}

fn operations(listed: &[Value]) -> Value {
    json!({ "operations": listed })
}

fn select(table: &str, filters: Value) -> Value {
    let mut query = json!({"database": "postgresql", "query_type": "select", "table": table});
    query["filters"] = filters;
    query
}

/// Refused with a code of the closed list, as the client's fault.
#[track_caller]
fn assert_refused((status, body): &(u16, Value), what: &str) {
    let code = body["error"]["code"].as_str().unwrap_or_default();
    assert!(matches!(status, 400 | 403 | 404) && !code.is_empty(), "{what}: {status} {body}");
}

async fn people(bank: &Bank, api: &mut Api, number: usize) -> Vec<Person> {
    let administrator = bank.administrator(api).await;
    let mut people = Vec::new();
    for at in 0..number {
        people.push(bank.person(api, &administrator, &format!("user{at}@example.com")).await);
    }
    people
}

/// A request for each place where a name belongs, with this text in it.
fn misnamed(text: &str) -> Vec<(&'static str, Value)> {
    let queried = |name: &str, value: Value| {
        let mut query = select("projects", json!({}));
        query[name] = value;
        (QUERY, query)
    };
    let written = |changed: &[(&str, Value)]| {
        let mut operation = json!({"database": "postgresql", "operation": "update", "table": "projects",
                                   "data": {"title": "x"}, "filters": {"title": "nothing"}});
        for (name, value) in changed {
            operation[*name] = value.clone();
        }
        (TRANSACTION, operations(&[operation]))
    };
    let mut isolated = operations(&[json!({"database": "redis", "operation": "del", "key": "k"})]);
    isolated["isolation"] = json!(text);
    let leased = |service: &str, database: &str, operation: &str| {
        ("connections/acquire", json!({"service_name": service, "database_type": database, "operation_type": operation}))
    };
    let released = |id: &str, service: &str| ("connections/release", json!({"connection_id": id, "service_name": service}));
    let mut places = vec![
        queried("table", json!(text)),
        queried("database", json!(text)),
        queried("query_type", json!(text)),
        queried("select", json!([text])),
        queried("order", json!([text])),
        queried("order", json!([format!("-{text}")])),
        queried("filters", json!({ text: "x" })),
        queried("filters", json!({"and": [{ text: {"eq": 1} }]})),
        queried("filters", json!({"title": { text: "x" }})),
        queried("filters", json!({"id": text})),
        queried("filters", json!({"created_at": {"gte": text}})),
        queried("pagination", json!({"after": text})),
        queried("pagination", json!({"page": text})),
        written(&[("table", json!(text))]),
        written(&[("database", json!(text))]),
        written(&[("operation", json!(text))]),
        written(&[("data", json!({ text: "x" }))]),
        written(&[("filters", json!({ text: "x" }))]),
        written(&[("filters", json!({"user_id": text}))]),
        written(&[("data", json!({"id": text, "title": "x"})), ("operation", json!("insert"))]),
        (TRANSACTION, isolated),
        leased("core-user-service", text, "read"),
        leased("core-user-service", "postgresql", text),
        released(text, "core-user-service"),
        released("conn_123456789", text),
    ];
    // Some of the texts are names a service may have.
    if !text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') || text.len() > 63 {
        places.push(leased(text, "postgresql", "read"));
    }
    places
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_texts_are_values_like_others_and_no_names() {
    let Some(mut bank) = Bank::open().await else { return };
    let mut api = bank.replica().await;
    // Each has 300 requests a minute.
    let people = people(&bank, &mut api, TEXTS.len() / 9 + 2).await;
    let base = api.base.clone();

    // As values: written together, found one by one.
    let writer = &people[0];
    let project = uuid::Uuid::new_v4().to_string();
    let parent = json!({"database": "postgresql", "operation": "insert", "table": "projects", "data": {"id": project, "title": "parent"}});
    assert_eq!(post(writer, &base, TRANSACTION, &operations(&[parent])).await.0, 200);
    for texts in TEXTS.chunks(16) {
        let written: Vec<Value> = texts
            .iter()
            .flat_map(|text| {
                let title = json!({"database": "postgresql", "operation": "insert", "table": "projects",
                                   "data": {"title": text, "description": text, "content_path": text}});
                let document = json!({"database": "postgresql", "operation": "insert", "table": "media_assets",
                                      "data": {"project_id": project, "asset_type": "text", "file_path": "/", "metadata": {*text: [text]}}});
                let place = TEXTS.iter().position(|one| one == text).unwrap();
                let value = json!({"database": "redis", "operation": "set", "key": format!("value {place}"), "value": text});
                [title, document, value]
            })
            .collect();
        let (status, body) = post(writer, &base, TRANSACTION, &operations(&written)).await;
        assert_eq!((status, &body["status"]), (200, &json!("committed")), "{body}");
        bank.all_is_applied().await;
    }
    for (place, text) in TEXTS.iter().enumerate() {
        let reader = &people[0];
        for filters in [json!({ "title": text }), json!({"description": {"in": [text, "another"]}, "title": {"gte": text, "lte": text}})] {
            let (status, body) = post(reader, &base, QUERY, &select("projects", filters)).await;
            assert_eq!((status, &body["pagination"]["total"]), (200, &json!(1)), "{text:?}: {body}");
            assert_eq!((&body["data"][0]["title"], &body["data"][0]["content_path"]), (&json!(text), &json!(text)));
        }
        let contains = json!({"metadata": {"contains": {*text: [text]}}});
        let (status, body) = post(reader, &base, QUERY, &select("media_assets", contains)).await;
        assert_eq!((status, &body["data"][0]["metadata"]), (200, &json!({*text: [text]})), "{text:?}: {body}");
        assert_eq!(bank.held(reader, &format!("value {place}")).await.as_deref(), Some(*text));
    }

    // In the place of names.
    for (place, text) in TEXTS.iter().enumerate() {
        let who = &people[1 + place / 9];
        for (path, body) in misnamed(text) {
            let answer = post(who, &base, path, &body).await;
            assert_refused(&answer, &format!("{text:?} in {path} {body}"));
        }
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        assert_refused(&ask(who, &base, Method::GET, &format!("data/transaction/{encoded}"), None).await, text);
        // As a key of Redis it is a key of the owner's, or refused.
        let set = json!({"database": "redis", "operation": "set", "key": text, "value": "mine"});
        let answer = post(who, &base, TRANSACTION, &operations(&[set])).await;
        if answer.0 == 200 {
            bank.all_is_applied().await;
            assert_eq!(bank.held(who, text).await.as_deref(), Some("mine"), "{text:?}");
        } else {
            assert_refused(&answer, &format!("{text:?} as a key"));
        }
        // As an idempotency key it is one, or refused.
        if reqwest::header::HeaderValue::from_bytes(text.as_bytes()).is_ok() {
            let body = operations(&[json!({"database": "redis", "operation": "incrby", "key": format!("once {place}")})]);
            for _ in 0..2 {
                let url = format!("{base}/api/v1/{TRANSACTION}");
                let (status, _, body) = who.request(Method::POST, url, Some(text), Some(&body)).await.unwrap();
                assert!(
                    status == 200 || (status == 400 && body["error"]["code"] == "VALIDATION_FAILED"),
                    "{text:?} as a key: {status} {body}"
                );
            }
            bank.all_is_applied().await;
            let counted = bank.held(who, &format!("once {place}")).await;
            assert!(counted.is_none_or(|number| number == "1"), "{text:?}: executed twice");
        }
    }

    // What no column takes, in every place.
    for text in impossible() {
        let who = people.last().unwrap();
        let shown: String = text.chars().take(20).collect();
        let insert = json!({"database": "postgresql", "operation": "insert", "table": "projects", "data": {"title": text}});
        assert_refused(&post(who, &base, TRANSACTION, &operations(&[insert])).await, &shown);
        let (status, body) = post(who, &base, QUERY, &select("projects", json!({ "title": text }))).await;
        let nothing = status == 200 && body["pagination"]["total"] == 0;
        assert!(nothing || (status == 400 && body["error"]["code"].is_string()), "{shown:?}: {status} {body}");
        let pattern = select("projects", json!({"title": {"like": text}}));
        let (status, body) = post(who, &base, QUERY, &pattern).await;
        assert!(status == 200 || status == 400, "{shown:?}: {status} {body}");
        for (path, body) in misnamed(&text) {
            assert_refused(&post(who, &base, path, &body).await, &format!("{shown:?} in {path}"));
        }
    }
    for body in BODIES {
        let who = &people[0];
        let answer = who.raw(format!("{base}/api/v1/{TRANSACTION}"), body).await;
        assert_refused(&answer, body);
    }

    // Everything is there as it was, and nothing of it broke the service.
    assert_eq!(bank.number("SELECT count(*) FROM projects WHERE title = 'parent'").await, 1);
    assert_eq!(bank.number("SELECT count(*) FROM pg_roles WHERE rolname IN ('another', 'evil')").await, 0);
    let log = api.process.log();
    assert!(!log.contains(" ERROR ") && !log.contains("panicked"), "{log}");
    assert!(!log.lines().any(|line| line.starts_with("level=ERROR forged")), "a line of the log was forged");
    drop(api);
    bank.close().await;
}

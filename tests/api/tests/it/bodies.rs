//! The documented body of every JSON route, changed at random: never a 5xx, never a panic, always the one error shape.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::app::{TestApp, User};
use crate::credentials::{Belongings, belongings, concrete};
use crate::panics::Panics;

/// What happens to a place of a body.
#[derive(Debug, Clone)]
enum Change {
    Remove,
    Put(Value),
    /// JSON, or nearly, that no value stands for.
    Raw(&'static str),
    Long(char, usize),
    Deep(usize),
    /// As the only item, or as one of many.
    Repeat(usize),
    Extra(String),
}

/// What happens to the bytes in the end.
#[derive(Debug, Clone)]
enum Finish {
    Whole,
    Cut(Index),
    Flip(Index, u8),
    Behind(&'static str),
}

/// A body to send.
#[derive(Debug, Clone)]
struct Body {
    route: Index,
    changes: Vec<(Index, Change)>,
    finish: Finish,
}

fn change() -> impl Strategy<Value = Change> {
    let values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(f64::MAX),
        json!(5e-324),
        json!(""),
        json!(" "),
        json!([]),
        json!({}),
        json!([null]),
        json!({"$ne": null}),
        json!("0123456789abcdef01234567"),
        json!("ffffffff-ffff-ffff-ffff-ffffffffffff"),
        json!("9999-12-31T23:59:59.999Z"),
        json!("-262144-01-01T00:00:00Z"),
        json!("2026-02-30T25:61:61+99:99"),
        json!("' OR '1'='1"),
        json!("../../../etc/passwd"),
        json!("\u{0}\u{7f}\u{85}\u{202e}\u{feff}\u{ffff}"),
        json!("😀".repeat(300)),
    ];
    let raw = vec![
        "1e999",
        "-1e999",
        "18446744073709551616",
        "-9223372036854775809",
        "1e-400",
        "-0",
        "00",
        "NaN",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "{\"a\":1,\"a\":2}",
        "[1,]",
        "'x'",
        "",
    ];
    prop_oneof![
        3 => Just(Change::Remove),
        8 => select(values).prop_map(Change::Put),
        3 => select(raw).prop_map(Change::Raw),
        2 => (any::<char>(), select(vec![1_usize, 73, 201, 4_097, 70_000])).prop_map(|(letter, times)| Change::Long(letter, times)),
        1 => select(vec![2_usize, 64, 127, 128, 5_000]).prop_map(Change::Deep),
        2 => select(vec![1_usize, 2, 101, 2_000]).prop_map(Change::Repeat),
        2 => any::<String>().prop_map(Change::Extra),
        3 => any::<String>().prop_map(|text| Change::Put(json!(text))),
        1 => any::<f64>().prop_map(|number| Change::Put(json!(number))),
        1 => any::<i64>().prop_map(|number| Change::Put(json!(number))),
    ]
}

fn body() -> impl Strategy<Value = Body> {
    let finish = prop_oneof![
        12 => Just(Finish::Whole),
        1 => any::<Index>().prop_map(Finish::Cut),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(place, byte)| Finish::Flip(place, byte)),
        1 => select(vec!["}", " ", "\u{0}", "{}", "//"]).prop_map(Finish::Behind),
    ];
    (any::<Index>(), vec((any::<Index>(), change()), 0..4), finish).prop_map(|(route, changes, finish)| Body { route, changes, finish })
}

/// A value as the schema documents it: its example, or the least that is of its type.
fn example(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return example(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    let first = |of: &Value| of.as_array().and_then(|all| all.iter().find(|one| one["type"] != "null").cloned());
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().filter_map(|part| example(document, part).as_object().cloned());
        return Value::Object(parts.flatten().collect());
    }
    if let Some(one) = first(&schema["oneOf"]).or_else(|| first(&schema["anyOf"])) {
        return example(document, &one);
    }
    if let Some(word) = schema["enum"].get(0) {
        return word.clone();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"].get(0)?.as_str()).unwrap_or("object");
    match kind {
        "array" => json!([example(document, &schema["items"])]),
        "string" => json!("text"),
        "integer" => schema["minimum"].as_i64().map_or(json!(1), |least| json!(least)),
        "number" => json!(60.0),
        "boolean" => json!(true),
        _ => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            Value::Object(fields.map(|(name, field)| (name.clone(), example(document, field))).collect::<Map<_, _>>())
        }
    }
}

/// Ids that there are in place of those of the examples, so that bodies get further than the first look.
fn with_ids(value: &mut Value, things: &Belongings) {
    let Some(fields) = value.as_object_mut() else { return };
    for (name, id) in [
        ("clothing_id", &things.clothing),
        ("tryon_id", &things.tryon),
        ("hackathonId", &things.hackathon),
        ("conversationId", &things.conversation),
    ] {
        if let Some(field) = fields.get_mut(name) {
            *field = json!(id);
        }
    }
    if fields.contains_key("clothing_id") {
        fields.retain(|name, _| !["clothing_ids", "body_id", "options"].contains(&name.as_str()));
    }
}

/// Every place of a value, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| places(field, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found));
        }
        Value::Array(items) => items.iter().take(3).enumerate().for_each(|(number, item)| places(item, &format!("{at}/{number}"), found)),
        _ => {}
    }
}

/// Stands for raw text until the value is written.
fn stand_in(raw: &str) -> String {
    format!("@raw {raw}@")
}

fn apply(value: &mut Value, at: &str, change: &Change) {
    if let Change::Remove = change {
        let (parent, name) = at.rsplit_once('/').unwrap_or(("", ""));
        match value.pointer_mut(parent) {
            Some(Value::Object(fields)) => drop(fields.remove(&name.replace("~1", "/").replace("~0", "~"))),
            Some(Value::Array(items)) => items.clear(),
            _ => {}
        }
        return;
    }
    let Some(place) = value.pointer_mut(at) else { return };
    match change {
        Change::Remove => {}
        Change::Put(other) => *place = other.clone(),
        Change::Raw(raw) => *place = json!(stand_in(raw)),
        Change::Long(letter, times) => *place = json!(letter.to_string().repeat(*times)),
        Change::Deep(levels) => *place = json!(stand_in(&format!("{}{}", "[".repeat(*levels), "]".repeat(*levels)))),
        Change::Repeat(times) => *place = Value::Array(vec![place.take(); *times]),
        Change::Extra(name) => {
            if let Value::Object(fields) = place {
                fields.insert(name.clone(), json!(1));
            }
        }
    }
}

/// The bytes of a body.
fn bytes(mut value: Value, body: &Body) -> Vec<u8> {
    let mut raws = Vec::new();
    for (place, change) in &body.changes {
        let mut found = Vec::new();
        places(&value, "", &mut found);
        apply(&mut value, place.get::<String>(&found), change);
        match change {
            Change::Raw(raw) => raws.push((*raw).to_owned()),
            Change::Deep(levels) => raws.push(format!("{}{}", "[".repeat(*levels), "]".repeat(*levels))),
            _ => {}
        }
    }
    let mut text = value.to_string();
    for raw in raws {
        text = text.replace(&json!(stand_in(&raw)).to_string(), &raw);
    }
    let mut bytes = text.into_bytes();
    match &body.finish {
        Finish::Whole => {}
        Finish::Cut(at) => bytes.truncate(at.index(bytes.len() + 1)),
        Finish::Flip(at, byte) if !bytes.is_empty() => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        Finish::Flip(..) => {}
        Finish::Behind(text) => bytes.extend(text.as_bytes()),
    }
    bytes
}

/// A route that takes JSON, and the documented body.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Value,
}

pub(crate) fn routes(things: &Belongings) -> Vec<Route> {
    let document = serde_json::to_value(atelier_adapter_http::document("test")).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let content = &operation["requestBody"]["content"]["application/json"];
            if content.is_null() {
                continue;
            }
            let documented = if content["example"].is_null() { &content["schema"] } else { content };
            let mut body = example(&document, documented);
            with_ids(&mut body, things);
            routes.push(Route { method: method.to_uppercase().parse().unwrap(), path: path.clone(), body });
        }
    }
    routes
}

/// The people who send bodies.
struct Senders {
    owner: User,
    admin: User,
    things: Belongings,
}

async fn send(app: &TestApp, senders: &Senders, route: &Route, body: &Body, number: usize) -> Result<u16, String> {
    let account = route.path.starts_with("/api/v1/users/me") || route.path.starts_with("/api/v1/auth");
    let only_admins = ["/hackathons", "/evaluations", "/backups", "/migrations", "/api/v1/users/{id}", "/participants/{id}"];
    // Some of these bodies may well end a session or an account.
    let user = match () {
        () if account => app.user(&format!("sender-{number}")).await,
        () if only_admins.iter().any(|path| route.path.contains(path)) => senders.admin.clone(),
        () => senders.owner.clone(),
    };
    let url = concrete(&route.path, &senders.owner, &senders.things);
    let bytes = bytes(route.body.clone(), body);
    let request = app.data_request(route.method.clone(), &url, Some(&user)).header("content-type", "application/json").body(bytes);
    let answer = request.send().await.map_err(|error| format!("{} {url}: no answer: {error}", route.method))?;
    let (status, text) = (answer.status().as_u16(), answer.text().await.map_err(|error| format!("{} {url}: {error}", route.method))?);
    // What this application is made without, and connections that all are leased out by bodies before.
    let is_missing_here = status == 503 && ["NOT_CONFIGURED", "DATABASE_CONNECTION_FAILED"].iter().any(|code| text.contains(code));
    if status >= 500 && !is_missing_here {
        return Err(format!("{} {url}: {status} {text}", route.method));
    }
    let shape = serde_json::from_str::<Value>(&text).unwrap_or(Value::Null);
    let code = &shape["error"]["code"];
    if status >= 400 && !code.is_string() {
        return Err(format!("{} {url}: {status} without the one shape: {text}", route.method));
    }
    Ok(status)
}

#[test]
fn documented_bodies_changed_at_random_fail_no_route_on_our_side() {
    let panics = Panics::watch();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (app, senders) = runtime.block_on(async {
        let app = TestApp::start().await;
        let owner = app.user("owner").await;
        let things = belongings(&app, &owner).await;
        let admin = app.log_in("admin@example.com", crate::app::PASSWORD).await;
        (app, Senders { owner, admin, things })
    });
    let routes = routes(&senders.things);
    assert!(routes.len() >= 45, "only {} routes: are the bodies still documented?", routes.len());
    let cases = crate::cases(600, 20_000);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let number = std::cell::Cell::new(0);
    let taken = std::cell::Cell::new(0_u32);
    let outcome = runner.run(&body(), |body| {
        number.set(number.get() + 1);
        let status = runtime.block_on(send(&app, &senders, body.route.get(&routes), &body, number.get())).map_err(TestCaseError::fail)?;
        taken.set(taken.get() + u32::from(status < 300));
        if let Some(panic) = panics.seen().first() { Err(TestCaseError::fail(panic.clone())) } else { Ok(()) }
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, body)) => {
            panic!("{reason}\n{:?}", String::from_utf8_lossy(&bytes(body.route.get(&routes).body.clone(), &body)))
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
    // Bodies that are all refused at the first look prove little.
    assert!(taken.get() > cases / 20, "only {} of {cases} were taken", taken.get());
    runtime.block_on(app.stop());
}

//! What an attacker tries through values: to set what is not his to set, to write headers and mails.

use std::collections::BTreeSet;

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp, User, image_part};
use crate::bodies::routes;
use crate::credentials::{belongings, concrete};

/// A field, and what somebody would put into it who knows another person.
type Forged = (&'static str, fn(&User) -> Value);

/// What only the service sets, and whose setting would be somebody's gain.
const NOT_YOURS: [Forged; 12] = [
    ("role", |_| json!("admin")),
    ("is_active", |_| json!(true)),
    ("email_verified", |_| json!(true)),
    ("user_id", |other| json!(other.id)),
    ("studentId", |other| json!(other.id)),
    ("owner", |other| json!(other.id)),
    ("id", |other| json!(other.id)),
    ("_id", |other| json!(other.id)),
    ("password_hash", |_| json!("$2b$04$aaaaaaaaaaaaaaaaaaaaaa")),
    ("s3_key", |other| json!(format!("body/{}/x.jpg", other.id))),
    ("tokensAuthorized", |_| json!(1_000_000_000)),
    ("created_at", |_| json!("1970-01-01T00:00:00Z")),
];

/// The fields that a schema documents.
fn documented(document: &Value, schema: &Value, found: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return documented(document, document.pointer(reference.trim_start_matches('#')).unwrap(), found);
    }
    for one in ["allOf", "oneOf", "anyOf"] {
        schema[one].as_array().into_iter().flatten().for_each(|part| documented(document, part, found));
    }
    found.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
}

#[tokio::test]
async fn no_route_takes_a_field_that_it_does_not_document() {
    let app = TestApp::start().await;
    let (owner, other) = (app.user("owner").await, app.user("other").await);
    let things = belongings(&app, &owner).await;
    let document = serde_json::to_value(atelier_adapter_http::document("test")).unwrap();
    let (mut tried, mut taken) = (0, Vec::new());
    for route in routes(&things) {
        let method = route.method.as_str().to_lowercase();
        let schema = &document["paths"][&route.path][&method]["requestBody"]["content"]["application/json"]["schema"];
        let mut known = BTreeSet::new();
        documented(&document, schema, &mut known);
        // Where any field goes, none is the service's.
        if !route.body.is_object() || known.is_empty() {
            continue;
        }
        for (field, value) in NOT_YOURS.iter().filter(|(field, _)| !known.contains(*field)) {
            let mut body = route.body.clone();
            body[*field] = value(&other);
            let path = concrete(&route.path, &owner, &things);
            let answer = app.json(route.method.clone(), &path, Some(&owner), body).await;
            tried += 1;
            if !answer.status.is_client_error() {
                taken.push(format!("{} {path} took `{field}`: {} {}", route.method, answer.status, answer.body));
            }
        }
    }
    assert!(taken.is_empty(), "{}", taken.join("\n"));
    assert!(tried > 300, "only {tried} were tried");
    app.get("/api/v1/users/me", &owner).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_field_of_a_form_cannot_give_a_picture_to_somebody_else() {
    let app = TestApp::start().await;
    let (owner, other) = (app.user("owner").await, app.user("other").await);
    let forged =
        |form: Form| ["user_id", "owner", "id", "s3_key", "role"].into_iter().fold(form, |form, name| form.text(name, other.id.clone()));
    let garment = forged(Form::new().part("image", image_part("a")).text("name", "Top").text("category", "tops"));
    let body = forged(Form::new().part("image", image_part("b")));
    let send = async |method: Method, path: &str, form: Form| app.send(app.request(method, path, Some(&owner)).multipart(form)).await;
    for answer in [send(Method::POST, "/api/v1/clothing", garment).await, send(Method::PUT, "/api/v1/body", body).await] {
        assert!(answer.status.is_client_error() || answer.status.is_success(), "{}", answer.body);
        assert_ne!(answer.body["data"]["clothing"]["id"], other.id.as_str());
    }
    assert_eq!(app.get("/api/v1/clothing", &other).await.expect(200).body["pagination"]["total"], 0);
    app.get("/api/v1/body", &other).await.expect(404);
    assert_eq!(app.get("/api/v1/users/me", &owner).await.expect(200).body["data"]["user"]["role"], "user");
    app.stop().await;
}

#[tokio::test]
async fn no_value_writes_a_header() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let injected = "x\r\nSet-Cookie: a=b\r\nX-Injected: yes";
    let mails = app.mailer.sent().len();
    for address in ["a@example.com\r\nBcc: all@example.com", "a@example.com\nTo: b@example.com", "a@example.com%0d%0aBcc:b@example.com"] {
        for route in ["signup", "forgot-password", "magic-link"] {
            let body = json!({"email": address, "password": PASSWORD, "name": "John Doe"});
            let body = if route == "signup" { body } else { json!({"email": address}) };
            let answer = app.json(Method::POST, &format!("/api/v1/auth/{route}"), None, body).await;
            assert!(answer.headers.get("x-injected").is_none());
            if route == "signup" {
                answer.error(400, "VALIDATION_ERROR");
            }
        }
    }
    assert_eq!(app.mailer.sent().len(), mails, "nobody is written to");
    let hook = json!({"url": format!("https://hooks.example.org/{injected}"), "events": ["tryon.completed"]});
    let answers = [
        app.json(Method::PATCH, "/api/v1/users/me", Some(&user), json!({"name": injected})).await,
        app.json(Method::POST, "/api/v1/webhooks/endpoints", Some(&user), hook).await,
        app.get(&format!("/api/v1/clothing?q={}", "x%0d%0aX-Injected:%20yes"), &user).await,
        app.get("/api/v1/%0d%0aX-Injected:%20yes", &user).await,
        app.get("/%0d%0aX-Injected:%20yes", &user).await,
    ];
    for answer in answers {
        assert!(answer.headers.get("x-injected").is_none() && answer.headers.get("set-cookie").is_none(), "{:?}", answer.headers);
        assert!(answer.status.as_u16() < 500, "{} {}", answer.status, answer.body);
    }
    app.stop().await;
}

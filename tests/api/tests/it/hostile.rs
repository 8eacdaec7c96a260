//! Bodies and queries nobody should send: never a 5xx, never a hang, always the one error shape.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::TestApp;

fn hostile_bodies() -> Vec<String> {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let wide = json!({"name": "x".repeat(60_000)}).to_string();
    let odd: Vec<Value> = vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e308),
        json!([]),
        json!({}),
        json!({"": ""}),
        json!({"email": null, "password": null, "name": null}),
        json!({"email": {"$gt": ""}, "password": {"$ne": null}}),
        json!({"email": "a@b.c' OR 1=1 --", "password": "x' OR '1'='1", "name": "\u{0}\u{202e}"}),
        json!({"height": "NaN", "weight": -0.0, "chest": f64::MAX}),
        json!({"clothing_id": "../../../etc/passwd", "tryon_id": "%00"}),
        json!({"clothing_ids": vec!["0123456789abcdef01234567"; 1_000]}),
        json!({"content_type": "image/jpeg", "size": u64::MAX}),
        json!({"refresh_token": "", "token": "", "code": "１２３４５６"}),
    ];
    let mut bodies: Vec<String> = odd.iter().map(Value::to_string).collect();
    bodies.extend([deep, wide, String::new(), "{\"a\":".to_owned(), "\u{feff}{}".to_owned(), "{\"name\":1,\"name\":2}".to_owned()]);
    bodies
}

#[tokio::test]
async fn no_json_body_makes_any_route_fail_on_our_side() {
    let app = TestApp::start().await;
    let document = serde_json::to_value(atelier_adapter_http::document("test")).unwrap();
    let mut called = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["requestBody"]["content"]["application/json"].is_null() {
                continue;
            }
            for (number, body) in hostile_bodies().into_iter().enumerate() {
                // somebody new each time: some of these bodies may well end a session or an account
                let user = app.user(&format!("u{called}")).await;
                let url = path.replace("{id}", &user.id).replace("{tryon_id}", &user.id);
                let method: Method = method.to_uppercase().parse().unwrap();
                let request = app.request(method.clone(), &url, Some(&user)).header("content-type", "application/json").body(body);
                let answer = app.send(request).await;
                assert!(answer.status.as_u16() < 500, "{method} {path} with body {number}: {} {}", answer.status, answer.body);
                if answer.status.is_client_error() {
                    assert!(answer.body["error"]["code"].is_string(), "{method} {path} with body {number}: {}", answer.body);
                }
                called += 1;
            }
        }
    }
    assert!(called > 200, "only {called} calls: are the bodies still documented?");
    app.stop().await;
}

#[tokio::test]
async fn no_query_makes_a_list_fail_on_our_side() {
    let app = TestApp::start().await;
    let user = app.admin().await;
    let queries = [
        "q=%00",
        "q=%25_%5C'",
        "q=%ff",
        "sort=;drop",
        "category=tops'--",
        "after=~",
        "after=0123456789abcdef01234567~",
        "after=0123456789abcdef01234567~9223372036854775807",
        "after=0123456789abcdef01234567~-9223372036854775808",
        "after=0123456789abcdef01234567~9999999999999999999999",
        "skip=9223372036854775807",
        "limit=100&limit=1",
        "status=done",
        "body_id=x",
        "clothing_id=%F0%9F%92%A5",
        "page=0",
        "page=4294967295&limit=100",
    ];
    for path in ["/api/v1/clothing", "/api/v1/tryon", "/api/v1/favorites", "/api/v1/users"] {
        for query in queries {
            let answer = app.get(&format!("{path}?{query}"), &user).await;
            assert!(answer.status.as_u16() < 500, "{path}?{query}: {} {}", answer.status, answer.body);
        }
    }
    app.stop().await;
}

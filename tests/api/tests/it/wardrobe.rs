//! The wardrobe, the body and direct uploads over HTTP.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, User, image_part, jpeg};

async fn add(app: &TestApp, user: &User, form: Form) -> Answer {
    app.form(Method::POST, "/api/v1/clothing", user, form).await
}

fn names(list: &Value) -> Vec<&str> {
    list["data"]["clothing"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_garment_is_added_read_changed_and_deleted() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let form = Form::new().part("image", image_part("tee")).text("name", " Tee ").text("category", "tops").text("brand", "North");
    let made = add(&app, &user, form).await.expect(201).body["data"]["clothing"].clone();
    let mut fields: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["brand", "category", "created_at", "id", "image_url", "name", "size_chart", "size_hints", "thumbnail_url", "updated_at"]
    );
    assert_eq!((made["name"].as_str(), made["brand"].as_str()), (Some("Tee"), Some("North")));
    assert!(made["created_at"].as_str().unwrap().ends_with('Z') && made["created_at"].as_str().unwrap().len() == 24);
    let path = format!("/api/v1/clothing/{}", made["id"].as_str().unwrap());
    app.clock.advance(std::time::Duration::from_secs(1));
    let patched = app.json(Method::PATCH, &path, Some(&user), json!({"name": "Shirt", "brand": null})).await.expect(200);
    let patched = &patched.body["data"]["clothing"];
    assert!(patched["name"] == "Shirt" && patched["brand"].is_null() && patched["updated_at"] != made["updated_at"], "{patched}");
    app.json(Method::PATCH, &path, Some(&user), json!({"user_id": "x"})).await.expect(400);
    app.form(Method::PUT, &format!("{path}/image"), &user, Form::new().part("image", image_part("new"))).await.expect(200);
    let shown = app.get(&path, &user).await.expect(200).body["data"]["clothing"]["image_url"].as_str().unwrap().to_owned();
    assert_eq!(app.client.get(shown).send().await.unwrap().bytes().await.unwrap(), jpeg("new"));
    app.delete(&path, &user).await.expect(204);
    app.get(&path, &user).await.error(404, "NOT_FOUND");
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_form_names_every_field_and_stores_nothing() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let answer = add(&app, &user, Form::new().text("category", "hats")).await.error(400, "VALIDATION_ERROR");
    let text = answer.body["error"]["details"]["fields"].to_string();
    for field in ["image", "name", "category"] {
        assert!(text.contains(field), "{field} in {text}");
    }
    let form = Form::new().part("image", Part::bytes(b"GIF89a".to_vec()).file_name("x.jpg")).text("name", "x").text("category", "tops");
    add(&app, &user, form).await.error(415, "UNSUPPORTED_MEDIA_TYPE");
    let big =
        Form::new().part("image", Part::bytes(vec![0; 11 * 1024 * 1024]).file_name("x.jpg")).text("name", "x").text("category", "tops");
    add(&app, &user, big).await.error(413, "PAYLOAD_TOO_LARGE");
    let unknown = Form::new().part("image", image_part("x")).text("name", "x").text("category", "tops").text("owner", "y");
    add(&app, &user, unknown).await.error(400, "VALIDATION_ERROR");
    app.json(Method::POST, "/api/v1/clothing", Some(&user), json!({"name": "x"})).await.error(400, "VALIDATION_ERROR");
    let text = app.request(Method::POST, "/api/v1/clothing", Some(&user)).header("content-type", "text/plain").body("name=x");
    app.send(text).await.error(415, "UNSUPPORTED_MEDIA_TYPE");
    assert_eq!(app.get("/api/v1/clothing", &user).await.body["pagination"]["total"], 0);
    assert!(app.objects.keys().is_empty());
    app.stop().await;
}

#[tokio::test]
async fn lists_are_newest_first_filtered_and_paged_the_same_by_skip_and_by_cursor() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    for (name, category) in [("one", "tops"), ("two", "bottoms"), ("three", "tops"), ("four", "tops")] {
        app.clothing(&user, name, category).await;
        app.clock.advance(std::time::Duration::from_millis(5));
    }
    let all = app.get("/api/v1/clothing", &user).await.expect(200).body;
    assert_eq!(names(&all), ["four", "three", "two", "one"]);
    assert_eq!(all["pagination"], json!({"skip": 0, "limit": 10, "total": 4, "next": null}));
    let tops = app.get("/api/v1/clothing?category=tops&limit=2", &user).await.body;
    assert_eq!((names(&tops), tops["pagination"]["total"].as_u64()), (vec!["four", "three"], Some(3)));
    let next = tops["pagination"]["next"].as_str().unwrap();
    let by_cursor = app.get(&format!("/api/v1/clothing?category=tops&after={next}"), &user).await;
    let by_skip = app.get("/api/v1/clothing?category=tops&skip=2", &user).await;
    assert_eq!((names(&by_cursor.body), names(&by_skip.body)), (vec!["one"], vec!["one"]));
    assert_eq!(names(&app.get("/api/v1/clothing?q=WO", &user).await.body), ["two"]);
    app.get("/api/v1/clothing?category=hats", &user).await.error(400, "VALIDATION_ERROR");
    let stats = app.get("/api/v1/clothing/stats", &user).await.expect(200).body;
    assert_eq!(
        (stats["data"]["categories"][0]["category"].as_str(), stats["data"]["categories"][0]["count"].as_u64()),
        (Some("tops"), Some(3))
    );
    app.stop().await;
}

#[tokio::test]
async fn there_is_one_body_with_a_stable_id() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    app.get("/api/v1/body", &user).await.error(404, "NOT_FOUND");
    let made = app.body(&user).await;
    assert_eq!(made["height"], 175.0);
    let form = Form::new().text("weight", "70").text("chest", "95.5");
    let again = app.form(Method::PUT, "/api/v1/body", &user, form).await.expect(200).body["data"]["body"].clone();
    assert_eq!((&again["id"], again["measurements"]["chest"].as_f64(), again["weight"].as_f64()), (&made["id"], Some(95.5), Some(70.0)));
    assert!(again["image_url"].is_string() && again["photo_findings"].is_array());
    let answer = app.json(Method::PATCH, "/api/v1/body", Some(&user), json!({"height": 20, "weight": 1})).await;
    assert_eq!(answer.error(400, "VALIDATION_ERROR").body["error"]["details"]["fields"].as_array().unwrap().len(), 2);
    app.delete("/api/v1/body", &user).await.expect(204);
    app.get("/api/v1/body", &user).await.error(404, "NOT_FOUND");
    app.stop().await;
}

#[tokio::test]
async fn a_direct_upload_takes_the_place_of_the_image_once() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let bytes = jpeg("direct");
    let body = json!({"content_type": "image/jpeg", "size": bytes.len()});
    let ticket = app.json(Method::POST, "/api/v1/uploads", Some(&user), body).await.expect(201).body["data"].clone();
    let ticket = if ticket["upload"].is_object() { ticket["upload"].clone() } else { ticket };
    assert!(ticket["expires_at"].is_string());
    let put = app.client.put(ticket["url"].as_str().unwrap()).header("content-type", "image/jpeg").body(bytes.clone());
    assert_eq!(put.send().await.unwrap().status(), 200);
    let form =
        || Form::new().text("upload_id", ticket["upload_id"].as_str().unwrap().to_owned()).text("name", "x").text("category", "tops");
    let made = add(&app, &user, form()).await.expect(201).body["data"]["clothing"].clone();
    let shown = app.client.get(made["image_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(shown.bytes().await.unwrap(), bytes);
    add(&app, &user, form()).await.error(400, "UPLOAD_NOT_READY");
    app.json(Method::POST, "/api/v1/uploads", Some(&user), json!({"content_type": "text/html", "size": 4}))
        .await
        .error(400, "VALIDATION_ERROR");
    let large = json!({"content_type": "image/png", "size": 10 * 1024 * 1024 + 1});
    app.json(Method::POST, "/api/v1/uploads", Some(&user), large).await.error(400, "VALIDATION_ERROR");
    app.stop().await;
}

#[tokio::test]
async fn a_repeated_add_with_the_same_key_makes_one_garment() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let send = |mark: &'static str| {
        let form = Form::new().part("image", image_part(mark)).text("name", "tee").text("category", "tops");
        app.send(app.request(Method::POST, "/api/v1/clothing", Some(&user)).header("idempotency-key", "k").multipart(form))
    };
    let first = send("a").await.expect(201).body["data"]["clothing"]["id"].clone();
    let again = send("a").await.expect(201).body["data"]["clothing"]["id"].clone();
    assert_eq!(first, again);
    send("b").await.error(422, "IDEMPOTENCY_MISMATCH");
    assert_eq!(app.get("/api/v1/clothing", &user).await.body["pagination"]["total"], 1);
    app.stop().await;
}

#[tokio::test]
async fn a_size_chart_is_kept_and_tells_which_size_would_fit() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let chart = json!([{"size": "S", "chest": [86.0, 94.0]}, {"size": "M", "chest": [94.0, 102.0], "waist": [78.0, 86.5]}]);
    let form = |chart: &Value| {
        Form::new().part("image", image_part("tee")).text("name", "Tee").text("category", "tops").text("size_chart", chart.to_string())
    };
    let made = add(&app, &user, form(&chart)).await.expect(201).body["data"]["clothing"].clone();
    assert_eq!((&made["size_chart"], &made["size_hints"]), (&chart, &json!([])), "nothing is measured yet");
    let body = Form::new().part("image", image_part("body")).text("chest", "96").text("waist", "80");
    app.form(Method::PUT, "/api/v1/body", &user, body).await.expect(201);
    let path = format!("/api/v1/clothing/{}", made["id"].as_str().unwrap());
    let hints = app.get(&path, &user).await.expect(200).body["data"]["clothing"]["size_hints"].clone();
    let measured = json!([{"measure": "chest", "cm": 96.0, "size": "M"}, {"measure": "waist", "cm": 80.0, "size": "M"}]);
    assert_eq!(hints, json!([{"chart": "garment", "size": "M", "fit": "good", "measured": measured}]));
    let list = app.get("/api/v1/clothing", &user).await.expect(200).body["data"]["clothing"][0].clone();
    assert_eq!((&list["size_chart"], &list["size_hints"]), (&chart, &Value::Null));

    for wrong in [json!({}), json!([]), json!([{"size": "S"}]), json!([{"size": "S", "chest": [9, 1]}])] {
        let answer = add(&app, &user, form(&wrong)).await.error(400, "VALIDATION_ERROR");
        assert!(answer.body["error"]["details"]["fields"][0]["field"].as_str().unwrap().starts_with("size_chart"), "{}", answer.body);
        app.json(Method::PATCH, &path, Some(&user), json!({ "size_chart": wrong })).await.error(400, "VALIDATION_ERROR");
    }
    let patched = app.json(Method::PATCH, &path, Some(&user), json!({"size_chart": null})).await.expect(200);
    let clothing = &patched.body["data"]["clothing"];
    let charts: Vec<_> = clothing["size_hints"].as_array().unwrap().iter().map(|hint| hint["chart"].as_str().unwrap()).collect();
    assert_eq!((&clothing["size_chart"], charts), (&Value::Null, vec!["en_13402_women", "en_13402_men"]));
    app.stop().await;
}

//! Images and the bodies that carry them: forms, and JSON that names an upload.

use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, User, image_part, jpeg};

fn fields(answer: &Answer) -> Vec<String> {
    let list = answer.body["error"]["details"]["fields"].as_array().unwrap();
    list.iter().map(|problem| problem["field"].as_str().unwrap().to_owned()).collect()
}

/// An upload whose file was put.
async fn upload(app: &TestApp, user: &User, mark: &str) -> Value {
    let bytes = jpeg(mark);
    let announced = json!({"content_type": "image/jpeg", "size": bytes.len()});
    let ticket = app.json(Method::POST, "/api/v1/uploads", Some(user), announced).await.expect(201).body["data"].clone();
    let put = app.client.put(ticket["url"].as_str().unwrap()).header("content-type", "image/jpeg").body(bytes);
    assert_eq!(put.send().await.unwrap().status(), 200);
    ticket["upload_id"].clone()
}

#[tokio::test]
async fn json_with_an_upload_does_what_the_form_does() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let garment = json!({"upload_id": upload(&app, &user, "tee").await, "name": "Tee", "category": "tops"});
    let made = app.json(Method::POST, "/api/v1/clothing", Some(&user), garment).await.expect(201).body["data"]["clothing"].clone();
    let path = format!("/api/v1/clothing/{}/image", made["id"].as_str().unwrap());
    let changed = app.json(Method::PUT, &path, Some(&user), json!({"upload_id": upload(&app, &user, "new").await})).await.expect(200);
    let shown = app.client.get(changed.body["data"]["clothing"]["image_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(shown.bytes().await.unwrap(), jpeg("new"));
    let body = json!({"upload_id": upload(&app, &user, "me").await, "height": 175, "measurements": {"chest": 95}});
    let made = app.json(Method::PUT, "/api/v1/body", Some(&user), body).await.expect(201).body["data"]["body"].clone();
    assert_eq!((made["height"].as_f64(), made["measurements"]["chest"].as_f64()), (Some(175.0), Some(95.0)));
    assert!(made["measurements"]["waist"].is_null());
    app.json(Method::PUT, "/api/v1/body", Some(&user), json!({"weight": 70})).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn another_persons_upload_cannot_be_used() {
    let app = TestApp::start().await;
    let (owner, stranger) = (app.user("a").await, app.user("b").await);
    let garment = json!({"upload_id": upload(&app, &owner, "tee").await, "name": "Tee", "category": "tops"});
    app.json(Method::POST, "/api/v1/clothing", Some(&stranger), garment.clone()).await.error(400, "UPLOAD_NOT_READY");
    app.json(Method::POST, "/api/v1/clothing", Some(&owner), garment).await.expect(201);
    app.stop().await;
}

#[tokio::test]
async fn a_bad_image_reference_is_told_together_with_the_other_fields() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let garment = app.json(Method::POST, "/api/v1/clothing", Some(&user), json!({"upload_id": "zz", "category": "hats"})).await;
    assert_eq!(fields(&garment.error(400, "VALIDATION_ERROR")), ["upload_id", "name", "category"]);
    let both =
        Form::new().part("image", image_part("x")).text("upload_id", "0123456789abcdef01234567").text("height", "tall").text("arms", "");
    let body = app.form(Method::PUT, "/api/v1/body", &user, both).await;
    assert_eq!(fields(&body.error(400, "VALIDATION_ERROR")), ["upload_id", "height"]);
    let first = app.form(Method::PUT, "/api/v1/body", &user, Form::new().text("height", "175")).await;
    assert_eq!(fields(&first.error(400, "VALIDATION_ERROR")), ["image"]);
    let twice = Form::new().part("image", image_part("x")).part("image", image_part("y"));
    assert_eq!(fields(&app.form(Method::PUT, "/api/v1/body", &user, twice).await.error(400, "VALIDATION_ERROR")), ["image"]);
    app.stop().await;
}

#[tokio::test]
async fn measurements_are_changed_one_by_one_and_null_takes_one_away() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    app.body(&user).await;
    let changes = json!({"height": null, "measurements": {"waist": 80.04}, "hips": 95});
    let body = app.json(Method::PATCH, "/api/v1/body", Some(&user), changes).await.expect(200).body["data"]["body"].clone();
    assert_eq!((&body["height"], body["measurements"]["waist"].as_f64()), (&Value::Null, Some(80.0)));
    assert_eq!(body["measurements"]["hips"], 95.0);
    app.json(Method::PATCH, "/api/v1/body", Some(&user), json!({"neck": 40})).await.error(400, "VALIDATION_ERROR");
    app.stop().await;
}

#[tokio::test]
async fn a_signed_url_needs_no_token_ends_after_an_hour_and_opens_nothing_else() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let garment = app.clothing(&user, "tee", "tops").await;
    let (picture, thumbnail) = (garment["image_url"].as_str().unwrap(), garment["thumbnail_url"].as_str().unwrap());
    let status = |url: String| async { app.client.get(url).send().await.unwrap().status().as_u16() };
    app.clock.advance(std::time::Duration::from_secs(3599));
    assert_eq!(status(picture.to_owned()).await, 200);
    let (_, query) = picture.split_once('?').unwrap();
    let (other, _) = thumbnail.split_once('?').unwrap();
    assert_eq!(status(format!("{other}?{query}")).await, 403);
    app.clock.advance(std::time::Duration::from_secs(2));
    assert_eq!(status(picture.to_owned()).await, 403);
    app.stop().await;
}

#[tokio::test]
async fn a_repeated_mark_or_upload_with_the_same_key_answers_the_first() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    app.body(&user).await;
    let tryon = app.tryon(&user).await;
    let post = |path: &'static str, key: &'static str, body: Value| {
        app.send(app.request(Method::POST, path, Some(&user)).header("idempotency-key", key).json(&body))
    };
    let mark = json!({"tryon_id": tryon["id"]});
    let first = post("/api/v1/favorites", "m", mark.clone()).await.expect(201).body["data"]["favorite"]["id"].clone();
    assert_eq!(post("/api/v1/favorites", "m", mark.clone()).await.expect(201).body["data"]["favorite"]["id"], first);
    post("/api/v1/favorites", "n", mark).await.error(409, "ALREADY_FAVORITE");
    let announced = json!({"content_type": "image/png", "size": 9});
    let first = post("/api/v1/uploads", "u", announced.clone()).await.expect(201).body["data"].clone();
    let again = post("/api/v1/uploads", "u", announced).await.expect(201).body["data"].clone();
    assert_eq!((&again["upload_id"], &again["expires_at"]), (&first["upload_id"], &first["expires_at"]));
    post("/api/v1/uploads", "u", json!({"content_type": "image/png", "size": 10})).await.error(422, "IDEMPOTENCY_MISMATCH");
    post("/api/v1/uploads", "m", json!({"content_type": "image/png", "size": 9})).await.error(422, "IDEMPOTENCY_MISMATCH");
    app.stop().await;
}

#[tokio::test]
async fn favorites_refuse_what_is_no_try_on() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    for body in [json!({}), json!({"tryon_id": "x"})] {
        assert_eq!(
            fields(&app.json(Method::POST, "/api/v1/favorites", Some(&user), body).await.error(400, "VALIDATION_ERROR")),
            ["tryon_id"]
        );
    }
    let nowhere = json!({"tryon_id": "0123456789abcdef01234567"});
    app.json(Method::POST, "/api/v1/favorites", Some(&user), nowhere).await.error(404, "NOT_FOUND");
    app.delete("/api/v1/favorites/0123456789abcdef01234567", &user).await.error(404, "NOT_FOUND");
    app.stop().await;
}

#[tokio::test]
async fn the_kept_malformed_forms_are_refused_in_the_one_shape() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus/forms");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 14, "only {} forms: is {folder} complete?", files.len());
    for (method, path) in [(Method::POST, "/api/v1/clothing"), (Method::PUT, "/api/v1/body"), (Method::PUT, "/api/v1/users/me/avatar")] {
        for file in &files {
            let request = app.request(method.clone(), path, Some(&user)).header("content-type", "multipart/form-data; boundary=b");
            let answer = app.send(request.body(std::fs::read(file).unwrap())).await.expect(400);
            assert_eq!(answer.body["error"]["code"], "VALIDATION_ERROR", "{path} with {}: {}", file.display(), answer.body);
        }
    }
    app.stop().await;
}

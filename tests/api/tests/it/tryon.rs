//! Try-ons and favourites over HTTP: from asking to the picture.

use std::sync::Arc;

use atelier_domain::wearit::tryon::FailureCode;
use atelier_testkit::{Script, ScriptStep};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::app::{TestApp, User, jpeg};

async fn finished(app: &TestApp, user: &User, tryon: &Value) -> Value {
    let path = format!("/api/v1/tryon/{}", tryon["id"].as_str().unwrap());
    let done = |body: &Value| ["completed", "failed", "cancelled"].contains(&body["data"]["tryon"]["status"].as_str().unwrap_or_default());
    app.until(&path, user, done).await["data"]["tryon"].clone()
}

#[tokio::test]
async fn a_try_on_goes_from_pending_to_a_picture_behind_a_signed_link() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    app.body(&user).await;
    let asked = app.tryon(&user).await;
    assert_eq!((asked["status"].as_str(), asked["progress"].as_u64()), (Some("pending"), Some(0)));
    assert!(asked["queue_position"].is_u64(), "{asked}");
    for field in ["result_image_url", "thumbnail_url", "error", "completed_at"] {
        assert!(asked[field].is_null(), "{field}: {asked}");
    }
    app.start_worker();
    let done = finished(&app, &user, &asked).await;
    assert_eq!((done["status"].as_str(), done["progress"].as_u64()), (Some("completed"), Some(100)), "{done}");
    assert_eq!(done["model_used"], "scripted-1");
    assert_eq!(done["processing_time"], 0.25);
    assert_eq!(done["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(done["is_favorite"], false);
    for field in ["result_image_url", "thumbnail_url"] {
        let picture = app.client.get(done[field].as_str().unwrap()).send().await.unwrap();
        assert_eq!(picture.status(), 200, "{field}");
        assert_eq!(picture.headers()["content-type"], "image/jpeg");
        assert_eq!(picture.bytes().await.unwrap(), jpeg("body"));
    }
    app.stop().await;
}

#[tokio::test]
async fn a_signed_link_dies_after_an_hour_and_cannot_be_altered() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let clothing = app.clothing(&user, "tee", "tops").await;
    let url = clothing["image_url"].as_str().unwrap().to_owned();
    let get = |url: String| app.send(app.client.get(url));
    assert_eq!(get(url.clone()).await.status, 200);
    get(url.replace("clothing/", "body/")).await.error(403, "LINK_EXPIRED");
    app.clock.advance(std::time::Duration::from_secs(3_599));
    assert_eq!(get(url.clone()).await.status, 200);
    app.clock.advance(std::time::Duration::from_secs(2));
    get(url).await.error(403, "LINK_EXPIRED");
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_tried_on_is_refused_with_its_own_code() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let tee = app.clothing(&user, "tee", "tops").await;
    let ask = |body: Value| app.json(Method::POST, "/api/v1/tryon", Some(&user), body);
    ask(json!({"clothing_id": tee["id"]})).await.error(409, "BODY_PHOTO_REQUIRED");
    app.body(&user).await;
    let shoes = app.clothing(&user, "boots", "shoes").await;
    ask(json!({"clothing_id": shoes["id"]})).await.error(400, "CATEGORY_NOT_SUPPORTED");
    ask(json!({"clothing_id": tee["id"], "options": {"model": "unheard-of"}})).await.error(400, "OPTION_NOT_SUPPORTED");
    ask(json!({"clothing_id": tee["id"], "options": {"colour": "red"}})).await.expect(400);
    ask(json!({"clothing_id": "0123456789abcdef01234567"})).await.error(404, "NOT_FOUND");
    ask(json!({})).await.error(400, "VALIDATION_ERROR");
    ask(json!({"clothing_ids": [tee["id"], tee["id"], tee["id"]]})).await.error(400, "VALIDATION_ERROR");
    app.stop().await;
}

#[tokio::test]
async fn the_same_idempotency_key_asks_once_and_another_content_is_refused() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    app.body(&user).await;
    let (tee, shirt) = (app.clothing(&user, "tee", "tops").await, app.clothing(&user, "shirt", "tops").await);
    let ask = |clothing: &Value| {
        let request = app.request(Method::POST, "/api/v1/tryon", Some(&user)).header("idempotency-key", "k1");
        app.send(request.json(&json!({"clothing_id": clothing["id"]})))
    };
    let first = ask(&tee).await.expect(202).body["data"]["tryon"]["id"].clone();
    let again = ask(&tee).await.expect(202).body["data"]["tryon"]["id"].clone();
    assert_eq!(first, again);
    ask(&shirt).await.error(422, "IDEMPOTENCY_MISMATCH");
    let list = app.get("/api/v1/tryon", &user).await.expect(200).body;
    assert_eq!(list["pagination"]["total"], 1);
    app.stop().await;
}

#[tokio::test]
async fn a_refusal_of_the_engine_is_told_with_reason_and_advice() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    app.body(&user).await;
    app.provider.on_submit(Script::failing(FailureCode::PoseNotFound, "several_people"));
    app.start_worker();
    let asked = app.tryon(&user).await;
    let failed = finished(&app, &user, &asked).await;
    assert_eq!(failed["status"], "failed");
    let error = &failed["error"];
    assert_eq!((error["code"].as_str(), error["reason"].as_str()), (Some("POSE_NOT_FOUND"), Some("several_people")));
    assert_eq!((error["retryable"].as_bool(), error["refunded"].as_bool()), (Some(false), Some(true)));
    assert!(error["advice"].is_string() && failed["result_image_url"].is_null());
    // terminal states are final: trying again is a new try-on
    let path = format!("/api/v1/tryon/{}/retry", asked["id"].as_str().unwrap());
    let retried = app.send(app.request(Method::POST, &path, Some(&user))).await.expect(202).body["data"]["tryon"].clone();
    assert_ne!(retried["id"], asked["id"]);
    assert_eq!(finished(&app, &user, &retried).await["status"], "completed");
    app.stop().await;
}

#[tokio::test]
async fn a_try_on_can_be_cancelled_while_it_is_worked_on_and_not_after() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    app.body(&user).await;
    let (reached, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let mut script = Script::succeeding(jpeg("result").into());
    script.steps.insert(1, ScriptStep::Hold(reached.clone(), go_on.clone()));
    app.provider.on_submit(script);
    app.start_worker();
    let asked = app.tryon(&user).await;
    reached.notified().await;
    let path = format!("/api/v1/tryon/{}/cancel", asked["id"].as_str().unwrap());
    let cancelled = app.send(app.request(Method::POST, &path, Some(&user))).await.expect(200);
    assert_eq!(cancelled.body["data"]["tryon"]["status"], "cancelled");
    go_on.notify_one();
    app.send(app.request(Method::POST, &path, Some(&user))).await.error(409, "INVALID_STATE");
    let after = finished(&app, &user, &asked).await;
    assert_eq!((after["status"].as_str(), after["error"]["code"].as_str()), (Some("cancelled"), Some("CANCELLED")));
    app.stop().await;
}

#[tokio::test]
async fn favourites_are_marked_once_listed_and_removed() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    app.body(&user).await;
    let tryon = app.tryon(&user).await;
    let mark = || app.json(Method::POST, "/api/v1/favorites", Some(&user), json!({"tryon_id": tryon["id"]}));
    mark().await.expect(201);
    mark().await.error(409, "ALREADY_FAVORITE");
    let list = app.get("/api/v1/favorites", &user).await.expect(200).body;
    assert_eq!(list["pagination"]["total"], 1);
    assert_eq!(list["data"]["favorites"][0]["tryon"]["id"], tryon["id"]);
    let one = format!("/api/v1/tryon/{}", tryon["id"].as_str().unwrap());
    assert_eq!(app.get(&one, &user).await.body["data"]["tryon"]["is_favorite"], true);
    let path = format!("/api/v1/favorites/{}", tryon["id"].as_str().unwrap());
    app.delete(&path, &user).await.expect(204);
    app.delete(&path, &user).await.error(404, "NOT_FOUND");
    app.stop().await;
}

#[tokio::test]
async fn deleting_a_garment_cancels_what_waits_and_keeps_results() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    app.body(&user).await;
    let waiting = app.tryon(&user).await;
    let path = format!("/api/v1/clothing/{}", waiting["clothing_id"].as_str().unwrap());
    app.delete(&path, &user).await.expect(204);
    let after = finished(&app, &user, &waiting).await;
    assert_eq!(after["status"], "cancelled");
    app.start_worker();
    let done = app.tryon(&user).await;
    finished(&app, &user, &done).await;
    let path = format!("/api/v1/clothing/{}", done["clothing_id"].as_str().unwrap());
    app.delete(&path, &user).await.expect(204);
    let kept = finished(&app, &user, &done).await;
    assert!(kept["clothing_id"].is_null() && kept["result_image_url"].is_string(), "{kept}");
    let picture = app.client.get(kept["result_image_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(picture.status(), 200);
    app.stop().await;
}

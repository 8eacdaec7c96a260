//! Quotas over HTTP.

use atelier_domain::identity::{IdentitySettings, Role};
use atelier_domain::wearit::quotas::{QuotaLimits, RoleLimits};
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::app::{TestApp, image_part, jpeg};

async fn app(tryons: &str, stored_bytes: RoleLimits) -> TestApp {
    let quotas = QuotaLimits { tryons_per_day: tryons.parse().unwrap(), stored_bytes };
    TestApp::start_over(|_| {}, IdentitySettings::default(), |parts| parts.quotas = quotas, None).await
}

#[tokio::test]
async fn the_days_tryons_end_and_come_back_at_midnight() {
    let app = app("user=2", RoleLimits::default()).await;
    let user = app.user("user").await;
    app.body(&user).await;
    let quotas = app.get("/api/v1/users/me", &user).await.expect(200).body["data"]["quotas"].clone();
    assert_eq!((&quotas["tryons_today"]["limit"], &quotas["tryons_today"]["remaining"]), (&json!(2), &json!(2)));
    assert_eq!((&quotas["storage_bytes"]["limit"], &quotas["storage_bytes"]["remaining"]), (&Value::Null, &Value::Null));
    let first = app.tryon(&user).await;
    let second = app.tryon(&user).await;
    let wish = json!({"clothing_id": first["clothing_id"]});
    let refused = app.json(Method::POST, "/api/v1/tryon", Some(&user), wish.clone()).await.error(429, "QUOTA_EXCEEDED");
    let details = &refused.body["error"]["details"];
    assert_eq!((&details["quota"], &details["limit"], &details["used"]), (&json!("tryons"), &json!(2), &json!(2)));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&wait), "{wait}");

    // one without a picture does not count
    let path = format!("/api/v1/tryon/{}/cancel", second["id"].as_str().unwrap());
    app.send(app.request(Method::POST, &path, Some(&user))).await.expect(200);
    let quotas = app.get("/api/v1/users/me", &user).await.expect(200).body["data"]["quotas"].clone();
    assert_eq!((&quotas["tryons_today"]["used"], &quotas["tryons_today"]["remaining"]), (&json!(1), &json!(1)));
    app.json(Method::POST, "/api/v1/tryon", Some(&user), wish.clone()).await.expect(202);
    app.json(Method::POST, "/api/v1/tryon", Some(&user), wish.clone()).await.error(429, "QUOTA_EXCEEDED");
    app.clock.advance(std::time::Duration::from_secs(wait));
    let user = app.log_in(&user.email, crate::app::PASSWORD).await;
    app.json(Method::POST, "/api/v1/tryon", Some(&user), wish).await.expect(202);
    app.stop().await;
}

#[tokio::test]
async fn of_concurrent_requests_no_more_than_the_quota_are_taken_and_a_repeat_costs_nothing() {
    let app = app("3", RoleLimits::default()).await;
    let user = app.user("user").await;
    app.body(&user).await;
    let clothing = app.clothing(&user, "tee", "tops").await;
    let ask = |key: String| {
        let request = app.request(Method::POST, "/api/v1/tryon", Some(&user)).header("Idempotency-Key", key);
        app.send(request.json(&json!({"clothing_id": clothing["id"]})))
    };
    let asked: Vec<_> = (0..8).map(|number| ask(format!("try-{}", number % 4))).collect();
    let answers = futures_util::future::join_all(asked).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    // three of the four keys are taken, each of them twice
    assert_eq!(statuses, [202, 202, 202, 202, 202, 202, 429, 429]);
    let quotas = app.get("/api/v1/users/me", &user).await.expect(200).body["data"]["quotas"].clone();
    assert_eq!(quotas["tryons_today"]["used"], 3);
    app.stop().await;
}

#[tokio::test]
async fn the_storage_ends_and_deleting_gives_it_back() {
    // the fake makes three renditions of a garment, as large as what was sent
    let garment = 3 * jpeg("tee").len() as u64;
    let app = app("", RoleLimits::all(2 * garment)).await;
    let user = app.user("user").await;
    let first = app.clothing(&user, "tee", "tops").await;
    app.clothing(&user, "tee", "tops").await;
    let form = || Form::new().part("image", image_part("tee")).text("name", "tee").text("category", "tops");
    let refused = app.form(Method::POST, "/api/v1/clothing", &user, form()).await.error(403, "QUOTA_EXCEEDED");
    let details = &refused.body["error"]["details"];
    assert_eq!((&details["quota"], &details["limit"], &details["used"]), (&json!("storage"), &json!(2 * garment), &json!(2 * garment)));
    assert_eq!(app.objects.keys().len(), 6, "the files of the refused garment are gone");
    // another photo in place of one there is taken all the same
    let path = format!("/api/v1/clothing/{}", first["id"].as_str().unwrap());
    app.form(Method::PUT, &format!("{path}/image"), &user, Form::new().part("image", image_part("new"))).await.expect(200);
    app.delete(&path, &user).await.expect(204);
    let quotas = app.get("/api/v1/users/me", &user).await.expect(200).body["data"]["quotas"].clone();
    assert_eq!((&quotas["storage_bytes"]["used"], &quotas["storage_bytes"]["remaining"]), (&json!(garment), &json!(garment)));
    app.form(Method::POST, "/api/v1/clothing", &user, form()).await.expect(201);
    app.stop().await;
}

#[tokio::test]
async fn results_are_counted_and_limits_are_of_the_role() {
    let app = app("user=0,admin=unlimited", RoleLimits::default()).await;
    let user = app.user("user").await;
    app.body(&user).await;
    let clothing = app.clothing(&user, "tee", "tops").await;
    app.json(Method::POST, "/api/v1/tryon", Some(&user), json!({"clothing_id": clothing["id"]})).await.error(429, "QUOTA_EXCEEDED");
    let admin = app.admin().await;
    app.body(&admin).await;
    let storage = async || app.get("/api/v1/users/me", &admin).await.expect(200).body["data"]["quotas"]["storage_bytes"]["used"].as_u64();
    let tryon = app.tryon(&admin).await;
    let before = storage().await.unwrap();
    app.start_worker();
    let path = format!("/api/v1/tryon/{}", tryon["id"].as_str().unwrap());
    app.until(&path, &admin, |body| body["data"]["tryon"]["status"] == "completed").await;
    assert!(storage().await.unwrap() > before, "the result takes room");
    app.delete(&path, &admin).await.expect(204);
    assert_eq!(storage().await.unwrap(), before);
    assert_eq!(Role::Admin.as_str(), "admin");
    app.stop().await;
}

#[tokio::test]
async fn a_tryon_tells_what_its_owner_had_agreed_to() {
    let settings = IdentitySettings { consent_version: Some("2026-11".to_owned()), ..IdentitySettings::default() };
    let app = TestApp::start_with(|_| {}, settings).await;
    let user = app.user("user").await;
    app.body(&user).await;
    let clothing = app.clothing(&user, "tee", "tops").await;
    let wish = json!({"clothing_id": clothing["id"]});
    app.json(Method::POST, "/api/v1/tryon", Some(&user), wish.clone()).await.error(403, "CONSENT_REQUIRED");
    app.json(Method::PUT, "/api/v1/users/me/consent", Some(&user), json!({"version": "2026-11"})).await.expect(200);
    let asked = app.json(Method::POST, "/api/v1/tryon", Some(&user), wish).await.expect(202).body["data"]["tryon"].clone();
    assert_eq!(asked["consent"]["version"], "2026-11");
    assert!(asked["consent"]["at"].as_str().unwrap().ends_with('Z'), "{asked}");
    let export = app.get("/api/v1/users/me/export", &user).await.expect(200).body.to_string();
    assert!(export.contains("\"consent\":{\"at\":"), "{export}");
    app.stop().await;
}

//! Accounts over HTTP: the shapes and journeys clients rely on.

use std::time::Duration;

use atelier_domain::identity::IdentitySettings;
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::app::{Answer, PASSWORD, TestApp, image_part};

async fn post(app: &TestApp, path: &str, body: Value) -> Answer {
    app.json(Method::POST, &format!("/api/v1/auth/{path}"), None, body).await
}

#[tokio::test]
async fn sign_up_answers_tokens_and_the_user_as_oauth2_clients_expect() {
    let app = TestApp::start().await;
    let body = json!({"email": " User@Example.com ", "password": "securepassword123", "name": "John Doe"});
    let answer = post(&app, "signup", body).await.expect(201).body;
    assert_eq!((answer["status"].as_str(), answer["token_type"].as_str()), (Some("success"), Some("bearer")));
    assert_eq!(answer["expires_in"], 900);
    let user = &answer["data"]["user"];
    assert_eq!((user["email"].as_str(), user["role"].as_str()), (Some("user@example.com"), Some("user")));
    assert_eq!((user["is_active"].as_bool(), user["email_verified"].as_bool()), (Some(true), Some(false)));
    assert!(user["avatar_url"].is_null() && user["data_user_id"].as_str().unwrap().len() == 36);
    assert_eq!(user["id"].as_str().unwrap().len(), 24);
    assert!(!answer.to_string().contains("password"), "{answer}");
    app.stop().await;
}

#[tokio::test]
async fn sign_up_names_every_field_at_fault_and_a_taken_address() {
    let app = TestApp::start().await;
    let answer = post(&app, "signup", json!({"email": "no", "password": "short", "name": "x"})).await.error(400, "VALIDATION_ERROR");
    let mut fields: Vec<_> =
        answer.body["error"]["details"]["fields"].as_array().unwrap().iter().map(|f| f["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["email", "name", "password"]);
    app.user("a").await;
    post(&app, "signup", json!({"email": "A@EXAMPLE.com", "password": PASSWORD, "name": "John"})).await.error(409, "EMAIL_TAKEN");
    app.stop().await;
}

#[tokio::test]
async fn sign_in_takes_json_and_the_oauth2_form_and_answers_the_same_to_both_mistakes() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    post(&app, "login", json!({"email": user.email, "password": PASSWORD})).await.expect(200);
    let form = |password: &str| {
        let fields = [("grant_type", "password"), ("username", user.email.as_str()), ("password", password)];
        app.send(app.request(Method::POST, "/api/v1/auth/login", None).form(&fields))
    };
    assert!(form(PASSWORD).await.expect(200).body["access_token"].is_string());
    let wrong = form("wrongpassword").await.error(401, "UNAUTHORIZED");
    let unknown = post(&app, "login", json!({"email": "nobody@example.com", "password": PASSWORD})).await.error(401, "UNAUTHORIZED");
    assert_eq!(wrong.body["error"]["message"], unknown.body["error"]["message"]);
    assert_eq!(wrong.header("www-authenticate"), "Bearer");
    app.stop().await;
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_account_from_that_address_for_a_while() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    for _ in 0..5 {
        post(&app, "login", json!({"email": user.email, "password": "wrongpassword"})).await.error(401, "UNAUTHORIZED");
    }
    let blocked = post(&app, "login", json!({"email": user.email, "password": PASSWORD})).await.error(429, "TOO_MANY_ATTEMPTS");
    assert!(blocked.header("retry-after").parse::<u64>().unwrap() > 0);
    app.clock.advance(Duration::from_secs(15 * 60 + 1));
    post(&app, "login", json!({"email": user.email, "password": PASSWORD})).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn refresh_tokens_rotate_and_a_reused_one_ends_its_family() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let refresh = |token: String| post(&app, "refresh", json!({"refresh_token": token}));
    let second = refresh(user.refresh_token.clone()).await.expect(200).body["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(second, user.refresh_token);
    refresh(user.refresh_token.clone()).await.error(401, "UNAUTHORIZED");
    refresh(second).await.error(401, "UNAUTHORIZED");
    app.stop().await;
}

#[tokio::test]
async fn access_tokens_end_after_fifteen_minutes_and_with_the_account() {
    let app = TestApp::start().await;
    let (user, admin) = (app.user("a").await, app.admin().await);
    app.json(Method::PATCH, &format!("/api/v1/users/{}", user.id), Some(&admin), json!({"is_active": false})).await.expect(200);
    app.get("/api/v1/users/me", &user).await.error(401, "UNAUTHORIZED");
    app.clock.advance(Duration::from_secs(901));
    app.get("/api/v1/users/me", &admin).await.error(401, "UNAUTHORIZED");
    app.stop().await;
}

#[tokio::test]
async fn a_reset_code_comes_by_mail_works_once_and_ends_every_session() {
    let app = TestApp::start().await;
    app.start_worker();
    let user = app.user("a").await;
    post(&app, "forgot-password", json!({"email": "nobody@example.com"})).await.expect(202);
    post(&app, "forgot-password", json!({"email": user.email})).await.expect(202);
    let mail = loop {
        if let Some(mail) = app.mailer.sent().pop() {
            break mail;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(mail.to.as_str(), user.email);
    let digits: Vec<&str> = mail.text.split(|c: char| !c.is_ascii_digit()).filter(|word| word.len() == 6).collect();
    let reset = |code: &str| post(&app, "reset-password", json!({"email": user.email, "code": code, "new_password": "another-password"}));
    let wrong = if digits[0] == "000000" { "000001" } else { "000000" };
    reset(wrong).await.error(400, "RESET_CODE_INVALID");
    reset(digits[0]).await.expect(204);
    reset(digits[0]).await.error(400, "RESET_CODE_INVALID");
    post(&app, "refresh", json!({"refresh_token": user.refresh_token})).await.error(401, "UNAUTHORIZED");
    app.log_in(&user.email, "another-password").await;
    app.stop().await;
}

#[tokio::test]
async fn a_magic_link_points_behind_the_hash_and_signs_in_once() {
    let app = TestApp::start().await;
    app.start_worker();
    let user = app.user("a").await;
    post(&app, "magic-link", json!({"email": user.email})).await.expect(202);
    let mail = loop {
        if let Some(mail) = app.mailer.sent().pop() {
            break mail;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let (_, rest) = mail.text.split_once(&format!("{}/#magic=", app.base)).unwrap();
    let token: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
    let consume = || post(&app, "magic-link/consume", json!({"token": token}));
    assert_eq!(consume().await.expect(200).body["data"]["user"]["id"], user.id.as_str());
    consume().await.error(401, "LINK_INVALID");
    app.stop().await;
}

#[tokio::test]
async fn the_profile_password_avatar_and_sessions_can_be_changed() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let other = app.log_in(&user.email, PASSWORD).await;
    let patch = |body: Value| app.json(Method::PATCH, "/api/v1/users/me", Some(&user), body);
    assert_eq!(patch(json!({"name": "Jane Roe"})).await.expect(200).body["data"]["user"]["name"], "Jane Roe");
    assert_ne!(patch(json!({"email": "new@example.com"})).await.status, 200, "an address change needs the password");
    let changed = patch(json!({"email": "new@example.com", "current_password": PASSWORD})).await.expect(200);
    assert_eq!(changed.body["data"]["user"]["email"], "new@example.com");
    let form = Form::new().part("image", image_part("me"));
    let avatar = app.form(Method::PUT, "/api/v1/users/me/avatar", &user, form).await.expect(200);
    let url = avatar.body["data"]["user"]["avatar_url"].as_str().unwrap().to_owned();
    assert_eq!(app.client.get(url).send().await.unwrap().status(), 200);
    app.delete("/api/v1/users/me/avatar", &user).await.expect(204);
    assert_eq!(app.get("/api/v1/auth/sessions", &user).await.body["data"]["sessions"].as_array().unwrap().len(), 2);
    let body = json!({"current_password": PASSWORD, "new_password": "another-password"});
    app.json(Method::PUT, "/api/v1/users/me/password", Some(&user), body).await.expect(204);
    post(&app, "refresh", json!({"refresh_token": other.refresh_token})).await.error(401, "UNAUTHORIZED");
    post(&app, "refresh", json!({"refresh_token": user.refresh_token})).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn administrators_list_count_and_change_accounts() {
    let app = TestApp::start().await;
    let (user, admin) = (app.user("a").await, app.admin().await);
    let list = app.get("/api/v1/users?role=user&page=1&limit=5", &admin).await.expect(200).body;
    assert_eq!((list["pagination"]["page"].as_u64(), list["pagination"]["limit"].as_u64()), (Some(1), Some(5)));
    assert_eq!((list["pagination"]["total"].as_u64(), list["data"]["users"][0]["id"].as_str()), (Some(1), Some(user.id.as_str())));
    app.get("/api/v1/users/stats", &admin).await.expect(200);
    let path = format!("/api/v1/users/{}", user.id);
    let patched = app.json(Method::PATCH, &path, Some(&admin), json!({"role": "étudiants"})).await.expect(200);
    assert_eq!(patched.body["data"]["user"]["role"], "student");
    app.delete(&path, &admin).await.expect(204);
    app.get("/api/v1/users/me", &user).await.error(401, "UNAUTHORIZED");
    app.stop().await;
}

#[tokio::test]
async fn consent_is_asked_for_when_the_operator_says_so() {
    let settings = IdentitySettings { consent_version: Some("2026-11".to_owned()), ..IdentitySettings::default() };
    let app = TestApp::start_with(|_| {}, settings).await;
    let user = app.user("a").await;
    app.body(&user).await;
    let tee = app.clothing(&user, "tee", "tops").await;
    let ask = || app.json(Method::POST, "/api/v1/tryon", Some(&user), json!({"clothing_id": tee["id"]}));
    ask().await.error(403, "CONSENT_REQUIRED");
    app.json(Method::PUT, "/api/v1/users/me/consent", Some(&user), json!({"version": "2026-11"})).await.expect(200);
    ask().await.expect(202);
    app.stop().await;
}

#[tokio::test]
async fn export_shows_everything_and_erasure_leaves_no_file() {
    let app = TestApp::start().await;
    let (user, other) = (app.user("a").await, app.user("b").await);
    app.body(&user).await;
    app.tryon(&user).await;
    app.clothing(&other, "kept", "tops").await;
    let export = app.get("/api/v1/users/me/export", &user).await.expect(200).body.to_string();
    for held in [user.email.as_str(), "tee", "175", "/files/body/", "tryon.updated"] {
        assert!(export.contains(held), "{held} in {export}");
    }
    app.json(Method::DELETE, "/api/v1/users/me", Some(&user), json!({"password": "wrongpassword"})).await.error(401, "UNAUTHORIZED");
    app.json(Method::DELETE, "/api/v1/users/me", Some(&user), json!({"password": PASSWORD})).await.expect(202);
    app.get("/api/v1/users/me", &user).await.error(401, "UNAUTHORIZED");
    app.start_worker();
    for _ in 0..200 {
        if app.objects.keys().iter().all(|key| !key.as_str().contains(&user.id)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let keys = app.objects.keys();
    assert!(keys.iter().all(|key| !key.as_str().contains(&user.id)), "{keys:?}");
    assert!(keys.iter().any(|key| key.as_str().contains(&other.id)), "another person's files stay");
    app.stop().await;
}

//! The embedded default, killed at random moments of uploads, try-ons and erasures (3 times, 25 with SOAK=1): whatever was answered is there,
//! what is repeated under its idempotency key happens once, and nothing is left of people who went.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use uuid::Uuid;

use crate::commands::run;
use crate::process::{Api, is_terminal, picture_form, with_person};

/// The latest moment of a round at which the process is killed.
const LATEST: Duration = Duration::from_millis(2_500);

fn kills() -> usize {
    if std::env::var("SOAK").is_ok_and(|soak| soak == "1") { 25 } else { 3 }
}

/// A person who goes in the round of that number.
struct Leaver {
    email: String,
    token: String,
}

fn login(email: &str) -> Value {
    json!({"email": email, "password": "securepassword123"})
}

/// Uploads a garment under a key: its id, or nothing when the process was gone before it answered.
async fn upload(api: &Api, key: &str) -> Option<String> {
    let form = picture_form("garments/tee_white.jpg").text("name", key.to_owned()).text("category", "tops");
    let request = api.client.post(format!("{}/api/v1/clothing", api.base)).bearer_auth(&api.token);
    let answer = request.header("idempotency-key", key).multipart(form).send().await.ok()?;
    let (status, text) = (answer.status(), answer.text().await.ok()?);
    assert!(status.is_success() || status == StatusCode::SERVICE_UNAVAILABLE, "{key}: {status} {text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    Some(body["data"]["clothing"]["id"].as_str()?.to_owned())
}

async fn ask(api: &Api, garment: &str, key: &str) -> Option<String> {
    let request = api.client.post(format!("{}/api/v1/tryon", api.base)).bearer_auth(&api.token);
    let answer = request.header("idempotency-key", key).json(&json!({"clothing_id": garment})).send().await.ok()?;
    let (status, text) = (answer.status(), answer.text().await.ok()?);
    assert!(status.is_success() || status == StatusCode::SERVICE_UNAVAILABLE, "{key}: {status} {text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    Some(body["data"]["tryon"]["id"].as_str()?.to_owned())
}

/// Whether the person is gone, or the process was before it said so.
async fn leave(api: &Api, leaver: &Leaver) -> Option<()> {
    let request = api.client.delete(format!("{}/api/v1/users/me", api.base)).bearer_auth(&leaver.token);
    let answer = request.json(&json!({"password": "securepassword123"})).send().await.ok()?;
    let (status, text) = (answer.status(), answer.text().await.ok()?);
    // Who is gone already is no longer known.
    assert!(status.is_success() || status == StatusCode::UNAUTHORIZED, "{status} {text}");
    Some(())
}

/// Tries again until the process answers.
async fn insist<T>(attempt: impl AsyncFn() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(done) = attempt().await {
            return done;
        }
        assert!(Instant::now() < until, "never answered");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn kill_9_at_random_moments_loses_and_doubles_nothing_and_leaves_nothing_behind() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[]).await;
    let mut leavers = Vec::new();
    for number in 0..kills() {
        let email = format!("leaver-{number}@example.com");
        with_person(&mut api, &email, "person_1.jpg", "garments/tee_white.jpg").await;
        leavers.push(Leaver { email, token: api.token.clone() });
    }
    let tee = with_person(&mut api, "keeper@example.com", "person_2.jpg", "garments/g_longsleeve.jpg").await;

    let (mut keys, mut answered) = (Vec::new(), Vec::new());
    for (round, leaver) in leavers.iter().enumerate() {
        let moment = Duration::from_millis(u64::try_from(Uuid::new_v4().as_u128() % LATEST.as_millis()).unwrap());
        let uploads = async {
            let mut sent = Vec::new();
            for number in 0.. {
                let key = format!("garment-{round}-{number}");
                let id = upload(&api, &key).await;
                let is_over = id.is_none();
                sent.push((key, id));
                if is_over {
                    break;
                }
            }
            sent
        };
        let tryon = async {
            let key = format!("tryon-{round}");
            let id = ask(&api, &tee, &key).await;
            (key, id)
        };
        let erasure = async {
            tokio::time::sleep(moment.mul_f64(0.8)).await;
            leave(&api, leaver).await
        };
        let pid = api.process.id();
        let killed = async {
            tokio::time::sleep(moment).await;
            let status = std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap();
            assert!(status.success());
        };
        let (uploads, tryon, _, ()) = tokio::join!(uploads, tryon, erasure, killed);
        answered.extend(uploads.iter().filter_map(|(_, id)| id.clone()));
        keys.extend(uploads.into_iter().map(|(key, _)| key));
        let token = api.token.clone();
        api.process.kill();
        api = Api { token, ..Api::start(data.path(), &[]).await };
        // A client repeats what was not answered, under the same key.
        let asked = insist(async || ask(&api, &tee, &tryon.0).await).await;
        assert!(tryon.1.is_none_or(|before| before == asked), "killed after {moment:?}");
        insist(async || leave(&api, leaver).await).await;
    }

    for id in &answered {
        let garment = api.call(Method::GET, &format!("/clothing/{id}"), |r| r).await["data"]["clothing"].clone();
        assert!(api.picture(garment["image_url"].as_str().unwrap()).await.starts_with(b"\xff\xd8\xff"));
    }
    for key in &keys {
        insist(async || upload(&api, key).await).await;
    }
    let garments = api.call(Method::GET, "/clothing?limit=1", |r| r).await;
    assert_eq!(garments["pagination"]["total"].as_u64(), Some(keys.len() as u64 + 1), "{garments}");

    for round in 0..leavers.len() {
        let id = insist(async || ask(&api, &tee, &format!("tryon-{round}")).await).await;
        let done = api.tryon_until(&id, Duration::from_secs(180), is_terminal).await;
        let succeeded = done["attempts"].as_array().unwrap().iter().filter(|attempt| attempt.to_string().contains("succeeded")).count();
        assert_eq!((done["status"].as_str(), succeeded), (Some("completed"), 1), "{done}");
        assert!(api.picture(done["result_image_url"].as_str().unwrap()).await.starts_with(b"\xff\xd8\xff"));
    }
    let tryons = api.call(Method::GET, "/tryon?limit=1", |r| r).await;
    assert_eq!(tryons["pagination"]["total"].as_u64(), Some(leavers.len() as u64), "{tryons}");
    for leaver in &leavers {
        let request = api.client.post(format!("{}/api/v1/auth/login", api.base)).json(&login(&leaver.email));
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "{}", leaver.email);
    }

    // What a cut-off upload or erasure left is found and removed, and then nothing is.
    let check = |arguments: &[&str]| {
        let output = run("atelier-admin", arguments, data.path(), "");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    check(&["integrity", "--repair", "--grace-minutes", "0"]);
    let clean = check(&["integrity", "--grace-minutes", "0"]);
    assert!(clean.contains("0 files missing, 0 files of nothing"), "{clean}");
    assert_eq!(api.process.terminate().await.0, Some(0));
    let file = SqliteConnectOptions::new().filename(data.path().join("atelier.sqlite")).read_only(true);
    let mut database = SqliteConnection::connect_with(&file).await.unwrap();
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut database).await.unwrap();
    assert_eq!(verdict, "ok");
}

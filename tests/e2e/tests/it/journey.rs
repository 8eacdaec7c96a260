//! From sign-up to the picture and to erasure.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::process::{Api, is_terminal};

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

#[tokio::test]
async fn a_person_signs_up_tries_a_shirt_on_keeps_it_as_favourite_and_leaves_without_a_trace() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[]).await;
    api.sign_up("user@example.com").await;
    let body = api.put_body("person_1.jpg").await;
    assert_eq!(body["photo_findings"], json!([]), "the sample person is a good photo");
    let tee = api.add_top("garments/g_tee.jpg").await;
    let id = api.ask(&tee).await;
    let tryon = api.tryon_until(&id, Duration::from_secs(60), is_terminal).await;
    assert_eq!(tryon["status"], "completed", "{tryon}");
    assert!(tryon["preview"] == true && tryon["model_used"].is_string() && tryon["confidence"].is_number(), "{tryon}");
    let picture = api.picture(tryon["result_image_url"].as_str().unwrap()).await;
    assert!(picture.starts_with(b"\xff\xd8\xff") && picture.len() > 10_000);
    let thumbnail = api.picture(tryon["thumbnail_url"].as_str().unwrap()).await;
    assert!(thumbnail.starts_with(b"\xff\xd8\xff") && thumbnail.len() < picture.len());
    api.call(Method::POST, "/favorites", |r| r.json(&json!({"tryon_id": id}))).await;
    assert!(!files_below(&data.path().join("objects")).is_empty());

    api.call(Method::DELETE, "/users/me", |r| r.json(&json!({"password": "securepassword123"}))).await;
    let gone = async {
        while !files_below(&data.path().join("objects")).is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.unwrap();
    let (code, took) = api.process.terminate().await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(10), "{took:?}");
    let log = api.process.log();
    for secret in ["user@example.com", "securepassword123", &api.token] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn a_picture_without_a_person_is_refused_with_advice_and_never_becomes_a_broken_picture() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[]).await;
    api.sign_up("user@example.com").await;
    let body = api.put_body("garments/g_jeans.jpg").await;
    assert_ne!(body["photo_findings"], json!([]), "the upload says what is wrong already");
    let tee = api.add_top("garments/g_tee.jpg").await;
    let id = api.ask(&tee).await;
    let tryon = api.tryon_until(&id, Duration::from_secs(60), is_terminal).await;
    assert_eq!((tryon["status"].as_str(), tryon["error"]["code"].as_str()), (Some("failed"), Some("POSE_NOT_FOUND")), "{tryon}");
    assert!(tryon["error"]["advice"].as_str().unwrap().len() > 10 && tryon["result_image_url"].is_null());
}

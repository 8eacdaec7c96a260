//! `kill -9` at a bad moment.

use std::time::Duration;

use crate::process::{Api, is_terminal};

#[tokio::test]
async fn a_try_on_cut_off_by_kill_9_completes_once_after_the_restart() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[]).await;
    api.sign_up("user@example.com").await;
    api.put_body("person_2.jpg").await;
    let tee = api.add_top("garments/g_longsleeve.jpg").await;
    let id = api.ask(&tee).await;
    api.tryon_until(&id, Duration::from_secs(30), |tryon| tryon["status"] != "pending").await;
    api.process.kill();

    let mut again = Api::start(data.path(), &[]).await;
    again.token.clone_from(&api.token);
    let tryon = again.tryon(&id).await;
    assert_eq!(tryon["status"], "processing", "it was cut off in the middle: {tryon}");
    // the dead process's lease has to end first
    let done = again.tryon_until(&id, Duration::from_secs(90), is_terminal).await;
    assert_eq!(done["status"], "completed", "{done}");
    let attempts = done["attempts"].as_array().unwrap();
    let succeeded = attempts.iter().filter(|attempt| attempt.to_string().contains("succeeded")).count();
    assert_eq!((attempts.len(), succeeded), (2, 1), "{attempts:?}");
    let url = done["result_image_url"].as_str().unwrap().to_owned();
    assert!(again.picture(&url).await.starts_with(b"\xff\xd8\xff"));
}

#[tokio::test]
async fn whatever_was_answered_with_success_is_there_after_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[("EMBEDDED_WORKER", "false")]).await;
    api.sign_up("user@example.com").await;
    api.put_body("person_1.jpg").await;
    let mut asked = Vec::new();
    for _ in 0..5 {
        let tee = api.add_top("garments/g_tee.jpg").await;
        asked.push(api.ask(&tee).await);
    }
    api.process.kill();
    let mut again = Api::start(data.path(), &[("EMBEDDED_WORKER", "false")]).await;
    again.token.clone_from(&api.token);
    for id in &asked {
        assert_eq!(again.tryon(id).await["status"], "pending");
    }
    assert_eq!(again.process.terminate().await.0, Some(0));
}

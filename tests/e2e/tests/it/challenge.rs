//! Prompt Challenge with the built binaries: an answer whose process is killed on the way.

use std::time::{Duration, Instant};

use atelier_testkit::laboratory::chat::{ChatLab, ChatVendor, Said};
use reqwest::Method;
use serde_json::{Value, json};

use crate::commands::run;
use crate::process::Api;

const WORDS: [&str; 40] = ["mot "; 40];

/// An administrator's token; the password goes through standard input.
async fn admin(api: &Api, data: &std::path::Path) -> String {
    let made = run("atelier-admin", &["create-admin", "--email", "admin@example.com", "--name", "Admin"], data, "securepassword123\n");
    assert!(made.status.success(), "{made:?}");
    let body = json!({"email": "admin@example.com", "password": "securepassword123"});
    api.call(Method::POST, "/auth/login", |request| request.json(&body)).await["access_token"].as_str().unwrap().to_owned()
}

/// A student with a conversation in a running hackathon of 5 prompts; answers the conversation and the hackathon.
async fn stage(api: &mut Api, data: &std::path::Path) -> (String, String) {
    api.sign_up("student@example.com").await;
    let student = std::mem::take(&mut api.token);
    api.token = admin(api, data).await;
    let hackathon = json!({
        "nom": "Hackathon", "dates": {"debut": "2020-01-01T00:00:00Z", "fin": "2099-01-01T00:00:00Z"}, "anonymatActif": true,
        "quotas": {"promptsParEtudiant": 5, "tokensParEtudiant": 8000}, "taches": ["Optimisation de prompts"],
    });
    let made = api.call(Method::POST, "/hackathons", |request| request.json(&hackathon)).await;
    let hackathon = made["data"]["hackathon"]["id"].as_str().unwrap().to_owned();
    api.call(Method::POST, &format!("/hackathons/{hackathon}/statut"), |request| request.json(&json!({"statut": "En cours"}))).await;
    api.token = student;
    let profile = json!({"prenom": "Ada", "nom": "Lovelace", "consentementRGPD": true});
    api.call(Method::PUT, "/participants/me", |request| request.json(&profile)).await;
    let new = json!({"hackathonId": hackathon, "tacheId": "optimisation-de-prompts", "modelName": "gpt-3.5-turbo"});
    let made = api.call(Method::POST, "/conversations", |request| request.json(&new)).await;
    (made["data"]["conversation"]["id"].as_str().unwrap().to_owned(), hackathon)
}

#[tokio::test]
async fn an_answer_cut_off_by_kill_9_is_kept_settled_once_and_the_conversation_goes_on() {
    let slow = Said::of(&WORDS).every(Duration::from_millis(250));
    let lab = ChatLab::start(ChatVendor::OpenAi, "key", vec![slow.into(), Said::of(&["fini"]).into()]).await;
    let url = lab.base_url();
    let settings = [("OPENAI_API_KEY", "key"), ("OPENAI_BASE_URL", url.as_str())];
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &settings).await;
    let (conversation, hackathon) = stage(&mut api, data.path()).await;
    let messages = format!("/conversations/{conversation}/messages");

    let prompt = api.client.post(format!("{}/api/v1{messages}", api.base)).bearer_auth(&api.token).json(&json!({"content": "Bonjour"}));
    let asking = tokio::spawn(prompt.send());
    let list = async |api: &Api| api.call(Method::GET, &messages, |request| request).await["data"]["messages"].clone();
    let begun = Instant::now();
    while list(&api).await[1]["content"].as_str().is_none_or(str::is_empty) {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing of the answer was saved");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let quota = async |api: &Api| {
        api.call(Method::GET, &format!("/hackathons/{hackathon}/quota"), |request| request).await["data"]["quota"].clone()
    };
    assert_eq!(quota(&api).await["prompts"]["reserved"], 1);
    api.process.kill();
    drop(asking.await);

    let mut again = Api::start(data.path(), &settings).await;
    again.token.clone_from(&api.token);
    assert_eq!(quota(&again).await["prompts"]["reserved"], 1, "what was held stays held");
    let begun = Instant::now();
    while quota(&again).await["prompts"]["reserved"] != 0 {
        assert!(begun.elapsed() < Duration::from_secs(90), "never settled: {}", again.process.log());
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let cut = list(&again).await[1].clone();
    let kept = cut["content"].as_str().unwrap();
    assert!(!kept.is_empty() && kept.len() < WORDS.concat().len() && WORDS.concat().starts_with(kept), "{cut}");
    assert_eq!((&cut["state"], &cut["estimated"]), (&json!("interrupted"), &json!(true)));
    let settled = quota(&again).await;
    balanced(&settled);
    let whole = again.call(Method::GET, &format!("/conversations/{conversation}"), |request| request).await["data"]["conversation"].clone();
    assert_eq!(whole["statistiquesIA"]["tokensTotal"], settled["tokens"]["used"]);

    let next = again.call(Method::POST, &messages, |request| request.json(&json!({"content": "Encore"}))).await;
    assert_eq!(next["data"]["message"]["content"], "fini");
    assert_eq!(next["data"]["quota"]["prompts"]["used"], 2);
    balanced(&next["data"]["quota"]);
}

/// Used, reserved and remaining come to the limit.
fn balanced(quota: &Value) {
    for kind in ["prompts", "tokens"] {
        let number = |name: &str| quota[kind][name].as_u64().unwrap();
        assert_eq!(number("used") + number("reserved") + number("remaining"), number("limit"), "{quota}");
    }
}

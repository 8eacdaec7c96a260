//! Prompt Challenge with the built binaries: a hackathon, its students, and what holds of their quotas.

use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::commands::run_with;
use crate::process::Api;

/// Prompts a student has.
const PROMPTS: u64 = 5;

/// A student with a conversation in a running hackathon of 5 prompts and 8000 tokens.
#[derive(Clone)]
pub(crate) struct Student {
    token: String,
    /// The account's address.
    pub(crate) email: String,
    hackathon: String,
    /// The conversation's id.
    pub(crate) conversation: String,
}

/// A running hackathon; answers its id. The administrator is made by the operator's command.
pub(crate) async fn open_hackathon(api: &mut Api, data: &Path, settings: &[(&str, &str)]) -> String {
    let arguments = ["create-admin", "--email", "admin@example.com", "--name", "Admin"];
    let made = run_with("atelier-admin", &arguments, data, settings, "securepassword123\n");
    assert!(made.status.success(), "{made:?}");
    let body = json!({"email": "admin@example.com", "password": "securepassword123"});
    let signed_in = api.call(Method::POST, "/auth/login", |request| request.json(&body)).await;
    api.token = signed_in["access_token"].as_str().unwrap().to_owned();
    let hackathon = json!({
        "nom": "Hackathon", "dates": {"debut": "2020-01-01T00:00:00Z", "fin": "2099-01-01T00:00:00Z"}, "anonymatActif": true,
        "quotas": {"promptsParEtudiant": PROMPTS, "tokensParEtudiant": 8000}, "taches": ["Optimisation de prompts"],
    });
    let made = api.call(Method::POST, "/hackathons", |request| request.json(&hackathon)).await;
    let hackathon = made["data"]["hackathon"]["id"].as_str().unwrap().to_owned();
    api.call(Method::POST, &format!("/hackathons/{hackathon}/statut"), |request| request.json(&json!({"statut": "En cours"}))).await;
    hackathon
}

impl Student {
    /// Signs up and begins a conversation.
    pub(crate) async fn join(api: &mut Api, hackathon: &str, email: &str) -> Self {
        api.sign_up(email).await;
        let profile = json!({"prenom": "Ada", "nom": "Lovelace", "consentementRGPD": true});
        api.call(Method::PUT, "/participants/me", |request| request.json(&profile)).await;
        let new = json!({"hackathonId": hackathon, "tacheId": "optimisation-de-prompts", "modelName": "gpt-3.5-turbo"});
        let made = api.call(Method::POST, "/conversations", |request| request.json(&new)).await;
        let conversation = made["data"]["conversation"]["id"].as_str().unwrap().to_owned();
        Self { token: std::mem::take(&mut api.token), email: email.to_owned(), hackathon: hackathon.to_owned(), conversation }
    }

    /// Sends the first prompt in the background, under an idempotency key; whatever becomes of it.
    pub(crate) fn send(&self, api: &Api) {
        let request = api.client.post(format!("{}/api/v1{}", api.base, self.path("/messages"))).bearer_auth(&self.token);
        let request = request.header("idempotency-key", "first").json(&json!({"content": "Bonjour"}));
        tokio::spawn(request.send());
    }

    /// Sends a prompt and answers the data of the answer.
    pub(crate) async fn prompt(&self, api: &mut Api, key: &str, content: &str) -> Value {
        api.token.clone_from(&self.token);
        let said = json!({"content": content});
        api.call(Method::POST, &self.path("/messages"), |request| request.header("idempotency-key", key).json(&said)).await["data"].clone()
    }

    fn path(&self, rest: &str) -> String {
        format!("/conversations/{}{rest}", self.conversation)
    }

    async fn get(&self, api: &mut Api, path: &str) -> Value {
        api.token.clone_from(&self.token);
        api.call(Method::GET, path, |request| request).await["data"].clone()
    }

    /// The messages.
    pub(crate) async fn messages(&self, api: &mut Api) -> Vec<Value> {
        self.get(api, &self.path("/messages")).await["messages"].as_array().unwrap().clone()
    }

    /// The conversation.
    pub(crate) async fn work(&self, api: &mut Api) -> Value {
        self.get(api, &self.path("")).await["conversation"].clone()
    }

    /// The ledger, of which used, reserved and remaining come to the limit at any instant.
    pub(crate) async fn quota(&self, api: &mut Api) -> Value {
        let quota = self.get(api, &format!("/hackathons/{}/quota", self.hackathon)).await["quota"].clone();
        balanced(&quota);
        quota
    }

    /// Waits until something of the answer was saved; answers its message's id.
    pub(crate) async fn partly_answered(&self, api: &mut Api) -> String {
        let begun = Instant::now();
        loop {
            if let Some(answer) = self.messages(api).await.get(1).filter(|answer| answer["content"] != "") {
                return answer["id"].as_str().unwrap().to_owned();
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "nothing of the answer was saved");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks for the answer to end.
    pub(crate) async fn stop(&self, api: &mut Api, answer: &str) {
        api.token.clone_from(&self.token);
        api.call(Method::POST, &self.path(&format!("/messages/{answer}/stop")), |request| request).await;
    }

    /// Waits until nothing is held any more; answers the ledger.
    pub(crate) async fn settled(&self, api: &mut Api) -> Value {
        let begun = Instant::now();
        loop {
            let quota = self.quota(api).await;
            if quota["prompts"]["reserved"] == 0 && quota["tokens"]["reserved"] == 0 {
                return quota;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "{} is never settled: {}", self.email, api.process.log());
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

/// Used, reserved and remaining come to the limit.
fn balanced(quota: &Value) {
    for kind in ["prompts", "tokens"] {
        let number = |name: &str| quota[kind][name].as_u64().unwrap();
        assert_eq!(number("used") + number("reserved") + number("remaining"), number("limit"), "{quota}");
    }
}

//! What every test of Prompt Challenge begins with.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, User};

impl TestApp {
    /// An account with this role, signed in.
    pub(crate) async fn user_with_role(&self, name: &str, role: &str, admin: &User) -> User {
        let user = self.user(name).await;
        let path = format!("/api/v1/users/{}", user.id);
        self.json(Method::PATCH, &path, Some(admin), json!({ "role": role })).await.expect(200);
        user
    }

    /// A person who takes part: profile and consent.
    pub(crate) async fn participant(&self, name: &str) -> User {
        let user = self.user(name).await;
        let body = json!({
            "prenom": format!("Prenom{name}"), "nom": format!("Nom{name}"), "numeroEtudiant": format!("ETU-{name}-2026"), "consentementRGPD": true,
            "profilEtudiant": {"niveauFormation": "M1", "typeEtude": "Informatique", "groupId": format!("groupe-{name}")},
        });
        self.json(Method::PUT, "/api/v1/participants/me", Some(&user), body).await.expect(201);
        user
    }

    /// A running, anonymous hackathon with this quota of prompts.
    pub(crate) async fn hackathon(&self, admin: &User, prompts: u32) -> Value {
        self.running_hackathon(admin, prompts, true).await
    }

    /// A running hackathon with this quota of prompts.
    pub(crate) async fn running_hackathon(&self, admin: &User, prompts: u32, anonymous: bool) -> Value {
        let body = json!({
            "nom": "Hackathon d'été", "description": "Analyse de données", "objectifs": "Apprendre",
            "dates": {"debut": "2020-01-01T00:00:00Z", "fin": "2099-01-01T00:00:00Z"}, "anonymatActif": anonymous,
            "quotas": {"promptsParEtudiant": prompts, "tokensParEtudiant": 1_000_000},
            "taches": ["Analyse de données avec IA", "Création de chatbot"],
        });
        let made = self.json(Method::POST, "/api/v1/hackathons", Some(admin), body).await.expect(201);
        let id = made.body["data"]["hackathon"]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/hackathons/{id}/statut");
        let running = self.json(Method::POST, &path, Some(admin), json!({"statut": "En cours"})).await.expect(200);
        running.body["data"]["hackathon"].clone()
    }

    pub(crate) async fn conversation(&self, user: &User, hackathon: &Value) -> Value {
        let body = json!({"hackathonId": hackathon["id"], "tacheId": hackathon["taches"][0]["id"]});
        let made = self.json(Method::POST, "/api/v1/conversations", Some(user), body).await.expect(201);
        made.body["data"]["conversation"].clone()
    }

    pub(crate) async fn say(&self, user: &User, conversation: &Value, content: &str) -> Value {
        let path = messages(conversation);
        self.json(Method::POST, &path, Some(user), json!({ "content": content })).await.expect(201).body["data"].clone()
    }

    /// A conversation that was handed in.
    pub(crate) async fn handed_in(&self, user: &User, hackathon: &Value, prompt: &str) -> Value {
        let conversation = self.conversation(user, hackathon).await;
        let answer = self.say(user, &conversation, prompt).await["message"]["content"].clone();
        let path = format!("/api/v1/conversations/{}/version-finale", conversation["id"].as_str().unwrap());
        let body = json!({"promptFinal": prompt, "reponseIAFinale": answer});
        self.json(Method::PUT, &path, Some(user), body).await.expect(200).body["data"]["conversation"].clone()
    }
}

pub(crate) fn messages(conversation: &Value) -> String {
    format!("/api/v1/conversations/{}/messages", conversation["id"].as_str().unwrap())
}

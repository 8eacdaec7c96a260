//! Prompts and answers on the wire: as JSON, as events, under quotas.

use atelier_domain::challenge::chat::{ChatError, ChatErrorKind};
use atelier_testkit::ChatScript;
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::messages;
use crate::app::{TestApp, greeting};

#[tokio::test]
async fn a_prompt_is_answered_as_json_and_the_same_key_never_pays_twice() {
    let app = TestApp::start().await;
    let (admin, student) = (app.admin().await, app.participant("ada").await);
    let hackathon = app.hackathon(&admin, 30).await;
    let conversation = app.conversation(&student, &hackathon).await;
    assert_eq!(conversation["versionFinale"], json!({"promptFinal": "", "reponseIAFinale": "", "soumisLe": null}));
    let ask = || {
        app.request(Method::POST, &messages(&conversation), Some(&student))
            .header("Idempotency-Key", "k1")
            .json(&json!({"content": "Bonjour"}))
    };
    let first = app.send(ask()).await.expect(201).body["data"].clone();
    assert_eq!(
        (&first["message"]["role"], &first["message"]["content"], &first["message"]["tokenCount"]),
        (&json!("assistant"), &json!("Bonjour !"), &json!(30))
    );
    assert_eq!((&first["quota"]["prompts"]["used"], &first["quota"]["tokens"]["used"]), (&json!(1), &json!(50)));
    let again = app.send(ask()).await.expect(201).body["data"].clone();
    assert_eq!((&again["message"]["id"], app.model.asked().len()), (&first["message"]["id"], 1));
    let other = app.request(Method::POST, &messages(&conversation), Some(&student)).header("Idempotency-Key", "k1");
    app.send(other.json(&json!({"content": "Autre"}))).await.error(422, "IDEMPOTENCY_MISMATCH");

    let listed = app.get(&format!("{}?skip=0&limit=1", messages(&conversation)), &student).await.expect(200);
    assert_eq!((&listed.body["pagination"]["total"], &listed.body["data"]["messages"][0]["role"]), (&json!(2), &json!("student")));
    let whole = app.get(&format!("/api/v1/conversations/{}", conversation["id"].as_str().unwrap()), &student).await.expect(200);
    let whole = &whole.body["data"]["conversation"];
    let taken = json!({"modelUtilise": "scripted-1", "tokensTotal": 50, "coutEstime": 0.00005});
    assert_eq!(whole["statistiquesIA"], taken);
    assert!(whole.get("messages").is_none());
    app.stop().await;
}

#[tokio::test]
async fn an_answer_streams_as_events() {
    let app = TestApp::start().await;
    let (admin, student) = (app.admin().await, app.participant("ada").await);
    let hackathon = app.hackathon(&admin, 30).await;
    let conversation = app.conversation(&student, &hackathon).await;
    let ask = || {
        app.request(Method::POST, &messages(&conversation), Some(&student))
            .header("Accept", "text/event-stream")
            .json(&json!({"content": "Bonjour"}))
    };
    let answer = ask().send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (200, "text/event-stream"));
    let events = events(&answer.text().await.unwrap());
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["start", "delta", "delta", "done"]);
    assert_eq!((&events[1].1["text"], &events[2].1["text"]), (&json!("Bon"), &json!("jour !")));
    assert_eq!(events[3].1["usage"]["completionTokens"], 30);
    assert_eq!(events[3].1["quota"]["prompts"]["used"], 1);

    app.model.follow(ChatScript::Refuse(ChatError::refused(ChatErrorKind::Overloaded, "internal words")));
    let text = ask().send().await.unwrap().text().await.unwrap();
    let failed = self::events(&text);
    assert_eq!((failed.last().unwrap().0.as_str(), &failed.last().unwrap().1["code"]), ("error", &json!("MODEL_OVERLOADED")), "{text}");
    assert!(!text.contains("internal words"));
    app.stop().await;
}

fn events(text: &str) -> Vec<(String, Value)> {
    let field = |block: &str, name: &str| block.lines().find_map(|line| line.strip_prefix(name).map(|rest| rest.trim().to_owned()));
    let blocks = text.split("\n\n").filter(|block| block.contains("data:"));
    blocks.map(|block| (field(block, "event:").unwrap(), serde_json::from_str(&field(block, "data:").unwrap()).unwrap())).collect()
}

#[tokio::test]
async fn of_200_prompts_at_once_on_a_quota_of_30_exactly_30_are_answered() {
    let app = TestApp::start().await;
    let (admin, student) = (app.admin().await, app.participant("ada").await);
    let hackathon = app.hackathon(&admin, 30).await;
    let mut paths = Vec::new();
    for _ in 0..200 {
        paths.push(messages(&app.conversation(&student, &hackathon).await));
    }
    let asked = paths.iter().map(|path| app.json(Method::POST, path, Some(&student), json!({"content": "Bonjour"})));
    let mut answered = 0;
    for answer in futures_util::future::join_all(asked).await {
        if answer.status == 201 {
            answered += 1;
        } else {
            assert!(answer.headers.get("retry-after").is_none(), "waiting does not help");
            let refused = answer.error(429, "QUOTA_EXCEEDED");
            assert_eq!(refused.body["error"]["details"]["quota"], "prompts");
        }
    }
    assert_eq!((answered, app.model.asked().len()), (30, 30));
    let quota = app.get(&format!("/api/v1/hackathons/{}/quota", hackathon["id"].as_str().unwrap()), &student).await.expect(200);
    assert_eq!(quota.body["data"]["quota"]["prompts"], json!({"limit": 30, "used": 30, "reserved": 0, "remaining": 0}));
    app.stop().await;
}

#[tokio::test]
async fn a_second_prompt_waits_for_the_first_and_a_stopped_answer_is_kept() {
    let app = TestApp::start().await;
    let (admin, student) = (app.admin().await, app.participant("ada").await);
    let hackathon = app.hackathon(&admin, 30).await;
    let conversation = app.conversation(&student, &hackathon).await;
    app.model.follow(ChatScript::Hang { pieces: vec!["Jusqu'ici".to_owned()] });
    let path = messages(&conversation);
    let asking = app.request(Method::POST, &path, Some(&student)).json(&json!({"content": "Bonjour"}));
    let asking = tokio::spawn(asking.send());
    let listed = app.until(&path, &student, |body| body["pagination"]["total"] == 2).await;
    app.json(Method::POST, &path, Some(&student), json!({"content": "Encore"})).await.error(409, "CONVERSATION_BUSY");
    let stop = format!("{path}/{}/stop", listed["data"]["messages"][1]["id"].as_str().unwrap());
    app.send(app.request(Method::POST, &stop, Some(&student))).await.expect(202);
    let answer: Value = asking.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!((&answer["data"]["message"]["state"], &answer["data"]["message"]["content"]), (&json!("stopped"), &json!("Jusqu'ici")));
    app.model.follow(greeting());
    app.say(&student, &conversation, "Encore").await;
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_with_the_field_at_fault() {
    let app = TestApp::start().await;
    let (admin, student) = (app.admin().await, app.participant("ada").await);
    let hackathon = app.hackathon(&admin, 30).await;
    let (id, task) = (&hackathon["id"], &hackathon["taches"][0]["id"]);
    for (body, field) in [
        (json!({"tacheId": task}), "hackathonId"),
        (json!({"hackathonId": "x", "tacheId": task}), "hackathonId"),
        (json!({"hackathonId": id, "tacheId": "autre"}), "tacheId"),
        (json!({"hackathonId": id, "tacheId": task, "temperature": 0.09}), "temperature"),
        (json!({"hackathonId": id, "tacheId": task, "temperature": 2.01}), "temperature"),
        (json!({"hackathonId": id, "tacheId": task, "maxTokens": 49}), "maxTokens"),
        (json!({"hackathonId": id, "tacheId": task, "maxTokens": 4001}), "maxTokens"),
        (json!({"hackathonId": id, "tacheId": task, "maxTokens": "x"}), "maxTokens"),
    ] {
        let refused = app.json(Method::POST, "/api/v1/conversations", Some(&student), body).await.error(400, "VALIDATION_ERROR");
        assert_eq!(refused.body["error"]["details"]["fields"][0]["field"], field, "{}", refused.body);
    }
    let unknown = json!({"hackathonId": id, "tacheId": task, "modelName": "gpt-99"});
    app.json(Method::POST, "/api/v1/conversations", Some(&student), unknown).await.error(400, "MODEL_NOT_SUPPORTED");
    let conversation = app.conversation(&student, &hackathon).await;
    for content in [json!(""), json!("   "), json!(5), json!(null), json!("x".repeat(16_001))] {
        let refused = app.json(Method::POST, &messages(&conversation), Some(&student), json!({ "content": content })).await;
        refused.error(400, "VALIDATION_ERROR");
    }
    let unwilling = app.user("unwilling").await;
    let body = json!({"hackathonId": id, "tacheId": task});
    app.json(Method::POST, "/api/v1/conversations", Some(&unwilling), body).await.error(403, "CONSENT_REQUIRED");
    app.stop().await;
}

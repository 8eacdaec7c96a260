//! What examiners are told, byte by byte, while a hackathon is anonymous.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, User};

const COMMENT: &str = "Un travail clair et complet.";

const STUDENTS: usize = 500;
const EXAMINERS: usize = 20;
/// Requests at once.
const AT_ONCE: usize = 16;

/// Answers as one text, headers included.
fn as_text(answers: &[Answer]) -> String {
    answers.iter().map(|answer| format!("{:?} {}\n", answer.headers, answer.body)).collect()
}

/// The aliases of an examiner's queue.
async fn queue(app: &TestApp, examiner: &User, hackathon: &str) -> (Answer, Vec<String>) {
    let queue = app.get(&format!("/api/v1/hackathons/{hackathon}/assignments"), examiner).await.expect(200);
    let queued = queue.body["data"]["assignments"].as_array().unwrap();
    let aliases = queued.iter().map(|queued| queued["conversationId"].as_str().unwrap().to_owned()).collect();
    (queue, aliases)
}

/// What an examiner can read of a hackathon, with the first `conversations` of the queue.
async fn readable(app: &TestApp, examiner: &User, hackathon: &str, conversations: usize) -> String {
    let (queue, aliases) = queue(app, examiner, hackathon).await;
    let mut read = vec![queue];
    let paths = aliases.iter().take(conversations).flat_map(|alias| {
        let path = format!("/api/v1/conversations/{alias}");
        [format!("{path}/messages"), path]
    });
    let paths: Vec<String> = paths.collect();
    for some in paths.chunks(AT_ONCE) {
        let answers = join_all(some.iter().map(|path| app.get(path, examiner))).await;
        read.extend(answers.into_iter().map(|answer| answer.expect(200)));
    }
    for path in [
        format!("/api/v1/hackathons/{hackathon}"),
        format!("/api/v1/hackathons/{hackathon}/evaluations/stats"),
        format!("/api/v1/hackathons/{hackathon}/conversations"),
        "/api/v1/evaluations".to_owned(),
        "/api/v1/conversations".to_owned(),
        "/api/v1/participants".to_owned(),
    ] {
        read.push(app.get(&path, examiner).await);
    }
    as_text(&read)
}

/// A student hands in a work that tells in its text whose it is; answers the conversation and what would tell.
async fn telltale(app: &TestApp, hackathon: &Value, name: String) -> (Value, Vec<String>) {
    let student = app.participant(&name).await;
    let prompt = format!("Je suis Prenom{name} NOM{name}, numéro ETU-{name}-2026 du groupe-{name}, {name}@example.com : bonjour");
    let conversation = app.handed_in(&student, hackathon, &prompt).await;
    let messages = app.get(&super::stage::messages(&conversation), &student).await.expect(200);
    let ids = messages.body["data"]["messages"].as_array().unwrap().iter().map(|message| message["id"].as_str().unwrap().to_owned());
    let mut secrets: Vec<String> = ids.collect();
    secrets.extend([student.id.clone(), student.email.clone(), conversation["id"].as_str().unwrap().to_owned()]);
    secrets.extend([format!("prenom{name}"), format!("nom{name}"), format!("etu-{name}"), format!("groupe-{name}")]);
    (conversation, secrets)
}

#[tokio::test]
async fn no_byte_an_examiner_can_read_tells_whose_work_it_is() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let hackathon = app.hackathon(&admin, 30).await;
    let hackathon_id = hackathon["id"].as_str().unwrap();
    let (mut handed_in, mut secrets) = (Vec::new(), Vec::new());
    let numbers: Vec<usize> = (0..STUDENTS).collect();
    for some in numbers.chunks(AT_ONCE) {
        for (conversation, telling) in join_all(some.iter().map(|number| telltale(&app, &hackathon, format!("w{number:03}w")))).await {
            handed_in.push(conversation["id"].as_str().unwrap().to_owned());
            secrets.extend(telling);
        }
    }
    let mut texts = Vec::new();
    for (number, own_id) in handed_in.iter().take(EXAMINERS).enumerate() {
        let examiner = app.user_with_role(&format!("jury{number}"), "examinateur", &admin).await;
        texts.push(readable(&app, &examiner, hackathon_id, if number == 0 { STUDENTS } else { 10 }).await);
        let (_, aliases) = queue(&app, &examiner, hackathon_id).await;
        let body = json!({"conversationId": aliases[0], "note": 7.5, "comment": COMMENT});
        let given = app.json(Method::POST, "/api/v1/evaluations", Some(&examiner), body.clone()).await.expect(201);
        let again = app.json(Method::POST, "/api/v1/evaluations", Some(&examiner), body).await.error(409, "EVALUATION_EXISTS");
        texts.push(as_text(&[given, again]));
        texts.push(readable(&app, &examiner, hackathon_id, 1).await);
        let by_id = app.get(&format!("/api/v1/conversations/{own_id}"), &examiner).await;
        texts.push(as_text(&[by_id.error(404, "NOT_FOUND")]));
    }
    for text in texts {
        let text = text.to_lowercase();
        for secret in &secrets {
            assert!(!text.contains(&secret.to_lowercase()), "{secret}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn the_french_words_of_the_source_and_versions_guard_the_notes() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let examiner = app.user_with_role("jury", "examiner", &admin).await;
    let hackathon = app.hackathon(&admin, 30).await;
    let student = app.participant("ada").await;
    app.handed_in(&student, &hackathon, "Bonjour").await;
    let queue = app.get(&format!("/api/v1/hackathons/{}/assignments", hackathon["id"].as_str().unwrap()), &examiner).await;
    let alias = queue.expect(200).body["data"]["assignments"][0]["conversationId"].clone();
    for (note, message) in [
        (json!(0.5), "La note doit être au minimum de 1"),
        (json!(10.5), "La note doit être au maximum de 10"),
        (json!(7.25), "La note doit être un multiple de 0.5"),
    ] {
        let body = json!({"conversationId": alias, "note": note, "comment": COMMENT});
        let refused = app.json(Method::POST, "/api/v1/evaluations", Some(&examiner), body).await.error(400, "VALIDATION_ERROR");
        assert_eq!(refused.body["error"]["details"]["fields"], json!([{"field": "note", "message": message}]));
    }
    let short = json!({"conversationId": alias, "note": 5, "comment": "123456789"});
    let refused = app.json(Method::POST, "/api/v1/evaluations", Some(&examiner), short).await.error(400, "VALIDATION_ERROR");
    assert_eq!(refused.body["error"]["details"]["fields"][0]["message"], "Le commentaire doit contenir au moins 10 caractères");
    let scale = app.get("/api/v1/evaluations/scale", &student).await.expect(200);
    assert!(scale.body["data"].to_string().contains("Très insuffisant"), "{}", scale.body);

    let body = json!({"conversationId": alias, "note": 5, "comment": COMMENT});
    let given = app.json(Method::POST, "/api/v1/evaluations", Some(&examiner), body).await.expect(201);
    let path = format!("/api/v1/evaluations/{}", given.body["data"]["evaluation"]["id"].as_str().unwrap());
    let patch = |etag: &str| app.request(Method::PATCH, &path, Some(&examiner)).header("If-Match", etag).json(&json!({"note": 6}));
    let changed = app.send(patch(given.header("etag"))).await.expect(200);
    assert_eq!(changed.body["data"]["evaluation"]["version"], 2);
    app.send(patch(given.header("etag"))).await.error(409, "PRECONDITION_FAILED");
    let stats = app.get(&format!("/api/v1/hackathons/{}/evaluations/stats", hackathon["id"].as_str().unwrap()), &admin).await.expect(200);
    assert_eq!(stats.body["data"], json!({"averageNote": 6.0, "totalEvaluations": 1, "maxNote": 6.0, "minNote": 6.0}));
    app.delete(&path, &examiner).await.expect(204);
    app.stop().await;
}

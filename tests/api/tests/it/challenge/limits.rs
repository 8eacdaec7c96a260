//! What people are told of budgets, of what they give away, and of grading that goes on.

use reqwest::Method;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn the_quota_shows_the_accounts_own_budget_too() {
    let app = TestApp::start().await;
    let (admin, student) = (app.admin().await, app.participant("ada").await);
    let hackathon = app.hackathon(&admin, 30).await;
    let quota = format!("/api/v1/hackathons/{}/quota", hackathon["id"].as_str().unwrap());
    let unlimited = json!({"tokensAuthorized": null, "tokensUsed": 0, "tokensReserved": 0, "tokensRemaining": null});
    let newcomer = app.user("newcomer").await;
    assert_eq!(app.get(&quota, &newcomer).await.expect(200).body["data"]["compte"], unlimited);

    let budget = format!("/api/v1/participants/{}/tokens", student.id);
    app.json(Method::PUT, &budget, Some(&admin), json!({"tokensAuthorized": 1_000})).await.expect(200);
    let conversation = app.conversation(&student, &hackathon).await;
    app.say(&student, &conversation, "Bonjour").await;
    let seen = app.get(&quota, &student).await.expect(200).body["data"].clone();
    assert_eq!(seen["compte"], json!({"tokensAuthorized": 1_000, "tokensUsed": 50, "tokensReserved": 0, "tokensRemaining": 950}));
    assert_eq!(seen["quota"]["tokens"]["used"], 50);
    app.stop().await;
}

#[tokio::test]
async fn who_hands_in_is_warned_of_what_tells_who_it_is() {
    let app = TestApp::start().await;
    let (admin, student) = (app.admin().await, app.participant("ada").await);
    for (anonymous, expected) in [
        (true, vec![("promptFinal", "nom"), ("promptFinal", "email"), ("promptFinal", "numeroEtudiant"), ("messages", "nom")]),
        (false, vec![]),
    ] {
        let hackathon = app.running_hackathon(&admin, 30, anonymous).await;
        let conversation = app.conversation(&student, &hackathon).await;
        let answer = app.say(&student, &conversation, "Je suis Nomada").await["message"]["content"].clone();
        let path = format!("/api/v1/conversations/{}/version-finale", conversation["id"].as_str().unwrap());
        let body = json!({"promptFinal": "Signé Nоmada, ETU ada 2026", "reponseIAFinale": answer});
        let handed_in = app.json(Method::PUT, &path, Some(&student), body).await.expect(200).body["data"].clone();
        assert_eq!(handed_in["conversation"]["versionFinale"]["reponseIAFinale"], answer);
        let warnings = handed_in["avertissements"].as_array().unwrap();
        let told: Vec<_> =
            warnings.iter().map(|warning| (warning["champ"].as_str().unwrap(), warning["nature"].as_str().unwrap())).collect();
        assert_eq!(told, expected);
        assert!(warnings.iter().all(|warning| warning["message"].as_str().unwrap().ends_with("le jury le verra masqué.")));
    }
    app.stop().await;
}

#[tokio::test]
async fn a_hackathon_that_is_being_graded_is_archived_by_force_only() {
    let app = TestApp::start().await;
    let (admin, student) = (app.admin().await, app.participant("ada").await);
    let examiner = app.user_with_role("jury", "examiner", &admin).await;
    let hackathon = app.hackathon(&admin, 30).await;
    let id = hackathon["id"].as_str().unwrap();
    app.handed_in(&student, &hackathon, "Bonjour").await;
    let statut = format!("/api/v1/hackathons/{id}/statut");
    app.json(Method::POST, &statut, Some(&admin), json!({"statut": "Terminé"})).await.expect(200);
    let queue = app.get(&format!("/api/v1/hackathons/{id}/assignments"), &examiner).await.expect(200);
    let alias = queue.body["data"]["assignments"][0]["conversationId"].clone();
    let stats = app.get(&format!("/api/v1/hackathons/{id}/evaluations/stats"), &examiner).await.expect(200);
    assert_eq!(stats.body["data"]["totalEvaluations"], 0);
    let claim = format!("/api/v1/conversations/{}/claim", alias.as_str().unwrap());
    app.json(Method::POST, &claim, Some(&examiner), json!({})).await.expect(200);

    let archive = json!({"statut": "Archivé"});
    let refused = app.json(Method::POST, &statut, Some(&admin), archive.clone()).await.error(409, "INVALID_TRANSITION");
    assert!(refused.body["error"]["message"].as_str().unwrap().contains("force: true"), "{}", refused.body);
    let wrong = json!({"statut": "Archivé", "force": "oui"});
    app.json(Method::POST, &statut, Some(&admin), wrong).await.error(400, "VALIDATION_ERROR");
    let forced = json!({"statut": "Archivé", "force": true});
    app.json(Method::POST, &statut, Some(&examiner), forced.clone()).await.error(403, "FORBIDDEN");
    let archived = app.json(Method::POST, &statut, Some(&admin), forced).await.expect(200);
    assert_eq!(archived.body["data"]["hackathon"]["statut"], "Archivé");
    app.stop().await;
}

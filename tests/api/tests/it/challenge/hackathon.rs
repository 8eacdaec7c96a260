//! Participants and hackathons on the wire.

use reqwest::Method;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn a_participant_is_made_with_the_first_put_and_says_what_the_source_says() {
    let app = TestApp::start().await;
    let user = app.user("ada").await;
    app.get("/api/v1/participants/me", &user).await.error(404, "NOT_FOUND");
    let body = json!({"prenom": " Ada ", "nom": "Lovelace", "dateNaissance": "2001-12-10", "numeroEtudiant": "E-1815", "consentementRGPD": true,
        "profilEtudiant": {"niveauFormation": "L3", "typeEtude": "Mathématiques"}});
    let made = app.json(Method::PUT, "/api/v1/participants/me", Some(&user), body.clone()).await.expect(201);
    let participant = &made.body["data"]["participant"];
    assert_eq!(
        (&participant["prenom"], &participant["consentementRGPD"], &participant["tokensUsed"]),
        (&json!("Ada"), &json!(true), &json!(0))
    );
    assert_eq!(participant["profilEtudiant"]["typeEtude"], "Mathématiques");
    app.json(Method::PUT, "/api/v1/participants/me", Some(&user), body).await.expect(200);

    for (body, field) in [
        (json!({"nom": "Lovelace"}), "prenom"),
        (json!({"prenom": "Ada", "nom": ""}), "nom"),
        (json!({"prenom": "Ada", "nom": "L", "dateNaissance": "2999-01-01"}), "dateNaissance"),
        (json!({"prenom": 5, "nom": "L"}), "prenom"),
        (json!({"prenom": {"$gt": ""}, "nom": "L"}), "prenom"),
        (
            json!({"prenom": "Ada", "nom": "L", "profilJury": {"niveauDiplome": "x", "posteOccupe": "x", "secteurActivite": "x", "anneesExperience": 1, "nombreETPEmployeur": 1, "expertises": []}}),
            "profilJury",
        ),
    ] {
        let refused = app.json(Method::PUT, "/api/v1/participants/me", Some(&user), body).await.error(400, "VALIDATION_ERROR");
        let fields = &refused.body["error"]["details"]["fields"];
        assert!(fields.as_array().unwrap().iter().any(|fault| fault["field"] == field), "{field}: {fields}");
    }
    for forbidden in ["role", "tokensAuthorized", "tokensUsed"] {
        let body = json!({"prenom": "Ada", "nom": "L", forbidden: 1});
        let status = app.json(Method::PUT, "/api/v1/participants/me", Some(&user), body).await.status.as_u16();
        assert!([400, 403].contains(&status), "{forbidden}: {status}");
    }
    app.json(Method::PUT, "/api/v1/participants/me/consent", Some(&user), json!({"consentementRGPD": false})).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn administrators_see_who_takes_part_by_role_under_any_of_its_names() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.participant("one").await;
    let page = app.get("/api/v1/participants?role=utilisateurs", &admin).await.expect(200);
    assert_eq!((&page.body["pagination"]["total"], &page.body["data"]["participants"][0]["prenom"]), (&json!(1), &json!("Prenomone")));
    assert_eq!(page.body["data"]["participants"][0]["numeroEtudiant"], json!(null), "a list shows names, not numbers");
    let stats = app.get("/api/v1/participants/stats", &admin).await.expect(200);
    assert_eq!(stats.body["data"]["roles"], json!([{"role": "user", "count": 1}]));
    app.stop().await;
}

#[tokio::test]
async fn a_hackathon_goes_its_way_and_says_which_ways_there_are() {
    let app = TestApp::start().await;
    let (admin, student) = (app.admin().await, app.user("student").await);
    let hackathon = app.hackathon(&admin, 30).await;
    assert_eq!(
        (&hackathon["statut"], &hackathon["taches"][0]),
        (&json!("En cours"), &json!({"id": "analyse-de-donnees-avec-ia", "label": "Analyse de données avec IA"}))
    );
    let statut = format!("/api/v1/hackathons/{}/statut", hackathon["id"].as_str().unwrap());
    let refused = app.json(Method::POST, &statut, Some(&admin), json!({"statut": "archived"})).await.error(409, "INVALID_TRANSITION");
    assert_eq!(refused.body["error"]["details"], json!({"from": "En cours", "to": "Archivé", "allowed": ["Terminé"]}));
    app.json(Method::POST, &statut, Some(&admin), json!({"statut": "Fini"})).await.error(400, "VALIDATION_ERROR");

    for query in ["actif=true", "q=ANALYSE%20donnees", "statut=running", "q=ete"] {
        let found = app.get(&format!("/api/v1/hackathons?{query}"), &student).await.expect(200);
        assert_eq!(found.body["data"]["hackathons"][0]["id"], hackathon["id"], "{query}: {}", found.body);
    }
    for query in ["q=analys", "statut=Brouillon", "q=hiver"] {
        let found = app.get(&format!("/api/v1/hackathons?{query}"), &student).await.expect(200);
        assert_eq!(found.body["pagination"]["total"], 0, "{query}");
    }
    let presets = app.get("/api/v1/hackathons/presets", &student).await.expect(200);
    assert_eq!(presets.body["data"]["presets"].as_array().unwrap().len(), 3);
    app.json(Method::POST, &statut, Some(&admin), json!({"statut": "Terminé"})).await.expect(200);
    app.stop().await;
}

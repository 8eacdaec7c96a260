//! Leaderboard, publication, agreement, similar prompts and exports on the wire.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, User};

const COPIED: &str = "Compare deux listes de nombres et montre pas à pas comment trouver les éléments communs";

/// A hackathon with the works of three students, of which the jury has graded two, and those who take part.
struct Held {
    admin: User,
    examiner: User,
    student: User,
    path: String,
}

impl Held {
    async fn with(app: &TestApp, anonymous: bool) -> Self {
        let admin = app.admin().await;
        let (first, second) =
            (app.user_with_role("first", "examiner", &admin).await, app.user_with_role("second", "examiner", &admin).await);
        let hackathon = app.running_hackathon(&admin, 30, anonymous).await;
        let path = format!("/api/v1/hackathons/{}", hackathon["id"].as_str().unwrap());
        let mut students = Vec::new();
        for (name, prompt, notes) in
            [("alice", COPIED, Some([9.0, 8.0])), ("bastien", COPIED, Some([3.0, 7.0])), ("chloe", "=1+1, \"deux\"\nlignes", None)]
        {
            let student = app.participant(name).await;
            app.handed_in(&student, &hackathon, prompt).await;
            let board = app.get(&format!("{path}/leaderboard"), &admin).await.expect(200);
            let newest = board.body["data"]["rows"].as_array().unwrap().iter().find(|row| row["evaluations"] == 0).unwrap().clone();
            for (examiner, note) in [&first, &second].into_iter().zip(notes.into_iter().flatten()) {
                let body = json!({"conversationId": newest["conversationId"], "note": note, "comment": "+1, un très bon travail"});
                app.json(Method::POST, "/api/v1/evaluations", Some(examiner), body).await.expect(201);
            }
            students.push(student);
        }
        Self { admin, examiner: first, student: students.swap_remove(0), path }
    }

    async fn finish(&self, app: &TestApp) {
        app.json(Method::POST, &format!("{}/statut", self.path), Some(&self.admin), json!({"statut": "Terminé"})).await.expect(200);
    }

    async fn publish(&self, app: &TestApp) -> crate::app::Answer {
        app.send(app.request(Method::POST, &format!("{}/results/publish", self.path), Some(&self.admin))).await
    }

    async fn file(&self, app: &TestApp, name: &str) -> String {
        let request = app.request(Method::GET, &format!("{}/{name}", self.path), Some(&self.admin));
        request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
    }
}

#[tokio::test]
async fn results_are_live_for_administrators_until_everybody_sees_them_as_published() {
    let app = TestApp::start().await;
    let held = Held::with(&app, false).await;
    let (board, agreement) = (format!("{}/leaderboard", held.path), format!("{}/agreement", held.path));
    for user in [&held.student, &held.examiner] {
        app.get(&board, user).await.error(404, "NOT_FOUND");
    }
    app.get(&agreement, &held.examiner).await.error(404, "NOT_FOUND");
    app.get(&agreement, &held.student).await.error(403, "FORBIDDEN");
    held.publish(&app).await.error(409, "INVALID_STATE");
    held.finish(&app).await;

    let live = app.get(&board, &held.admin).await.expect(200).body["data"].clone();
    assert_eq!(
        (&live["averageNote"], &live["totalEvaluations"], &live["maxNote"], &live["minNote"]),
        (&json!(6.75), &json!(4), &json!(9.0), &json!(3.0))
    );
    let rows = live["rows"].as_array().unwrap();
    let told = |row: &Value| {
        json!([row["rang"], row["prenom"], row["nom"], row["evaluations"], row["moyenne"], row["mediane"], row["tokens"], row["divergent"]])
    };
    let expected = [
        json!([1, "Prenomalice", "Nomalice", 2, 8.5, 8.5, 50, false]),
        json!([2, "Prenombastien", "Nombastien", 2, 5.0, 5.0, 50, true]),
        json!([null, "Prenomchloe", "Nomchloe", 0, null, null, 50, false]),
    ];
    assert_eq!(rows.iter().map(told).collect::<Vec<_>>(), expected);
    assert!(
        rows.iter()
            .all(|row| row["pseudonyme"].as_str().unwrap().starts_with("Candidat-") && row["tacheId"] == "analyse-de-donnees-avec-ia")
    );
    assert!(rows.iter().all(|row| row["soumisLe"].as_str().unwrap().ends_with('Z')));

    let published = held.publish(&app).await.expect(200).body["data"].clone();
    assert!(published["publishedAt"].as_str().unwrap().ends_with('Z') && published["leaderboard"] == live, "{published}");
    held.publish(&app).await.error(409, "INVALID_STATE");
    for user in [&held.student, &held.examiner] {
        assert_eq!(app.get(&board, user).await.expect(200).body["data"], live);
    }
    let jury = app.get(&agreement, &held.examiner).await.expect(200).body["data"].clone();
    assert_eq!((&jury["compared"], &jury["divergents"]), (&json!(2), &json!([rows[1]["conversationId"]])));
    assert!(["interval", "ordinal", "nominal"].iter().all(|kind| jury["alpha"][kind].is_number()), "{jury}");
    let own =
        jury["examinateurs"].as_array().unwrap().iter().find(|judge| judge["examinerId"] == held.examiner.id.as_str()).unwrap().clone();
    assert_eq!((&own["notes"], &own["moyenne"], &own["biais"]), (&json!(2), &json!(6.0), &json!(-1.5)));
    app.stop().await;
}

#[tokio::test]
async fn an_anonymous_leaderboard_and_its_exports_name_nobody() {
    let app = TestApp::start().await;
    let held = Held::with(&app, true).await;
    held.finish(&app).await;
    let mut told = app.get(&format!("{}/leaderboard", held.path), &held.admin).await.expect(200).body.to_string();
    told.push_str(&held.publish(&app).await.expect(200).body.to_string());
    for name in ["export.csv", "export.json"] {
        for what in ["results", "evaluations", "conversations"] {
            told.push_str(&held.file(&app, &format!("{name}?what={what}")).await);
        }
    }
    assert!(told.contains("Candidat-"));
    for secret in ["prenom", "Prenomalice", "Nomalice", "alice@example.com", held.student.id.as_str()] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    app.stop().await;
}

#[tokio::test]
async fn copied_prompts_are_found_with_where_they_match() {
    let app = TestApp::start().await;
    let held = Held::with(&app, true).await;
    let found = app.get(&format!("{}/similarity", held.path), &held.admin).await.expect(200).body["data"]["taches"].clone();
    assert_eq!((&found[0]["compared"], &found[0]["total"], &found[0]["complete"]), (&json!(3), &json!(1), &json!(true)), "{found}");
    let pair = &found[0]["paires"][0];
    assert_eq!(
        (&pair["jaccard"], &pair["premiereSpans"], &pair["secondeSpans"]),
        (&json!(1.0), &json!([[0, COPIED.len()]]), &json!([[0, COPIED.len()]]))
    );
    assert!(pair["premiere"].as_str().unwrap() < pair["seconde"].as_str().unwrap());
    assert_eq!((&found[1]["compared"], &found[1]["paires"]), (&json!(0), &json!([])));
    app.stop().await;
}

#[tokio::test]
async fn exports_are_the_same_each_time_in_both_formats() {
    let app = TestApp::start().await;
    let held = Held::with(&app, true).await;
    for (what, columns, rows) in [("results", 10, 3), ("evaluations", 7, 4), ("conversations", 10, 3)] {
        let csv = held.file(&app, &format!("export.csv?what={what}")).await;
        assert_eq!(csv, held.file(&app, &format!("export.csv?what={what}")).await);
        assert!(csv.ends_with("\r\n"));
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!((header.len(), records.len()), (columns, rows), "{csv}");
        let json: Vec<Value> = serde_json::from_str(&held.file(&app, &format!("export.json?what={what}")).await).unwrap();
        for (record, object) in records.iter().zip(&json) {
            for (column, cell) in header.iter().zip(record) {
                let same = match &object[column] {
                    Value::Null => cell.is_empty(),
                    Value::String(text) => cell == text || cell == format!("'{text}"),
                    Value::Number(number) => cell.parse().ok() == number.as_f64(),
                    Value::Bool(flag) => cell.parse() == Ok(*flag),
                    _ => false,
                };
                assert!(same, "{what}: {column} is {cell} in CSV, {} in JSON", object[column]);
            }
        }
        assert_eq!(json.len(), rows);
    }
    let conversations = held.file(&app, "export.csv?what=conversations").await;
    assert!(conversations.contains("\"'=1+1, \"\"deux\"\"\nlignes\""), "{conversations}");
    assert!(held.file(&app, "export.csv?what=evaluations").await.contains("\"'+1, un très bon travail\""));
    assert!(held.file(&app, "export.csv?bom=true").await.starts_with("\u{feff}rang,"));
    app.stop().await;
}

#[tokio::test]
async fn an_export_is_an_attachment_with_a_name_and_refuses_words_it_does_not_know() {
    let app = TestApp::start().await;
    let held = Held::with(&app, true).await;
    let csv = app.get(&format!("{}/export.csv?what=evaluations", held.path), &held.admin).await.expect(200);
    let id = held.path.rsplit('/').next().unwrap();
    assert_eq!(csv.header("content-disposition"), format!("attachment; filename=\"hackathon-{id}-evaluations.csv\""));
    assert_eq!((csv.header("content-type"), csv.header("cache-control")), ("text/csv; charset=utf-8; header=present", "no-store"));
    let json = app.get(&format!("{}/export.json", held.path), &held.admin).await.expect(200);
    assert_eq!(json.header("content-type"), "application/json");
    let refused = app.get(&format!("{}/export.csv?what=everything&bom=1", held.path), &held.admin).await.error(400, "VALIDATION_ERROR");
    let fields: Vec<_> =
        refused.body["error"]["details"]["fields"].as_array().unwrap().iter().map(|fault| fault["field"].clone()).collect();
    assert_eq!(fields, ["what", "bom"]);
    for user in [&held.examiner, &held.student] {
        app.get(&format!("{}/export.json", held.path), user).await.error(403, "FORBIDDEN");
    }
    app.stop().await;
}

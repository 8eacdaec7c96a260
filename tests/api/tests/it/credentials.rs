//! Every route, called with no token, a wrong token, another person's token and a wrong role. A route missing here fails the suite.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{TestApp, User};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Access {
    /// Anybody: no token is looked at.
    Public,
    /// Any account, about itself.
    Own,
    /// The owner of the thing in the path; for others it does not exist.
    Owner,
    /// Administrators.
    Admin,
    /// Examiners, and administrators.
    Jury,
    /// Any account, about its own rows: the Core Database Service, whose refusals have codes of their own.
    Data,
    /// A live connection, which answers a bad token with a closed connection.
    Live,
    /// A signed URL.
    Signed,
}

use Access::{Admin, Data, Jury, Live, Own, Owner, Public, Signed};

/// Method, path as in the OpenAPI document, access, a JSON body that passes the form.
fn table() -> Vec<(&'static str, &'static str, Access, Option<Value>)> {
    let id = "0123456789abcdef01234567";
    vec![
        ("POST", "/api/v1/auth/signup", Public, None),
        ("POST", "/api/v1/auth/login", Public, None),
        ("POST", "/api/v1/auth/refresh", Public, None),
        ("POST", "/api/v1/auth/logout", Public, None),
        ("POST", "/api/v1/auth/forgot-password", Public, None),
        ("POST", "/api/v1/auth/reset-password", Public, None),
        ("POST", "/api/v1/auth/verify-email", Public, None),
        ("POST", "/api/v1/auth/magic-link", Public, None),
        ("POST", "/api/v1/auth/magic-link/consume", Public, None),
        ("POST", "/api/v1/auth/verify-email/request", Own, None),
        ("POST", "/api/v1/auth/ws-ticket", Own, None),
        ("GET", "/api/v1/auth/sessions", Own, None),
        ("DELETE", "/api/v1/auth/sessions/{id}", Owner, None),
        ("GET", "/api/v1/users/me", Own, None),
        ("PATCH", "/api/v1/users/me", Own, Some(json!({"name": "Jane Doe"}))),
        ("DELETE", "/api/v1/users/me", Own, Some(json!({"password": "x"}))),
        ("PUT", "/api/v1/users/me/password", Own, Some(json!({"current_password": "x", "new_password": "y"}))),
        ("PUT", "/api/v1/users/me/avatar", Own, None),
        ("DELETE", "/api/v1/users/me/avatar", Own, None),
        ("PUT", "/api/v1/users/me/consent", Own, Some(json!({"version": "1"}))),
        ("GET", "/api/v1/users/me/export", Own, None),
        ("GET", "/api/v1/audit", Admin, None),
        ("GET", "/api/v1/users", Admin, None),
        ("GET", "/api/v1/users/stats", Admin, None),
        ("PATCH", "/api/v1/users/{id}", Admin, Some(json!({"role": "premium"}))),
        ("DELETE", "/api/v1/users/{id}", Admin, None),
        ("POST", "/api/v1/clothing", Own, None),
        ("GET", "/api/v1/clothing", Own, None),
        ("GET", "/api/v1/clothing/stats", Own, None),
        ("GET", "/api/v1/clothing/{id}", Owner, None),
        ("PATCH", "/api/v1/clothing/{id}", Owner, Some(json!({"name": "mine now"}))),
        ("DELETE", "/api/v1/clothing/{id}", Owner, None),
        ("PUT", "/api/v1/clothing/{id}/image", Owner, None),
        ("PUT", "/api/v1/body", Own, None),
        ("GET", "/api/v1/body", Own, None),
        ("PATCH", "/api/v1/body", Own, Some(json!({"height": 180}))),
        ("DELETE", "/api/v1/body", Own, None),
        ("POST", "/api/v1/tryon", Own, Some(json!({"clothing_id": id}))),
        ("GET", "/api/v1/tryon", Own, None),
        ("GET", "/api/v1/tryon/capabilities", Own, None),
        ("GET", "/api/v1/tryon/{id}", Owner, None),
        ("DELETE", "/api/v1/tryon/{id}", Owner, None),
        ("POST", "/api/v1/tryon/{id}/cancel", Owner, None),
        ("POST", "/api/v1/tryon/{id}/retry", Owner, None),
        ("GET", "/api/v1/tryon/ws", Live, None),
        ("GET", "/api/v1/tryon/events", Live, None),
        ("POST", "/api/v1/favorites", Own, Some(json!({"tryon_id": id}))),
        ("GET", "/api/v1/favorites", Own, None),
        ("DELETE", "/api/v1/favorites/{tryon_id}", Owner, None),
        ("POST", "/api/v1/webhooks/endpoints", Own, Some(json!({"url": "https://hooks.example.org"}))),
        ("GET", "/api/v1/webhooks/endpoints", Own, None),
        ("GET", "/api/v1/webhooks/endpoints/{id}", Owner, None),
        ("PATCH", "/api/v1/webhooks/endpoints/{id}", Owner, Some(json!({"url": "https://thief.example.org"}))),
        ("DELETE", "/api/v1/webhooks/endpoints/{id}", Owner, None),
        ("POST", "/api/v1/webhooks/endpoints/{id}/secret", Owner, None),
        ("POST", "/api/v1/webhooks/endpoints/{id}/test", Owner, None),
        ("GET", "/api/v1/webhooks/deliveries", Own, None),
        ("GET", "/api/v1/webhooks/deliveries/{id}", Owner, None),
        ("POST", "/api/v1/webhooks/deliveries/{id}/redeliver", Owner, None),
        ("POST", "/api/v1/webhooks/providers/{provider}", Signed, Some(json!({}))),
        ("POST", "/api/v1/uploads", Own, Some(json!({"content_type": "image/jpeg", "size": 4}))),
        ("GET", "/api/v1/participants/me", Own, None),
        ("PUT", "/api/v1/participants/me", Own, Some(json!({"prenom": "x", "nom": "y"}))),
        ("PUT", "/api/v1/participants/me/consent", Own, Some(json!({"consentementRGPD": true}))),
        ("GET", "/api/v1/participants", Admin, None),
        ("GET", "/api/v1/participants/stats", Admin, None),
        ("PUT", "/api/v1/participants/{id}/tokens", Admin, Some(json!({"tokensAuthorized": 5}))),
        ("GET", "/api/v1/hackathons", Own, None),
        ("POST", "/api/v1/hackathons", Admin, Some(new_hackathon())),
        ("GET", "/api/v1/hackathons/presets", Own, None),
        ("GET", "/api/v1/hackathons/{id}", Own, None),
        ("PATCH", "/api/v1/hackathons/{id}", Admin, Some(json!({"nom": "mine now"}))),
        ("DELETE", "/api/v1/hackathons/{id}", Admin, None),
        ("POST", "/api/v1/hackathons/{id}/statut", Admin, Some(json!({"statut": "Terminé"}))),
        ("GET", "/api/v1/hackathons/{id}/quota", Own, None),
        ("GET", "/api/v1/hackathons/{id}/conversations", Admin, None),
        ("GET", "/api/v1/hackathons/{id}/assignments", Jury, None),
        ("GET", "/api/v1/hackathons/{id}/evaluations/stats", Owner, None),
        ("GET", "/api/v1/hackathons/{id}/leaderboard", Owner, None),
        ("POST", "/api/v1/hackathons/{id}/results/publish", Admin, None),
        ("GET", "/api/v1/hackathons/{id}/agreement", Jury, None),
        ("GET", "/api/v1/hackathons/{id}/similarity", Admin, None),
        ("GET", "/api/v1/hackathons/{id}/export.csv", Admin, None),
        ("GET", "/api/v1/hackathons/{id}/export.json", Admin, None),
        ("POST", "/api/v1/conversations", Own, Some(json!({"hackathonId": id, "tacheId": "x"}))),
        ("GET", "/api/v1/conversations", Own, None),
        ("GET", "/api/v1/conversations/{id}", Owner, None),
        ("GET", "/api/v1/conversations/{id}/messages", Owner, None),
        ("POST", "/api/v1/conversations/{id}/messages", Owner, Some(json!({"content": "mine now"}))),
        ("POST", "/api/v1/conversations/{id}/messages/{mid}/stop", Owner, None),
        ("PUT", "/api/v1/conversations/{id}/version-finale", Owner, Some(json!({"promptFinal": "x", "reponseIAFinale": "y"}))),
        ("POST", "/api/v1/conversations/{id}/claim", Jury, None),
        ("POST", "/api/v1/conversations/{id}/recuse", Jury, None),
        ("GET", "/api/v1/evaluations/scale", Own, None),
        ("GET", "/api/v1/evaluations", Own, None),
        ("POST", "/api/v1/evaluations", Jury, Some(json!({"conversationId": id, "note": 5, "comment": "long enough for it"}))),
        ("GET", "/api/v1/evaluations/{id}", Owner, None),
        ("PATCH", "/api/v1/evaluations/{id}", Jury, Some(json!({"note": 10}))),
        ("DELETE", "/api/v1/evaluations/{id}", Jury, None),
        ("GET", "/api/v1/models", Own, None),
        ("POST", "/api/v1/maintenance/{task}", Admin, None),
        ("GET", "/api/v1/integrity", Admin, None),
        ("POST", "/api/v1/data/query", Data, Some(json!({"database": "postgresql", "query_type": "select", "table": "projects"}))),
        ("POST", "/api/v1/data/transaction", Data, Some(json!({"operations": []}))),
        ("GET", "/api/v1/data/transaction/{id}", Data, None),
        ("POST", "/api/v1/connections/acquire", Data, Some(json!({}))),
        ("POST", "/api/v1/connections/renew", Data, Some(json!({}))),
        ("POST", "/api/v1/connections/release", Data, Some(json!({}))),
        ("GET", "/api/v1/migrations/status", Data, None),
        ("POST", "/api/v1/migrations/run", Data, Some(json!({}))),
        ("GET", "/api/v1/migrations/{id}", Data, None),
        ("POST", "/api/v1/migrations/{version}/resolve", Data, Some(json!({"resolution": "applied"}))),
        ("GET", "/api/v1/backups", Data, None),
        ("POST", "/api/v1/backups", Data, None),
        ("POST", "/api/v1/backups/{id}/verify", Data, None),
        ("POST", "/api/v1/backups/{id}/restore", Data, Some(json!({}))),
        ("GET", "/api/v1/data/operations/dead", Data, None),
        ("POST", "/api/v1/data/operations/{id}/retry", Data, None),
        ("POST", "/api/v1/data/operations/{id}/forget", Data, None),
        ("GET", "/api/v2/migration", Public, None),
        ("POST", "/api/v2/data/search", Data, Some(json!({"database": "postgresql", "query_type": "select", "table": "projects"}))),
        ("POST", "/api/v2/data/transaction", Data, Some(json!({"operations": []}))),
        ("GET", "/api/v2/data/transaction/{id}", Data, None),
        ("POST", "/api/v2/connections/acquire", Data, Some(json!({}))),
        ("POST", "/api/v2/connections/renew", Data, Some(json!({}))),
        ("POST", "/api/v2/connections/release", Data, Some(json!({}))),
        ("GET", "/api/v2/migrations/status", Data, None),
        ("POST", "/api/v2/migrations/run", Data, Some(json!({}))),
        ("GET", "/api/v2/migrations/{id}", Data, None),
        ("POST", "/api/v2/migrations/{version}/resolve", Data, Some(json!({"resolution": "applied"}))),
        ("GET", "/api/v2/backups", Data, None),
        ("POST", "/api/v2/backups", Data, None),
        ("POST", "/api/v2/backups/{id}/verify", Data, None),
        ("POST", "/api/v2/backups/{id}/restore", Data, Some(json!({}))),
        ("GET", "/api/v2/data/operations/dead", Data, None),
        ("POST", "/api/v2/data/operations/{id}/retry", Data, None),
        ("POST", "/api/v2/data/operations/{id}/forget", Data, None),
        ("GET", "/health", Public, None),
        ("GET", "/health/live", Public, None),
        ("GET", "/health/ready", Public, None),
        ("GET", "/metrics", Admin, None),
        ("GET", "/files/{key}", Signed, None),
        ("PUT", "/files/{key}", Signed, None),
    ]
}

fn new_hackathon() -> Value {
    json!({
        "nom": "x", "dates": {"debut": "2026-01-01T00:00:00Z", "fin": "2026-01-02T00:00:00Z"},
        "quotas": {"promptsParEtudiant": 1, "tokensParEtudiant": 1}, "taches": [],
    })
}

fn documented() -> BTreeSet<(String, String)> {
    let document = serde_json::to_value(atelier_adapter_http::document("test")).unwrap();
    let mut routes = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|key| ["get", "post", "put", "patch", "delete"].contains(&key.as_str())) {
            routes.insert((method.to_uppercase(), path.clone()));
        }
    }
    routes
}

#[test]
fn every_documented_route_is_in_the_table_and_the_other_way_round() {
    let listed: BTreeSet<_> = table().iter().map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
    let documented = documented();
    let missing: Vec<_> = documented.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&documented).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in the table: {missing:?}; not documented: {gone:?}");
}

/// What belongs to one person: ids to put into paths.
pub(crate) struct Belongings {
    pub(crate) session: String,
    pub(crate) clothing: String,
    pub(crate) tryon: String,
    pub(crate) hackathon: String,
    pub(crate) conversation: String,
    pub(crate) message: String,
    pub(crate) evaluation: String,
    pub(crate) endpoint: String,
    pub(crate) delivery: String,
}

/// Makes one of everything that belongs to somebody.
pub(crate) async fn belongings(app: &TestApp, user: &User) -> Belongings {
    app.body(user).await;
    let tryon = app.tryon(user).await;
    let sessions = app.get("/api/v1/auth/sessions", user).await.expect(200).body;
    let session = sessions["data"]["sessions"][0]["id"].as_str().unwrap().to_owned();
    let favorite = app.json(Method::POST, "/api/v1/favorites", Some(user), json!({"tryon_id": tryon["id"]})).await;
    favorite.expect(201);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let admin = app.admin().await;
    let profile = json!({"prenom": "Ada", "nom": "Lovelace", "consentementRGPD": true});
    app.json(Method::PUT, "/api/v1/participants/me", Some(user), profile).await.expect(201);
    let hackathon = app.hackathon(&admin, 30).await;
    let conversation = app.handed_in(user, &hackathon, "Bonjour").await;
    let messages = app.get(&format!("/api/v1/conversations/{}/messages", text(&conversation["id"])), user).await.expect(200);
    let note = json!({"conversationId": conversation["id"], "note": 5, "comment": "long enough for it"});
    let evaluation = app.json(Method::POST, "/api/v1/evaluations", Some(&admin), note).await.expect(201);
    let endpoint = app.endpoint(user, "https://hooks.example.org/mine").await["endpoint"]["id"].clone();
    let tried = format!("/api/v1/webhooks/endpoints/{}/test", text(&endpoint));
    let delivery = app.send(app.request(Method::POST, &tried, Some(user))).await.expect(202).body["data"]["delivery"]["id"].clone();
    Belongings {
        session,
        clothing: text(&tryon["clothing_id"]),
        tryon: text(&tryon["id"]),
        hackathon: text(&hackathon["id"]),
        conversation: text(&conversation["id"]),
        message: text(&messages.body["data"]["messages"][1]["id"]),
        evaluation: text(&evaluation.body["data"]["evaluation"]["id"]),
        endpoint: text(&endpoint),
        delivery: text(&delivery),
    }
}

/// The path with ids of the owner's things in it.
pub(crate) fn concrete(path: &str, owner: &User, things: &Belongings) -> String {
    let id = if path.contains("/sessions/") {
        &things.session
    } else if path.contains("/clothing/") {
        &things.clothing
    } else if path.contains("/endpoints/") {
        &things.endpoint
    } else if path.contains("/deliveries/") {
        &things.delivery
    } else if path.contains("/hackathons/") {
        &things.hackathon
    } else if path.contains("/conversations/") {
        &things.conversation
    } else if path.contains("/evaluations/") {
        &things.evaluation
    } else if path.contains("/users/") || path.contains("/participants/") {
        &owner.id
    } else {
        &things.tryon
    };
    path.replace("{id}", id)
        .replace("{mid}", &things.message)
        .replace("{provider}", "scripted")
        .replace("{task}", "profils-etudiants")
        .replace("{tryon_id}", &things.tryon)
        .replace("{key}", &format!("clothing/{}/{}.jpg", owner.id, things.clothing))
}

#[tokio::test]
async fn no_route_answers_without_the_right_credentials() {
    let app = TestApp::start().await;
    let (owner, stranger) = (app.user("owner").await, app.user("stranger").await);
    let things = belongings(&app, &owner).await;
    let forged = User { token: format!("{}x", owner.token), ..owner.clone() };
    for (method, path, access, body) in table() {
        let url = concrete(path, &owner, &things);
        let call = |user: Option<User>| {
            let request = app.request(method.parse().unwrap(), &url, user.as_ref());
            let request = match &body {
                Some(body) => request.json(body),
                None => request,
            };
            app.send(request)
        };
        match access {
            Public => {
                let status = call(None).await.status.as_u16();
                assert!(![403, 404, 405, 500].contains(&status), "{method} {path} without a token: {status}");
            }
            Signed => {
                for user in [None, Some(owner.clone())] {
                    assert_eq!(call(user).await.status.as_u16(), 403, "{method} {path} without a signature");
                }
            }
            Live if path.ends_with("/events") => {
                for user in [None, Some(forged.clone())] {
                    call(user).await.error(401, "UNAUTHORIZED");
                }
            }
            // What the WebSocket does with a bad token is tested with a WebSocket client.
            Live => {}
            Data => {
                for (user, code) in [(None, "TOKEN_MISSING"), (Some(forged.clone()), "TOKEN_INVALID")] {
                    let answer = call(user).await.error(401, code);
                    assert_eq!(answer.header("www-authenticate"), "Bearer", "{method} {path}");
                    assert_eq!(answer.body["error"]["message"], "Could not validate credentials", "{method} {path}");
                }
                // only now are its headers looked at
                call(Some(owner.clone())).await.error(400, "MISSING_HEADER");
            }
            Own | Owner | Admin | Jury => {
                for user in [None, Some(forged.clone())] {
                    let answer = call(user).await;
                    assert_eq!(answer.header("www-authenticate"), "Bearer", "{method} {path}");
                    let answer = answer.error(401, "UNAUTHORIZED");
                    assert_eq!(answer.body["error"]["message"], "Could not validate credentials", "{method} {path}");
                }
                match access {
                    Owner => {
                        let status = call(Some(stranger.clone())).await.status.as_u16();
                        // a route that wants a file says so before it looks for the thing
                        let wants_file = path.ends_with("/image") && [400, 415].contains(&status);
                        assert!(status == 404 || wants_file, "{method} {path} with another person's token: {status}");
                    }
                    Admin | Jury => {
                        call(Some(stranger.clone())).await.error(403, "FORBIDDEN");
                    }
                    _ => {}
                }
            }
        }
    }
    // nothing of the owner's was changed by all that
    let clothing = app.get(&format!("/api/v1/clothing/{}", things.clothing), &owner).await.expect(200);
    assert_eq!(clothing.body["data"]["clothing"]["name"], "tee");
    app.stop().await;
}

#[tokio::test]
async fn another_persons_things_do_not_exist_for_a_stranger_even_with_a_file() {
    let app = TestApp::start().await;
    let (owner, stranger) = (app.user("owner").await, app.user("stranger").await);
    let clothing = app.clothing(&owner, "tee", "tops").await;
    let form = reqwest::multipart::Form::new().part("image", crate::app::image_part("stolen"));
    let path = format!("/api/v1/clothing/{}/image", clothing["id"].as_str().unwrap());
    app.form(Method::PUT, &path, &stranger, form).await.error(404, "NOT_FOUND");
    app.stop().await;
}

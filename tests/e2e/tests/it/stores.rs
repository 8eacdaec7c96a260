//! One transaction over PostgreSQL, Cosmos DB and vectors on the built API: found by queries and by a search, by its owner alone, and gone
//! with the account. Answers are kept in a Redis cluster.

use std::path::Path;
use std::time::{Duration, Instant};

use atelier_testkit::contract::present;
use reqwest::Method;
use serde_json::{Value, json};

use crate::commands::run_with;
use crate::dataservice::Database;
use crate::process::{Api, Process};

fn variable(name: &str) -> Option<String> {
    present(std::env::var(name).ok(), name)
}

fn query(database: &str, query_type: &str, table: &str) -> Value {
    json!({"database": database, "query_type": query_type, "table": table})
}

async fn health(api: &Api) -> Value {
    api.client.get(format!("{}/health", api.base)).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_transaction_over_three_stores_is_found_by_its_owner_alone_and_goes_with_the_account() {
    let (Some(database), Some(cosmos), Some(cluster)) =
        (Database::create().await, variable("TEST_COSMOS_CONNECTION_STRING"), variable("TEST_REDIS_CLUSTER_URL"))
    else {
        return;
    };
    let (folder, documents) = (tempfile::tempdir().unwrap(), format!("e2e-{}", uuid::Uuid::new_v4()));
    let settings = [
        ("PRODUCTS", "data"),
        ("DATABASE_URL", database.url.as_str()),
        ("VECTOR_DB_URL", database.url.as_str()),
        ("VECTOR_DIMENSIONS", "3"),
        ("COSMOS_CONNECTION_STRING", cosmos.as_str()),
        ("COSMOS_DATABASE", documents.as_str()),
        ("REDIS_CACHE_URL", cluster.as_str()),
        ("DB_ENCRYPTION_KEY", "8f1b6d0e9a7c4e52b3d1f0a98c7e6d5b4a3f2e1d8f1b6d0e9a7c4e52b3d1f0a9"),
    ];
    let mut api = Api::start(folder.path(), &settings).await;
    api.sign_up("other@example.com").await;
    let other = api.token.clone();
    api.sign_up("user@example.com").await;
    let (mine, owner) = (api.token.clone(), api.owner().await);

    let operations = json!({"operations": [
        {"database": "postgresql", "operation": "insert", "table": "projects", "data": {"title": "Mon projet"}},
        {"database": "cosmosdb", "operation": "create", "table": "documents",
         "data": {"id": "scene-1", "kind": "scene", "title": "La forêt", "version": 1, "data": {"mood": ["dark"]}}},
        {"database": "vector", "operation": "upsert", "table": "embeddings", "data": {"kind": "scene", "embedding": [0.5, 1, 0]}},
    ]});
    let committed = api.data("/data/transaction", Some("three"), &operations).await;
    let path = format!("/data/transaction/{}", committed["transaction_id"].as_str().unwrap());
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let headers = |request: reqwest::RequestBuilder| request.header("X-Request-ID", "r").header("X-Client-Version", "1.0.0");
        let seen = api.call(Method::GET, &path, headers).await;
        if seen.get("pending").is_none() {
            assert!(seen["results"].as_array().unwrap().iter().all(|result| result["status"] == "success"), "{seen}");
            break;
        }
        assert!(Instant::now() < until, "never applied: {seen}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let mut nearest = query("vector", "search", "embeddings");
    nearest["vector"] = json!([1, 2, 0]);
    nearest["min_score"] = json!(0.9);
    let mut scenes = query("cosmosdb", "select", "documents");
    scenes["filters"] = json!({"kind": "scene", "title": {"ilike": "la %"}});
    let (found, document) = (api.data("/data/query", None, &nearest).await, api.data("/data/query", None, &scenes).await);
    assert!((found["data"][0]["score"].as_f64().unwrap() - 1.0).abs() < 1e-6, "{found}");
    assert_eq!((&document["pagination"]["total"], &document["data"][0]["data"]), (&json!(1), &json!({"mood": ["dark"]})), "{document}");
    assert_eq!(api.data("/data/query", None, &query("postgresql", "count", "projects")).await["pagination"]["total"], 1);

    // the version of the document is what a change is bound to
    let etag = &document["data"][0]["_etag"];
    let change = |etag: &Value| {
        json!({"operations": [{"database": "cosmosdb", "operation": "patch", "table": "documents", "id": "scene-1", "if_match": etag,
                               "patch": [{"op": "incr", "path": "/version", "value": 1}]}]})
    };
    api.data("/data/transaction", None, &change(etag)).await;
    assert_eq!(api.data("/data/query", None, &scenes).await["data"][0]["version"], 2);
    let stale = api.client.post(format!("{}/api/v1/data/transaction", api.base)).bearer_auth(&api.token).json(&change(etag));
    let stale = stale.header("X-Request-ID", "r").header("X-Client-Version", "1.0.0").send().await.unwrap();
    assert_eq!(
        (stale.status().as_u16(), stale.json::<Value>().await.unwrap()["error"]["code"].clone()),
        (409, json!("PRECONDITION_FAILED"))
    );

    // somebody else finds nothing
    api.token = other;
    for body in [&nearest, &scenes, &query("cosmosdb", "count", "documents"), &query("postgresql", "count", "projects")] {
        let answer = api.data("/data/query", None, body).await;
        assert_eq!((&answer["data"], &answer["pagination"]["total"]), (&json!([]), &json!(0)), "{body}");
    }

    let checks = health(&api).await["checks"].clone();
    for store in ["postgresql", "cosmosdb", "vectordb"] {
        assert_eq!(checks[store]["status"], "UP", "{checks}");
    }
    api.token = mine;
    let export = api.call(Method::GET, "/users/me/export", |request| request).await.to_string();
    assert!(export.contains("La forêt") && export.contains("Mon projet") && !export.contains("~fence"), "{export}");
    api.call(Method::DELETE, "/users/me", |request| request.json(&json!({"password": "securepassword123"}))).await;
    // An administrator sees when nothing of the person is left.
    let arguments = ["create-admin", "--email", "admin@example.com", "--name", "Admin"];
    assert!(run_with("atelier-admin", &arguments, folder.path(), &settings, "adminpassword123\n").status.success());
    let credentials = json!({"email": "admin@example.com", "password": "adminpassword123"});
    let signed_in = api.call(Method::POST, "/auth/login", |request| request.json(&credentials)).await;
    api.token = signed_in["access_token"].as_str().unwrap().to_owned();
    let until = Instant::now() + Duration::from_secs(30);
    for (database, table) in [("cosmosdb", "documents"), ("vector", "embeddings"), ("postgresql", "projects")] {
        let mut of_person = query(database, "count", table);
        of_person["filters"] = json!({ "user_id": owner });
        while api.data("/data/query", None, &of_person).await["pagination"]["total"] != 0 {
            assert!(Instant::now() < until, "{table} are left: {}", api.process.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let log = api.process.log();
    let key = cosmos.split("AccountKey=").nth(1).unwrap().trim_end_matches(';');
    assert!(!log.contains(key), "the key is in the log");
    assert_eq!(api.process.terminate().await.0, Some(0));
    database.drop().await;
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_at_start_with_advice() {
    let Some(database) = Database::create().await else { return };
    let Some(cluster) = variable("TEST_REDIS_CLUSTER_URL") else { return };
    let node = cluster.split(',').next().unwrap();
    let wrong_key = "AccountEndpoint=http://127.0.0.1:1/;AccountKey=c2VjcmV0LW9mLXRlc3Rz;";
    let cases: [(&str, &str, &str); 6] = [
        ("REDIS_URL", &cluster, "REDIS_CACHE_URL"),
        ("REDIS_URL", node, "REDIS_CACHE_URL"),
        ("REDIS_CACHE_URL", "redis://127.0.0.1:1,redis://127.0.0.1:2", "REDIS_CACHE_URL"),
        ("VECTOR_DB_URL", "https://your-vector-db.com", "extension vector"),
        ("COSMOS_CONNECTION_STRING", "AccountEndpoint=https://x.example/", "COSMOS_CONNECTION_STRING"),
        ("COSMOS_CONNECTION_STRING", wrong_key, "COSMOS_CONNECTION_STRING"),
    ];
    for (name, value, advice) in cases {
        let folder = tempfile::tempdir().unwrap();
        let log = refused(folder.path(), &[("PRODUCTS", "data"), ("DATABASE_URL", &database.url), (name, value)]).await;
        assert!(log.contains(advice) && !log.contains("c2VjcmV0LW9mLXRlc3Rz"), "{name}={value}: {log}");
    }
    database.drop().await;
}

async fn refused(folder: &Path, settings: &[(&str, &str)]) -> String {
    let mut process = Process::start("atelier-api", folder, settings);
    let code = process.ended(Duration::from_secs(20)).await;
    assert!(code.is_some_and(|code| code != 0), "{settings:?}: {code:?}");
    process.log()
}

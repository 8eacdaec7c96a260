//! What the API answers, against what its document says: schemathesis calls every operation with what the document allows and what it does
//! not. A few calls of each; CONFORMANCE_EXAMPLES asks for more (`make conformance`).

use std::process::Command;

use atelier_testkit::contract::present;
use reqwest::Method;
use serde_json::json;

use crate::commands::run;
use crate::dataservice::{Database, KEY};
use crate::process::{Api, root};

/// Ends what later calls need, or takes the whole machine.
const LEFT_OUT: &str = "^/api/v1/(auth/logout|users/me$|users/me/password|maintenance)";

#[tokio::test]
async fn nothing_is_answered_that_the_document_does_not_tell_and_nothing_fails_on_our_side() {
    let Some(library) = present(std::env::var("TEST_SCHEMATHESIS").ok(), "schemathesis") else { return };
    let data = tempfile::tempdir().unwrap();
    let Some(database) = Database::create().await else { return };
    let settings = [("DATABASE_URL", database.url.as_str()), KEY, ("RATE_LIMIT_ADDRESS_PER_MINUTE", "100000")];
    let mut api = Api::start(data.path(), &settings).await;
    let arguments = ["create-admin", "--email", "admin@example.com", "--name", "Admin"];
    assert!(run("atelier-admin", &arguments, data.path(), "securepassword123\n").status.success());
    let body = json!({"email": "admin@example.com", "password": "securepassword123"});
    let token = api.call(Method::POST, "/auth/login", |r| r.json(&body)).await["access_token"].as_str().unwrap().to_owned();

    let asked = std::env::var("CONFORMANCE_EXAMPLES").ok();
    let mut command = Command::new("python3");
    command
        .env("PYTHONPATH", library)
        .current_dir(data.path())
        .args(["-c", "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())", "--config-file"])
        .arg(root().join("tests/conformance/schemathesis.toml"))
        .args(["run", &format!("{}/api-docs/openapi.json", api.base), "--header", &format!("Authorization: Bearer {token}")])
        // One worker: CPython 3.11 counts the depth of what it parses wrongly when two threads parse at once, and schemathesis ends with a SystemError.
        .args(["--max-examples", asked.as_deref().unwrap_or("3"), "--workers", "1", "--exclude-path-regex", LEFT_OUT, "--no-color"]);
    if asked.is_none() {
        // the same calls every time: what a random one finds belongs to `make conformance`
        command.arg("--generation-deterministic");
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}\nthe service's log:\n{}", String::from_utf8_lossy(&output.stderr), api.process.log());
    assert!(told.contains("Tested:"), "{told}");
    drop(api);
    database.drop_with_siblings().await;
}

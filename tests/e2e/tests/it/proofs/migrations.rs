//! Migrations whose process is killed: what is half done is undone, and what cannot be undone blocks until somebody has looked.

use reqwest::Method;
use serde_json::{Value, json};

use super::bank::{Bank, Person};
use super::wire::{Side, Then, Trap};

/// The last of them, which the test takes back.
const LAST: &str = "20240121_001";
const TAKE_BACK: &str = "DROP FUNCTION dataservice.record_decision, dataservice.settle_outbox, dataservice.make_login;
     DELETE FROM dataservice.migrations WHERE version = '20240121_001'";
/// How much of it is there.
const TRACES: &str = "SELECT count(*) FROM pg_proc WHERE proname IN ('record_decision', 'settle_outbox', 'make_login')";

async fn ask(who: &Person, base: &str, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let (status, _, body) = who.request(method, format!("{base}/api/v1/migrations/{path}"), None, body).await.unwrap();
    (status, body)
}

async fn status(who: &Person, base: &str) -> Value {
    let (code, body) = ask(who, base, Method::GET, "status", None).await;
    assert_eq!(code, 200, "{body}");
    body
}

async fn killed_at(bank: &Bank, who: &Person, body: Value, statement: &'static str, side: Side) -> Option<Value> {
    let mut victim = bank.victim().await;
    bank.postgres.arm(Trap::at(statement, side, Then::Freeze));
    let (asking, base) = (who.clone(), victim.base.clone());
    let asked = tokio::spawn(async move {
        let url = format!("{base}/api/v1/migrations/run");
        asking.request(Method::POST, url, None, Some(&body)).await
    });
    bank.postgres.reached(statement).await;
    victim.process.kill();
    asked.await.unwrap().map(|(_, _, body)| body)
}

async fn run_to_the_end(who: &Person, base: &str) {
    let (code, run) = ask(who, base, Method::POST, "run", Some(&json!({}))).await;
    assert_eq!(code, 202, "{run}");
    let path = run["migration_id"].as_str().unwrap();
    let ended = async {
        loop {
            let (_, run) = ask(who, base, Method::GET, path, None).await;
            if run["status"] != "running" {
                return run;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let run = tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.unwrap();
    assert_eq!(run["status"], "completed", "{run}");
    let status = status(who, base).await;
    assert_eq!((&status["pending_migrations"], &status["dirty"], &status["current_version"]), (&json!([]), &json!([]), &json!(LAST)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_amid_migrations_what_was_begun_is_undone_and_the_next_run_goes_on() {
    let Some(mut bank) = Bank::open().await else { return };
    // M1, in an empty database: the third of them is done, and not written down.
    bank.postgres.arm(Trap { spared: 2, ..Trap::at("INSERT INTO dataservice.migrations (", Side::Before, Then::Freeze) });
    let mut first = bank.begin_victim();
    bank.postgres.reached("the third migration").await;
    first.kill();
    let applied = "SELECT version FROM dataservice.migrations WHERE state = 'applied' ORDER BY version";
    let before = bank.texts(applied).await;
    assert_eq!(before.len(), 2, "{before:?}");
    assert_eq!(bank.number("SELECT count(*) FROM pg_tables WHERE schemaname = 'dataservice' AND tablename = 'leases'").await, 0);
    // An empty database is one with nothing applied: what is left of this one waits for an administrator.
    let api = bank.replica().await;
    let admin = Person::administrator(&api, bank.administrator(&api).await);
    let pending = status(&admin, &api.base).await["pending_migrations"].as_array().unwrap().len();
    assert!(pending > 3, "{pending}");
    bank.run("UPDATE dataservice.migration_runs SET heartbeat_at = now() - interval '1 hour'").await;
    run_to_the_end(&admin, &api.base).await;
    drop(api);
    let api = bank.replica().await;

    // M1, in a run that was asked for.
    bank.run(TAKE_BACK).await;
    let run = killed_at(&bank, &admin, json!({}), "INSERT INTO dataservice.migrations (", Side::After).await.unwrap();
    let path = run["migration_id"].as_str().unwrap();
    assert_eq!(bank.number(TRACES).await, 0);
    bank.run("UPDATE dataservice.migration_runs SET heartbeat_at = now() - interval '1 hour'").await;
    assert_eq!(ask(&admin, &api.base, Method::GET, path, None).await.1["status"], "interrupted");
    run_to_the_end(&admin, &api.base).await;

    // M3: a dry run.
    bank.run(TAKE_BACK).await;
    assert_eq!(killed_at(&bank, &admin, json!({"dry_run": true}), "CREATE FUNCTION dataservice.settle_outbox", Side::After).await, None);
    assert_eq!(bank.number(TRACES).await, 0);
    let (code, tried) = ask(&admin, &api.base, Method::POST, "run", Some(&json!({"dry_run": true}))).await;
    assert_eq!((code, &tried["status"]), (200, &json!("dry_run_ok")), "{tried}");

    // M2: as a migration outside a transaction leaves it. None of this build is one; the engine's own tests have one.
    bank.run(&format!(
        "INSERT INTO dataservice.migrations (version, description, checksum, state, run_id) VALUES ('{LAST}', 'x', 'x', 'started', 'mig_x')"
    ))
    .await;
    let (code, refused) = ask(&admin, &api.base, Method::POST, "run", Some(&json!({}))).await;
    assert_eq!((code, &refused["error"]["code"]), (409, &json!("MIGRATION_DIRTY")), "{refused}");
    assert_eq!(status(&admin, &api.base).await["dirty"], json!([LAST]));
    let settle = json!({"resolution": "rolled_back"});
    let (code, settled) = ask(&admin, &api.base, Method::POST, &format!("{LAST}/resolve"), Some(&settle)).await;
    assert!(code < 300, "{code} {settled}");
    run_to_the_end(&admin, &api.base).await;
    drop(api);
    bank.close().await;
}

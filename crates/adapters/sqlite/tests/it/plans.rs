//! How SQLite executes every statement the store has: none reads a whole table, no list is sorted.
//!
//! The statements are not copied here: a subscriber takes down what sqlx runs while every operation of every port is called once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use atelier_domain::kernel::EventFeed;
use atelier_testkit::contract::{ChallengeUnderTest, StoreUnderTest, challenge, every_operation};
use atelier_testkit::user;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::opening::Place;

static STATEMENTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Takes down the text of every statement.
struct Recorder;

#[derive(Default)]
struct Statement {
    summary: String,
    whole: String,
}

impl tracing::field::Visit for Statement {
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        match field.name() {
            "summary" => value.trim().clone_into(&mut self.summary),
            "db.statement" => value.trim().clone_into(&mut self.whole),
            _ => {}
        }
    }

    fn record_debug(&mut self, _field: &tracing::field::Field, _value: &dyn std::fmt::Debug) {}
}

impl<S: tracing::Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &tracing::Event<'_>, _context: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut statement = Statement::default();
            event.record(&mut statement);
            // A short statement is its own summary.
            let text = if statement.whole.is_empty() { statement.summary } else { statement.whole };
            STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner).insert(text);
        }
    }
}

fn record() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let sqlx_only = tracing_subscriber::filter::Targets::new().with_target("sqlx::query", tracing::Level::TRACE);
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Recorder.with_filter(sqlx_only))).unwrap();
    });
}

/// What the plan says against the statement, if anything.
fn complaint(statement: &str, plan: &[String]) -> Option<String> {
    let whole_table = plan.iter().find(|step| {
        // A virtual table is a list given as a parameter.
        step.starts_with("SCAN ") && !step.contains(" USING ") && !step.contains("VIRTUAL TABLE") && !step.ends_with("CONSTANT ROW")
    });
    let sorted = plan.iter().find(|step| {
        // The counts of a person are those of the few categories; what is limited are the garments of each, by an index.
        step.contains("TEMP B-TREE FOR ORDER BY")
            && statement.contains("LIMIT")
            && !plan.iter().any(|step| step.starts_with("SEARCH counts USING PRIMARY KEY"))
    });
    whole_table.or(sorted).cloned()
}

async fn plan(raw: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"))).fetch_all(raw).await;
    rows.unwrap_or_else(|error| panic!("{statement}: {error}")).iter().map(|row| row.get("detail")).collect()
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_and_no_list_is_sorted() {
    record();
    let place = Place::new();
    let store = place.open().await;
    every_operation::call(&StoreUnderTest::of(Arc::new(store.clone()), ())).await;
    challenge::every_operation::call(&ChallengeUnderTest::of(Arc::new(store.clone()), ())).await;
    // The watcher asks for the events it has not heard of.
    let person = user();
    crate::wake_ups::append(&crate::opening::open(store.path()).await, person).await;
    store.changed(person, Duration::from_secs(10)).await;
    store.close().await;

    let statements: Vec<String> = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
    let mut raw = place.raw().await;
    let mut explained = 0;
    let mut complaints = Vec::new();
    for statement in &statements {
        let first = statement.split_whitespace().next().unwrap_or_default();
        if !["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&first)
            || statement.contains("_schema")
            || statement.contains("_sqlx")
        {
            continue;
        }
        let plan = plan(&mut raw, statement).await;
        explained += 1;
        if let Some(step) = complaint(statement, &plan) {
            complaints.push(format!("{step}\n    in {statement}\n    {plan:#?}"));
        }
    }
    assert!(complaints.is_empty(), "{} of {explained} statements:\n{}", complaints.len(), complaints.join("\n"));
    assert!(explained >= 180, "only {explained} statements were seen: is the recorder at work?");
}

#[tokio::test]
async fn a_plan_that_scans_or_sorts_is_complained_about() {
    let place = Place::new();
    let _store = place.open().await;
    let mut raw = place.raw().await;
    for bad in [
        "SELECT * FROM users WHERE name = ?",
        "SELECT * FROM tryon, json_each(?) WHERE tryon.stage = json_each.value",
        "SELECT * FROM clothing WHERE user_id = ? ORDER BY updated_at DESC LIMIT ?",
        "SELECT * FROM evaluations WHERE hackathonId = ? ORDER BY createdAt DESC LIMIT ?",
    ] {
        let plan = plan(&mut raw, bad).await;
        assert!(complaint(bad, &plan).is_some(), "{bad}: {plan:?}");
    }
}

//! No byte of one person reaches another: random programs of two persons over HTTP, with ids, cursors, keys and links of their own and of each
//! other. What one is told holds no mark and no id of the other that was not sent; it is what is told to the same person alone, where the other's
//! ids are ids of nothing; and in the end everybody has what the answers said, no more and no less.

mod ask;
mod belongings;
mod ear;
mod execution;
mod person;
mod program;
mod provider;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_sqlite::SqliteStore;
use atelier_bootstrap::Parts;
use atelier_domain::identity::IdentitySettings;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::app::TestApp;
use belongings::Belongings;
use ear::Marks;
use execution::{Borrowed, Execution};
use program::{Program, Step, Who};
use provider::Collage;

/// The memory adapter copies all it has for each unit of work: it shall not have too much.
const PROGRAMS_OF_AN_APPLICATION: u32 = 6;

/// What both runs of somebody are compared by: each answer by its step, and the export.
struct Run {
    told: BTreeMap<usize, String>,
    export: String,
}

/// Over the memory adapters, or a new database file.
async fn application(sqlite: Option<&Path>, number: u32) -> TestApp {
    let clock = atelier_testkit::FixedClock::new();
    let store = match sqlite {
        Some(folder) => Some(Arc::new(SqliteStore::connect(folder.join(format!("{number}.sqlite")), Arc::new(clock)).await.unwrap())),
        None => None,
    };
    let change = |parts: &mut Parts| {
        parts.providers = vec![Arc::new(Collage)];
        if let Some(store) = store {
            (parts.identity.store, parts.identity.events) = (store.clone(), store.clone());
            (parts.wearit, parts.challenge.store, parts.jobs) = (store.clone(), store.clone(), store);
        }
    };
    TestApp::start_over(|_| {}, IdentitySettings::default(), change, None).await
}

/// Those present do what they do of the program; the others are not there.
async fn execute(
    app: &TestApp,
    marks: Marks,
    program: &Program,
    present: &[Who],
    borrowed: &mut Borrowed,
) -> Result<BTreeMap<Who, Run>, String> {
    app.clock.set(marks.dawn());
    let mut execution = Execution::begin(app, marks, present, std::mem::take(borrowed)).await?;
    let mut told: BTreeMap<Who, BTreeMap<usize, String>> = BTreeMap::new();
    for (place, (who, step)) in program.iter().enumerate() {
        // No two steps are done at one time, so that lists have one order in every run.
        app.clock.advance(Duration::from_secs(1));
        if matches!(step, Step::Work) {
            // Jobs are everybody's.
            execution.work().await;
        } else if present.contains(who) {
            let answer = execution.run(place, *who, step).await.map_err(|leak| format!("step {place}: {leak}"))?;
            told.entry(*who).or_default().insert(place, answer);
        }
    }
    app.clock.advance(Duration::from_secs(1));
    execution.work().await;
    if let [first, second] = present {
        possess(&mut execution, *first, *second).await?;
    }
    *borrowed = Borrowed { ids: execution.lent.take(), ..std::mem::take(&mut execution.borrowed) };
    let mut runs = BTreeMap::new();
    for who in present {
        let export = match execution.last_export.remove(who) {
            Some(export) => export,
            None => execution.export(*who).await?,
        };
        let export = execution.people.get_mut(who).unwrap().plain(&export, &app.base);
        runs.insert(*who, Run { told: told.remove(who).unwrap_or_default(), export });
    }
    Ok(runs)
}

/// Both have what the answers said, pictures included, and were told of nothing else; and when the first has gone, the second still has it.
async fn possess(execution: &mut Execution<'_>, first: Who, second: Who) -> Result<(), String> {
    let mut kept = None;
    for who in [first, second] {
        let (export, pictures) = execution.export_with_pictures(who).await?;
        let (has, person) = (Belongings::of(&export.body, &pictures), &execution.people[&who]);
        if has != person.should_have || !has.explain(&export.body, &person.made) {
            return Err(format!("{who:?} should have {:?}\nbut has {has:?}\nin {}", person.should_have, export.body));
        }
        let events = export.body["data"]["contexts"]["identity"]["events"].as_array();
        let last = events.and_then(|events| events.last()?["seq"].as_u64()).unwrap_or(0);
        execution.listen(who, last).await?;
        execution.last_export.insert(who, export);
        kept = Some(has);
    }
    execution.letters()?;
    execution.erase(first).await?;
    let (export, pictures) = execution.export_with_pictures(second).await?;
    let left = Belongings::of(&export.body, &pictures);
    if Some(&left) == kept.as_ref() {
        Ok(())
    } else {
        Err(format!("when {first:?} had gone, {second:?} had {left:?}\nin place of {kept:?}"))
    }
}

/// Both together, then each alone.
async fn compare(app: &TestApp, marks: &Cell<usize>, program: &Program) -> Result<(), String> {
    let another = || Marks(marks.replace(marks.get() + 1));
    let mut borrowed = Borrowed::default();
    let together = execute(app, another(), program, &[Who::Amber, Who::Birch], &mut borrowed).await?;
    for who in [Who::Amber, Who::Birch] {
        let mut same_places = borrowed.clone();
        let alone = execute(app, another(), program, &[who], &mut same_places).await?.remove(&who).unwrap();
        for (place, answer) in &together[&who].told {
            if alone.told[place] != *answer {
                return Err(format!("step {place}, {who:?} is told {answer}\nbut alone {}", alone.told[place]));
            }
        }
        if alone.export != together[&who].export {
            return Err(format!("{who:?} has {}\nbut alone {}", together[&who].export, alone.export));
        }
    }
    Ok(())
}

/// Looks for a program that leaks, and makes it small.
fn nobody_learns_of_anybody(cases: u32, with_sqlite: bool) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (marks, tried) = (Cell::new(0), Cell::new(0));
    let folder = with_sqlite.then(|| tempfile::tempdir().unwrap());
    let folder = folder.as_ref().map(tempfile::TempDir::path);
    let app = RefCell::new(runtime.block_on(application(folder, 0)));
    let leak = runner.run(&program::program(), |program| {
        tried.set(tried.get() + 1);
        if tried.get() % PROGRAMS_OF_AN_APPLICATION == 0 {
            let before = app.replace(runtime.block_on(application(folder, tried.get())));
            runtime.block_on(before.stop());
        }
        runtime.block_on(compare(&app.borrow(), &marks, &program)).map_err(TestCaseError::fail)
    });
    runtime.block_on(app.into_inner().stop());
    match leak {
        Ok(()) => {}
        Err(TestError::Fail(reason, program)) => panic!("{reason}\n{program:#?}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

#[test]
fn random_programs_of_two_persons_tell_neither_of_the_other() {
    nobody_learns_of_anybody(crate::cases(64, 2_000), false);
}

#[test]
fn random_programs_of_two_persons_over_sqlite_tell_neither_of_the_other() {
    nobody_learns_of_anybody(crate::cases(8, 200), true);
}

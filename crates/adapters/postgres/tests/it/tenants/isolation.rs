//! What an owner is told in the company of another is what it is told alone, and so is what it has in the end.

use std::time::Instant;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::interpreter::Execution;
use super::program::{EMBEDDINGS, Scope, Who, program};
use super::walls::Walls;
use crate::transactions::world::{World, with_world};

/// Programs for each way of keeping owners apart; with SOAK=1 ten thousand in all.
fn programs() -> usize {
    if std::env::var("SOAK").is_ok_and(|soak| soak == "1") { 3_334 } else { 100 }
}

/// What came of some programs.
#[derive(Debug, Default)]
struct Findings {
    steps: usize,
    committed: usize,
    refused: usize,
    belongings: usize,
    /// Searches that found something.
    nearest: usize,
    /// The first difference.
    leak: Option<String>,
}

/// Executes programs of two owners, together and each alone, until one of them is told something else or has something else in the end.
async fn compare(walls: Walls, world: &World<'_>, scope: Scope, programs: usize) -> Findings {
    let tables = EMBEDDINGS + usize::from(scope.embeddings);
    let (rows, transactions) = walls.raise(world, tables).await;
    let mut runner = TestRunner::deterministic();
    let programs_of = program(scope);
    let mut findings = Findings::default();
    for number in 0..programs {
        let program = programs_of.new_tree(&mut runner).unwrap().current();
        let together = Execution::new(&rows, &transactions, world, tables);
        let mut told = Vec::new();
        for (who, step) in &program {
            told.push(together.run(*who, step).await);
        }
        for alone in [Who::Alice, Who::Bob] {
            let execution = Execution::new(&rows, &transactions, world, tables);
            for (place, (_, step)) in program.iter().enumerate().filter(|(_, (who, _))| *who == alone) {
                let answer = execution.run(alone, step).await;
                if told[place] != answer {
                    let difference = format!("{}\nbut alone\n{answer}", told[place]);
                    findings.leak = Some(format!("program {number}, step {place}, {alone:?}: {difference}\n{program:#?}"));
                    return findings;
                }
            }
            let (with, without) = (together.belongings(alone).await, execution.belongings(alone).await);
            if with != without {
                let difference = format!("{with:#?}\nbut alone\n{without:#?}");
                findings.leak = Some(format!("program {number}, in the end, {alone:?}: {difference}\n{program:#?}"));
                return findings;
            }
            if let Some(contradiction) = together.contradiction().or_else(|| execution.contradiction()) {
                findings.leak = Some(format!("program {number}, {alone:?}: {contradiction}\n{program:#?}"));
                return findings;
            }
            findings.belongings += with.len();
        }
        findings.steps += program.len();
        findings.committed += told.iter().filter(|told| told.contains("Success")).count();
        findings.nearest += told.iter().filter(|told| told.starts_with("the nearest") && !told.ends_with("[]")).count();
        findings.refused += told.iter().filter(|told| told.contains("OWNERSHIP_VIOLATION") || told.contains("42501")).count();
    }
    findings
}

/// Programs over everything that this server has.
async fn everything(walls: Walls, world: &World<'_>) -> Scope {
    let embeddings = world.database.store.has_table("embeddings").await.unwrap();
    // A leased login has nothing but row-level security.
    Scope { leases: matches!(walls, Walls::Both | Walls::RowLevelSecurity), embeddings, relational: true }
}

async fn nobody_learns_of_anybody(walls: Walls) {
    with_world(async |world| {
        let (began, scope) = (Instant::now(), everything(walls, world).await);
        let findings = compare(walls, world, scope, programs()).await;
        if let Some(leak) = &findings.leak {
            panic!("{walls:?}: {leak}");
        }
        let Findings { steps, committed, refused, belongings, nearest, .. } = findings;
        assert!(committed * 8 > steps && refused * 50 > steps && belongings > steps, "programs that do little prove little: {findings:?}");
        assert!(!scope.embeddings || nearest * 50 > steps, "searches that find little prove little: {findings:?}");
        tell(&format!(
            "{walls:?}: {steps} steps, {committed} commits, {refused} refusals, {belongings} rows, {nearest} searches, {:?}",
            began.elapsed()
        ));
    })
    .await;
}

/// Numbers of a soak are read by people.
fn tell(text: &str) {
    eprintln!("{text}");
}

#[tokio::test]
async fn random_programs_of_two_owners_tell_neither_of_the_other() {
    nobody_learns_of_anybody(Walls::Both).await;
}

#[tokio::test]
async fn random_programs_of_two_owners_are_kept_apart_by_row_level_security_alone() {
    nobody_learns_of_anybody(Walls::RowLevelSecurity).await;
}

#[tokio::test]
async fn random_programs_of_two_owners_are_kept_apart_by_the_predicates_alone() {
    nobody_learns_of_anybody(Walls::Predicates).await;
}

#[tokio::test]
async fn without_any_wall_the_same_programs_find_a_leak_at_once() {
    with_world(async |world| {
        let scope = everything(Walls::None, world).await;
        let findings = compare(Walls::None, world, scope, 20).await;
        assert!(findings.leak.is_some(), "{findings:?}");
    })
    .await;
}

#[tokio::test]
async fn without_any_wall_programs_of_embeddings_alone_find_a_leak_at_once() {
    with_world(async |world| {
        let scope = Scope { leases: false, embeddings: true, relational: false };
        let findings = compare(Walls::None, world, scope, 20).await;
        assert!(findings.leak.is_some(), "{findings:?}");
    })
    .await;
}

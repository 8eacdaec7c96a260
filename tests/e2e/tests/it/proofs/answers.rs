//! Remembered answers and the commits that make them stale: an answer kept too late is never found, and one whose end could not be told is
//! not found for long.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::bank::{Answer, Bank, Person};
use super::wire::{Side, Then, Trap};

/// How many projects there are, and whether that was remembered.
async fn projects(who: &Person, base: &str) -> (u64, String) {
    let body = json!({"database": "postgresql", "query_type": "count", "table": "projects"});
    let answer = who.answer(Method::POST, format!("{base}/api/v1/data/query"), &body).await;
    (answer.1["pagination"]["total"].as_u64().unwrap_or_else(|| panic!("{}", answer.1)), answer.0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_kept_behind_a_later_commit_is_never_found() {
    let Some(bank) = Bank::open().await else { return };
    let mut other = bank.replica().await;
    let administrator = bank.administrator(&other).await;
    let person = bank.person(&mut other, &administrator, "user@example.com").await;
    let slow = bank.victim().await;
    assert_eq!(projects(&person, &slow.base).await.0, 1);
    assert!(matches!(person.transfer(&other.base, "first").await, Answer::Committed { .. }));
    // C1: it has read two projects, and its word to Redis is on the way when a third is committed.
    // It asks for the answer before and behind its turn.
    bank.redis.arm(Trap { spared: 2, ..Trap::at(":answer:", Side::Before, Then::Hold) });
    let reading = tokio::spawn({
        let (person, base) = (person.clone(), slow.base.clone());
        async move { projects(&person, &base).await }
    });
    bank.redis.reached("an answer to be kept").await;
    assert!(matches!(person.transfer(&other.base, "second").await, Answer::Committed { .. }));
    assert_eq!(reading.await.unwrap().0, 2, "as it was when it read");
    bank.redis.let_go();
    for _ in 0..3 {
        for base in [&slow.base, &other.base] {
            assert_eq!(projects(&person, base).await.0, 3);
        }
    }
    drop((slow, other));
    bank.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_process_dies_before_it_tells_the_cache_is_told_by_the_next() {
    let Some(bank) = Bank::open().await else { return };
    let mut other = bank.replica().await;
    let administrator = bank.administrator(&other).await;
    let person = bank.person(&mut other, &administrator, "user@example.com").await;
    let mut victim = bank.victim().await;
    for state in ["MISS", "HIT"] {
        assert_eq!(projects(&person, &other.base).await, (1, state.to_owned()));
    }
    // T6: committed, applied and settled; nobody is told.
    bank.postgres.arm(Trap::at("dataservice.settle_outbox", Side::After, Then::Freeze));
    let writing = tokio::spawn({
        let (person, base) = (person.clone(), victim.base.clone());
        async move { person.transfer(&base, "untold").await }
    });
    bank.postgres.reached("what comes before the telling").await;
    victim.process.kill();
    assert_eq!(writing.await.unwrap(), Answer::Lost);
    let began = Instant::now();
    while projects(&person, &other.base).await.0 != 2 {
        assert!(began.elapsed() < Duration::from_secs(10), "still the old answer");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(other);
    bank.close().await;
}

//! What is committed stays, however the process ends.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{EntityId, EventFeed, UserId};
use atelier_testkit::account;

use crate::opening::{Place, open};
use crate::wake_ups::append;

const PATH_VARIABLE: &str = "ATELIER_TEST_KILLED_DATABASE";

fn victim() -> UserId {
    UserId::from_bytes([9; 12])
}

#[tokio::test]
async fn what_was_committed_is_there_after_the_store_was_dropped_without_closing() {
    let place = Place::new();
    let store = place.open().await;
    let (kept, discarded) = (account("kept@example.org"), account("discarded@example.org"));
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().insert(&kept).await.unwrap();
    uow.commit().await.unwrap();
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().insert(&discarded).await.unwrap();
    drop(store);
    drop(uow);

    let again = place.open().await;
    assert!(IdentityStore::accounts(&again).find(kept.id).await.unwrap().is_some());
    assert!(IdentityStore::accounts(&again).find(discarded.id).await.unwrap().is_none());
}

/// Commits events until it is killed, and says the number of each after its commit. Run by the test below in a process of its own.
#[tokio::test]
#[ignore = "run as a child process by a_killed_process_loses_no_commit"]
async fn commits_until_killed() {
    #[expect(clippy::disallowed_methods, reason = "the parent test says where the database is")]
    let Some(path) = std::env::var_os(PATH_VARIABLE) else { return };
    let store = open(Path::new(&path)).await;
    for number in 1_u64.. {
        append(&store, victim()).await;
        writeln!(std::io::stdout(), "committed {number}").unwrap();
    }
}

#[test]
fn a_killed_process_loses_no_commit() {
    let place = Place::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "durability::commits_until_killed", "--nocapture"])
        .env(PATH_VARIABLE, place.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut committed = 0;
    let mut heard = |line: std::io::Result<String>| {
        // The test harness may begin the line.
        if let Some((_, number)) = line.unwrap().rsplit_once("committed ") {
            committed = number.parse::<u64>().unwrap_or(committed);
        }
        committed
    };
    while heard(lines.next().unwrap()) < 25 {}
    child.kill().unwrap();
    child.wait().unwrap();
    for line in lines {
        heard(line);
    }

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = place.open().await;
        let (_, newest) = store.bounds(victim()).await.unwrap();
        assert!(newest >= committed, "{newest} of {committed} commits are there");
        append(&store, victim()).await;
    });
}

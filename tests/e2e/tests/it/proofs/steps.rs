//! Every step of a transaction: the process dies at it, or the connection is cut.

use std::time::Duration;

use super::bank::{Answer, Bank};
use super::wire::{Side, Then, Trap};
use Side::{After, Before};

/// Which store's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Store {
    PostgreSql,
    Redis,
}

use Store::{PostgreSql, Redis};

/// A step: where, what is said there, how many like it before, the side, and whether the decision has been taken then.
type Step = (Store, &'static str, u32, Side, bool);

/// In the order of a transaction of two updates, an insert and three changes of Redis.
const STEPS: [Step; 20] = [
    // T1: validated; the key claimed and nothing more.
    (PostgreSql, "INSERT INTO dataservice.tx_claims", 0, Before, false),
    (PostgreSql, "INSERT INTO dataservice.tx_claims", 0, After, false),
    (Redis, "PING", 0, Before, false),
    (PostgreSql, "BEGIN ISOLATION LEVEL READ COMMITTED;", 0, Before, false),
    (PostgreSql, "BEGIN ISOLATION LEVEL READ COMMITTED;", 0, After, false),
    (Redis, ":commits u:{", 0, Before, false),
    // T2: among the operations.
    (PostgreSql, "INSERT INTO \"projects\"", 0, Before, false),
    (PostgreSql, "INSERT INTO \"projects\"", 0, After, false),
    (PostgreSql, "UPDATE \"media_assets\"", 0, After, false),
    (PostgreSql, "UPDATE \"media_assets\"", 1, After, false),
    (PostgreSql, "dataservice.record_decision", 0, Before, false),
    (PostgreSql, "dataservice.record_decision", 0, After, false),
    // T3: the commit, heard and not heard.
    (PostgreSql, "COMMIT", 0, Before, false),
    (PostgreSql, "COMMIT", 0, After, true),
    // T4: decided, and nothing applied.
    (Redis, " INCRBY 1 ", 0, Before, true),
    // T5: one applied, or two of three, and nobody told.
    (Redis, " INCRBY 1 ", 0, After, true),
    (Redis, " INCRBY 2 ", 0, Before, true),
    (Redis, " INCRBY 2 ", 0, After, true),
    (PostgreSql, "dataservice.settle_outbox", 0, Before, true),
    // T6: all applied, the cache not told. The entries were settled.
    (PostgreSql, "dataservice.settle_outbox", 0, After, true),
];

fn arm(bank: &Bank, (store, statement, spared, side, _): Step, then: Then) {
    let wire = if store == PostgreSql { &bank.postgres } else { &bank.redis };
    // The service commits other things, too.
    let behind = if statement == "COMMIT" { "dataservice.record_decision" } else { "" };
    wire.arm(Trap { statement, behind, spared, side, then });
}

async fn reached(bank: &Bank, step: Step) {
    let wire = if step.0 == PostgreSql { &bank.postgres } else { &bank.redis };
    wire.reached(&format!("{step:?}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_each_step_of_a_transaction_all_of_it_happens_once_or_none_of_it() {
    let Some(mut bank) = Bank::open().await else { return };
    let mut other = bank.replica().await;
    let administrator = bank.administrator(&other).await;
    let person = bank.person(&mut other, &administrator, "user@example.com").await;
    let mut committed = Vec::new();
    let mut victim = bank.victim().await;
    for (number, step) in STEPS.into_iter().enumerate() {
        let decided = step.4;
        // Statements are prepared and scripts known before: the step is the very one.
        let key = format!("w{number:02}");
        assert!(matches!(person.transfer(&victim.base, &key).await, Answer::Committed { replayed: false, .. }), "{step:?}");
        committed.push(key);

        let key = format!("k{number:02}");
        arm(&bank, step, Then::Freeze);
        let (asking, base) = (person.clone(), victim.base.clone());
        let asked = tokio::spawn({
            let key = key.clone();
            async move { asking.transfer(&base, &key).await }
        });
        reached(&bank, step).await;
        if step.1 == "dataservice.record_decision" {
            // In nobody's sight before the decision.
            assert_eq!(bank.number(&format!("SELECT count(*) FROM projects WHERE title = '{key}'")).await, 0);
        }
        victim.process.kill();
        assert_eq!(asked.await.unwrap(), Answer::Lost, "{step:?}");
        let (next, ()) = tokio::join!(bank.victim(), async {
            // The other replica has whatever became of it.
            match person.transfer(&other.base, &key).await {
                Answer::Committed { replayed, .. } => assert!(replayed == decided, "{step:?}"),
                Answer::Refused { code, .. } => assert!(code == "IDEMPOTENCY_IN_PROGRESS" && !decided, "{step:?}: {code}"),
                Answer::Lost => panic!("nobody killed that one"),
            }
        });
        victim = next;
        let (id, replayed) = bank.settle(&person, &victim.base, &key).await;
        assert!(replayed || !decided, "{step:?}: executed twice");
        assert_eq!(bank.settle(&person, &other.base, &key).await, (id.clone(), true), "{step:?}: another answer");
        committed.push(key);
        bank.all_is_applied().await;
        assert_eq!(person.states(&victim.base, &id).await.1, ["success"; 6], "{step:?}");
        bank.assert_sound(&person, &committed).await;
    }
    drop((victim, other));
    bank.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_its_connection_cut_at_each_step_a_transaction_is_told_truly() {
    let Some(mut bank) = Bank::open().await else { return };
    let mut api = bank.victim().await;
    let administrator = bank.administrator(&api).await;
    let person = bank.person(&mut api, &administrator, "user@example.com").await;
    let mut committed = vec!["warm".to_owned()];
    assert!(matches!(person.transfer(&api.base, "warm").await, Answer::Committed { .. }));
    for (number, step) in STEPS.into_iter().enumerate() {
        let (key, decided) = (format!("c{number:02}"), step.4);
        arm(&bank, step, Then::Cut);
        let answer = person.transfer(&api.base, &key).await;
        reached(&bank, step).await;
        match &answer {
            // Beginnings are tried again, and the fate of a commit is looked up.
            Answer::Committed { replayed: false, .. } => {}
            Answer::Refused { status: 503 | 504, .. } if !decided => {
                let there = bank.number(&format!("SELECT count(*) FROM projects WHERE title = '{key}'")).await;
                assert_eq!(there, 0, "{step:?}: {answer:?}, and yet it has happened");
            }
            wrong => panic!("{step:?}: {wrong:?}"),
        }
        let (id, replayed) = bank.settle(&person, &api.base, &key).await;
        assert!(replayed || !matches!(answer, Answer::Committed { .. }), "{step:?}: executed twice");
        committed.push(key);
        bank.all_is_applied().await;
        assert_eq!(person.states(&api.base, &id).await.1, ["success"; 6], "{step:?}");
    }
    bank.assert_sound(&person, &committed).await;
    drop(api);
    bank.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_store_is_away_nothing_is_half_done_and_what_was_decided_follows_when_it_is_back() {
    let Some(mut bank) = Bank::open().await else { return };
    let mut api = bank.victim().await;
    let administrator = bank.administrator(&api).await;
    let person = bank.person(&mut api, &administrator, "user@example.com").await;
    assert!(matches!(person.transfer(&api.base, "before").await, Answer::Committed { .. }));
    // T9: Redis goes between the decision and the first change.
    bank.redis.arm(Trap::at(" INCRBY 1 ", Before, Then::Cut));
    let asked = tokio::spawn({
        let (person, base) = (person.clone(), api.base.clone());
        async move { person.transfer(&base, "away").await }
    });
    bank.redis.reached("the first change").await;
    bank.redis.set_away(true);
    let answer = asked.await.unwrap();
    let Answer::Committed { id, replayed: false, pending: true } = answer else { panic!("{answer:?}") };
    // While it is away nothing is decided.
    let refused = person.transfer(&api.base, "refused").await;
    assert!(matches!(&refused, Answer::Refused { status: 503, code } if code == "DATABASE_UNAVAILABLE"), "{refused:?}");
    assert_eq!(person.transfer(&api.base, "away").await, Answer::Committed { id: id.clone(), replayed: true, pending: true });
    bank.redis.set_away(false);
    bank.all_is_applied().await;
    bank.assert_sound(&person, &["before".to_owned(), "away".to_owned()]).await;
    // PostgreSQL goes, and comes back.
    bank.postgres.set_away(true);
    let refused = person.transfer(&api.base, "no database").await;
    assert!(matches!(refused, Answer::Refused { status: 503 | 504, .. }), "{refused:?}");
    bank.postgres.set_away(false);
    let back = async {
        while !matches!(person.transfer(&api.base, "back").await, Answer::Committed { .. }) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(40), back).await.unwrap();
    bank.all_is_applied().await;
    bank.assert_sound(&person, &["before", "away", "back"].map(str::to_owned)).await;
    drop(api);
    bank.close().await;
}

//! What follows decisions: once in effect, in order, and visible when it cannot.

use std::task::Poll;

use atelier_domain::dataservice::transactions::{Fence, Recovered, Settled};
use atelier_domain::dataservice::{DataError, Tier};
use atelier_domain::kernel::Coded;
use futures_util::future::join_all;
use redis::AsyncTypedCommands;
use serde_json::json;

use super::world::{Fault, count, insert, physical, somebody, with_world};

#[tokio::test]
async fn a_store_that_is_away_after_the_decision_is_waited_for() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        for fault in [Fault::Away, Fault::Silence] {
            world.faulty.set(fault);
            let committed = world.commit(&alice, json!([count("n"), insert("a"), count("n")])).await;
            let states: Vec<_> = committed.results.iter().map(|result| result.state.as_str()).collect();
            assert_eq!((states, committed.is_pending()), (vec!["pending", "success", "pending"], true), "{fault:?}");
            world.faulty.set(Fault::None);
            world.let_time_pass().await;
            assert_eq!(world.recovery.round().await.unwrap(), Recovered { applied: 2, later: 0, dead: 0 });
            assert_eq!(world.states(&alice, committed.id.as_str()).await, ["success"; 3]);
        }
        assert_eq!(world.held(&alice, "n").await.as_deref(), Some("4"));
        assert_eq!(world.recovery.round().await.unwrap(), Recovered::default());
    })
    .await;
}

#[tokio::test]
async fn what_became_of_many_at_once_is_written_by_one_connection_also_for_who_does_not_wait() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        world.faulty.set(Fault::Away);
        let mut ids = Vec::new();
        for number in 0..20 {
            ids.push(world.commit(&alice, json!([count(&format!("n{number}"))])).await.id);
        }
        let mut blocker = world.database.direct.begin().await.unwrap();
        sqlx::query("LOCK TABLE dataservice.tx_outbox IN EXCLUSIVE MODE").execute(&mut *blocker).await.unwrap();
        let outbox = &world.ports.outbox;
        let settled: Vec<_> = ids.iter().map(|id| [(Fence { transaction_id: id.clone(), operation: 1 }, Settled::Applied(None))]).collect();
        let mut waiting: Vec<_> = settled.iter().map(|one| outbox.settle(one)).collect();
        // The first is on its way, the others wait for it.
        let begun = std::future::poll_fn(|context| {
            let pending = waiting.iter_mut().filter_map(|one| one.as_mut().poll(context).is_pending().then_some(())).count();
            Poll::Ready(pending)
        });
        assert_eq!(begun.await, 20);
        let blocked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(blocked).fetch_one(&world.database.direct).await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(world.database.store.stats().active, 1);
        // Of a request that is dropped it is written all the same.
        drop(waiting.pop());
        blocker.rollback().await.unwrap();
        for told in join_all(waiting).await {
            told.unwrap();
        }
        for id in &ids {
            assert_eq!(world.states(&alice, id.as_str()).await, ["success"], "{id}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_not_made_twice() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        world.faulty.set(Fault::AnswerLost);
        let committed = world.commit(&alice, json!([count("n")])).await;
        assert!(committed.is_pending());
        for _ in 0..3 {
            world.let_time_pass().await;
            world.recovery.round().await.unwrap();
        }
        world.faulty.set(Fault::None);
        world.let_time_pass().await;
        assert_eq!(world.recovery.round().await.unwrap().applied, 1);
        assert_eq!(world.held(&alice, "n").await.as_deref(), Some("1"));
        let known = world.transactions.status(&alice, committed.id.as_str()).await.unwrap().1;
        let atelier_domain::dataservice::transactions::TransactionStatus::Committed(known) = known else { panic!("committed") };
        assert_eq!(known.results[0].data, Some(json!({"value": 1})), "the fence keeps the answer");
    })
    .await;
}

#[tokio::test]
async fn a_newer_change_of_a_key_waits_behind_an_older_one() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        let set = |value: &str| json!([{"database": "redis", "operation": "set", "key": "k", "value": value}]);
        world.faulty.set(Fault::Away);
        world.commit(&alice, set("older")).await;
        world.faulty.set(Fault::None);
        let newer = world.commit(&alice, set("newer")).await;
        assert!(newer.is_pending());
        let aside = json!([{"database": "redis", "operation": "set", "key": "another", "value": "v"}]);
        assert!(!world.commit(&alice, aside).await.is_pending());
        world.let_time_pass().await;
        assert_eq!(world.recovery.round().await.unwrap().applied, 2);
        assert_eq!(world.held(&alice, "k").await.as_deref(), Some("newer"));
    })
    .await;
}

#[tokio::test]
async fn what_can_never_be_applied_is_shown_to_an_operator_who_decides() {
    with_world(async |world| {
        let (alice, admin) = (somebody(Tier::User), somebody(Tier::Admin));
        let mut poisoned = Vec::new();
        for _ in 0..2 {
            world.faulty.set(Fault::Away);
            let committed = world.commit(&alice, json!([count("n")])).await;
            // Between decision and application somebody with a lease makes a list of it.
            world.redis.clone().del(physical(&alice, "n")).await.unwrap();
            world.redis.clone().lpush(physical(&alice, "n"), "a").await.unwrap();
            world.faulty.set(Fault::None);
            world.let_time_pass().await;
            assert_eq!(world.recovery.round().await.unwrap().dead, 1);
            assert_eq!(world.states(&alice, committed.id.as_str()).await, ["dead"]);
            world.redis.clone().del(physical(&alice, "n")).await.unwrap();
            poisoned.push(committed.id);
        }
        let dead = world.recovery.dead(&admin, 10).await.unwrap();
        let seen: Vec<_> = dead.iter().map(|one| (&one.fence.transaction_id, one.reason.as_str(), one.owner)).collect();
        assert_eq!(seen, [(&poisoned[0], "WRONGTYPE", alice.owner), (&poisoned[1], "WRONGTYPE", alice.owner)]);
        let refused: Vec<DataError> = vec![
            world.recovery.dead(&alice, 10).await.unwrap_err(),
            world.recovery.retry(&alice, poisoned[0].as_str(), 1).await.unwrap_err(),
        ];
        assert!(refused.iter().all(|error| error.code() == "FORBIDDEN_ROLE"));
        world.recovery.retry(&admin, poisoned[0].as_str(), 1).await.unwrap();
        world.recovery.forget(&admin, poisoned[1].as_str(), 1).await.unwrap();
        assert_eq!(world.recovery.forget(&admin, poisoned[1].as_str(), 1).await.unwrap_err().code(), "TRANSACTION_NOT_FOUND");
        assert_eq!(world.recovery.round().await.unwrap().applied, 1);
        assert_eq!(world.states(&alice, poisoned[0].as_str()).await, ["success"]);
        assert_eq!(world.states(&alice, poisoned[1].as_str()).await, ["forgotten"]);
        assert_eq!(world.held(&alice, "n").await.as_deref(), Some("1"));
    })
    .await;
}

#[tokio::test]
async fn what_outlived_its_fence_is_not_applied_any_more() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        world.faulty.set(Fault::Away);
        let committed = world.commit(&alice, json!([count("n")])).await;
        sqlx::query("UPDATE dataservice.tx_outbox SET decided_at = now() - interval '7 days'")
            .execute(&world.database.direct)
            .await
            .unwrap();
        world.faulty.set(Fault::None);
        world.let_time_pass().await;
        assert_eq!(world.recovery.round().await.unwrap().dead, 1);
        assert_eq!(world.states(&alice, committed.id.as_str()).await, ["dead"]);
    })
    .await;
}

#[tokio::test]
async fn two_workers_share_the_work_and_repeat_none_of_it() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        world.faulty.set(Fault::Away);
        for round in 0..20 {
            world.commit(&alice, json!([count("n"), count(&format!("own-{round}"))])).await;
        }
        world.faulty.set(Fault::None);
        world.let_time_pass().await;
        let before = world.faulty.applied.load(std::sync::atomic::Ordering::SeqCst);
        let (_, other) = world.over(&world.database.store);
        let mut applied = 0;
        while applied < 40 {
            let (one, two) = tokio::join!(world.recovery.round(), other.round());
            applied += one.unwrap().applied + two.unwrap().applied;
        }
        assert_eq!((applied, world.faulty.applied.load(std::sync::atomic::Ordering::SeqCst) - before), (40, 40));
        assert_eq!(world.held(&alice, "n").await.as_deref(), Some("20"));
    })
    .await;
}

#[tokio::test]
async fn nothing_a_client_wrote_is_readable_in_the_log_or_the_outbox() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        world.faulty.set(Fault::Away);
        let set = json!({"database": "redis", "operation": "set", "key": "secret-key", "value": "secret-value"});
        let committed = world.commit(&alice, json!([insert("secret-title"), set])).await;
        let stored: Vec<String> = sqlx::query_scalar(
            "SELECT convert_from(coalesce(answer, ''), 'LATIN1') || tx_log::text FROM dataservice.tx_log
             UNION ALL SELECT convert_from(coalesce(payload, ''), 'LATIN1') || tx_outbox::text FROM dataservice.tx_outbox",
        )
        .fetch_all(&world.database.direct)
        .await
        .unwrap();
        assert_eq!(stored.len(), 2);
        let id = committed.results[0].data.as_ref().unwrap()["id"].as_str().unwrap().to_owned();
        assert!(stored.iter().all(|text| !text.contains("secret-") && !text.contains(&id)), "{stored:?}");
    })
    .await;
}

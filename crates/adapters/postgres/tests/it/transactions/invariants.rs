//! What holds whatever happens at once: sums stay, each commit counts once.

use std::sync::Arc;

use atelier_domain::dataservice::Tier;
use atelier_domain::kernel::Coded;
use serde_json::json;
use sqlx::Row;
use uuid::Uuid;

use super::world::{Fault, count, insert, operations, somebody, with_world};

const ACCOUNTS: u64 = 5;
const START: i64 = 1000;

/// Numbers that look random and are the same every time.
fn dice(seed: u64) -> u64 {
    let mut state = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state ^ (state >> 27)
}

#[tokio::test]
async fn money_is_neither_made_nor_lost_and_every_commit_counts_once() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        let made = world.commit(&alice, json!([insert("bank")])).await;
        let project = made.results[0].data.as_ref().unwrap()["id"].clone();
        let account = |number: u64| Uuid::from_u128(u128::from(number) + 1).to_string();
        let opened: Vec<_> = (0..ACCOUNTS)
            .map(|number| {
                json!({"database": "postgresql", "operation": "insert", "table": "media_assets",
                       "data": {"id": account(number), "project_id": project, "asset_type": "account", "file_path": "/", "size_bytes": START}})
            })
            .collect();
        world.commit(&alice, json!(opened)).await;
        let add = |number: u64, by: i64| {
            json!({"database": "postgresql", "operation": "update", "table": "media_assets",
                   "data": {"size_bytes": {"increment": by}}, "filters": {"id": account(number)}})
        };
        let tasks = (0..8_u64).map(|task| {
            let (transactions, faulty) = (world.transactions.clone(), world.faulty.clone());
            let bodies: Vec<_> = (0..10_u64)
                .map(|round| {
                    let roll = dice(task * 100 + round);
                    let (from, to) = (roll % ACCOUNTS, (roll >> 8) % ACCOUNTS);
                    let by = i64::try_from(roll >> 16 & 63).unwrap();
                    let mut listed = vec![add(from, -by), count("commits"), add(to, by)];
                    if roll >> 32 & 3 == 0 {
                        // Fails after the money has left one account.
                        listed.push(add(to, i64::MAX));
                    }
                    let isolation = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"][usize::try_from(roll >> 40 & 1).unwrap() * 2];
                    let mut body = operations(json!(listed));
                    body["isolation"] = json!(isolation);
                    (roll, body)
                })
                .collect();
            tokio::spawn(async move {
                let mut committed = 0;
                for (roll, body) in bodies {
                    faulty.set(if roll >> 48 & 3 == 0 { Fault::AnswerLost } else { Fault::None });
                    match transactions.execute(&alice, &body, None).await {
                        Ok(_) => committed += 1,
                        Err(error) => assert!(
                            matches!(error.code(), "CONSTRAINT_VIOLATION" | "SERIALIZATION_FAILURE" | "DATABASE_CONNECTION_FAILED"),
                            "{error:?}"
                        ),
                    }
                }
                committed
            })
        });
        let mut committed = 0;
        for task in tasks.collect::<Vec<_>>() {
            committed += task.await.unwrap();
        }
        world.faulty.set(Fault::None);
        world.let_time_pass().await;
        world.recovery.round().await.unwrap();
        let row = sqlx::query("SELECT sum(size_bytes)::bigint, count(*) FROM media_assets").fetch_one(&world.database.direct).await.unwrap();
        assert_eq!((row.get::<i64, _>(0), row.get::<i64, _>(1)), (START * i64::try_from(ACCOUNTS).unwrap(), 5));
        assert!(committed > 10, "{committed} of 80");
        let logged: i64 = sqlx::query_scalar("SELECT count(*) FROM dataservice.tx_log WHERE state = 'committed'")
            .fetch_one(&world.database.direct)
            .await
            .unwrap();
        assert_eq!(logged, committed + 2);
        assert_eq!(world.held(&alice, "commits").await, Some(committed.to_string()));
        assert!(Arc::strong_count(&world.transactions) == 1);
    })
    .await;
}

//! Tenants' keys, changed once in effect.

use std::sync::Arc;

use atelier_adapter_redis::{RedisConnection, RedisParticipant};
use atelier_domain::dataservice::transactions::{ApplyError, Fence, Participant, RedisCommand, RedisWrite, StoreWrite, TransactionId};
use atelier_testkit::contract::present;
use redis::AsyncTypedCommands;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use uuid::Uuid;

fn write(owner: Uuid, key: &str, command: RedisCommand) -> StoreWrite {
    StoreWrite::Redis(RedisWrite { owner, key: key.to_owned(), command })
}

fn set(value: &str, ttl: Option<u64>) -> RedisCommand {
    RedisCommand::Set { value: value.to_owned(), ttl }
}

fn fence(operation: u32) -> Fence {
    Fence { transaction_id: TransactionId::of("test"), operation }
}

async fn participant(case: &str) -> Option<(RedisParticipant, redis::aio::MultiplexedConnection)> {
    let url = present(crate::url(), case)?;
    let direct = redis::Client::open(url.clone()).unwrap().get_multiplexed_async_connection().await.unwrap();
    Some((RedisParticipant::new(RedisConnection::connect(&url, "").await.unwrap()), direct))
}

#[tokio::test]
async fn each_command_does_its_work_and_leaves_a_fence_for_a_week() {
    let Some((participant, mut direct)) = participant("each command").await else { return };
    let owner = Uuid::new_v4();
    let key = format!("u:{{{owner}}}:k");
    let commands = [
        (set("v", Some(100)), None),
        (RedisCommand::Expire { ttl: 50 }, None),
        (set("41", None), None),
        (RedisCommand::IncrBy(1), Some(json!({"value": 42}))),
    ];
    for (operation, (command, answer)) in (1..).zip(commands) {
        assert_eq!(participant.apply(&write(owner, "k", command), &fence(operation)).await.unwrap(), answer);
        let ttl = direct.ttl(format!("u:{{{owner}}}:~fence:tx_test:{operation}")).await.unwrap();
        assert!(matches!(ttl, redis::IntegerReplyOrNoOp::IntegerReply(604_700..=604_800)), "{ttl:?}");
        if operation == 2 {
            let ttl = direct.ttl(&key).await.unwrap();
            assert!(matches!(ttl, redis::IntegerReplyOrNoOp::IntegerReply(40..=50)), "{ttl:?}");
        }
    }
    assert_eq!(direct.ttl(&key).await.unwrap(), redis::IntegerReplyOrNoOp::ExistsButNotRelevant);
    participant.apply(&write(owner, "k", RedisCommand::Del), &fence(5)).await.unwrap();
    assert!(!direct.exists(&key).await.unwrap());
}

#[tokio::test]
async fn applied_again_by_many_at_once_it_has_happened_once_and_says_the_same() {
    let Some((participant, mut direct)) = participant("applied again").await else { return };
    let (participant, owner) = (Arc::new(participant), Uuid::new_v4());
    let large = 9_007_199_254_740_993_i64;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let participant = participant.clone();
            tokio::spawn(async move { participant.apply(&write(owner, "n", RedisCommand::IncrBy(large)), &fence(1)).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), Some(json!({"value": large})), "no digit is lost beyond what a double holds");
    }
    assert_eq!(direct.get(format!("u:{{{owner}}}:n")).await.unwrap(), Some(large.to_string()));
}

#[tokio::test]
async fn what_the_key_holds_makes_it_impossible_and_leaves_no_fence() {
    let Some((participant, mut direct)) = participant("impossible").await else { return };
    let owner = Uuid::new_v4();
    direct.lpush(format!("u:{{{owner}}}:list"), "a").await.unwrap();
    direct.set(format!("u:{{{owner}}}:text"), "a").await.unwrap();
    direct.set(format!("u:{{{owner}}}:most"), i64::MAX.to_string()).await.unwrap();
    for (key, expected) in [("list", "WRONGTYPE"), ("text", "ERR"), ("most", "ERR")] {
        let refused = participant.apply(&write(owner, key, RedisCommand::IncrBy(1)), &fence(1)).await.unwrap_err();
        assert!(matches!(&refused, ApplyError::Never { code } if code == expected), "{key}: {refused:?}");
        assert!(!direct.exists(format!("u:{{{owner}}}:~fence:tx_test:1")).await.unwrap(), "{key}");
        let change = write(owner, key, RedisCommand::IncrBy(1));
        assert!(participant.check(&[&change]).await.is_err(), "{key}: foreseen");
    }
}

/// A server that takes every command and refuses scripts with these words.
async fn server_that_refuses(words: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut heard = vec![0; 65536];
                while let Ok(read @ 1..) = client.read(&mut heard).await {
                    let text = String::from_utf8_lossy(&heard[..read]).into_owned();
                    // Each command is an array, whose line begins with a star.
                    for command in text.split("\r\n*") {
                        let refused = command.contains("EVALSHA");
                        let answer = if refused { format!("-{words}\r\n") } else { "+PONG\r\n".to_owned() };
                        if client.write_all(answer.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn a_server_that_is_full_or_read_only_or_gone_is_tried_again_later() {
    let change = write(Uuid::new_v4(), "k", set("v", None));
    for (words, code) in [
        ("OOM command not allowed when used memory > 'maxmemory'.", "OOM"),
        ("READONLY You can't write against a read only replica.", "READONLY"),
        ("MISCONF Redis is configured to save RDB snapshots", "MISCONF"),
    ] {
        let url = server_that_refuses(words).await;
        let participant = RedisParticipant::new(RedisConnection::connect(&url, "").await.unwrap());
        let refused = participant.apply(&change, &fence(1)).await.unwrap_err();
        assert!(matches!(&refused, ApplyError::Later { code: told, .. } if told == code), "{words}: {refused:?}");
    }
}

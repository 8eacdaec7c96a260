//! Leased logins, tried by a plain client.

use std::time::Duration;

use atelier_adapter_redis::{RedisConnection, RedisLeases};
use atelier_domain::dataservice::leases::{Lease, LeaseId, LeaseState, LeaseTarget, Operation};
use atelier_domain::dataservice::{Database, Tier};
use atelier_domain::kernel::{EntityId, ExposeSecret, SecretString, UserId};
use atelier_testkit::contract::present;
use redis::aio::MultiplexedConnection;
use redis::{Client, RedisResult, Value};
use uuid::Uuid;

fn lease(owner: Uuid, operation: Operation) -> Lease {
    let acquired_at = "2024-01-15T10:30:00Z".parse().unwrap();
    Lease {
        id: LeaseId::of("1"),
        account_id: UserId::from_bytes([1; 12]),
        owner,
        tier: Tier::User,
        service_name: "core-user-service".parse().unwrap(),
        database: Database::Redis,
        operation,
        login: format!("lease_{}", Uuid::new_v4().simple()),
        state: LeaseState::Granting,
        acquired_at,
        expires_at: acquired_at + Duration::from_secs(300),
        ends_at: acquired_at + Duration::from_secs(3600),
        ended: None,
        attempts: 0,
        next_attempt_at: None,
    }
}

fn password() -> SecretString {
    "a-password_of-43-characters".into()
}

async fn leases() -> Option<RedisLeases> {
    let url = crate::url()?;
    Some(RedisLeases::new(RedisConnection::connect(&url, "test:").await.unwrap(), &url).unwrap())
}

async fn client(leases: &RedisLeases, lease: &Lease) -> RedisResult<MultiplexedConnection> {
    Client::open(leases.url(lease, &password()).expose_secret()).unwrap().get_multiplexed_async_connection().await
}

async fn service() -> MultiplexedConnection {
    Client::open(crate::url().unwrap()).unwrap().get_multiplexed_async_connection().await.unwrap()
}

async fn run(connection: &mut MultiplexedConnection, command: &str) -> RedisResult<Value> {
    let mut words = command.split(' ');
    let mut built = redis::cmd(words.next().unwrap());
    words.for_each(|word| {
        built.arg(word);
    });
    built.query_async(connection).await
}

async fn refused(connection: &mut MultiplexedConnection, command: &str) {
    let error = run(connection, command).await.unwrap_err();
    assert_eq!(error.code(), Some("NOPERM"), "{command}: {error}");
}

#[tokio::test]
async fn a_write_credential_has_its_owners_keys_and_no_others() {
    let Some(leases) = present(leases().await, "a write credential of Redis") else { return };
    let (owner, other) = (Uuid::new_v4(), Uuid::new_v4());
    let lease = lease(owner, Operation::Write);
    leases.open(&lease, &password()).await.unwrap();
    let mut session = client(&leases, &lease).await.unwrap();
    for allowed in [
        "SET KEY 1 EX 60",
        "INCR KEY",
        "EXPIRE KEY 60",
        "RENAME KEY KEY2",
        "DEL KEY2",
        "HSET KEYh a 1",
        "DEL KEYh",
        "PING",
        "MULTI",
        "DISCARD",
    ] {
        run(&mut session, &allowed.replace("KEY", &format!("u:{{{owner}}}:a"))).await.unwrap();
    }
    for foreign in [format!("u:{{{other}}}:a"), "atelier:cache:a".to_owned(), "a".to_owned(), format!("u:{{{owner}}}:~fence:1")] {
        for command in ["GET KEY", "SET KEY 1", "DEL KEY", "EXISTS KEY", "TYPE KEY", "OBJECT ENCODING KEY", "COPY KEY KEY2"] {
            refused(&mut session, &command.replace("KEY", &foreign)).await;
        }
        refused(&mut session, &format!("RENAME u:{{{owner}}}:a {foreign}")).await;
    }
    leases.close(&lease).await.unwrap();
}

#[tokio::test]
async fn a_read_credential_reads_and_writes_nothing() {
    let Some(leases) = present(leases().await, "a read credential of Redis") else { return };
    let owner = Uuid::new_v4();
    let lease = lease(owner, Operation::Read);
    let key = format!("u:{{{owner}}}:a");
    run(&mut service().await, &format!("SET {key} 1 EX 60")).await.unwrap();
    leases.open(&lease, &password()).await.unwrap();
    let mut session = client(&leases, &lease).await.unwrap();
    for command in ["GET KEY", "TTL KEY", "STRLEN KEY"] {
        run(&mut session, &command.replace("KEY", &key)).await.unwrap();
    }
    for command in ["SET KEY 2", "DEL KEY", "EXPIRE KEY 1", "GETDEL KEY", "GETEX KEY PERSIST", "PERSIST KEY", "APPEND KEY x", "UNLINK KEY"]
    {
        refused(&mut session, &command.replace("KEY", &key)).await;
    }
    leases.close(&lease).await.unwrap();
}

#[tokio::test]
async fn whatever_needs_no_key_is_refused_but_for_what_a_session_needs() {
    let Some(leases) = present(leases().await, "commands without a key") else { return };
    let lease = lease(Uuid::new_v4(), Operation::Write);
    leases.open(&lease, &password()).await.unwrap();
    let mut service = service().await;
    let commands: Vec<(String, i64, Vec<String>, i64)> = redis::cmd("COMMAND")
        .query_async::<Vec<Vec<Value>>>(&mut service)
        .await
        .unwrap()
        .into_iter()
        .map(|row| {
            let read = |at: usize| row[at].clone();
            (
                redis::from_redis_value(read(0)).unwrap(),
                redis::from_redis_value(read(1)).unwrap(),
                redis::from_redis_value(read(2)).unwrap(),
                redis::from_redis_value(read(3)).unwrap(),
            )
        })
        .collect();
    assert!(commands.len() > 200);
    let mut allowed = Vec::new();
    for (name, arity, flags, first_key) in commands {
        let movable = flags.iter().any(|flag| flag == "movablekeys");
        if first_key != 0 || movable {
            continue;
        }
        let mut try_it = redis::cmd("ACL");
        try_it.arg("DRYRUN").arg(&lease.login).arg(&name);
        (1..arity.unsigned_abs()).for_each(|_| {
            try_it.arg("x");
        });
        if let Ok(answer) = try_it.query_async::<String>(&mut service).await
            && answer == "OK"
        {
            allowed.push(name);
        }
    }
    allowed.sort();
    let harmless = ["auth", "command", "discard", "echo", "exec", "hello", "lolwut", "multi", "ping", "quit", "reset", "select", "unwatch"];
    let surprising: Vec<_> = allowed.iter().filter(|name| !harmless.contains(&name.as_str())).collect();
    assert_eq!(surprising, Vec::<&String>::new());
    assert!(allowed.iter().any(|name| name == "ping"));
    let mut session = client(&leases, &lease).await.unwrap();
    for command in [
        "KEYS *",
        "SCAN 0",
        "RANDOMKEY",
        "DBSIZE",
        "FLUSHALL",
        "FLUSHDB",
        "SWAPDB 0 1",
        "CONFIG GET requirepass",
        "ACL LIST",
        "ACL WHOAMI",
        "MONITOR",
        "CLIENT LIST",
        "CLIENT TRACKING ON BCAST",
        "CLIENT KILL TYPE normal",
        "CLIENT PAUSE 1000",
        "SUBSCRIBE a",
        "PUBLISH a b",
        "EVAL return 0",
        "FUNCTION LIST",
        "SHUTDOWN NOSAVE",
        "REPLICAOF NO ONE",
        "SORT a",
        "MIGRATE h 1 a 0 1",
        "INFO",
    ] {
        refused(&mut session, command).await;
    }
    leases.close(&lease).await.unwrap();
}

#[tokio::test]
async fn a_closed_login_is_cut_off_refused_and_may_be_closed_again() {
    let Some(leases) = present(leases().await, "a closed login of Redis") else { return };
    let lease = lease(Uuid::new_v4(), Operation::Write);
    leases.open(&lease, &password()).await.unwrap();
    leases.open(&lease, &password()).await.unwrap();
    let mut session = client(&leases, &lease).await.unwrap();
    run(&mut session, "PING").await.unwrap();
    for _ in 0..2 {
        leases.close(&lease).await.unwrap();
    }
    assert!(run(&mut session, "PING").await.is_err(), "the open connection is cut");
    assert!(client(&leases, &lease).await.is_err());
}

#[tokio::test]
async fn a_login_that_redis_has_lost_is_missing_and_can_be_made_again() {
    let Some(leases) = present(leases().await, "a lost login of Redis") else { return };
    let both = [(lease(Uuid::new_v4(), Operation::Read), Vec::new()), (lease(Uuid::new_v4(), Operation::Write), Vec::new())];
    for (lease, _) in &both {
        leases.open(lease, &password()).await.unwrap();
    }
    assert!(leases.missing(&both).await.unwrap().is_empty());
    run(&mut service().await, &format!("ACL DELUSER {}", both[1].0.login)).await.unwrap();
    let missing = leases.missing(&both).await.unwrap();
    assert_eq!(missing.iter().map(|(lease, _)| &lease.login).collect::<Vec<_>>(), [&both[1].0.login]);
    leases.open(&both[1].0, &password()).await.unwrap();
    run(&mut client(&leases, &both[1].0).await.unwrap(), "PING").await.unwrap();
    for (lease, _) in &both {
        leases.close(lease).await.unwrap();
    }
}

#[tokio::test]
async fn the_address_given_out_shows_nothing_of_the_services_own_login() {
    let Some(url) = present(crate::url(), "the address given out") else { return };
    let connection = RedisConnection::connect(&url, "test:").await.unwrap();
    let leases = RedisLeases::new(connection.clone(), "rediss://service:secret@redis:6390/2?x=secret").unwrap();
    let lease = lease(Uuid::new_v4(), Operation::Read);
    assert_eq!(
        leases.url(&lease, &password()).expose_secret(),
        format!("rediss://{}:{}@redis:6390/2", lease.login, password().expose_secret())
    );
    for wrong in ["", "redis:6379", "http://redis"] {
        assert!(RedisLeases::new(connection.clone(), wrong).is_err(), "{wrong:?}");
    }
}

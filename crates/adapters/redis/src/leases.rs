//! Leased logins of Redis: ACL users that see their owner's keys alone.

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use atelier_domain::dataservice::leases::{Lease, LeaseTarget, Operation};
use atelier_domain::dataservice::{DataError, Database};
use atelier_domain::kernel::{ExposeSecret, Fingerprint, SecretString};
use redis::{Cmd, FromRedisValue};
use sha2::{Digest, Sha256};
use url::Url;

use crate::connection::RedisConnection;

/// What a session needs besides data. No other command without a key: SCAN, KEYS, MONITOR, CLIENT TRACKING and their like tell other
/// owners' keys.
const SESSION: [&str; 8] = ["+ping", "+echo", "+select", "+command", "+client|setinfo", "+client|setname", "+client|getname", "+client|id"];

/// What of the category `keyspace`, which is taken away as a whole, names its keys.
const OF_KEYSPACE_READ: [&str; 10] = [
    "+exists",
    "+type",
    "+ttl",
    "+pttl",
    "+expiretime",
    "+pexpiretime",
    "+touch",
    "+object|encoding",
    "+object|refcount",
    "+object|idletime",
];
const OF_KEYSPACE_WRITE: [&str; 10] =
    ["+del", "+unlink", "+expire", "+pexpire", "+expireat", "+pexpireat", "+persist", "+rename", "+renamenx", "+copy"];

/// A server that takes longer is as good as away.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// The address clients are given cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("LEASE_REDIS_URL (or REDIS_URL in its place) must look like redis://host:6379")]
pub struct InvalidRedisLeaseUrl;

/// Leases at one Redis server (7 or later, or Valkey); a cluster has none.
///
/// The service's own user needs the right to `ACL`. Users are not saved to Redis's files: after a restart the sweeper makes them again. They
/// have no end of their own in Redis, the sweeper ends them.
#[derive(Clone)]
pub struct RedisLeases {
    redis: RedisConnection,
    address: Url,
}

fn unavailable(source: impl Into<atelier_domain::kernel::Source>) -> DataError {
    DataError::Unavailable { database: Database::Redis, source: source.into() }
}

impl RedisLeases {
    /// Over this connection; clients find the same server at `address`, whose user and password do not matter.
    ///
    /// # Errors
    /// [`InvalidRedisLeaseUrl`].
    pub fn new(redis: RedisConnection, address: &str) -> Result<Self, InvalidRedisLeaseUrl> {
        let mut address = Url::parse(address).map_err(|_none| InvalidRedisLeaseUrl)?;
        let usable = matches!(address.scheme(), "redis" | "rediss") && address.has_host();
        if !usable || address.set_username("").is_err() || address.set_password(None).is_err() {
            return Err(InvalidRedisLeaseUrl);
        }
        address.set_query(None);
        Ok(Self { redis, address })
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, DataError> {
        let mut manager = self.redis.manager();
        match tokio::time::timeout(ANSWER_WITHIN, command.query_async(&mut manager)).await {
            Ok(Ok(answer)) => Ok(answer),
            // What the server itself refuses is no matter of waiting, but for its own lack of memory or readiness.
            Ok(Err(error)) if matches!(error.code(), Some("NOPERM" | "ERR" | "NOAUTH" | "WRONGPASS")) => {
                Err(DataError::Internal(error.into()))
            }
            Ok(Err(error)) => Err(unavailable(error)),
            Err(late) => Err(unavailable(late)),
        }
    }
}

fn hashed(password: &SecretString) -> String {
    format!("#{}", Fingerprint(Sha256::digest(password.expose_secret().as_bytes()).into()))
}

/// The rules of a lease's user: what it was before does not matter.
fn rules(lease: &Lease, password: &SecretString) -> Vec<String> {
    // The owner's keys without the service's own among them, which begin with a tilde. Braces mean nothing to patterns.
    let keys = format!("u:{{{}}}:[^~]*", lease.owner);
    let (keys, commands): (_, &[&str]) = match lease.operation {
        Operation::Read => (format!("%R~{keys}"), &["+@read"]),
        Operation::Write => (format!("~{keys}"), &["+@read", "+@write", "+@transaction"]),
    };
    let mut rules: Vec<String> = ["reset", "on", "resetchannels", "-@all"].map(str::to_owned).to_vec();
    rules.extend([hashed(password), keys]);
    rules.extend(commands.iter().map(|rule| (*rule).to_owned()));
    rules.extend(["-@keyspace", "-@dangerous", "-@admin", "-@scripting", "-@pubsub"].map(str::to_owned));
    rules.extend(SESSION.iter().chain(&OF_KEYSPACE_READ).map(|rule| (*rule).to_owned()));
    if lease.operation == Operation::Write {
        rules.extend(OF_KEYSPACE_WRITE.map(str::to_owned));
    }
    rules
}

#[async_trait]
impl LeaseTarget for RedisLeases {
    fn database(&self) -> Database {
        Database::Redis
    }

    async fn open(&self, lease: &Lease, password: &SecretString) -> Result<(), DataError> {
        let mut command = redis::cmd("ACL");
        command.arg("SETUSER").arg(&lease.login).arg(rules(lease, password));
        self.ask(&command).await
    }

    async fn close(&self, lease: &Lease) -> Result<(), DataError> {
        // Cuts the user's connections too, and answers 0 when there is none.
        let mut command = redis::cmd("ACL");
        command.arg("DELUSER").arg(&lease.login);
        self.ask::<i64>(&command).await.map(drop)
    }

    async fn missing<'a>(&self, leases: &'a [(Lease, Vec<u8>)]) -> Result<Vec<&'a (Lease, Vec<u8>)>, DataError> {
        let mut command = redis::cmd("ACL");
        command.arg("USERS");
        let there: HashSet<String> = self.ask(&command).await?;
        Ok(leases.iter().filter(|(lease, _)| !there.contains(&lease.login)).collect())
    }

    fn url(&self, lease: &Lease, password: &SecretString) -> SecretString {
        let mut url = self.address.clone();
        // A URL with a host takes both.
        let _always_possible = (url.set_username(&lease.login), url.set_password(Some(password.expose_secret())));
        String::from(url).into()
    }
}

//! What Redis holds of one owner.

use async_trait::async_trait;
use atelier_domain::dataservice::{Database, OwnedData};
use atelier_domain::kernel::StoreError;
use redis::{RedisError, RedisResult};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::connection::RedisConnection;

/// A tenant's keys, and what is remembered of its answers.
pub struct RedisOwnedData {
    redis: RedisConnection,
}

/// Keys looked at by one step of a scan.
const STEP: u32 = 1000;

fn away(error: RedisError) -> StoreError {
    StoreError::Unavailable(error.into())
}

impl RedisOwnedData {
    /// Of this server.
    pub fn new(redis: RedisConnection) -> Self {
        Self { redis }
    }

    /// Every key with one of these beginnings; the server goes on serving meanwhile.
    async fn keys(&self, pattern: &str) -> RedisResult<Vec<String>> {
        let (mut manager, mut cursor, mut found) = (self.redis.manager(), 0_u64, Vec::new());
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(STEP);
            let (next, keys): (u64, Vec<String>) = scan.query_async(&mut manager).await?;
            found.extend(keys);
            cursor = next;
            if cursor == 0 {
                return Ok(found);
            }
        }
    }

    /// The braces of a hash tag are no special characters of a pattern, and an owner's id holds none.
    fn patterns(&self, owner: Uuid) -> [String; 3] {
        [
            format!("u:{{{owner}}}:*"),
            self.redis.key("version", &format!("{{{owner}}}:*")),
            self.redis.key("answer", &format!("{{{owner}}}:*")),
        ]
    }
}

#[async_trait]
impl OwnedData for RedisOwnedData {
    fn database(&self) -> Database {
        Database::Redis
    }

    async fn export(&self, owner: Uuid) -> Result<Value, StoreError> {
        let [own, ..] = self.patterns(owner);
        let (mut manager, mut values) = (self.redis.manager(), Map::new());
        for key in self.keys(&own).await.map_err(away)? {
            // Tenants can only set text; the service's fences are not theirs to read.
            let called = key.split_once("}:").map(|(_, called)| called.to_owned()).unwrap_or_default();
            if called.starts_with('~') {
                continue;
            }
            let value: Result<Option<String>, _> = redis::cmd("GET").arg(&key).query_async(&mut manager).await;
            values.insert(called, value.ok().flatten().map_or(Value::Null, Value::String));
        }
        Ok(Value::Object(values))
    }

    async fn erase(&self, owner: Uuid) -> Result<(), StoreError> {
        let mut manager = self.redis.manager();
        for pattern in self.patterns(owner) {
            for keys in self.keys(&pattern).await.map_err(away)?.chunks(STEP as usize) {
                redis::cmd("UNLINK").arg(keys).query_async::<()>(&mut manager).await.map_err(away)?;
            }
        }
        Ok(())
    }
}

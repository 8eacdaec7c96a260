//! Answers of queries, shared by all processes.

use std::any::Any;
use std::io::{Read, Write};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use atelier_domain::dataservice::queries::{AnswerCache, CACHED_FOR};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use moka::sync::Cache;
use redis::Script;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::connection::RedisConnection;

/// Keeps the highest version. KEYS: where. ARGV: the version, and for how many seconds.
static RAISE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if (tonumber(redis.call('GET', KEYS[1])) or -1) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end",
    )
});

/// A version outlives every answer that was read at it; after that it is as good as unknown.
const VERSION_KEPT_SECONDS: u64 = 24 * 3600;
/// What a compressed answer may become.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Answers in Redis, compressed. One owner's keys share a hash tag, so they are in one slot of a cluster. While Redis is away nothing is
/// found and nothing kept.
#[derive(Clone)]
pub struct RedisAnswerCache {
    redis: RedisConnection,
    turns: Cache<String, Arc<Mutex<()>>>,
}

impl RedisAnswerCache {
    /// Over this connection.
    pub fn new(redis: RedisConnection) -> Self {
        Self { redis, turns: Cache::builder().max_capacity(10_000).time_to_live(CACHED_FOR).build() }
    }

    fn version_key(&self, table: &str, owner: Uuid) -> String {
        self.redis.key("version", &format!("{{{owner}}}:{table}"))
    }

    fn answer_key(&self, owner: Uuid, key: &str) -> String {
        self.redis.key("answer", &format!("{{{owner}}}:{key}"))
    }
}

fn packed(answer: &str) -> Option<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(answer.as_bytes()).ok()?;
    encoder.finish().ok()
}

fn unpacked(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    ZlibDecoder::new(bytes).take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[async_trait::async_trait]
impl AnswerCache for RedisAnswerCache {
    async fn version(&self, table: &str, owner: Uuid) -> Option<u64> {
        let mut manager = self.redis.manager();
        let mut command = redis::cmd("GET");
        command.arg(self.version_key(table, owner));
        self.redis.measured::<Option<u64>>("version.get", async { command.query_async(&mut manager).await }).await?
    }

    async fn raise(&self, table: &str, owner: Uuid, version: u64) -> bool {
        let mut invocation = RAISE.prepare_invoke();
        invocation.key(self.version_key(table, owner)).arg(version).arg(VERSION_KEPT_SECONDS);
        let mut manager = self.redis.manager();
        self.redis.measured::<()>("version.raise", invocation.invoke_async(&mut manager)).await.is_some()
    }

    async fn get(&self, owner: Uuid, key: &str) -> Option<String> {
        let mut manager = self.redis.manager();
        let mut command = redis::cmd("GET");
        command.arg(self.answer_key(owner, key));
        let kept = self.redis.measured::<Option<Vec<u8>>>("answer.get", async { command.query_async(&mut manager).await }).await??;
        unpacked(&kept)
    }

    async fn put(&self, owner: Uuid, key: &str, answer: &str, time_to_live: Duration) {
        let Some(packed) = packed(answer) else { return };
        let mut manager = self.redis.manager();
        let mut command = redis::cmd("SET");
        command.arg(self.answer_key(owner, key)).arg(packed).arg("EX").arg(time_to_live.as_secs().clamp(1, CACHED_FOR.as_secs()));
        self.redis.measured::<()>("answer.put", async { command.query_async(&mut manager).await }).await;
    }

    async fn turn(&self, key: &str) -> Box<dyn Any + Send> {
        let turn = self.turns.get_with_by_ref(key, Arc::default);
        Box::new(turn.lock_owned().await)
    }
}

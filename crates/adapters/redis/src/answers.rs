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

use crate::cluster::RedisCluster;
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

/// Where answers are kept.
#[derive(Clone)]
enum Place {
    Server(RedisConnection),
    Cluster(RedisCluster),
}

/// Answers in Redis, compressed. One owner's keys share a hash tag, so they are in one slot of a cluster. While Redis is away nothing is
/// found and nothing kept.
#[derive(Clone)]
pub struct RedisAnswerCache {
    place: Place,
    turns: Cache<String, Arc<Mutex<()>>>,
}

impl RedisAnswerCache {
    /// On this server.
    pub fn new(redis: RedisConnection) -> Self {
        Self::at(Place::Server(redis))
    }

    /// On the nodes of this cluster.
    pub fn on_cluster(cluster: RedisCluster) -> Self {
        Self::at(Place::Cluster(cluster))
    }

    fn at(place: Place) -> Self {
        Self { place, turns: Cache::builder().max_capacity(10_000).time_to_live(CACHED_FOR).build() }
    }

    /// Whoever has the owner's keys.
    async fn redis(&self, owner: Uuid) -> Option<RedisConnection> {
        match &self.place {
            Place::Server(redis) => Some(redis.clone()),
            Place::Cluster(cluster) => cluster.node_of(&owner.to_string()).await,
        }
    }

    /// A node that has not answered may have left, or have given the keys to another.
    fn heard<T>(&self, answer: Option<T>) -> Option<T> {
        if let (None, Place::Cluster(cluster)) = (&answer, &self.place) {
            cluster.look_again();
        }
        answer
    }
}

fn version_key(redis: &RedisConnection, table: &str, owner: Uuid) -> String {
    redis.key("version", &format!("{{{owner}}}:{table}"))
}

fn answer_key(redis: &RedisConnection, owner: Uuid, key: &str) -> String {
    redis.key("answer", &format!("{{{owner}}}:{key}"))
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
        let redis = self.redis(owner).await?;
        let mut manager = redis.manager();
        let mut command = redis::cmd("GET");
        command.arg(version_key(&redis, table, owner));
        let known = redis.measured::<Option<u64>>("version.get", async { command.query_async(&mut manager).await }).await;
        self.heard(known)?
    }

    async fn raise(&self, table: &str, owner: Uuid, version: u64) -> bool {
        let Some(redis) = self.redis(owner).await else { return false };
        let mut invocation = RAISE.prepare_invoke();
        invocation.key(version_key(&redis, table, owner)).arg(version).arg(VERSION_KEPT_SECONDS);
        let mut manager = redis.manager();
        let told = redis.measured::<()>("version.raise", invocation.invoke_async(&mut manager)).await;
        self.heard(told).is_some()
    }

    async fn get(&self, owner: Uuid, key: &str) -> Option<String> {
        let redis = self.redis(owner).await?;
        let mut manager = redis.manager();
        let mut command = redis::cmd("GET");
        command.arg(answer_key(&redis, owner, key));
        let kept = redis.measured::<Option<Vec<u8>>>("answer.get", async { command.query_async(&mut manager).await }).await;
        unpacked(&self.heard(kept)??)
    }

    async fn put(&self, owner: Uuid, key: &str, answer: &str, time_to_live: Duration) {
        let (Some(packed), Some(redis)) = (packed(answer), self.redis(owner).await) else { return };
        let mut manager = redis.manager();
        let mut command = redis::cmd("SET");
        command.arg(answer_key(&redis, owner, key)).arg(packed).arg("EX").arg(time_to_live.as_secs().clamp(1, CACHED_FOR.as_secs()));
        let told = redis.measured::<()>("answer.put", async { command.query_async(&mut manager).await }).await;
        self.heard(told);
    }

    async fn turn(&self, key: &str) -> Box<dyn Any + Send> {
        let turn = self.turns.get_with_by_ref(key, Arc::default);
        Box::new(turn.lock_owned().await)
    }
}

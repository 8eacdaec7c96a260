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
use redis::aio::{ConnectionLike, ConnectionManager};
use redis::cluster_async::ClusterConnection;
use redis::{Cmd, Pipeline, RedisFuture, Script, Value};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::cluster::RedisCluster;
use crate::connection::{RedisConnection, measured};

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

/// A connection of either.
enum Line {
    Server(ConnectionManager),
    Cluster(ClusterConnection),
}

impl ConnectionLike for Line {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(line) => line.req_packed_command(command),
            Self::Cluster(line) => line.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(&'a mut self, commands: &'a Pipeline, offset: usize, count: usize) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(line) => line.req_packed_commands(commands, offset, count),
            Self::Cluster(line) => line.req_packed_commands(commands, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(line) => line.get_db(),
            Self::Cluster(line) => line.get_db(),
        }
    }
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

    fn line(&self) -> Line {
        match &self.place {
            Place::Server(redis) => Line::Server(redis.manager()),
            Place::Cluster(cluster) => Line::Cluster(cluster.connection()),
        }
    }

    fn key(&self, kind: &str, owner: Uuid, key: &str) -> String {
        let prefix = match &self.place {
            Place::Server(redis) => redis.prefix(),
            Place::Cluster(cluster) => cluster.prefix(),
        };
        format!("{prefix}{kind}:{{{owner}}}:{key}")
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
        let (mut line, mut command) = (self.line(), redis::cmd("GET"));
        command.arg(self.key("version", owner, table));
        measured::<Option<u64>>("version.get", async { command.query_async(&mut line).await }).await?
    }

    async fn raise(&self, table: &str, owner: Uuid, version: u64) -> bool {
        let (mut line, mut invocation) = (self.line(), RAISE.prepare_invoke());
        invocation.key(self.key("version", owner, table)).arg(version).arg(VERSION_KEPT_SECONDS);
        measured::<()>("version.raise", invocation.invoke_async(&mut line)).await.is_some()
    }

    async fn get(&self, owner: Uuid, key: &str) -> Option<String> {
        let (mut line, mut command) = (self.line(), redis::cmd("GET"));
        command.arg(self.key("answer", owner, key));
        unpacked(&measured::<Option<Vec<u8>>>("answer.get", async { command.query_async(&mut line).await }).await??)
    }

    async fn put(&self, owner: Uuid, key: &str, answer: &str, time_to_live: Duration) {
        let Some(packed) = packed(answer) else { return };
        let (mut line, mut command) = (self.line(), redis::cmd("SET"));
        command.arg(self.key("answer", owner, key)).arg(packed).arg("EX").arg(time_to_live.as_secs().clamp(1, CACHED_FOR.as_secs()));
        // A cache that cannot be written to is only slower.
        let _kept = measured::<()>("answer.put", async { command.query_async(&mut line).await }).await;
    }

    async fn turn(&self, key: &str) -> Box<dyn Any + Send> {
        let turn = self.turns.get_with_by_ref(key, Arc::default);
        Box::new(turn.lock_owned().await)
    }
}

//! A Redis cluster, for keys that share the hash tag of their owner.
//!
//! Which node has a key follows from [its slot](https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/): the CRC16 of
//! its hash tag, modulo 16384. What is kept here may be missing at any time, so nothing is redirected and nothing repeated: a node that
//! refuses is a reason to look at the cluster anew, and the next question finds the right one.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crc::{CRC_16_XMODEM, Crc};
use redis::{RedisError, RedisResult};
use tokio::sync::RwLock;
use url::Url;

use crate::connection::{ConnectError, RedisConnection, server};

const SLOTS: u16 = 16_384;
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);
/// Between two looks at a cluster that is changing.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The masters of a cluster, shared by its clones.
#[derive(Clone)]
pub struct RedisCluster(Arc<Shared>);

struct Shared {
    /// The nodes the settings name; further ones are learnt from them.
    seeds: Vec<Url>,
    prefix: String,
    map: RwLock<Map>,
    stale: AtomicBool,
}

#[derive(Default)]
struct Map {
    owners: Vec<(RangeInclusive<u16>, String)>,
    nodes: HashMap<String, RedisConnection>,
    looked: Option<Instant>,
}

/// The slot of a hash tag.
fn slot(tag: &str) -> u16 {
    CRC.checksum(tag.as_bytes()) % SLOTS
}

/// The slots of each master, from the answer of `CLUSTER NODES`:
/// `<id> <ip:port@bus[,name]> <flags> <master> <ping> <pong> <epoch> <link> <slot>…`.
fn owners(nodes: &str) -> Vec<(RangeInclusive<u16>, String)> {
    let mut owners = Vec::new();
    for line in nodes.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let (Some(address), Some(flags)) = (fields.get(1), fields.get(2)) else { continue };
        if !flags.split(',').any(|flag| flag == "master") || flags.split(',').any(|flag| flag == "fail" || flag == "noaddr") {
            continue;
        }
        let address = address.split(['@', ',']).next().unwrap_or_default();
        // Those in brackets are on their way to another node.
        for range in fields.iter().skip(8).filter(|range| !range.starts_with('[')) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            if let (Ok(first), Ok(last)) = (first.parse(), last.parse()) {
                owners.push((first..=last, address.to_owned()));
            }
        }
    }
    owners
}

impl RedisCluster {
    /// Whether the text names a cluster: URLs with commas between them.
    pub fn is_named_by(text: &str) -> bool {
        text.contains(',')
    }

    /// Looks at the cluster these nodes (`redis://host:port`, commas between) are of. Every key begins with `prefix`.
    ///
    /// # Errors
    /// [`ConnectError`], when the text names no nodes or none of them answers.
    pub async fn connect(nodes: &str, prefix: impl Into<String>) -> Result<Self, ConnectError> {
        let mut seeds = Vec::new();
        for node in nodes.split(',').map(str::trim).filter(|node| !node.is_empty()) {
            let _checked = redis::Client::open(node).map_err(ConnectError::Url)?;
            seeds.push(Url::parse(node).map_err(|_not_shown| ConnectError::Url((redis::ErrorKind::InvalidClientConfig, "no URL").into()))?);
        }
        let shared = Shared { seeds, prefix: prefix.into(), map: RwLock::default(), stale: AtomicBool::new(false) };
        let cluster = Self(Arc::new(shared));
        let seen = cluster.look().await.map_err(|source| ConnectError::Unreachable { server: servers(nodes), source })?;
        tracing::info!(nodes = seen, "Connected to the Redis cluster: {}", servers(nodes));
        Ok(cluster)
    }

    /// Whether some node answers.
    pub async fn answers(&self) -> bool {
        self.look().await.is_ok()
    }

    /// The map is out of date: it is drawn anew before it is used again, once a second at most.
    pub(crate) fn look_again(&self) {
        self.0.stale.store(true, Ordering::Relaxed);
    }

    /// Whoever has the keys of a hash tag.
    pub(crate) async fn node_of(&self, tag: &str) -> Option<RedisConnection> {
        let recently = self.0.map.read().await.looked.is_some_and(|at| at.elapsed() < LOOK_EVERY);
        if !recently && self.0.stale.swap(false, Ordering::Relaxed) {
            // A cluster nobody can see keeps what was known of it.
            let _seen = self.look().await;
        }
        let (map, slot) = (self.0.map.read().await, slot(tag));
        let (_, address) = map.owners.iter().find(|(slots, _)| slots.contains(&slot))?;
        map.nodes.get(address).cloned()
    }

    /// Asks one node after the other about the cluster, and answers how many masters it has.
    async fn look(&self) -> RedisResult<usize> {
        let known: Vec<RedisConnection> = self.0.map.read().await.nodes.values().cloned().collect();
        let seeds = self.0.seeds.iter().filter_map(|seed| RedisConnection::lazy(seed.as_str(), self.0.prefix.as_str()).ok());
        let mut last = RedisError::from((redis::ErrorKind::Io, "no node of the cluster answers"));
        for node in known.into_iter().chain(seeds) {
            match redis::cmd("CLUSTER").arg("NODES").query_async::<String>(&mut node.manager()).await {
                Ok(nodes) => return Ok(self.draw(&nodes).await),
                Err(error) => last = error,
            }
        }
        self.0.map.write().await.looked = Some(Instant::now());
        Err(last)
    }

    async fn draw(&self, nodes: &str) -> usize {
        let (owners, mut map) = (owners(nodes), self.0.map.write().await);
        let mut connections = HashMap::new();
        for (_, address) in &owners {
            let node = map.nodes.get(address).cloned().or_else(|| self.node_at(address));
            connections.extend(node.map(|node| (address.clone(), node)));
        }
        *map = Map { owners, nodes: connections, looked: Some(Instant::now()) };
        map.nodes.len()
    }

    /// With the scheme, user and password of the settings. A node that does not know its own address is the one that was asked.
    fn node_at(&self, address: &str) -> Option<RedisConnection> {
        let mut url = self.0.seeds.first()?.clone();
        let (host, port) = address.rsplit_once(':')?;
        url.set_port(Some(port.parse().ok()?)).ok()?;
        match host {
            "" => {}
            host if host.contains(':') => url.set_host(Some(&format!("[{host}]"))).ok()?,
            host => url.set_host(Some(host)).ok()?,
        }
        RedisConnection::lazy(url.as_str(), self.0.prefix.as_str()).ok()
    }
}

fn servers(nodes: &str) -> String {
    nodes.split(',').map(|node| server(node.trim())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        // From the specification's own example, and what redis-cli answers for CLUSTER KEYSLOT.
        assert_eq!(CRC.checksum(b"123456789"), 0x31c3);
        assert_eq!((slot("foo"), slot("user1000"), slot("")), (12_182, 3_443, 0));
    }

    #[test]
    fn the_map_names_the_masters_that_are_there() {
        let nodes = "a 127.0.0.1:7001@17001,host myself,master - 0 0 1 connected 0-5460 5462\n\
                     b 127.0.0.1:7002@17002 master - 0 0 2 connected 5461 5463-16383 [77->-c]\n\
                     c ::1:7003@17003 slave b 0 0 2 connected\n\
                     d 127.0.0.1:7004@17004 master,fail - 0 0 3 disconnected 9-10\n";
        let found: Vec<_> = owners(nodes).into_iter().map(|(slots, at)| (*slots.start(), *slots.end(), at)).collect();
        let (one, two) = ("127.0.0.1:7001".to_owned(), "127.0.0.1:7002".to_owned());
        assert_eq!(found, [(0, 5460, one.clone()), (5462, 5462, one), (5461, 5461, two.clone()), (5463, 16_383, two)]);
    }
}

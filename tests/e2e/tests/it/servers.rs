//! Databases and buckets of a test's own on the real servers, and what stands between them and the processes under test.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use atelier_testkit::contract::present;
use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use mongodb::Client as Mongo;
use mongodb::bson::{Document, doc};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A bucket of the test's own.
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) endpoint: String,
    pub(crate) client: S3,
}

impl Bucket {
    /// On the server of the test run, if there is one.
    pub(crate) async fn create() -> Option<Self> {
        let endpoint = present(variable("TEST_S3_ENDPOINT"), "the S3 server")?;
        let (key, secret) = (variable("TEST_S3_ACCESS_KEY")?, variable("TEST_S3_SECRET_KEY")?);
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(Credentials::new(key, secret, None, None, "test"))
            .region(Region::new("us-east-1"))
            .endpoint_url(&endpoint)
            .force_path_style(true)
            .build();
        let (name, client) = (format!("e2e-{}", uuid::Uuid::new_v4()), S3::from_conf(config));
        client.create_bucket().bucket(&name).send().await.unwrap();
        let versioning = aws_sdk_s3::types::VersioningConfiguration::builder().status("Enabled".into()).build();
        client.put_bucket_versioning().bucket(&name).versioning_configuration(versioning).send().await.unwrap();
        Some(Self { name, endpoint, client })
    }

    /// The settings that point a process to it, through `endpoint`.
    pub(crate) fn settings(&self, endpoint: &str) -> Vec<(String, String)> {
        let text = str::to_owned;
        vec![
            (text("AWS_BUCKET_NAME"), self.name.clone()),
            (text("AWS_ENDPOINT_URL"), text(endpoint)),
            (text("S3_PATH_STYLE"), text("true")),
            (text("AWS_ACCESS_KEY_ID"), variable("TEST_S3_ACCESS_KEY").unwrap()),
            (text("AWS_SECRET_ACCESS_KEY"), variable("TEST_S3_SECRET_KEY").unwrap()),
        ]
    }

    /// The keys of every version and delete marker.
    pub(crate) async fn versions(&self) -> Vec<String> {
        let page = self.client.list_object_versions().bucket(&self.name).send().await.unwrap();
        assert_ne!(page.is_truncated(), Some(true), "more than a thousand versions");
        let versions = page.versions().iter().filter_map(|version| version.key());
        versions.chain(page.delete_markers().iter().filter_map(|marker| marker.key())).map(str::to_owned).collect()
    }
}

/// A database of the test's own.
pub(crate) struct Database {
    pub(crate) uri: String,
    pub(crate) name: String,
    pub(crate) client: Mongo,
}

impl Database {
    /// On the server of the test run, if there is one.
    pub(crate) async fn create() -> Option<Self> {
        let uri = present(variable("TEST_MONGODB_URI"), "the MongoDB server")?;
        Some(Self::at(uri).await)
    }

    pub(crate) async fn at(uri: String) -> Self {
        let client = Mongo::with_uri_str(&uri).await.unwrap();
        Self { uri, name: format!("e2e_{}", uuid::Uuid::new_v4().simple()), client }
    }

    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        vec![("MONGODB_URI".to_owned(), self.uri.clone()), ("MONGODB_DATABASE".to_owned(), self.name.clone())]
    }

    /// Every document of every collection, as text, with the collection's name in front.
    pub(crate) async fn documents(&self) -> Vec<String> {
        let database = self.client.database(&self.name);
        let mut found = Vec::new();
        for collection in database.list_collection_names().await.unwrap() {
            let mut documents = database.collection::<Document>(&collection).find(doc! {}).await.unwrap();
            while documents.advance().await.unwrap() {
                found.push(format!("{collection} {}", documents.deserialize_current().unwrap()));
            }
        }
        found
    }

    pub(crate) async fn drop(self) {
        self.client.database(&self.name).drop().await.unwrap();
    }
}

/// A replica set of the test's own, whose nodes may be stopped and killed.
pub(crate) struct ReplicaSet {
    nodes: Vec<Node>,
    /// Where it is, every node named.
    pub(crate) uri: String,
}

struct Node {
    port: u16,
    data: TempDir,
    child: Child,
}

fn free_port() -> u16 {
    StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Node {
    fn start(port: u16, data: TempDir) -> Self {
        let child = Command::new(variable("TEST_MONGOD").unwrap())
            .args(["--dbpath", data.path().to_str().unwrap(), "--port", &port.to_string(), "--bind_ip", "127.0.0.1", "--replSet", "own"])
            .args(["--unixSocketPrefix", data.path().to_str().unwrap(), "--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25", "--quiet"])
            .args(["--setParameter", "diagnosticDataCollectionEnabled=false", "--setParameter", "transactionLifetimeLimitSeconds=15"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { port, data, child }
    }

    fn direct_uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?directConnection=true&serverSelectionTimeoutMS=500", self.port)
    }

    async fn hello(&self) -> Option<Document> {
        let client = Mongo::with_uri_str(self.direct_uri()).await.ok()?;
        client.database("admin").run_command(doc! { "hello": 1 }).await.ok()
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }
}

impl ReplicaSet {
    /// Starts a set of so many nodes, if there is a server to start.
    pub(crate) async fn start(nodes: usize) -> Option<Self> {
        present(variable("TEST_MONGOD"), "a MongoDB server to start")?;
        let nodes: Vec<Node> = (0..nodes).map(|_| Node::start(free_port(), TempDir::new().unwrap())).collect();
        let hosts: Vec<String> = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        let members: Vec<Document> = hosts.iter().enumerate().map(|(id, host)| doc! { "_id": id as i32, "host": host }).collect();
        let config = doc! { "_id": "own", "members": members, "settings": { "electionTimeoutMillis": 2_000 } };
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let client = Mongo::with_uri_str(nodes[0].direct_uri()).await.unwrap();
            match client.database("admin").run_command(doc! { "replSetInitiate": config.clone() }).await {
                Ok(_) => break,
                Err(error) => assert!(Instant::now() < until, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let set = Self { uri: format!("mongodb://{}/?replicaSet=own", hosts.join(",")), nodes };
        set.primary().await;
        Some(set)
    }

    /// The number of the node that takes writes.
    async fn primary(&self) -> usize {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            for (number, node) in self.nodes.iter().enumerate() {
                if node.hello().await.is_some_and(|hello| hello.get_bool("isWritablePrimary").unwrap_or(false)) {
                    return number;
                }
            }
            assert!(Instant::now() < until, "no primary");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// `kill -9` of the node that takes writes; answers its number.
    pub(crate) async fn kill_primary(&mut self) -> usize {
        let number = self.primary().await;
        self.nodes[number].child.kill().unwrap();
        self.nodes[number].child.wait().unwrap();
        number
    }

    /// Starts a killed node again on its data.
    pub(crate) fn restart(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        let data = std::mem::replace(&mut node.data, TempDir::new().unwrap());
        *node = Node::start(node.port, data);
    }

    /// Every node stops answering for so long, its connections open.
    pub(crate) async fn stall(&self, length: Duration) {
        self.nodes.iter().for_each(|node| node.signal("-STOP"));
        tokio::time::sleep(length).await;
        self.nodes.iter().for_each(|node| node.signal("-CONT"));
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // killed already, or not: either is fine
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What a proxy does with connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Weather {
    Fair,
    /// Bytes are taken and not passed on.
    Stalled,
    /// Connections are closed.
    Refused,
}

/// Stands in front of a server.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    weather: Arc<AtomicU8>,
}

impl Proxy {
    pub(crate) async fn start(target: &str) -> Self {
        let target = target.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, weather) = (listener.local_addr().unwrap(), Arc::new(AtomicU8::new(Weather::Fair as u8)));
        let shared = weather.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let weather = shared.clone();
                if weather.load(Ordering::SeqCst) == Weather::Refused as u8 {
                    continue;
                }
                let Ok(far) = TcpStream::connect(&target).await else { continue };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(pass(near_in, far_out, weather.clone()));
                tokio::spawn(pass(far_in, near_out, weather));
            }
        });
        Self { address, weather }
    }

    pub(crate) fn turn(&self, weather: Weather) {
        self.weather.store(weather as u8, Ordering::SeqCst);
    }
}

/// Passes bytes on as long as the weather allows.
async fn pass(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, weather: Arc<AtomicU8>) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let read = tokio::time::timeout(Duration::from_millis(50), from.read(&mut bytes)).await;
        while weather.load(Ordering::SeqCst) == Weather::Stalled as u8 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if weather.load(Ordering::SeqCst) == Weather::Refused as u8 {
            return;
        }
        match read {
            Err(_nothing_yet) => {}
            Ok(Ok(length)) if length > 0 => {
                if to.write_all(&bytes[..length]).await.is_err() {
                    return;
                }
            }
            Ok(_) => return,
        }
    }
}

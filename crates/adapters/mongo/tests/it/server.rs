//! A server of a test's own, for what must not be done to the one all tests share. Needs `TEST_MONGOD`, the path of the binary.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use tokio::time::{Instant, sleep};

use crate::place::setting;

/// Longer than a server takes to do anything asked of it here.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running mongod with data of its own; killed and forgotten at the end.
pub(crate) struct Server {
    process: Child,
    folder: tempfile::TempDir,
    binary: String,
    arguments: Vec<String>,
    pub(crate) port: u16,
}

impl Server {
    /// None when there is no binary.
    pub(crate) async fn start(arguments: &[&str]) -> Option<Self> {
        let binary = setting("TEST_MONGOD")?;
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let process = spawn(&binary, folder.path(), port, &arguments);
        let server = Self { process, folder, binary, arguments, port };
        server.until(|hello| hello.is_some()).await;
        Some(server)
    }

    /// A replica set of one node.
    pub(crate) async fn start_set() -> Option<Self> {
        let server = Self::start(&["--replSet", "rs0"]).await?;
        let member = doc! { "_id": 0, "host": format!("127.0.0.1:{}", server.port) };
        let config = doc! { "_id": "rs0", "members": [member], "settings": { "electionTimeoutMillis": 1_000 } };
        server.client().await.database("admin").run_command(doc! { "replSetInitiate": config }).await.unwrap();
        server.until_writable().await;
        Some(server)
    }

    pub(crate) async fn client(&self) -> Client {
        let mut options = ClientOptions::parse(format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port)).await.unwrap();
        options.server_selection_timeout = Some(Duration::from_secs(1));
        Client::with_options(options).unwrap()
    }

    pub(crate) async fn until_writable(&self) {
        self.until(|hello| hello.is_some_and(|hello| hello.get_bool("isWritablePrimary").unwrap_or(false))).await;
    }

    /// Dies at once, and comes back with its data.
    pub(crate) async fn crash_and_restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = spawn(&self.binary, self.folder.path(), self.port, &self.arguments);
        self.until_writable().await;
    }

    async fn until(&self, good: impl Fn(Option<&Document>) -> bool) {
        let client = self.client().await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let hello = client.database("admin").run_command(doc! { "hello": 1 }).await.ok();
            if good(hello.as_ref()) {
                return;
            }
            assert!(Instant::now() < deadline, "the server of the test did not get ready: {hello:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

fn spawn(binary: &str, folder: &std::path::Path, port: u16, arguments: &[String]) -> Child {
    Command::new(binary)
        .arg("--dbpath")
        .arg(folder)
        .args(["--port", &port.to_string(), "--bind_ip", "127.0.0.1", "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"])
        .arg("--unixSocketPrefix")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

//! Several processes on one database and one bucket, sharing nothing else.

use std::path::Path;
use std::process::{Command, Output};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::process::{Api, Process, binary};
use crate::servers::{Bucket, Database};

/// Where the processes of a test get their settings from. Each has a data directory of its own: no disk is shared.
pub(crate) struct Fleet {
    settings: Vec<(String, String)>,
    directories: Vec<TempDir>,
}

impl Fleet {
    /// Processes on this database and bucket, the bucket reached at `endpoint`.
    pub(crate) fn of(database: &Database, bucket: &Bucket, endpoint: &str) -> Self {
        let mut settings = [database.settings(), bucket.settings(endpoint)].concat();
        for (name, value) in [
            ("JWT_SECRET_KEY", "8f1b6d0e9a7c4e52b3d1f0a98c7e6d5b4a3f2e1d"),
            ("HOST", "127.0.0.1"),
            ("WORKER_LEASE_SECONDS", "3"),
            ("RATE_LIMIT_ADDRESS_PER_MINUTE", "100000"),
        ] {
            settings.push((name.to_owned(), value.to_owned()));
        }
        Self { settings, directories: Vec::new() }
    }

    fn place(&mut self) -> std::path::PathBuf {
        let directory = TempDir::new().unwrap();
        let path = directory.path().to_owned();
        self.directories.push(directory);
        path
    }

    fn with<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(more.iter().copied()).collect()
    }

    pub(crate) async fn api(&mut self) -> Api {
        let place = self.place();
        Api::start(&place, &self.with(&[])).await
    }

    /// A process that was started and may not be ready yet.
    pub(crate) fn process(&mut self, name: &str, more: &[(&str, &str)]) -> Process {
        let place = self.place();
        Process::start(name, &place, &self.with(more))
    }

    /// Runs an operator's command to its end.
    pub(crate) fn command(&mut self, arguments: &[&str]) -> Output {
        let place = self.place();
        let mut command = Command::new(binary("atelier-admin"));
        command.env_clear().env("DATA_DIR", place).env("BCRYPT_COST", "4");
        command.envs(self.settings.iter().map(|(name, value)| (name, value))).args(arguments).output().unwrap()
    }

    pub(crate) async fn worker(&mut self) -> Process {
        let mut worker = self.process("atelier-worker", &[]);
        worker.says("the worker is ready").await;
        worker
    }

    /// A worker whose provider charges and keeps its ledger in `vendor`.
    pub(crate) fn charging_worker(&mut self, vendor: &Path, finds: bool) -> Process {
        let (folder, finds) = (vendor.to_str().unwrap().to_owned(), finds.to_string());
        self.process("atelier-charging-worker", &[("VENDOR_FOLDER", &folder), ("VENDOR_FINDS", &finds), ("WORKER_CONCURRENCY", "8")])
    }
}

/// Another API process for the person of this one.
pub(crate) fn same_person(of: &Api, mut other: Api) -> Api {
    other.token.clone_from(&of.token);
    other
}

/// A live connection.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects, or does not.
    pub(crate) async fn open(base: &str, token: &str, after: Option<u64>) -> Option<Self> {
        let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
        let mut request = format!("{}/api/v1/tryon/ws{query}", base.replace("http://", "ws://")).into_client_request().unwrap();
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        Some(Self(connect_async(request).await.ok()?.0))
    }

    /// The next message; none when the connection ended.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) => return serde_json::from_str(&text).ok(),
                Ok(Message::Ping(bytes)) => drop(self.0.send(Message::Pong(bytes)).await),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}

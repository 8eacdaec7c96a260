//! A proxy before a MongoDB server that stops the world at a commit: the messages of the server's protocol are read as they pass
//! (<https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/>).

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mongodb::bson::Document;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// `OP_MSG`.
const OP_MSG: i32 = 2013;
/// The bytes of a message's header.
const HEADER: usize = 16;

/// On which side of a commit everything stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The server does not hear of it.
    BeforeIt,
    /// The server has done it, and whoever asked does not hear of it.
    BeforeItsReply,
}

/// The proxy.
pub(crate) struct CommitProxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    watch: Mutex<Watch>,
    reached: Notify,
}

#[derive(Default)]
struct Watch {
    /// The collection whose next commit is waited for, and the side.
    armed: Option<(&'static str, Side)>,
    /// Transactions that wrote the collection.
    writers: HashSet<String>,
    /// The request whose reply is kept back.
    kept_back: Option<i32>,
}

/// What becomes of a message.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Passes,
    Stops,
}

impl CommitProxy {
    /// Before the server of this connection string, whose only host it is.
    pub(crate) async fn start(uri: &str) -> Self {
        let target = uri.trim_start_matches("mongodb://").split(['/', ',']).next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let each = shared.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&target).await else { continue };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(pass(near_in, far_out, each.clone(), Shared::asked));
                tokio::spawn(pass(far_in, near_out, each.clone(), Shared::answered));
            }
        });
        Self { address, shared }
    }

    /// The connection string that leads through it. Without `directConnection` the driver would go where the replica set says it is.
    pub(crate) fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address)
    }

    /// Stops at the next commit of a transaction that writes this collection.
    pub(crate) fn stop_at(&self, collection: &'static str, side: Side) {
        *self.shared.watch.lock().unwrap() = Watch { armed: Some((collection, side)), ..Watch::default() };
    }

    /// Waits until it stopped there.
    pub(crate) async fn reached(&self) {
        tokio::time::timeout(Duration::from_secs(30), self.shared.reached.notified()).await.expect("the commit never came");
    }
}

impl Shared {
    /// A message to the server.
    fn asked(&self, message: &[u8]) -> Verdict {
        let mut watch = self.watch.lock().unwrap();
        let Some((collection, side)) = watch.armed else { return Verdict::Passes };
        let Some(command) = command(message) else { return Verdict::Passes };
        let Some(transaction) = transaction(&command) else { return Verdict::Passes };
        let (name, of) = command.iter().next().unwrap();
        if ["insert", "update", "findAndModify", "delete"].contains(&name.as_str()) && of.as_str() == Some(collection) {
            watch.writers.insert(transaction);
        } else if name == "commitTransaction" && watch.writers.contains(&transaction) {
            watch.armed = None;
            if side == Side::BeforeIt {
                self.reached.notify_one();
                return Verdict::Stops;
            }
            watch.kept_back = Some(number(message, 4));
        }
        Verdict::Passes
    }

    /// A message of the server.
    fn answered(&self, message: &[u8]) -> Verdict {
        let mut watch = self.watch.lock().unwrap();
        if watch.kept_back != Some(number(message, 8)) {
            return Verdict::Passes;
        }
        watch.kept_back = None;
        self.reached.notify_one();
        Verdict::Stops
    }
}

/// Passes messages on until one stops; from then on nothing passes, and the connection stays open as long as its other end.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: Arc<Shared>, judge: fn(&Shared, &[u8]) -> Verdict) {
    let mut message = vec![0; HEADER];
    while from.read_exact(&mut message[..HEADER]).await.is_ok() {
        message.resize(usize::try_from(number(&message, 0)).unwrap(), 0);
        if from.read_exact(&mut message[HEADER..]).await.is_err() {
            return;
        }
        if judge(&shared, &message) == Verdict::Stops {
            drop(tokio::io::copy(&mut from, &mut tokio::io::sink()).await);
            return;
        }
        if to.write_all(&message).await.is_err() {
            return;
        }
        message.resize(HEADER, 0);
    }
}

fn number(message: &[u8], at: usize) -> i32 {
    i32::from_le_bytes(message[at..at + 4].try_into().unwrap())
}

/// The command of a message: its section of kind 0.
fn command(message: &[u8]) -> Option<Document> {
    if number(message, 12) != OP_MSG {
        return None;
    }
    let mut at = HEADER + 4;
    while message[at] == 1 {
        at += 1 + usize::try_from(number(message, at + 1)).unwrap();
    }
    Document::from_reader(&message[at + 1..]).ok()
}

/// The session and the number of the transaction a command is part of.
fn transaction(command: &Document) -> Option<String> {
    if !command.get_bool("autocommit").is_ok_and(|automatic| !automatic) {
        return None;
    }
    Some(format!("{:?} {:?}", command.get("lsid")?, command.get("txnNumber")?))
}

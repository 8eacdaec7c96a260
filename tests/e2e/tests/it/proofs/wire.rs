//! A proxy before PostgreSQL or Redis that knows what is said, and stops or cuts a connection at a statement.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

use super::{postgres, redis};

/// Whose protocol passes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    PostgreSql,
    Redis,
}

/// On which side of a statement it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The server does not hear of it.
    Before,
    /// The server has done it, and whoever asked does not hear of it.
    After,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing passes any more, and the connection stays open as long as its client lives.
    Freeze,
    /// The connection is closed at both ends.
    Cut,
    /// It passes when it is let go, and what is behind it waits. Before a statement only.
    Hold,
}

/// What is waited for. It happens once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trap {
    /// Part of the statement; of Redis the words of the command, with blanks between.
    pub(super) statement: &'static str,
    /// Part of the statement before it on the same connection.
    pub(super) behind: &'static str,
    /// So many statements like it pass before.
    pub(super) spared: u32,
    pub(super) side: Side,
    pub(super) then: Then,
}

impl Trap {
    /// At the first statement like this.
    pub(super) fn at(statement: &'static str, side: Side, then: Then) -> Self {
        Self { statement, behind: "", spared: 0, side, then }
    }
}

/// What becomes of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Passes,
    /// It does not pass.
    Stops(Then),
    /// It passes, and its answer does not.
    Unanswered(Then),
}

/// What the connections of a proxy have in common.
pub(super) struct Shared {
    armed: Mutex<Option<Trap>>,
    reached: Notify,
    let_go: Notify,
    away: watch::Sender<bool>,
}

impl Shared {
    /// What becomes of this statement of a connection that has said `before` before.
    pub(super) fn judge(&self, statement: &str, before: &str) -> Verdict {
        let mut armed = self.armed.lock().unwrap();
        let waited_for = |trap: &&mut Trap| statement.contains(trap.statement) && before.contains(trap.behind);
        let Some(trap) = armed.as_mut().filter(waited_for) else { return Verdict::Passes };
        if trap.spared > 0 {
            trap.spared -= 1;
            return Verdict::Passes;
        }
        let Trap { side, then, .. } = *trap;
        *armed = None;
        match side {
            Side::Before => {
                self.reached.notify_one();
                Verdict::Stops(then)
            }
            Side::After => Verdict::Unanswered(then),
        }
    }

    /// Until what is held is let go.
    pub(super) async fn let_go(&self) {
        self.let_go.notified().await;
    }

    /// The server has answered what goes unanswered.
    pub(super) fn answered(&self) {
        self.reached.notify_one();
    }
}

/// The proxy.
pub(super) struct Wire {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Wire {
    /// Before the server of this URL.
    pub(super) async fn before(url: &str, protocol: Protocol) -> Self {
        let url = url::Url::parse(url).unwrap();
        let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared =
            Arc::new(Shared { armed: Mutex::new(None), reached: Notify::new(), let_go: Notify::new(), away: watch::Sender::new(false) });
        let each = shared.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if *each.away.borrow() {
                    continue;
                }
                let Ok(far) = TcpStream::connect(&target).await else { continue };
                for stream in [&near, &far] {
                    stream.set_nodelay(true).unwrap();
                }
                tokio::spawn(serve(near, far, protocol, each.clone()));
            }
        });
        Self { address, shared }
    }

    /// The URL that leads through it.
    pub(super) fn url(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.into()
    }

    pub(super) fn arm(&self, trap: Trap) {
        *self.shared.armed.lock().unwrap() = Some(trap);
    }

    /// Waits until it happened.
    pub(super) async fn reached(&self, what: &str) {
        let reached = self.shared.reached.notified();
        tokio::time::timeout(Duration::from_secs(30), reached).await.unwrap_or_else(|_| panic!("never came to: {what}"));
    }

    /// Lets go what is held.
    pub(super) fn let_go(&self) {
        self.shared.let_go.notify_one();
    }

    /// The server is away, its connections closed, or it is back.
    pub(super) fn set_away(&self, away: bool) {
        self.shared.away.send_replace(away);
    }
}

/// Until one end closes or is cut off.
async fn serve(near: TcpStream, far: TcpStream, protocol: Protocol, shared: Arc<Shared>) {
    let mut away = shared.away.subscribe();
    let passing = async {
        match protocol {
            Protocol::PostgreSql => postgres::pass(near, far, &shared).await,
            Protocol::Redis => redis::pass(near, far, &shared).await,
        }
    };
    tokio::select! {
        () = passing => {}
        _gone = away.wait_for(|away| *away) => {}
    }
}

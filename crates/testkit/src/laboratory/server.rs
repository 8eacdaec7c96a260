//! A tiny HTTP/1.1 server on 127.0.0.1 whose answers a closure scripts.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{AUTHORIZATION, HeaderMap};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinSet, yield_now};

use super::{Answer, Step};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct SeenRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without `?`; empty when there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl SeenRequest {
    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The token of `Authorization: Bearer`.
    pub fn bearer(&self) -> Option<&str> {
        self.header(AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "))
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// How many requests there were, and what became of their answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Connections that were made.
    pub connections: usize,
    /// Requests that arrived.
    pub requests: usize,
    /// Answers written to their end, or to their [`Step::Cut`].
    pub finished: usize,
    /// Answers whose client hung up in the middle.
    pub abandoned: usize,
}

type Handler = Arc<dyn Fn(&SeenRequest) -> Answer + Send + Sync>;

struct Shared {
    handler: Handler,
    seen: Mutex<Vec<SeenRequest>>,
    tally: watch::Sender<Tally>,
}

/// The server. It stops, with its connections, when it is dropped.
pub struct LabServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    _accepting: JoinSet<()>,
}

impl fmt::Debug for LabServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabServer").field("address", &self.address).field("tally", &self.tally()).finish_non_exhaustive()
    }
}

impl LabServer {
    /// Serves on a free port of 127.0.0.1. The closure is called once for each request, when its body is complete; it may spawn tasks.
    pub async fn start(handler: impl Fn(&SeenRequest) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { handler: Arc::new(handler), seen: Mutex::default(), tally: watch::Sender::default() });
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, shared.clone()));
        Self { address, shared, _accepting: accepting }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// The counts so far.
    pub fn tally(&self) -> Tally {
        *self.shared.tally.borrow()
    }

    /// Waits until the counts are as wanted, for ten seconds at most.
    pub async fn until(&self, wanted: impl Fn(&Tally) -> bool) -> Tally {
        let mut counts = self.shared.tally.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(10), counts.wait_for(wanted)).await;
        *waited.unwrap_or_else(|_| panic!("the laboratory still counts {:?}", self.tally())).unwrap()
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        shared.tally.send_modify(|tally| tally.connections += 1);
        connections.spawn(connection(stream, shared.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(|request| answer(request, shared.clone()));
    // Cuts and clients that hang up end here as errors: they are what the script is about.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Tells in the end what became of an answer.
struct Fate {
    shared: Arc<Shared>,
    finished: bool,
}

impl Fate {
    fn finish(&mut self) {
        self.finished = true;
    }
}

impl Drop for Fate {
    fn drop(&mut self) {
        self.shared.tally.send_modify(|tally| *if self.finished { &mut tally.finished } else { &mut tally.abandoned } += 1);
    }
}

fn cut() -> io::Error {
    io::Error::other("the script cuts the connection")
}

/// Does a step. The bytes to write, or none; the error cuts.
async fn take(step: Step) -> io::Result<Option<Bytes>> {
    match step {
        Step::Bytes(bytes) => return Ok(Some(bytes)),
        Step::Wait(duration) => tokio::time::sleep(duration).await,
        Step::Gate(gate) => gate.pass().await,
        Step::Forever => std::future::pending().await,
        Step::Cut => return Err(cut()),
    }
    Ok(None)
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> io::Result<Response<UnsyncBoxBody<Bytes, io::Error>>> {
    let (head, body) = request.into_parts();
    let seen = SeenRequest {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: body.collect().await.map_err(io::Error::other)?.to_bytes(),
    };
    shared.seen.lock().unwrap().push(seen.clone());
    shared.tally.send_modify(|tally| tally.requests += 1);
    let mut fate = Fate { shared: shared.clone(), finished: false };
    let answer = (shared.handler)(&seen);

    for step in answer.before {
        if take(step).await.is_err() {
            fate.finish();
            return Err(cut());
        }
    }
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    let written = stream::unfold((answer.body.into_iter(), fate), |(mut steps, mut fate)| async move {
        loop {
            // hyper flushes what it has when a body makes it wait: each step is a write of its own, and a cut loses nothing before it.
            yield_now().await;
            let Some(step) = steps.next() else {
                fate.finish();
                return None;
            };
            match take(step).await {
                Ok(None) => {}
                Ok(Some(bytes)) => {
                    // A body of known length is dropped as soon as its last byte is taken.
                    if steps.as_slice().is_empty() {
                        fate.finish();
                    }
                    return Some((Ok(Frame::data(bytes)), (steps, fate)));
                }
                Err(_) => {
                    fate.finish();
                    return Some((Err(cut()), (steps, fate)));
                }
            }
        }
    });
    Ok(response.body(StreamBody::new(written).boxed_unsync()).unwrap())
}

//! Many open WebSockets: the memory of each, and how late one hears of a change.

use std::time::{Duration, Instant};

use atelier_bench::client::{Call, Connection};
use atelier_bench::load::millis;
use atelier_bench::service::Service;
use atelier_domain::identity::Role;
use atelier_domain::kernel::TryOnId;
use atelier_domain::wearit::WearitStore;
use atelier_testkit::body;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::{seed, verdict};

/// Try-ons asked for and deleted a second, each of another account.
const RATE: u32 = 50;
const CHANGES: u32 = 500;
/// Sockets that are opened at once.
const OPENED_AT_ONCE: usize = 32;
const RESTS: Duration = Duration::from_secs(5);
const EACH_KB: f64 = 20.0;
const LATE_MS: f64 = 20.0;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn open(host: &str, token: String) -> Socket {
    let mut request = format!("ws://{host}/api/v1/tryon/ws").into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    let mut socket = connect_async(request).await.unwrap().0;
    assert_eq!(message(&mut socket).await["type"], "snapshot");
    socket
}

async fn message(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// When the socket heard that this try-on is deleted.
async fn heard(mut socket: Socket, id: TryOnId) -> (Socket, Instant) {
    loop {
        let told = message(&mut socket).await;
        if told["type"] == "tryon.deleted" && told["data"]["id"] == id.to_string() {
            return (socket, Instant::now());
        }
    }
}

/// Asks for a try-on and deletes it while its owner listens; answers how long after the request the owner has heard of it, which is the
/// request's own way in, the commit, and the way out.
async fn change(host: &str, owner: u32, token: &str, socket: Socket) -> (Socket, Duration) {
    let mut connection = Connection::new(host);
    let wish = json!({ "clothing_id": seed::garment(owner, 0).to_string() });
    let asked = connection.json(&Call::post("/api/v1/tryon", &wish).bearer(token), &[202]).await.unwrap();
    let id: TryOnId = asked["data"]["tryon"]["id"].as_str().unwrap().parse().unwrap();
    let listening = tokio::spawn(heard(socket, id));
    let delete = Call { method: hyper::Method::DELETE, ..Call::get(format!("/api/v1/tryon/{id}")) }.bearer(token);
    let begun = Instant::now();
    connection.send(&delete).await.unwrap();
    let (socket, at) = listening.await.unwrap();
    (socket, at.duration_since(begun))
}

/// One socket for each of so many accounts.
pub(crate) async fn measure(count: u32) {
    let data = TempDir::new().unwrap();
    let store = seed::store(data.path()).await;
    seed::accounts(&store, count, "$2b$04$nobody").await;
    seed::garments(&store, count, 1).await;
    let mut uow = WearitStore::begin(&store).await.unwrap();
    for owner in 0..count {
        uow.bodies().insert(&body(seed::user(owner))).await.unwrap();
    }
    uow.commit().await.unwrap();
    store.close().await;

    let service = Service::start(data.path(), &[("EMBEDDED_WORKER", "false")]).await.unwrap();
    let tokens: Vec<String> = (0..count).map(|owner| service.token(seed::user(owner), Role::User)).collect();
    // What the first socket of all makes is not a socket's.
    drop(open(&service.host, tokens[0].clone()).await);
    let before = service.processes().proportional();
    let begun = Instant::now();
    let opening = tokens.iter().map(|token| open(&service.host, token.clone()));
    let mut sockets: Vec<Option<Socket>> = futures_util::stream::iter(opening).buffered(OPENED_AT_ONCE).map(Some).collect().await;
    println!("{count} sockets opened in {:.1} s", begun.elapsed().as_secs_f64());
    tokio::time::sleep(RESTS).await;
    let each = (service.processes().proportional() - before) as f64 / f64::from(count) / 1e3;
    verdict("memory for one socket at rest", each, EACH_KB, "kB");

    let used = service.processes().cpu_seconds();
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / u64::from(RATE)));
    let mut late = Vec::new();
    let (mut under_way, mut next) = (futures_util::stream::FuturesUnordered::new(), 0);
    while next < CHANGES || !under_way.is_empty() {
        tokio::select! {
            _ = ticks.tick(), if next < CHANGES => {
                let owner = next % count;
                if let Some(socket) = sockets[owner as usize].take() {
                    let (host, token) = (service.host.clone(), tokens[owner as usize].clone());
                    under_way.push(tokio::spawn(async move { (owner, change(&host, owner, &token, socket).await) }));
                }
                next += 1;
            }
            Some(changed) = under_way.next() => {
                let (owner, (socket, took)) = changed.unwrap();
                sockets[owner as usize] = Some(socket);
                late.push(took);
            }
        }
    }
    let cores = (service.processes().cpu_seconds() - used) / f64::from(CHANGES / RATE);
    late.sort_unstable();
    let p50 = millis(&late, 50);
    println!("{} of {CHANGES} changes, {RATE} a second: p50 {p50:.1} ms, {cores:.2} cores", late.len());
    verdict("change to socket, p99, with the request that makes it", millis(&late, 99), LATE_MS, "ms");
}

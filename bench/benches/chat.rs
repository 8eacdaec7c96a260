//! What the chat client adds to the latency of a stream: the same answers, read through it and read directly, turn by turn.
//!
//! A vendor of the laboratory lets each piece of its answers go when the measurement says so. From there to the piece's arrival is the
//! latency, once for a bare HTTP/1.1 connection that looks at no byte, and once for the chat client. Both are kept alive, and take turns so
//! that whatever else the machine does meets both. Prints a Markdown table.
#![expect(clippy::unwrap_used, reason = "a measurement fails by panicking")]
#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use atelier_adapter_ai::chat::{ChatProviderSettings, ChatSettings, chat_models};
use atelier_adapter_credentials::SystemClock;
use atelier_domain::challenge::chat::{ChatEvent, ChatMessage, ChatModel, ChatRequest, ChatRole, ChatStream};
use atelier_domain::kernel::{Clock, SecretString};
use atelier_testkit::laboratory::chat::{ChatLab, ChatVendor, Said, Turn};
use atelier_testkit::laboratory::{Gate, Step};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::join_all;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

const KEY: &str = "sk-bench";
const MODEL: &str = "gpt-4";
const PIECES: usize = 50;
const GOAL: Duration = Duration::from_millis(5);

/// Conversations side by side, and answers in each.
const LOADS: [(usize, usize); 2] = [(1, 200), (16, 25)];

/// Latencies of one side.
#[derive(Default)]
struct Side {
    first: Vec<Duration>,
    pieces: Vec<Duration>,
}

impl Side {
    fn add(&mut self, other: Self) {
        self.first.extend(other.first);
        self.pieces.extend(other.pieces);
    }
}

/// A gate for each piece but the first, which comes at once.
fn answer() -> (Turn, Gate) {
    let gate = Gate::closed();
    let said = (1..PIECES).fold(Said::of(&["word "; PIECES]), |said, piece| said.before(piece, Step::Gate(gate.clone())));
    (said.into(), gate)
}

fn request() -> ChatRequest {
    ChatRequest {
        model: MODEL.to_owned(),
        messages: vec![ChatMessage::new(ChatRole::User, "Count to fifty, a word at a time. ".repeat(20))],
        temperature: Some(0.7),
        max_output_tokens: 512,
        seed: None,
    }
}

/// The request that the client sends, once, for the direct side.
async fn body(lab: &ChatLab, model: &Arc<dyn ChatModel>) -> Bytes {
    let mut stream = model.answer(&request()).await.unwrap();
    while stream.next().await.is_some() {}
    lab.server().requests()[0].body.clone()
}

async fn connect(lab: &ChatLab) -> SendRequest<Full<Bytes>> {
    let base = lab.base_url();
    let address = base.trim_start_matches("http://").trim_end_matches("/v1");
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn direct_piece(body: &mut Incoming) {
    while body.frame().await.unwrap().unwrap().into_data().is_err() {}
}

async fn client_piece(stream: &mut ChatStream) {
    assert!(matches!(stream.next().await, Some(Ok(ChatEvent::Delta(_)))));
}

/// Both sides of a conversation, connected.
struct Conversation {
    // The server goes on for as long as this lives.
    _lab: ChatLab,
    gates: Vec<Gate>,
    body: Bytes,
    connection: SendRequest<Full<Bytes>>,
    model: Arc<dyn ChatModel>,
}

async fn prepare(server: &Runtime, answers: usize) -> Conversation {
    let (turns, gates): (Vec<Turn>, Vec<Gate>) = (0..2 * answers).map(|_| answer()).unzip();
    let script = std::iter::once(Turn::says(&["warm"])).chain(turns).collect();
    let starting = async { ChatLab::start(ChatVendor::OpenAi, KEY, script).await };
    let lab = server.spawn(starting).await.unwrap();
    let openai = ChatProviderSettings { api_key: Some(SecretString::from(KEY)), base_url: Some(lab.base_url()) };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let models = chat_models(&ChatSettings { openai, ..ChatSettings::default() }, &clock).unwrap();
    let model = models.find(MODEL).unwrap().1.clone();
    let body = body(&lab, &model).await;
    let connection = connect(&lab).await;
    Conversation { _lab: lab, gates, body, connection, model }
}

/// Answers on each side, piece by piece in turns.
async fn converse(mut conversation: Conversation) -> (Side, Side) {
    let Conversation { gates, body, connection, model, .. } = &mut conversation;
    let (mut direct, mut client) = (Side::default(), Side::default());
    for pair in gates.chunks(2) {
        let asked = Request::post("/v1/chat/completions")
            .header("host", "laboratory")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {KEY}"))
            .body(Full::new(body.clone()))
            .unwrap();
        connection.ready().await.unwrap();
        let began = Instant::now();
        let mut bytes = connection.send_request(asked).await.unwrap().into_body();
        direct_piece(&mut bytes).await;
        direct.first.push(began.elapsed());

        let asked = request();
        let began = Instant::now();
        let mut stream = model.answer(&asked).await.unwrap();
        client_piece(&mut stream).await;
        client.first.push(began.elapsed());

        for _ in 1..PIECES {
            let began = Instant::now();
            pair[0].open();
            direct_piece(&mut bytes).await;
            direct.pieces.push(began.elapsed());

            let began = Instant::now();
            pair[1].open();
            client_piece(&mut stream).await;
            client.pieces.push(began.elapsed());
        }
        while bytes.frame().await.is_some() {}
        while stream.next().await.is_some() {}
    }
    (direct, client)
}

fn at(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

fn row(what: &str, conversations: usize, mut direct: Vec<Duration>, mut client: Vec<Duration>) -> bool {
    direct.sort_unstable();
    client.sort_unstable();
    let micros = |duration: Duration| duration.as_micros();
    let added = at(&client, 99).saturating_sub(at(&direct, 99));
    println!(
        "| {what} | {conversations} | {} | {} | {} | {} | {} | {} |",
        direct.len(),
        micros(at(&direct, 50)),
        micros(at(&client, 50)),
        micros(at(&direct, 99)),
        micros(at(&client, 99)),
        micros(added),
    );
    added < GOAL
}

fn main() {
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let client = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    println!("| µs | conversations | samples | direct p50 | client p50 | direct p99 | client p99 | added p99 |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut reached = true;
    for (conversations, answers) in LOADS {
        let prepared = client.block_on(join_all((0..conversations).map(|_| prepare(&server, answers))));
        let sides = client.block_on(join_all(prepared.into_iter().map(converse)));
        let (mut bare, mut ours) = (Side::default(), Side::default());
        for (direct, client) in sides {
            bare.add(direct);
            ours.add(client);
        }
        reached &= row("to the first piece", conversations, bare.first, ours.first);
        reached &= row("to each further piece", conversations, bare.pieces, ours.pieces);
    }
    println!("\nThe goal, less than {} ms added at p99, is {}.", GOAL.as_millis(), if reached { "reached" } else { "missed" });
}

//! The scripted server: answers are written as the script says, and what became of them is counted.

use std::time::Duration;

use atelier_testkit::laboratory::{Answer, Gate, LabServer, Step};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const REQUEST: &[u8] = b"POST /v1/things?limit=2 HTTP/1.1\r\nhost: lab\r\nauthorization: Bearer key\r\ncontent-length: 7\r\n\r\n{\"a\":1}";

async fn connect(server: &LabServer) -> TcpStream {
    let mut stream = TcpStream::connect(server.url().strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    stream
}

/// Reads until `text` came, or the connection ended.
async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = String::new();
    let mut buffer = [0; 1024];
    while !read.contains(text) {
        match stream.read(&mut buffer).await.unwrap_or(0) {
            0 => return read,
            count => read.push_str(std::str::from_utf8(&buffer[..count]).unwrap()),
        }
    }
    read
}

#[tokio::test]
async fn a_request_is_seen_whole_and_its_answer_is_the_scripts() {
    let server = LabServer::start(|seen| Answer::json(201, &seen.json()).header("x-lab", &seen.query)).await;
    let mut client = connect(&server).await;
    let answer = read_until(&mut client, "{\"a\":1}").await;
    assert!(answer.starts_with("HTTP/1.1 201") && answer.contains("x-lab: limit=2"), "{answer}");
    let seen = &server.requests()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str(), seen.bearer()), ("POST", "/v1/things", Some("key")));
    assert_eq!(server.until(|tally| tally.finished == 1).await.requests, 1);
}

#[tokio::test]
async fn a_cut_comes_after_everything_before_it_was_written() {
    let steps = vec![Step::text("one"), Step::text("two"), Step::Cut, Step::text("three")];
    let server = LabServer::start(move |_| Answer::steps(200, "text/plain", steps.clone())).await;
    let answer = read_until(&mut connect(&server).await, "three").await;
    assert!(answer.contains("one") && answer.contains("two"), "{answer}");
    assert!(!answer.contains("three") && !answer.ends_with("0\r\n\r\n"), "{answer}");
    assert_eq!(server.until(|tally| tally.finished == 1).await.abandoned, 0);
}

#[tokio::test]
async fn an_answer_waits_at_its_gate() {
    let gate = Gate::closed();
    let steps = vec![Step::text("before"), Step::Gate(gate.clone()), Step::text("after")];
    let server = LabServer::start(move |_| Answer::steps(200, "text/plain", steps.clone())).await;
    let mut client = connect(&server).await;
    assert!(!read_until(&mut client, "before").await.contains("after"));
    assert_eq!(server.tally().finished, 0);
    gate.open();
    assert!(read_until(&mut client, "after").await.contains("after"));
}

#[tokio::test]
async fn a_client_that_hangs_up_in_the_middle_is_counted() {
    let server = LabServer::start(|_| Answer::steps(200, "text/plain", vec![Step::text("first"), Step::Forever])).await;
    let mut client = connect(&server).await;
    read_until(&mut client, "first").await;
    drop(client);
    assert_eq!(server.until(|tally| tally.abandoned == 1).await.finished, 0);
}

#[tokio::test]
async fn a_hang_up_answers_nothing() {
    let server = LabServer::start(|_| Answer::hang_up().before(Step::Wait(Duration::from_millis(1)))).await;
    assert_eq!(read_until(&mut connect(&server).await, "HTTP").await, "");
    assert_eq!(server.until(|tally| tally.finished == 1).await.abandoned, 0);
}

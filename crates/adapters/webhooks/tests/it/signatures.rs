//! What is sent, and what is made of the answer.

use std::time::Duration;

use atelier_adapter_webhooks::{WebhookHttp, WebhookTargets};
use atelier_domain::wearit::webhooks::{AttemptOutcome, SendFailure};
use atelier_testkit::laboratory::{Answer, LabServer, Step};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::world::{ID, PAYLOAD, SECRET, loopback, outcome, send, send_signed};

/// The vector of the specification's libraries: github.com/standard-webhooks/standard-webhooks, libraries/rust/src/lib.rs.
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

#[tokio::test]
async fn a_message_is_signed_as_the_specifications_vector_is() {
    let receiver = LabServer::start(|_| Answer::status(204)).await;
    let sender = WebhookHttp::new(loopback()).unwrap();
    let url = format!("{}/in?key=k", receiver.url());
    assert_eq!(outcome(&sender, &url).await, AttemptOutcome::Answered(204));
    let request = receiver.requests().remove(0);
    assert_eq!((request.method.as_str(), request.path.as_str(), request.query.as_str()), ("POST", "/in", "key=k"));
    assert_eq!(request.header("webhook-id"), Some(ID));
    assert_eq!(request.header("webhook-timestamp"), Some("1614265330"));
    assert_eq!(request.header("webhook-signature"), Some(SIGNATURE));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.body, PAYLOAD);
}

#[tokio::test]
async fn two_secrets_make_two_signatures() {
    let receiver = LabServer::start(|_| Answer::status(200)).await;
    let sender = WebhookHttp::new(loopback()).unwrap();
    send_signed(&sender, &receiver.url(), &["whsec_Zm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9v", SECRET]).await;
    let request = receiver.requests().remove(0);
    let signatures: Vec<&str> = request.header("webhook-signature").unwrap().split(' ').collect();
    assert_eq!((signatures.len(), signatures[1]), (2, SIGNATURE));
    assert_ne!(signatures[0], SIGNATURE);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = LabServer::start(|_| Answer::status(204)).await;
    let target = elsewhere.url();
    let receiver = LabServer::start(move |_| Answer::status(307).header("location", target.as_str())).await;
    let sender = WebhookHttp::new(loopback()).unwrap();
    assert_eq!(outcome(&sender, &receiver.url()).await, AttemptOutcome::Answered(307));
    assert_eq!((receiver.tally().requests, elsewhere.tally().connections), (1, 0));
}

#[tokio::test]
async fn an_endless_answer_is_not_read() {
    let endless = || vec![Step::Bytes(vec![b'x'; 65_536].into()), Step::Forever];
    let receiver = LabServer::start(move |_| Answer::steps(200, "text/plain", endless())).await;
    let sender = WebhookHttp::new(loopback()).unwrap();
    assert_eq!(outcome(&sender, &receiver.url()).await, AttemptOutcome::Answered(200));
    receiver.until(|tally| tally.abandoned == 1).await;
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_left_in_time() {
    let receiver = LabServer::start(|_| Answer::status(200).before(Step::Forever)).await;
    let sender = WebhookHttp::new(WebhookTargets { timeout: Duration::from_millis(300), ..loopback() }).unwrap();
    let sent = send(&sender, &receiver.url()).await;
    assert_eq!(sent.outcome, AttemptOutcome::Unanswered(SendFailure::Timeout));
    assert!(sent.took >= Duration::from_millis(300), "{:?}", sent.took);
}

#[tokio::test]
async fn nobody_there_and_no_tls_there_are_told_apart() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let sender = WebhookHttp::new(loopback()).unwrap();
    assert_eq!(outcome(&sender, &format!("http://{gone}/")).await, AttemptOutcome::Unanswered(SendFailure::Connection));
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", plain.local_addr().unwrap());
    let answering = tokio::spawn(async move {
        let (mut connection, _) = plain.accept().await.unwrap();
        connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        connection
    });
    assert_eq!(outcome(&sender, &url).await, AttemptOutcome::Unanswered(SendFailure::Tls));
    answering.await.unwrap();
}

#[tokio::test]
async fn how_long_a_busy_receiver_wants_to_be_left_alone_is_heard() {
    let receiver = LabServer::start(|_| Answer::status(503).header("retry-after", "120")).await;
    let sender = WebhookHttp::new(loopback()).unwrap();
    let sent = send(&sender, &receiver.url()).await;
    assert_eq!((sent.outcome, sent.retry_after), (AttemptOutcome::Answered(503), Some(Duration::from_secs(120))));
}

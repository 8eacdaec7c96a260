//! Outgoing webhooks by the built binary, to a real receiver that verifies every signature.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use atelier_testkit::laboratory::{Answer, LabServer, SeenRequest};
use reqwest::Method;
use serde_json::{Value, json};

use crate::process::Api;

/// This machine may be sent to, and what fails comes again soon.
const SETTINGS: [(&str, &str); 4] = [
    ("WEBHOOK_ALLOW_HTTP", "true"),
    ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.1"),
    ("WEBHOOK_RETRY_SECONDS", "1,1,1,1,1"),
    ("WORKER_LEASE_SECONDS", "3"),
];

/// Makes an endpoint at the receiver; answers its id and its secret.
async fn endpoint(api: &Api, receiver: &LabServer) -> (String, String) {
    let body = json!({"url": format!("{}/hook", receiver.url())});
    let made = api.call(Method::POST, "/webhooks/endpoints", |r| r.json(&body)).await["data"].clone();
    (made["endpoint"]["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

fn verify(secret: &str, request: &SeenRequest) {
    standardwebhooks::Webhook::new(secret).unwrap().verify(&request.body, &request.headers).unwrap();
}

/// Asks for the newest delivery until it is as wanted.
async fn newest_delivery(api: &Api, wanted: impl Fn(&Value) -> bool) -> Value {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let list = api.call(Method::GET, "/webhooks/deliveries", |r| r).await;
        let newest = list["data"]["deliveries"][0].clone();
        if wanted(&newest) {
            return newest;
        }
        assert!(Instant::now() < until, "never as wanted: {newest}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_message_that_fails_twice_arrives_signed_under_one_id() {
    let calls = AtomicUsize::new(0);
    let receiver = LabServer::start(move |_| Answer::status(if calls.fetch_add(1, Ordering::SeqCst) < 2 { 503 } else { 204 })).await;
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &SETTINGS).await;
    api.sign_up("user@example.com").await;
    let (_, secret) = endpoint(&api, &receiver).await;
    api.put_body("person_2.jpg").await;
    let tee = api.add_top("garments/g_longsleeve.jpg").await;
    let id = api.ask(&tee).await;
    let delivery = newest_delivery(&api, |delivery| delivery["status"] == "delivered").await;

    let requests = receiver.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests {
        verify(&secret, request);
        assert_eq!(request.header("webhook-id").map(Value::from), Some(delivery["message_id"].clone()));
        assert_eq!((&request.json()["type"], &request.json()["data"]["tryon_id"]), (&json!("tryon.completed"), &json!(id)));
    }
    let statuses: Vec<_> = delivery["attempts"].as_array().unwrap().iter().map(|attempt| attempt["response_status"].clone()).collect();
    assert_eq!(statuses, [503, 503, 204]);
    assert!(!api.process.log().contains(&secret), "the secret is in the log");
}

#[tokio::test]
async fn what_a_killed_process_was_sending_is_sent_by_the_next_one_under_the_same_id() {
    let calls = AtomicUsize::new(0);
    // the first call is never answered
    let receiver = LabServer::start(move |_| {
        let first = calls.fetch_add(1, Ordering::SeqCst) == 0;
        let answer = Answer::status(204);
        if first { answer.before(atelier_testkit::laboratory::Step::Forever) } else { answer }
    })
    .await;
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &SETTINGS).await;
    api.sign_up("user@example.com").await;
    let (endpoint, secret) = endpoint(&api, &receiver).await;
    api.call(Method::POST, &format!("/webhooks/endpoints/{endpoint}/test"), |r| r).await;
    receiver.until(|tally| tally.requests == 1).await;
    api.process.kill();

    let mut again = Api::start(data.path(), &SETTINGS).await;
    again.token.clone_from(&api.token);
    let delivery = newest_delivery(&again, |delivery| delivery["status"] == "delivered").await;
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2, "at least once");
    requests.iter().for_each(|request| verify(&secret, request));
    assert_eq!(requests[0].header("webhook-id"), requests[1].header("webhook-id"));
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(delivery["attempts"].as_array().unwrap().len(), 1, "the run that was cut off cost no attempt");
    assert_eq!(again.process.terminate().await.0, Some(0));
}

#[tokio::test]
async fn this_machine_is_no_target_unless_the_operator_says_so() {
    let receiver = LabServer::start(|_| Answer::status(204)).await;
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[("WEBHOOK_ALLOW_HTTP", "true")]).await;
    api.sign_up("user@example.com").await;
    for url in [receiver.url(), receiver.url().replace("127.0.0.1", "localhost"), "http://169.254.169.254/".to_owned()] {
        let request = api.client.post(format!("{}/api/v1/webhooks/endpoints", api.base)).bearer_auth(&api.token);
        let answer = request.json(&json!({ "url": url })).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{url}");
        assert!(answer.text().await.unwrap().contains("private, local or reserved"), "{url}");
    }
    assert_eq!(receiver.tally().connections, 0);
}

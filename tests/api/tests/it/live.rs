//! Live updates: WebSocket and server-sent events.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::app::{TestApp, User};

/// A live connection.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

/// Connects with these headers.
pub(crate) async fn connect(app: &TestApp, query: &str, headers: &[(&'static str, String)]) -> Socket {
    let url = format!("{}/api/v1/tryon/ws{query}", app.base.replace("http://", "ws://"));
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    connect_async(request).await.unwrap().0
}

/// The header that signs a user in.
pub(crate) fn bearer(user: &User) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {}", user.token))]
}

/// The next JSON message; pings are answered and skipped.
pub(crate) async fn next(socket: &mut Socket) -> Value {
    loop {
        match tokio::time::timeout(Duration::from_secs(10), socket.next()).await.unwrap().unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        match tokio::time::timeout(Duration::from_secs(10), socket.next()).await.unwrap() {
            Some(Ok(Message::Close(Some(CloseFrame { code, .. })))) => return code.into(),
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_socket_begins_with_a_snapshot_and_follows_the_try_on_to_its_end() {
    let app = TestApp::start().await;
    let (user, other) = (app.user("a").await, app.user("b").await);
    app.body(&user).await;
    app.body(&other).await;
    let mut socket = connect(&app, "", &bearer(&user)).await;
    assert_eq!(next(&mut socket).await["type"], "snapshot");
    app.start_worker();
    app.tryon(&other).await;
    let asked = app.tryon(&user).await;
    let mut seqs = Vec::new();
    loop {
        let event = next(&mut socket).await;
        assert_eq!((event["type"].as_str(), &event["data"]["id"]), (Some("tryon.updated"), &asked["id"]), "only the caller's own");
        seqs.push(event["seq"].as_u64().unwrap());
        if event["data"]["status"] == "completed" {
            assert!(event["data"]["result_image_url"].is_string());
            break;
        }
    }
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "{seqs:?}");
    app.stop().await;
}

#[tokio::test]
async fn missed_events_are_replayed_after_a_number_and_what_is_too_old_resets() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    app.body(&user).await;
    let asked = app.tryon(&user).await;
    let path = format!("/api/v1/tryon/{}/cancel", asked["id"].as_str().unwrap());
    app.send(app.request(Method::POST, &path, Some(&user))).await.expect(200);
    let mut socket = connect(&app, "?after=1", &bearer(&user)).await;
    let mut seen = Vec::new();
    while !seen.iter().any(|event: &Value| event["data"]["status"] == "cancelled" && event["type"] == "tryon.updated") {
        seen.push(next(&mut socket).await);
    }
    assert_eq!(seen.last().unwrap()["seq"], 2);
    let mut future = connect(&app, "?after=999", &bearer(&user)).await;
    assert_eq!(next(&mut future).await["type"], "reset");
    assert_eq!(next(&mut future).await["type"], "snapshot");
    app.stop().await;
}

#[tokio::test]
async fn browsers_pass_the_token_as_a_subprotocol_or_a_one_use_ticket() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let mut socket = connect(&app, "", &[("sec-websocket-protocol", format!("bearer, {}", user.token))]).await;
    assert_eq!(next(&mut socket).await["type"], "snapshot");
    let ticket = app.send(app.request(Method::POST, "/api/v1/auth/ws-ticket", Some(&user))).await.body;
    let holder = if ticket["ticket"].is_string() { &ticket } else { &ticket["data"] };
    assert_eq!(holder["expires_in"], 60);
    let query = format!("?ticket={}", holder["ticket"].as_str().unwrap());
    let mut socket = connect(&app, &query, &[]).await;
    assert_eq!(next(&mut socket).await["type"], "snapshot");
    let mut again = connect(&app, &query, &[]).await;
    assert_eq!(close_code(&mut again).await, 4401);
    app.stop().await;
}

#[tokio::test]
async fn a_socket_with_a_bad_token_is_closed_with_4401() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    for headers in [vec![], vec![("authorization", "Bearer forged".to_owned())]] {
        let mut socket = connect(&app, "", &headers).await;
        assert_eq!(close_code(&mut socket).await, 4401);
    }
    app.clock.advance(Duration::from_secs(901));
    let mut socket = connect(&app, "", &bearer(&user)).await;
    assert_eq!(close_code(&mut socket).await, 4401);
    app.stop().await;
}

#[tokio::test]
async fn a_client_that_closes_is_let_go_and_the_server_drains_with_open_sockets() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let mut leaving = connect(&app, "", &bearer(&user)).await;
    next(&mut leaving).await;
    leaving.send(Message::Close(None)).await.unwrap();
    let mut staying = connect(&app, "", &bearer(&user)).await;
    next(&mut staying).await;
    tokio::time::timeout(Duration::from_secs(10), app.stop()).await.unwrap();
    assert!([1001, 1012].contains(&close_code(&mut staying).await));
}

#[tokio::test]
async fn server_sent_events_carry_the_same_messages() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    app.body(&user).await;
    let response = app.request(Method::GET, "/api/v1/tryon/events", Some(&user)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    let mut stream = response.bytes_stream();
    app.start_worker();
    app.tryon(&user).await;
    let mut text = String::new();
    while !text.contains("\"completed\"") {
        let chunk = tokio::time::timeout(Duration::from_secs(10), stream.next()).await.unwrap().unwrap().unwrap();
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    let messages: Vec<Value> =
        text.lines().filter_map(|line| line.strip_prefix("data:")).filter_map(|data| serde_json::from_str(data.trim()).ok()).collect();
    assert_eq!(messages[0]["type"], "snapshot");
    assert!(messages.iter().any(|message| message["type"] == "tryon.updated" && message["data"]["status"] == "completed"));
    assert!(text.contains("id:"), "a browser resumes by the last id");
    let last = messages.last().unwrap()["seq"].as_u64().unwrap();
    let request = app.request(Method::GET, "/api/v1/tryon/events", Some(&user)).header("last-event-id", (last - 1).to_string());
    let mut stream = request.send().await.unwrap().bytes_stream();
    let chunk = tokio::time::timeout(Duration::from_secs(10), stream.next()).await.unwrap().unwrap().unwrap();
    assert!(String::from_utf8_lossy(&chunk).contains(&json!(last).to_string()));
    app.stop().await;
}

//! Sending messages, as vendors do: nobody hears of one that does not arrive.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How often a message is sent that is not answered with success.
const TRIES: u32 = 5;

/// Posts a message to a plain address on loopback, again after a while when it is not taken.
pub(super) async fn post(url: &str, headers: &[(&'static str, String)], body: Bytes) {
    for number in 1..=TRIES {
        if once(url, headers, body.clone()).await.is_some_and(|status| status < 300) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100) * number).await;
    }
}

async fn once(url: &str, headers: &[(&'static str, String)], body: Bytes) -> Option<u16> {
    let url: Uri = url.parse().ok()?;
    let authority = url.authority()?.as_str().to_owned();
    let stream = TcpStream::connect(&authority).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let connection = tokio::spawn(connection);
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path).header(HOST, authority).header(CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let status = sender.send_request(request.body(Full::new(body)).ok()?).await.ok().map(|answer| answer.status().as_u16());
    connection.abort();
    status
}

//! One kept-alive HTTP/1.1 connection, on hyper's lowest layer: no pool, no redirects, no TLS, so that the harness costs little.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What went wrong, for people.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A request, ready to be sent any number of times.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// Content type and body.
    pub body: Option<(String, Bytes)>,
}

impl Call {
    /// A GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), authorization: None, headers: Vec::new(), body: None }
    }

    /// A POST of JSON.
    pub fn post(path: impl Into<String>, body: &serde_json::Value) -> Self {
        let body = Some(("application/json".to_owned(), Bytes::from(body.to_string())));
        Self { method: Method::POST, path: path.into(), authorization: None, headers: Vec::new(), body }
    }

    /// The same with a bearer token.
    pub fn bearer(mut self, token: &str) -> Self {
        self.authorization = Some(format!("Bearer {token}"));
        self
    }

    /// The same with one more header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn request(&self, host: &str) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let mut builder = Request::builder().method(self.method.clone()).uri(&self.path).header(HOST, host);
        if let Some(authorization) = &self.authorization {
            builder = builder.header(AUTHORIZATION, authorization);
        }
        for (name, value) in &self.headers {
            builder = builder.header(*name, value);
        }
        let body = match &self.body {
            Some((content_type, body)) => {
                builder = builder.header(CONTENT_TYPE, content_type);
                body.clone()
            }
            None => Bytes::new(),
        };
        builder.body(Full::new(body))
    }
}

/// A connection to one server; it opens itself again after the server closed it.
pub struct Connection {
    host: String,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    /// To `host:port`, opened by the first request.
    pub fn new(host: &str) -> Self {
        Self { host: host.to_owned(), sender: None }
    }

    /// Sends and reads the answer to its end.
    pub async fn send(&mut self, call: &Call) -> Result<(StatusCode, Vec<Bytes>), Failure> {
        let answer = self.try_to_send(call).await;
        if answer.is_err() {
            self.sender = None;
        }
        answer
    }

    async fn try_to_send(&mut self, call: &Call) -> Result<(StatusCode, Vec<Bytes>), Failure> {
        let request = call.request(&self.host)?;
        let sender = match &mut self.sender {
            Some(sender) if !sender.is_closed() => sender,
            slot => slot.insert(open(&self.host).await?),
        };
        sender.ready().await?;
        let mut response = sender.send_request(request).await?;
        let mut body = Vec::new();
        while let Some(frame) = response.body_mut().frame().await {
            if let Ok(data) = frame?.into_data() {
                body.push(data);
            }
        }
        Ok((response.status(), body))
    }

    /// Sends and reads the answer as JSON, which must have this status.
    pub async fn json(&mut self, call: &Call, expected: &[u16]) -> Result<serde_json::Value, Failure> {
        let (status, body) = self.send(call).await?;
        let body = body.concat();
        if !expected.contains(&status.as_u16()) {
            return Err(format!("{} {}: {status} {}", call.method, call.path, String::from_utf8_lossy(&body)).into());
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

async fn open(host: &str) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

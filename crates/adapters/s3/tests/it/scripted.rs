//! A server that answers as a test tells it to, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use atelier_adapter_s3::{S3ObjectStore, S3Settings};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::bucket::RealClock;

/// A request as it came in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is the question that the store asks at connect.
    fn is_check(&self) -> bool {
        self.target.contains("list-type=2") && self.target.ends_with("max-keys=1")
    }
}

/// What to do about a request.
pub(crate) enum Reply {
    /// Status and body.
    Answer(u16, String),
    /// The beginning of an answer, and no more.
    Begin(String),
    /// The beginning of an answer, and then the connection is closed.
    BreakOff(String),
    /// Nothing, ever.
    Silence,
    /// The connection is closed.
    HangUp,
}

impl Reply {
    pub(crate) fn empty() -> Self {
        Self::Answer(200, String::new())
    }

    /// An error document as S3 writes it.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::Answer(status, format!("<Error><Code>{code}</Code><Message>scripted</Message></Error>"))
    }
}

/// The server. It ends with the test's runtime.
pub(crate) struct Scripted {
    pub(crate) settings: S3Settings,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Scripted {
    /// Starts one. The question asked at connect is answered by itself.
    pub(crate) async fn start(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listed = || Reply::Answer(200, "<ListBucketResult/>".to_owned());
        Self::strict(move |request| if request.is_check() { listed() } else { reply(request) }).await
    }

    /// Starts one that has the question asked at connect answered by `reply` too.
    pub(crate) async fn strict(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut settings = S3Settings::new("bucket", "us-east-1", "key", "secret-of-the-key".into());
        settings.endpoint = Some(format!("http://{}", listener.local_addr().unwrap()));
        settings.path_style = true;
        let (reply, requests) = (Arc::new(reply), Arc::new(Mutex::new(Vec::new())));
        let log = requests.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (reply, log) = (reply.clone(), log.clone());
                tokio::spawn(async move { serve(connection, &*reply, &log).await });
            }
        });
        Self { settings, requests }
    }

    pub(crate) async fn connect(&self) -> S3ObjectStore {
        S3ObjectStore::connect(self.settings.clone(), Arc::new(RealClock)).await.unwrap()
    }

    /// What has been asked since the connect.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(connection: TcpStream, reply: &(impl Fn(&Request) -> Reply + ?Sized), log: &Mutex<Vec<Request>>) {
    let mut connection = BufReader::new(connection);
    let Some(request) = read(&mut connection).await else { return };
    let reply = reply(&request);
    if !request.is_check() {
        log.lock().unwrap().push(request);
    }
    match reply {
        Reply::Answer(status, body) => {
            let head = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            // The client may have given up.
            let _sent = connection.write_all(format!("{head}{body}").as_bytes()).await;
        }
        Reply::Begin(body) => {
            begin(&mut connection, &body).await;
            std::future::pending::<()>().await;
        }
        Reply::BreakOff(body) => begin(&mut connection, &body).await,
        Reply::Silence => std::future::pending().await,
        Reply::HangUp => {}
    }
}

async fn begin(connection: &mut BufReader<TcpStream>, body: &str) {
    let head = format!("HTTP/1.1 200 Scripted\r\ncontent-length: {}\r\n\r\n", body.len() + 1_000);
    let _sent = connection.write_all(format!("{head}{body}").as_bytes()).await;
}

async fn read(connection: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut request = Request::default();
    let mut line = String::new();
    connection.read_line(&mut line).await.ok()?;
    let mut words = line.split(' ');
    request.method = words.next()?.to_owned();
    request.target = words.next()?.to_owned();
    loop {
        line.clear();
        connection.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if request.header("expect").is_some() {
        connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok()?;
    }
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.ok()?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    Some(request)
}

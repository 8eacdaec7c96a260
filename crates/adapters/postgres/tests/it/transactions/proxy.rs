//! A TCP proxy before PostgreSQL that swallows the answer to a COMMIT, or the COMMIT itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens at the next COMMIT; once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Cut {
    /// The server hears it, and its answer goes nowhere.
    Answer = 1,
    /// The server does not hear it.
    Request = 2,
}

pub(super) struct Proxy {
    pub(super) url: String,
    armed: Arc<AtomicU8>,
}

impl Proxy {
    /// Listens before the server of this URL.
    pub(super) async fn before(url: &str) -> Self {
        let mut url = url::Url::parse(url).unwrap();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let armed = Arc::new(AtomicU8::new(0));
        let shared = armed.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server.clone(), shared.clone()));
            }
        });
        Self { url: url.to_string(), armed }
    }

    pub(super) fn arm(&self, cut: Cut) {
        self.armed.store(cut as u8, Ordering::SeqCst);
    }

    /// Whether the cut was made.
    pub(super) fn has_cut(&self) -> bool {
        self.armed.load(Ordering::SeqCst) == 0
    }
}

async fn pass(mut client: TcpStream, server: String, armed: Arc<AtomicU8>) {
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let (mut from_client, mut from_server) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let Ok(read @ 1..) = read else { return };
                let sent = &from_client[..read];
                if sent.windows(7).any(|window| window == b"COMMIT\0") {
                    match armed.swap(0, Ordering::SeqCst) {
                        1 => {
                            server.write_all(sent).await.unwrap();
                            // The server has answered: it is done.
                            let _answer = server.read(&mut from_server).await;
                            return;
                        }
                        2 => return,
                        _ => {}
                    }
                }
                if server.write_all(sent).await.is_err() { return }
            }
            read = server.read(&mut from_server) => {
                let Ok(read @ 1..) = read else { return };
                if client.write_all(&from_server[..read]).await.is_err() { return }
            }
        }
    }
}

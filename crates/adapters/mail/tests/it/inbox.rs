use atelier_domain::kernel::SecretString;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The mail server of the tests: it keeps what it accepts and shows it over HTTP.
pub(crate) struct Inbox {
    /// Where to send, with the right password.
    pub(crate) smtp_url: String,
    /// Where what arrived is shown: `http://host:port/mails`.
    address: String,
}

impl Inbox {
    /// The server of this test run, if there is one.
    #[expect(clippy::disallowed_methods, reason = "a test run is configured by its environment")]
    pub(crate) fn present(case: &str) -> Option<Self> {
        let variable = |name| std::env::var(name).ok();
        let inbox = variable("TEST_SMTP_URL").zip(variable("TEST_SMTP_INBOX"));
        atelier_testkit::contract::present(inbox.map(|(smtp_url, address)| Self { smtp_url, address }), case)
    }

    pub(crate) fn url(&self) -> SecretString {
        self.smtp_url.clone().into()
    }

    /// What arrived for this address.
    pub(crate) async fn mails_to(&self, to: &str) -> Vec<Value> {
        let (host, path) = self.address.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut connection = TcpStream::connect(host).await.unwrap();
        connection.write_all(format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let mails: Vec<Value> = serde_json::from_str(body).unwrap();
        mails.into_iter().filter(|mail| mail["to"].as_array().unwrap().iter().any(|one| one == to)).collect()
    }
}

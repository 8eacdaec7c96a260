//! A Cog server of a test's own, to be killed.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running server; it dies with the test.
pub(crate) struct OwnServer {
    child: Child,
    port: u16,
}

fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test run is configured by its environment")]
    std::env::var(name).ok()
}

/// Where the shared server is, if there is one.
pub(crate) fn shared() -> Option<String> {
    variable("TEST_COG_URL")
}

impl OwnServer {
    /// Starts one, if Cog is installed, and waits until it is ready.
    pub(crate) async fn start() -> Option<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let server = Self::on(port)?;
        server.is("READY").await;
        Some(server)
    }

    fn on(port: u16) -> Option<Self> {
        let child = Command::new(variable("TEST_COG_PYTHON")?)
            .arg("serve.py")
            .current_dir(variable("TEST_COG_FOLDER")?)
            .env("PORT", port.to_string())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Some(Self { child, port })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Kills it with its workers, without a word.
    pub(crate) fn kill(&mut self) {
        let group = format!("-{}", self.child.id());
        Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status().unwrap();
        self.child.wait().unwrap();
    }

    /// Kills it, and starts another one in its place.
    pub(crate) async fn restart(&mut self) {
        self.kill();
        *self = Self::on(self.port).unwrap();
        self.is("READY").await;
    }

    /// Waits until its health is this.
    pub(crate) async fn is(&self, status: &str) {
        // Any client of reqwest's own making wants one, TLS or not.
        let _already_set = rustls::crypto::ring::default_provider().install_default();
        let url = format!("{}/health-check", self.url());
        let health =
            async || -> Option<serde_json::Value> { serde_json::from_str(&reqwest::get(&url).await.ok()?.text().await.ok()?).ok() };
        for _ in 0..300 {
            if health().await.is_some_and(|health| health["status"] == status) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server does not become {status}");
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.kill();
    }
}

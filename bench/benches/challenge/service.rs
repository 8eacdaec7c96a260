//! The built API, started on the filled database.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_credentials::{JwtSigner, ObjectIds, SystemClock};
use atelier_bench::client::{Call, Connection};
use atelier_bench::processes::Tree;
use atelier_domain::identity::{AccessClaims, Role, TokenSigner};
use atelier_domain::kernel::{Clock, ExposeSecret, SecretString, UserId};
use chrono::TimeDelta;

use crate::school::{NOTES, SECRET};

const ISSUER: &str = "atelier";

/// The process, ended when dropped.
pub(crate) struct Service {
    child: Child,
    pub(crate) host: String,
    signer: JwtSigner,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _over = self.child.kill().and_then(|()| self.child.wait());
    }
}

impl Service {
    /// Starts `ATELIER_API` and waits until it answers.
    #[expect(clippy::disallowed_methods, reason = "a measurement is configured by its environment")]
    pub(crate) async fn start(uri: &str, database: &str, data: &std::path::Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let binary = std::env::var("ATELIER_API").unwrap_or_else(|_| "target/release/atelier-api".to_owned());
        let child = Command::new(&binary)
            .envs([("MONGODB_URI", uri), ("MONGODB_DATABASE", database), ("PRODUCTS", "challenge"), ("JWT_SECRET_KEY", SECRET)])
            .envs([("EMBEDDED_WORKER", "false"), ("HOST", "127.0.0.1"), ("LOG_LEVEL", "warn")])
            .envs([("RATE_LIMIT_ACCOUNT_PER_MINUTE", "1000000"), ("RATE_LIMIT_ADDRESS_PER_MINUTE", "1000000")])
            .envs([("PORT", port.to_string()), ("EXAMINERS_PER_CONVERSATION", NOTES.to_string())])
            .env("DATA_DIR", data)
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{binary}: {error}"));
        let signer = JwtSigner::new(&SecretString::from(SECRET), ISSUER, ISSUER, Arc::new(ObjectIds::new(Arc::new(SystemClock))));
        let mut service = Self { child, host: format!("127.0.0.1:{port}"), signer };
        let mut connection = Connection::new(&service.host);
        while !matches!(connection.send(&Call::get("/health/ready")).await, Ok((status, _)) if status.is_success()) {
            assert!(service.child.try_wait().unwrap().is_none(), "{binary} ended");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        service
    }

    /// A token of a person, as a sign-in gives.
    pub(crate) fn token(&self, user_id: UserId, role: Role) -> String {
        let issued_at = SystemClock.now();
        let claims = AccessClaims { user_id, role, session_id: None, issued_at, expires_at: issued_at + TimeDelta::hours(2) };
        self.signer.sign(&claims).expose_secret().to_owned()
    }

    pub(crate) fn processes(&self) -> Tree {
        Tree::new(self.child.id())
    }
}

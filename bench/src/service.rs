//! The built API, started for a measurement.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_credentials::{JwtSigner, ObjectIds, SystemClock};
use atelier_domain::identity::{AccessClaims, Role, TokenSigner};
use atelier_domain::kernel::{Clock, ExposeSecret, SecretString, UserId};
use chrono::TimeDelta;

use crate::client::{Call, Connection, Failure};
use crate::processes::Tree;

/// What tokens are signed with.
pub const SECRET: &str = "the bench's own secret of more than 32 bytes";
const ISSUER: &str = "atelier";

/// A process that listens on a port of its own, ended when dropped.
pub struct Service {
    child: Child,
    /// `host:port`.
    pub host: String,
    signer: JwtSigner,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _over = self.child.kill().and_then(|()| self.child.wait());
    }
}

impl Service {
    /// Starts `ATELIER_API` (default `target/release/atelier-api`) with these settings, rate limits out of reach, and waits until it is ready.
    ///
    /// # Errors
    /// The process that cannot start, or ends.
    #[expect(clippy::disallowed_methods, reason = "a measurement is configured by its environment")]
    pub async fn start(data: &Path, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        let binary = std::env::var("ATELIER_API").unwrap_or_else(|_| "target/release/atelier-api".to_owned());
        let mut command = Command::new(&binary);
        command.env("DATA_DIR", data).envs([("HOST", "127.0.0.1"), ("LOG_LEVEL", "warn"), ("JWT_SECRET_KEY", SECRET)]);
        command.envs([("RATE_LIMIT_ACCOUNT_PER_MINUTE", "1000000"), ("RATE_LIMIT_ADDRESS_PER_MINUTE", "1000000")]);
        command.envs(settings.iter().copied());
        Self::of(command, &binary).await
    }

    /// Starts a program that listens on the `PORT` it is given and answers `/health/ready`.
    ///
    /// # Errors
    /// The process that cannot start, or ends.
    pub async fn of(mut command: Command, name: &str) -> Result<Self, Failure> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = command.env("PORT", port.to_string()).stdin(Stdio::null()).spawn().map_err(|error| format!("{name}: {error}"))?;
        let signer = JwtSigner::new(&SecretString::from(SECRET), ISSUER, ISSUER, Arc::new(ObjectIds::new(Arc::new(SystemClock))));
        let mut service = Self { child, host: format!("127.0.0.1:{port}"), signer };
        let mut connection = Connection::new(&service.host);
        while !matches!(connection.send(&Call::get("/health/ready")).await, Ok((status, _)) if status.is_success()) {
            if let Some(status) = service.child.try_wait()? {
                return Err(format!("{name} ended: {status}").into());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(service)
    }

    /// A token of a person, as a sign-in gives.
    pub fn token(&self, user_id: UserId, role: Role) -> String {
        let issued_at = SystemClock.now();
        let claims = AccessClaims { user_id, role, session_id: None, issued_at, expires_at: issued_at + TimeDelta::hours(2) };
        self.signer.sign(&claims).expose_secret().to_owned()
    }

    /// What it uses.
    pub fn processes(&self) -> Tree {
        Tree::new(self.child.id())
    }
}

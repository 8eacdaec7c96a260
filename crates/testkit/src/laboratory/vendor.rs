//! A try-on vendor in the laboratory.

use std::sync::Arc;

use super::runs::{Payment, Runs};
use super::{LabServer, Script, SeenRequest, cog, fashn, replicate};

/// Which vendor's shapes are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VendorKind {
    /// A Cog server.
    Cog,
    /// Replicate.
    Replicate,
    /// FASHN.
    Fashn,
}

/// A vendor on loopback.
pub struct TryOnVendor {
    kind: VendorKind,
    server: LabServer,
    runs: Arc<Runs>,
}

impl std::fmt::Debug for TryOnVendor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TryOnVendor").field("kind", &self.kind).field("server", &self.server).finish_non_exhaustive()
    }
}

impl TryOnVendor {
    /// The key that Replicate and FASHN want.
    pub const KEY: &'static str = "lab_key_s3cr3t";
    /// What Replicate signs its messages with.
    pub const WEBHOOK_SECRET: &'static str = "whsec_bGFib3JhdG9yeS1zZWNyZXQtb2YtMzItYnl0ZXMh";

    /// A vendor with whom everything goes well until its script says otherwise.
    pub async fn start(kind: VendorKind) -> Self {
        let (runs, server) = match kind {
            VendorKind::Cog => cog::start().await,
            VendorKind::Replicate => replicate::start().await,
            VendorKind::Fashn => fashn::start().await,
        };
        Self { kind, server, runs }
    }

    /// Which one it is.
    pub fn kind(&self) -> VendorKind {
        self.kind
    }

    /// Where its API is.
    pub fn url(&self) -> String {
        match self.kind {
            VendorKind::Cog => self.server.url(),
            VendorKind::Replicate | VendorKind::Fashn => format!("{}/v1", self.server.url()),
        }
    }

    /// What it does.
    pub fn script(&self) -> &Script {
        &self.runs.script
    }

    /// What it was paid for, oldest first: one line for each input it accepted.
    pub fn ledger(&self) -> Vec<Payment> {
        self.runs.ledger()
    }

    /// The requests it got.
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.server.requests()
    }

    /// Forgets what it was handed, as a server does that is started anew. The ledger stays.
    pub fn restart(&self) {
        self.runs.forget();
    }
}

//! The fingerprint of a request: operation, parsed fields, SHA-256 of files.

use atelier_domain::kernel::Fingerprint;
use sha2::{Digest, Sha256};

/// Collects what a request asks for. The order of calls is part of the fingerprint.
pub(crate) struct FingerprintBuilder(Sha256);

impl FingerprintBuilder {
    /// Begins with the operation, e.g. `POST /tryon`.
    pub(crate) fn of(operation: &str) -> Self {
        Self(Sha256::new()).field("operation", Some(operation))
    }

    /// Adds a field; absent and empty differ.
    pub(crate) fn field(mut self, name: &str, value: Option<&str>) -> Self {
        for part in [Some(name), value] {
            // Lengths keep ("ab","c") and ("a","bc") apart.
            self.0.update(part.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
            self.0.update(part.unwrap_or_default().as_bytes());
        }
        self
    }

    /// The fingerprint.
    pub(crate) fn finish(self) -> Fingerprint {
        Fingerprint(self.0.finalize().into())
    }
}

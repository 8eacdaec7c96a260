//! How long and how much.

use std::time::Duration;

/// Bounds of every call to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// To connect, TLS included.
    pub connect: Duration,
    /// A whole call, its body included. A call that waits for a picture has a limit of its own.
    pub call: Duration,
    /// Bytes of an answer; a picture inside it as a data URL counts.
    pub answer_bytes: usize,
    /// Bytes of a picture that is fetched.
    pub picture_bytes: usize,
    /// How often a call is made at most, where its retry rule allows more than once.
    pub tries: u32,
    /// The wait before the second try; it doubles with each.
    pub first_wait: Duration,
    /// The longest wait between two tries. A provider that asks for a longer one is left alone for now.
    pub longest_wait: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            call: Duration::from_secs(60),
            answer_bytes: 48 << 20,
            picture_bytes: 32 << 20,
            tries: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(8),
        }
    }
}

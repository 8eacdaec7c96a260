//! Which calls are made again. The rule of Replicate's own clients: what only reads is read again when the server stumbles, what creates is
//! sent again on 429 alone, because only then it is sure that nothing was created.

use std::time::Duration;

use super::{Answer, CallError, HttpLimits};

/// Whether a call may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Never.
    Never,
    /// After a 429 only.
    Throttled,
    /// After a 429, a 5xx, or no answer.
    Repeatable,
}

impl Retry {
    /// The wait before try `next` (the second is 2), or none when what came is final.
    pub(super) fn wait(self, came: &Result<Answer, CallError>, next: u32, limits: &HttpLimits) -> Option<Duration> {
        if next > limits.tries {
            return None;
        }
        let again = match (self, came) {
            (Self::Never, _) | (Self::Throttled, Err(_)) | (_, Err(CallError::TooLarge(_))) => false,
            (Self::Throttled, Ok(answer)) => answer.status.as_u16() == 429,
            (Self::Repeatable, Ok(answer)) => answer.status.as_u16() == 429 || answer.status.is_server_error(),
            (Self::Repeatable, Err(_)) => true,
        };
        let asked = came.as_ref().ok().and_then(Answer::retry_after);
        let wait = asked.unwrap_or_else(|| limits.first_wait.saturating_mul(1 << (next - 2).min(16)).min(limits.longest_wait));
        (again && wait <= limits.longest_wait).then_some(wait)
    }
}

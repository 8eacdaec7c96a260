//! The system's clock and the runtime's timer.

use std::time::Duration;

use atelier_domain::kernel::{Clock, Timer, Timestamp};
use chrono::SubsecRound;

/// Tells the system's time, truncated to milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock the others take")]
    fn now(&self) -> Timestamp {
        chrono::Utc::now().trunc_subsecs(3)
    }
}

/// Waits on tokio's timer. Needs a tokio runtime with its timer on.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioTimer;

#[async_trait::async_trait]
impl Timer for TokioTimer {
    async fn sleep(&self, duration: Duration) {
        // A sleep of zero may be over at once without giving way.
        tokio::task::yield_now().await;
        tokio::time::sleep(duration).await;
    }
}

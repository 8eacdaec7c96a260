//! The attempt limiter's suite.

use std::sync::Arc;

use atelier_adapter_memory::MemoryAttemptLimiter;
use atelier_testkit::FixedClock;
use atelier_testkit::contract::AttemptLimiterUnderTest;

async fn memory() -> Option<AttemptLimiterUnderTest> {
    let clock = FixedClock::new();
    Some(AttemptLimiterUnderTest { limiter: Arc::new(MemoryAttemptLimiter::new(Arc::new(clock.clone()))), clock })
}

atelier_testkit::attempt_limiter_contract!(memory);

//! Metrics of calls to providers.

use std::time::Instant;

use super::{Answer, CallError};

const REQUESTS: &str = "atelier_provider_requests_total";
const SECONDS: &str = "atelier_provider_seconds";

/// Tells the metrics registry what the series mean.
pub(super) fn describe() {
    metrics::describe_counter!(REQUESTS, "Requests to AI providers, each try counted, by provider, operation and outcome");
    metrics::describe_histogram!(SECONDS, metrics::Unit::Seconds, "Duration of requests to AI providers, by provider and operation");
}

/// One try being measured.
pub(super) struct Measured {
    provider: &'static str,
    operation: &'static str,
    start: Instant,
}

impl Measured {
    pub(super) fn start(provider: &'static str, operation: &'static str) -> Self {
        Self { provider, operation, start: Instant::now() }
    }

    pub(super) fn end(self, came: &Result<Answer, CallError>) {
        let outcome = match came {
            Ok(answer) if answer.status.is_success() => "ok",
            Ok(answer) if matches!(answer.status.as_u16(), 409 | 429 | 503) => "busy",
            Ok(answer) if answer.status.is_server_error() => "failed",
            Ok(_) => "refused",
            Err(CallError::NotSent(_)) => "unreachable",
            Err(CallError::Unanswered(_) | CallError::TooLarge(_)) => "unanswered",
        };
        let seconds = self.start.elapsed().as_secs_f64();
        metrics::histogram!(SECONDS, "provider" => self.provider, "operation" => self.operation).record(seconds);
        metrics::counter!(REQUESTS, "provider" => self.provider, "operation" => self.operation, "outcome" => outcome).increment(1);
        tracing::debug!(provider = self.provider, operation = self.operation, outcome, seconds, "provider call");
    }
}

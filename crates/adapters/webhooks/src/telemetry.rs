//! Metrics of what is sent.

use atelier_domain::wearit::webhooks::{AttemptOutcome, Sent};

/// Names the metrics' meaning; once is enough, more does no harm.
pub(crate) fn describe() {
    metrics::describe_counter!("atelier_webhooks_total", "Messages sent to webhook endpoints, by outcome");
    metrics::describe_histogram!("atelier_webhooks_seconds", metrics::Unit::Seconds, "How long an attempt took");
}

/// Counts an attempt. No address is a label: they are the people's, and endless.
pub(crate) fn sent(sent: &Sent) {
    let outcome = match sent.outcome {
        AttemptOutcome::Answered(200..=299) => "delivered",
        AttemptOutcome::Answered(_) => "rejected",
        AttemptOutcome::Unanswered(failure) => failure.as_str(),
    };
    metrics::counter!("atelier_webhooks_total", "outcome" => outcome).increment(1);
    metrics::histogram!("atelier_webhooks_seconds").record(sent.took.as_secs_f64());
}

//! A provider under the operator's limits: so many pictures at a time, so many requests a minute, and none while it does not answer.
//!
//! Limits are of one process: with several, each gets its share (docs/guides/try-on-providers.md).

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use atelier_breaker::{Breaker, BreakerSettings, Change};
use atelier_domain::wearit::tryon::{
    CallbackError, CallbackMessage, Capability, FailureCode, Heard, Lookup, MadeWith, ProgressSink, ProviderFailure, Submission,
    TryOnFailure, TryOnInputs, TryOnProvider,
};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const ATTEMPTS: &str = "atelier_provider_attempts_total";
const AVAILABLE: &str = "atelier_provider_available";
const BUSY: &str = "atelier_provider_pictures";
const UNTOLD: &str = "atelier_provider_untold_results_total";

/// How long a provider without credits is passed over before it is asked again.
const EXHAUSTED_FOR: Duration = Duration::from_secs(60);
/// A request nobody looked at for this long is another process's, or nobody's: its place is given away.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(120);

/// What an operator allows of a provider.
#[derive(Debug, Clone)]
pub struct ProviderLimits {
    /// Most pictures it makes for this process at a time; further ones wait.
    pub concurrency: usize,
    /// Most requests a minute; further ones wait.
    pub per_minute: Option<NonZeroU32>,
    /// When it is no longer asked.
    pub breaker: BreakerSettings,
}

impl Default for ProviderLimits {
    /// Four at a time, as fast as it takes them; left alone for half a minute after five failures in a row.
    fn default() -> Self {
        Self { concurrency: 4, per_minute: None, breaker: BreakerSettings { failures: 5, open_for: Duration::from_secs(30) } }
    }
}

/// A provider that keeps its [`ProviderLimits`].
pub struct GovernedTryOn {
    provider: Arc<dyn TryOnProvider>,
    places: Arc<Semaphore>,
    rate: Option<DefaultDirectRateLimiter>,
    breaker: Breaker,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    under_way: HashMap<String, UnderWay>,
    exhausted_until: Option<Instant>,
}

/// A request the provider works on.
struct UnderWay {
    _place: OwnedSemaphorePermit,
    looked_at: Instant,
    /// Whether it was given an address to tell the end to.
    tells: bool,
}

impl GovernedTryOn {
    /// `provider` under `limits`.
    pub fn new(provider: Arc<dyn TryOnProvider>, limits: &ProviderLimits) -> Self {
        describe();
        metrics::gauge!(AVAILABLE, "provider" => provider.name()).set(1.0);
        Self {
            provider,
            places: Arc::new(Semaphore::new(limits.concurrency.max(1))),
            rate: limits.per_minute.map(|requests| RateLimiter::direct(Quota::per_minute(requests))),
            breaker: Breaker::new(limits.breaker),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn place(&self) -> OwnedSemaphorePermit {
        let now = Instant::now();
        self.state().under_way.retain(|_, request| now.duration_since(request.looked_at) < FORGOTTEN_AFTER);
        match Arc::clone(&self.places).acquire_owned().await {
            Ok(place) => place,
            // Nobody closes it.
            Err(_closed) => std::future::pending().await,
        }
    }

    /// What the outcome of a submission says of the provider.
    fn learn(&self, outcome: &Result<Submission, ProviderFailure>) -> bool {
        let (word, answered) = match outcome {
            Ok(Submission::Done(_)) => ("done", true),
            Ok(_) => ("accepted", true),
            Err(ProviderFailure::Failed { failure, .. }) => {
                if failure.code == FailureCode::ProviderExhausted {
                    tracing::error!(
                        provider = self.name(),
                        reason = failure.reason,
                        "the provider wants to be paid: its credits are used up"
                    );
                    self.state().exhausted_until = Some(Instant::now() + EXHAUSTED_FOR);
                }
                (failure.code.as_str(), !matches!(failure.code, FailureCode::ProviderError | FailureCode::ProviderTimeout))
            }
            Err(ProviderFailure::Unanswered) => ("unanswered", false),
            Err(ProviderFailure::Stopped) => ("stopped", true),
        };
        metrics::counter!(ATTEMPTS, "provider" => self.name(), "outcome" => word).increment(1);
        answered
    }

    fn show(&self) {
        let available = if self.is_available() { 1.0 } else { 0.0 };
        metrics::gauge!(AVAILABLE, "provider" => self.name()).set(available);
        metrics::gauge!(BUSY, "provider" => self.name()).set(self.state().under_way.len() as f64);
    }

    fn ended(&self, external_id: &str) -> Option<UnderWay> {
        self.state().under_way.remove(external_id)
    }
}

fn describe() {
    metrics::describe_counter!(ATTEMPTS, "Try-on submissions, by provider and outcome: done, accepted, or the failure's code");
    metrics::describe_gauge!(AVAILABLE, "1 while a try-on provider would be asked");
    metrics::describe_gauge!(BUSY, "Pictures a try-on provider makes for this process");
    metrics::describe_counter!(UNTOLD, "Results found by polling that the provider should have told of by itself");
}

fn not_answering(wait: Duration) -> ProviderFailure {
    let failure = TryOnFailure::new(
        FailureCode::ProviderBusy,
        "not_answering",
        "the engine does not answer at the moment",
        "it is asked again by itself in a while",
    );
    ProviderFailure::Failed { failure, retry_after: Some(wait) }
}

#[async_trait::async_trait]
impl TryOnProvider for GovernedTryOn {
    fn name(&self) -> &'static str {
        self.provider.name()
    }

    fn capabilities(&self) -> Vec<Capability> {
        self.provider.capabilities()
    }

    async fn submit(&self, inputs: TryOnInputs, progress: &dyn ProgressSink) -> Result<Submission, ProviderFailure> {
        let place = self.place().await;
        if let Some(rate) = &self.rate {
            rate.until_ready().await;
        }
        let admission = self.breaker.admit(Instant::now()).map_err(not_answering)?;
        let tells = inputs.callback_url.is_some();
        let outcome = self.provider.submit(inputs, progress).await;
        let answered = self.learn(&outcome);
        match admission.end(answered, Instant::now()) {
            Some(Change::Opened) => tracing::warn!(provider = self.name(), "the provider does not answer: it is left alone for a while"),
            Some(Change::Closed) => tracing::info!(provider = self.name(), "the provider answers again"),
            None => {}
        }
        if let Ok(Submission::Accepted { external_id, .. }) = &outcome {
            let request = UnderWay { _place: place, looked_at: Instant::now(), tells };
            self.state().under_way.insert(external_id.clone(), request);
        }
        self.show();
        outcome
    }

    async fn poll(&self, external_id: &str, heard: Option<&Heard>, made_with: Option<&MadeWith>) -> Result<Submission, ProviderFailure> {
        if let Some(request) = self.state().under_way.get_mut(external_id) {
            request.looked_at = Instant::now();
        }
        let outcome = self.provider.poll(external_id, heard, made_with).await;
        let over = match &outcome {
            Ok(Submission::Done(_)) => true,
            Ok(_) => false,
            Err(ProviderFailure::Failed { failure, .. }) => failure.code != FailureCode::ProviderBusy,
            Err(_) => true,
        };
        if over {
            let request = self.ended(external_id);
            let told = heard.is_some_and(|heard| heard.finished);
            if outcome.is_ok() && !told && request.is_some_and(|request| request.tells) {
                metrics::counter!(UNTOLD, "provider" => self.name()).increment(1);
            }
            self.show();
        }
        outcome
    }

    fn read_callback(&self, message: &CallbackMessage) -> Result<Heard, CallbackError> {
        self.provider.read_callback(message)
    }

    /// Not while its breaker is open, all its places are taken, or it wants to be paid.
    fn is_available(&self) -> bool {
        let now = Instant::now();
        let exhausted = self.state().exhausted_until.is_some_and(|until| now < until);
        !exhausted && !self.breaker.refuses(now) && self.places.available_permits() > 0 && self.provider.is_available()
    }

    fn is_charged(&self) -> bool {
        self.provider.is_charged()
    }

    async fn find_submission(&self, reference: &str) -> Result<Lookup, ProviderFailure> {
        self.provider.find_submission(reference).await
    }

    async fn cancel(&self, external_id: &str) -> Result<(), ProviderFailure> {
        self.ended(external_id);
        self.provider.cancel(external_id).await
    }
}

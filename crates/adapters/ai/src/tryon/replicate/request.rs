//! The calls, and what their answers mean.

use std::time::Duration;

use atelier_domain::wearit::tryon::ProviderFailure;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::provider::NAME;
use crate::tryon::endpoint::Endpoint;
use crate::tryon::failures::{self, BUSY, UNREACHABLE};
use crate::tryon::http::{Answer, Call, CallError, ProviderHttp, Retry};

/// The calls of one account.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) http: ProviderHttp,
    pub(super) endpoint: Endpoint,
    pub(super) cancel_after: Option<Duration>,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    title: Value,
    #[serde(default)]
    detail: Value,
}

impl Api {
    /// Creates a prediction: `owner/name:version`, `owner/name` and `deployments/owner/name` are created at addresses of their own.
    pub(super) async fn create(&self, target: &str, input: &Map<String, Value>, webhook: Option<&str>) -> Result<Answer, CallError> {
        let mut body = json!({"input": input});
        let url = match target.split_once(':') {
            Some((_, version)) => {
                body["version"] = json!(version);
                self.endpoint.url(&["predictions"])
            }
            None => self.of_target(target),
        };
        if let Some(webhook) = webhook {
            body["webhook"] = json!(webhook);
            // Progress is polled anyway, and the other events are not retried.
            body["webhook_events_filter"] = json!(["completed"]);
        }
        let request = || {
            let request = self.http.request(Method::POST, url.clone()).json(&body);
            let request = match self.cancel_after {
                Some(after) => request.header("cancel-after", format!("{}s", after.as_secs().max(5))),
                None => request,
            };
            self.endpoint.authorise(request)
        };
        self.http.call(Call::new(NAME, "submit", Retry::Throttled), request).await
    }

    fn of_target(&self, target: &str) -> Url {
        let (kind, name) = target.strip_prefix("deployments/").map_or(("models", target), |name| ("deployments", name));
        let (owner, name) = name.split_once('/').unwrap_or((name, ""));
        self.endpoint.url(&[kind, owner, name, "predictions"])
    }

    pub(super) async fn get(&self, id: &str) -> Result<Answer, CallError> {
        let url = self.endpoint.url(&["predictions", id]);
        let request = || self.endpoint.authorise(self.http.request(Method::GET, url.clone()));
        self.http.call(Call::new(NAME, "poll", Retry::Repeatable), request).await
    }

    pub(super) async fn cancel(&self, id: &str) -> Result<Answer, CallError> {
        let url = self.endpoint.url(&["predictions", id, "cancel"]);
        let request = || self.endpoint.authorise(self.http.request(Method::POST, url.clone()));
        self.http.call(Call::new(NAME, "cancel", Retry::Repeatable), request).await
    }

    /// What an answer that is no success means, to a request that makes something.
    pub(super) fn refused(&self, answer: &Answer) -> ProviderFailure {
        let problem = answer.json::<Problem>();
        let text = problem.map(|problem| format!("{} {}", problem.title, problem.detail)).unwrap_or_default();
        match answer.status.as_u16() {
            429 => BUSY.after(answer.retry_after().or_else(|| reset_in(&text))),
            status => failures::status(status).said(NAME, &format!("HTTP {status} {text}")),
        }
    }

    /// What it means to a request that only looks: look again, unless the key or the thing is gone.
    pub(super) fn look_refused(&self, answer: &Answer) -> ProviderFailure {
        match answer.status.as_u16() {
            401..=404 | 410 => self.refused(answer),
            _ => UNREACHABLE.after(answer.retry_after()),
        }
    }
}

/// "Your rate limit resets in ~30s."
fn reset_in(text: &str) -> Option<Duration> {
    let (_, after) = text.split_once("resets in")?;
    let digits: String = after.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttle_says_how_long_it_lasts() {
        assert_eq!(reset_in("Request was throttled. Your rate limit resets in ~30s."), Some(Duration::from_secs(30)));
        assert_eq!(reset_in("Request was throttled."), None);
    }
}

//! The calls, and what their answers mean.

use atelier_domain::wearit::tryon::{Cost, ProviderFailure};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::tryon::endpoint::Endpoint;
use crate::tryon::failures::{self, FAILED, Trouble};
use crate::tryon::http::{Answer, Call, CallError, ProviderHttp, Retry};

/// The provider's name.
pub(super) const NAME: &str = "fashn";

/// The calls of one account.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) http: ProviderHttp,
    pub(super) endpoint: Endpoint,
}

/// The answer to `run` and `status`, and the body of a message. The error is null, an object of name and message, or, where no id was
/// issued, a name beside a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) output: Value,
    pub(super) error: Value,
    message: Value,
}

impl Told {
    /// The error's name and words.
    pub(super) fn error(&self) -> Option<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match &self.error {
            Value::String(name) => Some((name.clone(), text(&self.message))),
            Value::Object(fields) => {
                let field = |name: &str| fields.get(name).map(text).unwrap_or_default();
                Some((field("name"), field("message")))
            }
            _ => None,
        }
    }
}

/// The failure of an error: by its name, and where that says only that something failed, by its words.
pub(super) fn trouble(name: &str, message: &str) -> &'static Trouble {
    failures::named(name).filter(|trouble| **trouble != FAILED).unwrap_or_else(|| failures::told(message))
}

impl Api {
    pub(super) async fn run(&self, model_name: &str, input: &Map<String, Value>, webhook: Option<&str>) -> Result<Answer, CallError> {
        let mut url = self.endpoint.url(&["run"]);
        if let Some(webhook) = webhook {
            url.query_pairs_mut().append_pair("webhook_url", webhook);
        }
        let body = json!({"model_name": model_name, "inputs": input});
        let request = || self.endpoint.authorise(self.http.request(Method::POST, url.clone()).json(&body));
        let mut call = Call::new(NAME, "submit", Retry::Throttled);
        // Of the three kinds of 429 only the rate limit goes by itself within seconds.
        call.is_final = |answer| {
            let name = answer.json::<Told>().and_then(|told| told.error()).map(|(name, _)| name);
            name.is_some_and(|name| name == "OutOfCredits" || name == "ConcurrencyLimitExceeded")
        };
        self.http.call(call, request).await
    }

    pub(super) async fn status(&self, id: &str) -> Result<Answer, CallError> {
        let url = self.endpoint.url(&["status", id]);
        let request = || self.endpoint.authorise(self.http.request(Method::GET, url.clone()));
        self.http.call(Call::new(NAME, "poll", Retry::Repeatable), request).await
    }

    /// What an answer that is no success means. FASHN's own errors name themselves.
    pub(super) fn refused(&self, answer: &Answer) -> ProviderFailure {
        let status = answer.status.as_u16();
        match answer.json::<Told>().and_then(|told| told.error()) {
            Some((name, message)) => {
                let trouble = failures::named(&name).unwrap_or_else(|| failures::status(status));
                match answer.retry_after() {
                    Some(wait) => trouble.after(Some(wait)),
                    None => trouble.said(NAME, &format!("{name}: {message}")),
                }
            }
            None => failures::status(status).said(NAME, &format!("HTTP {status}")),
        }
    }
}

/// The credits an answer says were used.
pub(super) fn credits(answer: &Answer) -> Option<Cost> {
    let credits = answer.header("x-fashn-credits-used")?.trim().parse::<f64>().ok().filter(|credits| (0.0..1e9).contains(credits))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between nothing and a thousand million")]
    Some(Cost { millionths: (credits * 1e6).round() as u64, unit: "credits".to_owned() })
}

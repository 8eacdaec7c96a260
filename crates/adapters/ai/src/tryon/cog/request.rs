//! The calls, and what their answers mean.

use std::time::Duration;

use atelier_domain::wearit::tryon::ProviderFailure;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::watch::Health;
use crate::tryon::endpoint::Endpoint;
use crate::tryon::failures::{self, BUSY, INPUT_REJECTED, WARMING};
use crate::tryon::http::{Answer, Call, CallError, ProviderHttp, Retry};

/// Asked of the runner when a busy server names no time: a picture takes seconds.
const BUSY_FOR: Duration = Duration::from_secs(2);

/// The calls of one server.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) http: ProviderHttp,
    pub(super) endpoint: Endpoint,
    pub(super) provider: &'static str,
    pub(super) run_limit: Duration,
}

impl Api {
    /// `PUT /predictions/{id}`. Asynchronous with a webhook: the same id again is answered with the state of the running one, so that a
    /// lost answer is no lost request. Without, the answer is waited for.
    pub(super) async fn predict(&self, id: &str, input: &Map<String, Value>, webhook: Option<&str>) -> Result<Answer, CallError> {
        let mut body = json!({"id": id, "input": input});
        let mut call = Call::new(self.provider, "submit", Retry::Never);
        match webhook {
            Some(url) => {
                body["webhook"] = json!(url);
                body["webhook_events_filter"] = json!(["start", "logs", "completed"]);
                call.retry = Retry::Repeatable;
                // A server that is not ready will not be in a second: others may be.
                call.is_final = |answer| answer.status.as_u16() == 503;
            }
            None => call.limit = Some(self.run_limit),
        }
        let request = || {
            let request = self.http.request(Method::PUT, self.endpoint.url(&["predictions", id])).json(&body);
            // Exactly this, or it is synchronous.
            let request = if webhook.is_some() { request.header("prefer", "respond-async") } else { request };
            self.endpoint.authorise(request)
        };
        self.http.call(call, request).await
    }

    /// 0.16 says yes to a cancellation that comes before the model has begun, forgets it, and takes no second one.
    pub(super) async fn cancel(&self, id: &str) -> Result<Answer, CallError> {
        let url = self.endpoint.url(&["predictions", id, "cancel"]);
        let request = || self.endpoint.authorise(self.http.request(Method::POST, url.clone()));
        self.http.call(Call::new(self.provider, "cancel", Retry::Repeatable), request).await
    }

    /// The server's health; none when it does not answer.
    pub(super) async fn health(&self) -> Option<Health> {
        let url = self.endpoint.url(&["health-check"]);
        let request = || self.endpoint.authorise(self.http.request(Method::GET, url.clone()));
        let answer = self.http.call(Call::new(self.provider, "poll", Retry::Never), request).await.ok()?;
        answer.json()
    }

    /// What an answer that is no success means.
    pub(super) fn refused(&self, answer: &Answer) -> ProviderFailure {
        match answer.status.as_u16() {
            409 => BUSY.after(answer.retry_after().or(Some(BUSY_FOR))),
            429 => BUSY.after(answer.retry_after()),
            503 => WARMING.after(answer.retry_after()),
            422 => INPUT_REJECTED.said(self.provider, &fields(answer)),
            status => failures::status(status).said(self.provider, &format!("HTTP {status}")),
        }
    }
}

#[derive(Deserialize)]
struct Invalid {
    detail: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    loc: Vec<Value>,
    #[serde(default, rename = "type")]
    kind: String,
}

/// Which fields a 422 is about. Its `msg` and `input` repeat what was sent, pictures and all.
fn fields(answer: &Answer) -> String {
    let details = answer.json::<Invalid>().map(|invalid| invalid.detail).unwrap_or_default();
    let named = |detail: &Detail| {
        let path: Vec<_> = detail.loc.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned)).collect();
        format!("{} ({})", path.join("."), detail.kind)
    };
    let fields: Vec<_> = details.iter().map(named).collect();
    format!("HTTP 422: {}", fields.join(", "))
}

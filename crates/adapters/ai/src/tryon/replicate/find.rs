//! Finding a prediction again whose creation was never answered.
//!
//! Replicate keeps no name of ours. What it documents is that the list of predictions repeats their inputs (`predictions.list`), so the
//! signed addresses of the pictures carry our reference as their fragment, which no client sends to the server of an address (RFC 3986
//! § 3.5). Data URLs and uploads carry none. Inputs are deleted after an hour, and nothing promises that the list is complete the moment
//! after: a reference that is not seen says nothing, and the request must not be sent again.

use atelier_domain::wearit::tryon::{Lookup, ProviderFailure};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::provider::NAME;
use super::request::Api;
use crate::tryon::failures;
use crate::tryon::http::{Call, Retry};
use crate::tryon::prediction::Prediction;

/// A hundred predictions each, the newest first.
const MOST_PAGES: usize = 3;

#[derive(Deserialize)]
struct Page {
    next: Option<String>,
    results: Vec<Prediction>,
}

/// An address that carries the reference.
pub(super) fn marked(address: &str, reference: &str) -> String {
    format!("{address}#{reference}")
}

fn carries(value: &Value, mark: &str) -> bool {
    match value {
        Value::String(text) => text.ends_with(mark),
        Value::Array(list) => list.iter().any(|value| carries(value, mark)),
        _ => false,
    }
}

/// Looks through the newest predictions.
pub(super) async fn find(api: &Api, reference: &str) -> Result<Lookup, ProviderFailure> {
    let mark = format!("#{reference}");
    let mut at = api.endpoint.url(&["predictions"]);
    for _ in 0..MOST_PAGES {
        let request = || api.endpoint.authorise(api.http.request(Method::GET, at.clone()));
        let answer = api.http.call(Call::new(NAME, "find", Retry::Repeatable), request).await;
        let answer = answer.map_err(|error| failures::call(NAME, &error))?;
        let Some(page) = answer.json::<Page>().filter(|_| answer.status.is_success()) else {
            return Err(api.look_refused(&answer));
        };
        let is_ours = |found: &&Prediction| found.input.as_ref().is_some_and(|input| input.values().any(|value| carries(value, &mark)));
        if let Some(external_id) = page.results.iter().find(is_ours).and_then(|found| found.id.clone()) {
            return Ok(Lookup::Found { external_id });
        }
        // The key must not follow the list to another server.
        match page.next.and_then(|next| Url::parse(&next).ok()).filter(|next| next.origin() == at.origin()) {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(Lookup::Unknown)
}

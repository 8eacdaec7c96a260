//! Vendors' errors, in at least six shapes, mapped to the canonical ones.
//!
//! | shape | who |
//! | --- | --- |
//! | `{"error": {"message", "type", "param", "code"}}` | OpenAI, and most others; `code` may be a number (llama.cpp) |
//! | `{"error": "text"}` | gateways |
//! | `{"object": "error", "message", "type", "param", "code", "raw_status_code"}` | Mistral; `message` may be `{"detail": […]}` |
//! | `{"message", "request_id"}` | Mistral's gateway |
//! | `{"detail": "text"}`, `{"detail": [{"loc", "msg", "type"}]}` | Mistral, vLLM: FastAPI |
//! | HTML, text, nothing | proxies |

use atelier_domain::challenge::chat::{ChatError, ChatErrorKind};
use atelier_domain::kernel::{ExposeSecret, SecretString};
use serde_json::Value;

/// How much of a vendor's text is kept for the log.
const DETAIL_CHARS: usize = 300;

/// What an error body says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct VendorError {
    message: String,
    kind: String,
    code: String,
    /// A status in the body: of an error in the middle of a stream, whose response began with 200.
    status: Option<u16>,
}

impl VendorError {
    /// Reads an error in any of the shapes; none when the value is no error.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let error = match &value["error"] {
            Value::String(message) => return Some(Self { message: message.clone(), ..Self::default() }),
            inner @ Value::Object(_) => inner,
            // Mistral's, and FastAPI's: the body itself is the error. An answer has choices.
            _ if value["object"] == "error" => value,
            _ if value["choices"].is_null() && (value["message"].is_string() || !value["detail"].is_null()) => value,
            _ => return None,
        };
        let code = word(&error["code"]);
        let status = error["raw_status_code"].as_u64().or(error["status"].as_u64()).or(code.parse().ok());
        Some(Self {
            message: message_of(error),
            kind: word(&error["type"]),
            status: status.and_then(|status| u16::try_from(status).ok()).filter(|status| (400..600).contains(status)),
            code,
        })
    }

    /// The error of a body that may be anything.
    pub(super) fn of_body(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => Self::read(&value).unwrap_or_default(),
            Err(_) => Self { message: plain(&String::from_utf8_lossy(body)), ..Self::default() },
        }
    }

    /// The canonical error. `status` is the response's, unless that was a success.
    pub(super) fn canonical(self, status: Option<u16>, key: Option<&SecretString>) -> ChatError {
        let status = status.or(self.status);
        let kind = self.classify(status);
        let reason = [&self.code, &self.kind].into_iter().find(|word| word.parse::<u64>().is_err() && !word.is_empty()).cloned();
        // Vendors quote a wrong key in part.
        let detail = if kind == ChatErrorKind::Authentication { String::new() } else { without_key(&self.message, key) };
        ChatError { status, reason: reason.unwrap_or_default(), ..ChatError::refused(kind, shortened(&detail)) }
    }

    fn classify(&self, status: Option<u16>) -> ChatErrorKind {
        let named = |words: &[&str]| words.iter().any(|word| self.code == *word || self.kind == *word);
        let message = self.message.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));

        if status == Some(402)
            || named(&[
                "insufficient_quota",
                "credit_balance_exhausted",
                "billing_hard_limit_reached",
                "billing_not_active",
                "quota_exceeded",
            ])
            || says(&["exceeded your current quota"])
        {
            return ChatErrorKind::QuotaExhausted;
        }
        if status == Some(413)
            || named(&["context_length_exceeded", "exceed_context_size_error"])
            || says(&["maximum context length", "context length of", "context window", "exceeds the available context size"])
        {
            return ChatErrorKind::ContextTooLong;
        }
        if named(&["content_filter", "content_policy_violation", "moderation_blocked", "ResponsibleAIPolicyViolation"]) {
            return ChatErrorKind::ContentFiltered;
        }
        if named(&["server_is_overloaded", "overloaded_error", "overloaded", "service_tier_capacity_exceeded", "3505"])
            || says(&["service tier capacity exceeded"])
        {
            return ChatErrorKind::Overloaded;
        }
        if named(&["rate_limit_exceeded", "rate_limited", "slow_down", "tokens", "requests"]) && status.is_none_or(|status| status == 429) {
            return ChatErrorKind::RateLimited;
        }
        if named(&["invalid_api_key", "authentication_error"]) {
            return ChatErrorKind::Authentication;
        }
        if named(&["model_not_found", "invalid_model"]) {
            return ChatErrorKind::ModelNotFound;
        }
        match status {
            Some(401 | 403) => ChatErrorKind::Authentication,
            Some(404) => ChatErrorKind::ModelNotFound,
            Some(408 | 409 | 503 | 529) => ChatErrorKind::Overloaded,
            Some(429) => ChatErrorKind::RateLimited,
            Some(400..=499) => ChatErrorKind::BadRequest,
            Some(500..=599) | None => ChatErrorKind::ProviderFailed,
            Some(_) => ChatErrorKind::Protocol,
        }
    }
}

/// A word that may be written as a number.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn message_of(error: &Value) -> String {
    let told = if error["message"].is_null() { &error["detail"] } else { &error["message"] };
    match told {
        Value::String(text) => text.clone(),
        Value::Object(inner) => inner.get("detail").map(complaints).unwrap_or_default(),
        other => complaints(other),
    }
}

/// FastAPI's list: place and complaint, without the `input` it quotes.
fn complaints(detail: &Value) -> String {
    let Value::Array(items) = detail else { return detail.as_str().unwrap_or_default().to_owned() };
    let one = |item: &Value| {
        let place: Vec<String> = item["loc"].as_array().into_iter().flatten().map(word).collect();
        format!("{}: {}", place.join("."), item["msg"].as_str().unwrap_or_default())
    };
    items.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A body that is no JSON: nothing of a page, the beginning of a text.
fn plain(text: &str) -> String {
    let text = text.trim();
    if text.starts_with('<') { "an HTML page instead of an error".to_owned() } else { text.to_owned() }
}

fn without_key(text: &str, key: Option<&SecretString>) -> String {
    match key.map(ExposeSecret::expose_secret) {
        Some(key) if !key.is_empty() => text.replace(key, "[key]"),
        _ => text.to_owned(),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(DETAIL_CHARS).collect()
}

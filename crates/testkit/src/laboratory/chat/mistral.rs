//! Mistral's chat completions: docs.mistral.ai/api (chat completion); as of 2026-11-21, compared with the types of mistralai/client-python
//! at 05629d2. Error bodies are not documented in one place: the shapes are those that the issues of its clients quote.

use serde_json::{Value, json};

use super::super::Answer;
use super::turn::Said;

fn chunk(model: &str, delta: &Value, finish: &Value) -> Value {
    json!({
        "id": "cmpl-laboratory", "object": "chat.completion.chunk", "created": 1_763_700_000, "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]
    })
}

pub(super) fn piece(model: &str, text: &str) -> Value {
    chunk(model, &json!({"content": text}), &Value::Null)
}

/// The last chunk has the finish reason and, unasked, the usage.
pub(super) fn last(model: &str, said: &Said) -> Vec<Value> {
    let mut last = chunk(model, &json!({"content": ""}), &json!(said.finish));
    let completion = said.pieces.len() as u64 + said.reasoning_tokens;
    last["usage"] = json!({
        "prompt_tokens": said.prompt_tokens, "completion_tokens": completion, "total_tokens": said.prompt_tokens + completion
    });
    if said.cached_tokens > 0 {
        last["usage"]["prompt_tokens_details"] = json!({"cached_tokens": said.cached_tokens});
    }
    vec![last]
}

/// Fields it does not know are refused, `stream_options` among them.
pub(super) fn refusal(body: &Value) -> Option<Answer> {
    let unknown = ["stream_options", "seed", "max_completion_tokens"].into_iter().find(|field| !body[field].is_null())?;
    let complaint =
        json!({"type": "extra_forbidden", "loc": ["body", unknown], "msg": "Extra inputs are not permitted", "input": body[unknown]});
    let message = json!({"detail": [complaint]});
    Some(error(422, &message, "invalid_request_error", &Value::Null))
}

fn error(status: u16, message: &Value, kind: &str, code: &Value) -> Answer {
    let body = json!({"object": "error", "message": message, "type": kind, "param": null, "code": code, "raw_status_code": status});
    Answer::json(status, &body)
}

pub(super) fn unauthorized() -> Answer {
    Answer::json(401, &json!({"message": "Unauthorized", "request_id": "laboratory"}))
}

pub(super) fn rate_limited() -> Answer {
    error(429, &json!("Rate limit exceeded"), "rate_limited", &json!("1300"))
}

pub(super) fn overloaded() -> Answer {
    error(429, &json!("Service tier capacity exceeded for this model."), "service_tier_capacity_exceeded", &json!("3505"))
}

pub(super) fn too_long() -> Answer {
    let message = "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length";
    error(400, &json!(message), "invalid_request_prompt", &json!("3051"))
}

pub(super) fn out_of_credit() -> Answer {
    Answer::json(402, &json!({"detail": "You have no credit left."}))
}

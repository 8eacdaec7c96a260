//! OpenAI's chat completions: platform.openai.com/docs/api-reference/chat/create and …/chat-streaming/streaming, errors by
//! …/docs/guides/error-codes; as of 2026-11-21, compared with the types of openai-python at e43b422.

use serde_json::{Value, json};

use super::super::Answer;
use super::turn::Said;

fn chunk(model: &str, choices: &Value, usage: &Value) -> Value {
    json!({
        "id": "chatcmpl-laboratory", "object": "chat.completion.chunk", "created": 1_763_700_000, "model": format!("{model}-0613"),
        "service_tier": "default", "system_fingerprint": "fp_laboratory", "choices": choices, "usage": usage, "obfuscation": "x7"
    })
}

pub(super) fn piece(model: &str, text: &str) -> Value {
    chunk(model, &json!([{"index": 0, "delta": {"content": text}, "logprobs": null, "finish_reason": null}]), &Value::Null)
}

/// The finish reason, and with `stream_options.include_usage` one more chunk that has usage and no choice.
pub(super) fn last(model: &str, said: &Said, asked: &Value) -> Vec<Value> {
    let finish = json!([{"index": 0, "delta": {}, "logprobs": null, "finish_reason": said.finish}]);
    let mut chunks = vec![chunk(model, &finish, &Value::Null)];
    if asked["stream_options"]["include_usage"] == true {
        let completion = said.pieces.len() as u64 + said.reasoning_tokens;
        let usage = json!({
            "prompt_tokens": said.prompt_tokens, "completion_tokens": completion, "total_tokens": said.prompt_tokens + completion,
            "prompt_tokens_details": {"cached_tokens": said.cached_tokens, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": said.reasoning_tokens, "audio_tokens": 0}
        });
        chunks.push(chunk(model, &json!([]), &usage));
    }
    chunks
}

fn error(status: u16, message: &str, kind: &str, code: &Value) -> Answer {
    Answer::json(status, &json!({"error": {"message": message, "type": kind, "param": null, "code": code}}))
}

/// Fields of other vendors are refused.
pub(super) fn refusal(body: &Value) -> Option<Answer> {
    let unknown = ["random_seed", "safe_prompt"].into_iter().find(|field| !body[field].is_null())?;
    Some(error(400, &format!("Unrecognized request argument supplied: {unknown}"), "invalid_request_error", &Value::Null))
}

pub(super) fn unauthorized() -> Answer {
    let message = "Incorrect API key provided: sk-wr***ey. You can find your API key at https://platform.openai.com/account/api-keys.";
    error(401, message, "invalid_request_error", &json!("invalid_api_key"))
}

pub(super) fn rate_limited() -> Answer {
    error(429, "Rate limit reached for gpt-4 in organization org-x on requests per min (RPM).", "requests", &json!("rate_limit_exceeded"))
        .header("x-ratelimit-remaining-requests", "0")
}

pub(super) fn overloaded() -> Answer {
    error(503, "The server is currently overloaded, please try again later.", "server_error", &json!("server_is_overloaded"))
}

pub(super) fn too_long() -> Answer {
    let message = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.";
    error(400, message, "invalid_request_error", &json!("context_length_exceeded"))
}

pub(super) fn out_of_credit() -> Answer {
    let message = "You exceeded your current quota, please check your plan and billing details.";
    error(429, message, "insufficient_quota", &json!("insufficient_quota"))
}

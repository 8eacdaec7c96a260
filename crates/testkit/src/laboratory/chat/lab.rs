//! A vendor on loopback.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde_json::Value;

use super::super::{Answer, LabServer, SeenRequest};
use super::turn::{Said, Turn};
use super::{mistral, openai};

/// Whose shapes are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatVendor {
    /// OpenAI.
    OpenAi,
    /// Mistral.
    Mistral,
}

impl ChatVendor {
    /// Both.
    pub const ALL: [Self; 2] = [Self::OpenAi, Self::Mistral];

    /// An event's data with the next piece of the text.
    pub fn piece(self, model: &str, text: &str) -> Value {
        match self {
            Self::OpenAi => openai::piece(model, text),
            Self::Mistral => mistral::piece(model, text),
        }
    }

    /// The answer to a wrong key.
    pub fn unauthorized(self) -> Answer {
        match self {
            Self::OpenAi => openai::unauthorized(),
            Self::Mistral => mistral::unauthorized(),
        }
    }

    /// The answer to too many requests, with this `Retry-After`.
    pub fn rate_limited(self, retry_after: &str) -> Answer {
        let answer = match self {
            Self::OpenAi => openai::rate_limited(),
            Self::Mistral => mistral::rate_limited(),
        };
        answer.header("retry-after", retry_after)
    }

    /// The answer of a server without capacity.
    pub fn overloaded(self) -> Answer {
        match self {
            Self::OpenAi => openai::overloaded(),
            Self::Mistral => mistral::overloaded(),
        }
    }

    /// The answer to a conversation that is too long.
    pub fn too_long(self) -> Answer {
        match self {
            Self::OpenAi => openai::too_long(),
            Self::Mistral => mistral::too_long(),
        }
    }

    /// The answer to an account without credit.
    pub fn out_of_credit(self) -> Answer {
        match self {
            Self::OpenAi => openai::out_of_credit(),
            Self::Mistral => mistral::out_of_credit(),
        }
    }

    pub(super) fn last(self, model: &str, said: &Said, asked: &Value) -> Vec<Value> {
        match self {
            Self::OpenAi => openai::last(model, said, asked),
            Self::Mistral => mistral::last(model, said),
        }
    }

    fn refusal(self, body: &Value) -> Option<Answer> {
        match self {
            Self::OpenAi => openai::refusal(body),
            Self::Mistral => mistral::refusal(body),
        }
    }
}

/// The vendor.
#[derive(Debug)]
pub struct ChatLab {
    server: LabServer,
}

impl ChatLab {
    /// A vendor that knows this key and follows this script, a turn a request.
    pub async fn start(vendor: ChatVendor, key: &str, script: Vec<Turn>) -> Self {
        let key = key.to_owned();
        let script = Mutex::new(VecDeque::from(script));
        let server = LabServer::start(move |seen| answer(vendor, &key, &script, seen)).await;
        Self { server }
    }

    /// What `OPENAI_BASE_URL` or `MISTRAL_BASE_URL` is to be.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.server.url())
    }

    /// The server, with what it saw.
    pub fn server(&self) -> &LabServer {
        &self.server
    }
}

fn answer(vendor: ChatVendor, key: &str, script: &Mutex<VecDeque<Turn>>, seen: &SeenRequest) -> Answer {
    if (seen.method.as_str(), seen.path.as_str()) != ("POST", "/v1/chat/completions") {
        return Answer::json(404, &serde_json::json!({"detail": "Not Found"}));
    }
    if seen.bearer() != Some(key) {
        return vendor.unauthorized();
    }
    let body = seen.json();
    if let Some(refusal) = vendor.refusal(&body) {
        return refusal;
    }
    let turn = script.lock().unwrap().pop_front();
    match turn {
        Some(Turn::Answers(answer)) => answer,
        Some(Turn::Says(said)) => said.answer(vendor, &body),
        None => Said::echo(&body).answer(vendor, &body),
    }
}

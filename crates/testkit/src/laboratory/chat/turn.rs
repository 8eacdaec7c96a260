//! A vendor's script.

use std::time::Duration;

use serde_json::Value;

use super::super::{Answer, Step};
use super::ChatVendor;

/// What a request is answered with.
#[derive(Debug, Clone)]
pub enum Turn {
    /// A streamed answer.
    Says(Said),
    /// Anything else: an error, a page, a hang-up.
    Answers(Answer),
}

impl Turn {
    /// A proper answer of these pieces.
    pub fn says(pieces: &[&str]) -> Self {
        Self::Says(Said::of(pieces))
    }
}

impl From<Said> for Turn {
    fn from(said: Said) -> Self {
        Self::Says(said)
    }
}

impl From<Answer> for Turn {
    fn from(answer: Answer) -> Self {
        Self::Answers(answer)
    }
}

/// A streamed answer.
#[derive(Debug, Clone)]
pub struct Said {
    pub(super) pieces: Vec<String>,
    pub(super) finish: String,
    pub(super) prompt_tokens: u64,
    pub(super) cached_tokens: u64,
    pub(super) reasoning_tokens: u64,
    between: Option<Duration>,
    /// What happens instead of all that follows, before the piece of this number.
    instead: Option<(usize, Vec<Step>)>,
    /// What happens before the piece of this number.
    before: Vec<(usize, Step)>,
    done: bool,
}

impl Said {
    /// These pieces, finish reason `stop`, eleven prompt tokens and a completion token a piece.
    pub fn of(pieces: &[&str]) -> Self {
        Self {
            pieces: pieces.iter().map(|piece| (*piece).to_owned()).collect(),
            finish: "stop".to_owned(),
            prompt_tokens: 11,
            cached_tokens: 0,
            reasoning_tokens: 0,
            between: None,
            instead: None,
            before: vec![],
            done: true,
        }
    }

    /// The last message of the request, word by word.
    pub(super) fn echo(asked: &Value) -> Self {
        let last = asked["messages"].as_array().and_then(|messages| messages.last()).map(|message| &message["content"]);
        let text = last.and_then(Value::as_str).unwrap_or_default();
        Self::of(&text.split_inclusive(' ').collect::<Vec<_>>())
    }

    /// Another finish reason.
    #[must_use]
    pub fn finish(mut self, reason: &str) -> Self {
        self.finish = reason.to_owned();
        self
    }

    /// So many of the prompt's tokens came from a cache, and so many of the completion's are reasoning.
    #[must_use]
    pub fn details(mut self, cached: u64, reasoning: u64) -> Self {
        (self.cached_tokens, self.reasoning_tokens) = (cached, reasoning);
        self
    }

    /// A wait before each piece.
    #[must_use]
    pub fn every(mut self, wait: Duration) -> Self {
        self.between = Some(wait);
        self
    }

    /// A step before the piece of this number, from 0; the number of pieces is before the end.
    #[must_use]
    pub fn before(mut self, piece: usize, step: Step) -> Self {
        self.before.push((piece, step));
        self
    }

    /// From the piece of this number on, only these steps and then the end of the body: none for a stream that just ends.
    #[must_use]
    pub fn instead(mut self, piece: usize, steps: Vec<Step>) -> Self {
        self.instead = Some((piece, steps));
        self
    }

    /// An event in the middle of the stream, and its end.
    #[must_use]
    pub fn error_at(self, piece: usize, data: &Value) -> Self {
        self.instead(piece, vec![event(&data.to_string())])
    }

    /// No `[DONE]`.
    #[must_use]
    pub fn without_done(mut self) -> Self {
        self.done = false;
        self
    }

    /// The answer as a vendor writes it.
    pub(super) fn answer(&self, vendor: ChatVendor, asked: &Value) -> Answer {
        let model = asked["model"].as_str().unwrap_or_default();
        let mut steps = vec![];
        for number in 0..=self.pieces.len() {
            steps.extend(self.before.iter().filter(|(at, _)| *at == number).map(|(_, step)| step.clone()));
            if let Some((at, instead)) = &self.instead
                && *at == number
            {
                steps.extend(instead.iter().cloned());
                return Answer::steps(200, "text/event-stream; charset=utf-8", steps);
            }
            if let Some(piece) = self.pieces.get(number) {
                steps.extend(self.between.map(Step::Wait));
                steps.push(event(&vendor.piece(model, piece).to_string()));
            }
        }
        steps.extend(vendor.last(model, self, asked).iter().map(|data| event(&data.to_string())));
        if self.done {
            steps.push(event("[DONE]"));
        }
        Answer::steps(200, "text/event-stream; charset=utf-8", steps)
    }
}

fn event(data: &str) -> Step {
    Step::text(format!("data: {data}\n\n"))
}

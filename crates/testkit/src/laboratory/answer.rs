//! What a scripted server answers: a head, and a body as a list of steps.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::sync::Semaphore;

/// A door in an answer that the test opens.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    /// A closed gate.
    pub fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Lets one [`Step::Gate`] more pass.
    pub fn open(&self) {
        self.0.add_permits(1);
    }

    pub(super) async fn pass(&self) {
        self.0.acquire().await.unwrap().forget();
    }
}

/// One step of a body.
#[derive(Debug, Clone)]
pub enum Step {
    /// Writes these bytes, and flushes them before the next step.
    Bytes(Bytes),
    /// Waits.
    Wait(Duration),
    /// Waits until the test opens the gate.
    Gate(Gate),
    /// Never goes on: only the client's hanging up, or the server's end, ends the answer.
    Forever,
    /// Closes the connection in the middle of the body.
    Cut,
}

impl Step {
    /// Writes text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Bytes(text.into().into())
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) before: Vec<Step>,
    pub(super) body: Vec<Step>,
}

impl Answer {
    /// An answer without a body.
    pub fn status(status: u16) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap(), headers: vec![], before: vec![], body: vec![] }
    }

    /// A JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, "application/json", body.to_string())
    }

    /// A body of any kind.
    pub fn bytes(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::steps(status, content_type, vec![Step::Bytes(body.into())])
    }

    /// A body written step by step. Without a `content-length` of yours it is chunked, so that a [`Step::Cut`] shows.
    pub fn steps(status: u16, content_type: &str, body: Vec<Step>) -> Self {
        let mut answer = Self::status(status).header(CONTENT_TYPE.as_str(), content_type);
        answer.body = body;
        answer
    }

    /// Closes the connection without any answer.
    pub fn hang_up() -> Self {
        Self::status(500).before(Step::Cut)
    }

    /// Breaks the body off in the middle of its bytes.
    #[must_use]
    pub fn cut_in_half(mut self) -> Self {
        let whole: Vec<u8> = self
            .body
            .iter()
            .filter_map(|step| if let Step::Bytes(bytes) = step { Some(bytes.as_ref()) } else { None })
            .flatten()
            .copied()
            .collect();
        self.body = vec![Step::Bytes(whole[..whole.len() / 2].to_vec().into()), Step::Cut];
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.parse().unwrap(), value.parse().unwrap()));
        self
    }

    /// A step that comes before the head: a delay, a gate, a cut.
    #[must_use]
    pub fn before(mut self, step: Step) -> Self {
        self.before.push(step);
        self
    }
}

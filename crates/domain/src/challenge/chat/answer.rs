//! What has arrived of an answer, kept so that no text is lost and the tokens can be settled however it ends.

use super::{ChatCompletion, ChatError, ChatEvent, ChatMessage, ChatUsage};

/// How an answer came to its end.
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerEnd {
    /// The model ended it.
    Completed(ChatCompletion),
    /// It failed; the text before that is kept.
    Failed(ChatError),
}

/// An answer that grows. Give it every item of the stream.
#[derive(Debug, Clone)]
pub struct ChatAnswer {
    text: String,
    pieces: u64,
    prompt_estimate: u64,
    end: Option<AnswerEnd>,
}

impl ChatAnswer {
    /// Nothing of an answer to these messages yet.
    pub fn to(messages: &[ChatMessage]) -> Self {
        Self { text: String::new(), pieces: 0, prompt_estimate: ChatUsage::of_prompt(messages), end: None }
    }

    /// Takes the next item of the stream. What comes after the end is ignored.
    pub fn take(&mut self, item: Result<ChatEvent, ChatError>) {
        if self.end.is_some() {
            return;
        }
        match item {
            Ok(ChatEvent::Delta(delta)) => {
                self.text.push_str(&delta);
                self.pieces += 1;
            }
            Ok(ChatEvent::Completed(completion)) => self.end = Some(AnswerEnd::Completed(completion)),
            Err(error) => self.end = Some(AnswerEnd::Failed(error)),
        }
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// About how many tokens the text is so far: what a cap on reading on without a listener is measured in.
    pub fn tokens_so_far(&self) -> u64 {
        self.estimate().completion
    }

    /// How it ended; none while it goes on, or when it was stopped.
    pub fn end(&self) -> Option<&AnswerEnd> {
        self.end.as_ref()
    }

    /// What is to be paid for: the provider's figure of a completed answer; an estimate when it was stopped or failed on the way; nothing
    /// when the provider did not take the request.
    pub fn settle(&self) -> ChatUsage {
        match &self.end {
            Some(AnswerEnd::Completed(completion)) => completion.usage,
            Some(AnswerEnd::Failed(error)) if !error.accepted => ChatUsage::default(),
            Some(AnswerEnd::Failed(_)) | None => self.estimate(),
        }
    }

    fn estimate(&self) -> ChatUsage {
        ChatUsage::estimate(self.prompt_estimate, self.text.len(), self.pieces)
    }
}

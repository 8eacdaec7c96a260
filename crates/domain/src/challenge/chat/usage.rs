//! How many tokens an exchange took, and why an answer ended.

use std::fmt;

use super::ChatMessage;

/// Bytes of UTF-8 to a token, about: what the vendors name for English, a little high for French.
const BYTES_PER_TOKEN: usize = 4;

/// What a message takes beside its text: role and separators.
const TOKENS_PER_MESSAGE: u64 = 4;

/// About how many tokens a text is, without the model's tokenizer; rounded up.
pub fn estimated_tokens(text: &str) -> u64 {
    tokens_in(text.len())
}

fn tokens_in(bytes: usize) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN) as u64
}

/// The tokens of one exchange.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChatUsage {
    /// Tokens of what was sent, those of a cache included.
    pub prompt: u64,
    /// Tokens of the answer, the reasoning included.
    pub completion: u64,
    /// How many of the prompt the provider had in its cache.
    pub cached: u64,
    /// How many of the completion were reasoning that is not part of the text.
    pub reasoning: u64,
    /// Whether a number is our estimate, because the provider did not say.
    pub estimated: bool,
}

impl ChatUsage {
    /// Prompt and completion.
    pub fn total(&self) -> u64 {
        self.prompt + self.completion
    }

    /// About how many tokens these messages take as a prompt.
    pub fn of_prompt(messages: &[ChatMessage]) -> u64 {
        messages.iter().map(|message| estimated_tokens(&message.content) + TOKENS_PER_MESSAGE).sum()
    }

    /// An estimate from what was sent and the bytes of text that arrived. `pieces` is how many deltas the text came in: each is a token at
    /// least.
    pub fn estimate(prompt_tokens: u64, text_bytes: usize, pieces: u64) -> Self {
        Self { prompt: prompt_tokens, completion: tokens_in(text_bytes).max(pieces), estimated: true, ..Self::default() }
    }
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// The most tokens asked for are reached.
    Length,
    /// The model's context window is full.
    ContextFull,
    /// The provider ended it for its content.
    ContentFiltered,
    /// The provider gave a reason of its own, or none though it ended the stream properly (then empty).
    Other(String),
}

impl FinishReason {
    /// The reason on the wire and in the store.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ContextFull => "context_full",
            Self::ContentFiltered => "content_filter",
            Self::Other(reason) => reason,
        }
    }
}

impl fmt::Display for FinishReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! What a model is asked.

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChatRole {
    /// The instructions for the conversation.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

impl ChatRole {
    /// The role as providers write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// Who speaks.
    pub role: ChatRole,
    /// What is said.
    pub content: String,
}

impl ChatMessage {
    /// A message.
    pub fn new(role: ChatRole, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// A request for an answer. Temperature and length are the values really sent: fit them to the model with
/// [`ModelSpec::fit`](super::ModelSpec::fit) first, and keep those as the ones used.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatRequest {
    /// The model, by the name in the table.
    pub model: String,
    /// The conversation so far, oldest first.
    pub messages: Vec<ChatMessage>,
    /// The temperature; none for models that take none.
    pub temperature: Option<f64>,
    /// Most tokens of the answer.
    pub max_output_tokens: u32,
    /// For answers that can be asked for again, as far as the model keeps to it.
    pub seed: Option<u32>,
}

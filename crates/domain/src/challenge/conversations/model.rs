//! The conversation.

use crate::challenge::chat::MicroCredits;
use crate::challenge::hackathons::TaskId;
use crate::kernel::{ConversationId, FieldError, HackathonId, Invalid, MessageId, Timestamp, UserId};

/// How answers are asked for (checklist P94, P95).
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// `modelName`: the model by its name in the table.
    pub model_name: String,
    /// `temperature`, 0.1–2.0.
    pub temperature: f64,
    /// `maxTokens` of an answer, 50–4000.
    pub max_tokens: u32,
}

impl Parameters {
    /// The temperature when none is asked for.
    pub const DEFAULT_TEMPERATURE: f64 = 0.7;
    /// The most tokens of an answer when nothing is asked for.
    pub const DEFAULT_MAX_TOKENS: u32 = 512;
    /// The fewest tokens an answer may be limited to; with fewer left of a quota no model is asked.
    pub const LEAST_TOKENS: u32 = 50;

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Invalid`] with every field at fault.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut fields = Vec::new();
        if !(0.1..=2.0).contains(&self.temperature) {
            fields.push(FieldError { field: "temperature".to_owned(), message: "must be 0.1 to 2.0".to_owned() });
        }
        if !(Self::LEAST_TOKENS..=4_000).contains(&self.max_tokens) {
            fields.push(FieldError { field: "maxTokens".to_owned(), message: "must be 50 to 4000".to_owned() });
        }
        Invalid::check(fields)
    }
}

/// What the student hands in (`versionFinale`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalVersion {
    /// `promptFinal`.
    pub prompt: String,
    /// `reponseIAFinale`: the text of an answer of this conversation.
    pub answer: String,
    /// `soumisLe`.
    pub submitted_at: Timestamp,
}

/// Tokens by model, for `statistiquesIA.modelUtilise`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelTokens {
    /// The provider's own name of the model.
    pub model: String,
    /// Prompt and answer tokens.
    pub tokens: u64,
}

/// An answer on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlight {
    /// The answer's message.
    pub message_id: MessageId,
    /// When the process that receives it last gave a sign of life.
    pub seen_at: Timestamp,
    /// Whether the student wants it to stop.
    pub stop_requested: bool,
}

/// A student's work on one task with a model, without its messages.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Its id; never shown to the jury while the hackathon is anonymous.
    pub id: ConversationId,
    /// The name by which the jury knows it while the hackathon is anonymous: 24 hex digits of a keyed digest, so without time or order. Unique.
    pub alias: ConversationId,
    /// The hackathon.
    pub hackathon_id: HackathonId,
    /// The task.
    pub task_id: TaskId,
    /// The student.
    pub student_id: UserId,
    /// The student's group when it was made.
    pub group_id: Option<String>,
    /// How answers are asked for.
    pub parameters: Parameters,
    /// `maxTokensUsed`: the longest answer so far, in tokens.
    pub max_tokens_used: Option<u64>,
    /// `temperatureUsed`: what was last really sent.
    pub temperature_used: Option<f64>,
    /// How many messages it has.
    pub message_count: u32,
    /// The bytes of all contents.
    pub size: u64,
    /// `statistiquesIA`: tokens by model, the order of first use.
    pub models: Vec<ModelTokens>,
    /// `statistiquesIA.coutEstime`.
    pub cost: MicroCredits,
    /// What the student handed in.
    pub final_version: Option<FinalVersion>,
    /// An answer on its way.
    pub in_flight: Option<InFlight>,
    /// How many evaluations there are; with one, nothing changes any more.
    pub evaluation_count: u32,
    /// Made while the hackathon was in test: never ranked.
    pub test: bool,
    /// Read-only and out of sight (checklist CP33).
    pub archived: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Conversation {
    /// Above this many bytes no prompt is taken: a document of the store has a limit (checklist CP3).
    pub const LARGEST: u64 = 8 * 1024 * 1024;

    /// `statistiquesIA.tokensTotal`.
    pub fn tokens_total(&self) -> u64 {
        self.models.iter().map(|model| model.tokens).sum()
    }

    /// `statistiquesIA.modelUtilise`: the model with the most tokens, of equals the first used.
    pub fn main_model(&self) -> Option<&str> {
        self.models.iter().rev().max_by_key(|model| model.tokens).map(|model| model.model.as_str())
    }

    /// Adds an exchange to the statistics.
    pub fn count(&mut self, model: &str, tokens: u64, cost: MicroCredits) {
        match self.models.iter_mut().find(|row| row.model == model) {
            Some(row) => row.tokens += tokens,
            None => self.models.push(ModelTokens { model: model.to_owned(), tokens }),
        }
        self.cost = MicroCredits(self.cost.0 + cost.0);
    }

    /// Whether the jury may see and grade it.
    pub fn is_gradable(&self) -> bool {
        self.final_version.is_some() && !self.test
    }
}

/// A gradable conversation without any of its texts: what sharing the work and ranking need of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gradable {
    /// The conversation.
    pub id: ConversationId,
    /// Its alias.
    pub alias: ConversationId,
    /// The task.
    pub task_id: TaskId,
    /// The student.
    pub student_id: UserId,
    /// `statistiquesIA.tokensTotal`.
    pub tokens: u64,
    /// `versionFinale.soumisLe`.
    pub submitted_at: Timestamp,
    /// How many evaluations there are.
    pub evaluation_count: u32,
}

impl Gradable {
    /// Of a conversation, when it may be graded.
    pub fn of(conversation: &Conversation) -> Option<Self> {
        let version = conversation.final_version.as_ref().filter(|_| conversation.is_gradable())?;
        Some(Self {
            id: conversation.id,
            alias: conversation.alias,
            task_id: conversation.task_id.clone(),
            student_id: conversation.student_id,
            tokens: conversation.tokens_total(),
            submitted_at: version.submitted_at,
            evaluation_count: conversation.evaluation_count,
        })
    }
}

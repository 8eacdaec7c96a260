//! The evaluation.

use crate::challenge::hackathons::TaskId;
use crate::kernel::{ConversationId, EvaluationId, HackathonId, Invalid, Timestamp, UserId};

use super::Note;

/// An examiner's comment: at least 10 characters after trimming, at most 5000 (checklist P158, P159).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment(String);

impl Comment {
    /// Checks a comment.
    ///
    /// # Errors
    /// [`Invalid`] on field `comment`, in the source document's words.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        match text.chars().count() {
            0..10 => Err(Invalid::field("comment", "Le commentaire doit contenir au moins 10 caractères")),
            10..=5_000 => Ok(Self(text.to_owned())),
            _ => Err(Invalid::field("comment", "Le commentaire doit contenir au plus 5000 caractères")),
        }
    }

    /// The comment's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One examiner's judgement of one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// Its id.
    pub id: EvaluationId,
    /// The conversation, by its own id.
    pub conversation_id: ConversationId,
    /// Its student; never leaves for examiners.
    pub student_id: UserId,
    /// The examiner.
    pub examiner_id: UserId,
    /// The conversation's hackathon.
    pub hackathon_id: HackathonId,
    /// The conversation's task.
    pub task_id: TaskId,
    /// The note.
    pub note: Note,
    /// The comment.
    pub comment: Comment,
    /// Grows with every change, from 1.
    pub version: u32,
    /// `gradedAt`: when note or comment were last given.
    pub graded_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Who gave which note to what: what ranking and agreement need of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GivenNote {
    /// The conversation, by its own id.
    pub conversation_id: ConversationId,
    /// The examiner.
    pub examiner_id: UserId,
    /// The note.
    pub note: Note,
}

/// A hackathon's notes (checklist P182).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EvaluationStats {
    /// The mean; none without evaluations.
    pub average: Option<f64>,
    /// How many evaluations.
    pub total: u64,
    /// The highest note.
    pub highest: Option<Note>,
    /// The lowest note.
    pub lowest: Option<Note>,
}

impl EvaluationStats {
    /// The figures of these notes.
    pub(in crate::challenge) fn of(notes: &[Note]) -> Self {
        let halves: u64 = notes.iter().map(|note| u64::from(note.halves())).sum();
        Self {
            average: (!notes.is_empty()).then(|| halves as f64 / 2.0 / notes.len() as f64),
            total: notes.len() as u64,
            highest: notes.iter().max().copied(),
            lowest: notes.iter().min().copied(),
        }
    }
}

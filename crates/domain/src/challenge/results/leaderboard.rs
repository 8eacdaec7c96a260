//! The leaderboard as it is shown, and as it is kept once published.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::challenge::conversations::Gradable;
use crate::challenge::enrolments::Enrolment;
use crate::challenge::evaluations::GivenNote;
use crate::kernel::{ConversationId, Timestamp, UserId};

use super::{NoteStatistics, Submission, needs_third_examiner, ranking};

/// The name of a student, where the hackathon is not anonymous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentName {
    /// First name (`prenom`).
    pub first_name: String,
    /// Last name (`nom`).
    pub last_name: String,
}

/// A row with every key that made its rank. Our own stored format: a new field is optional, no field is renamed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeaderboardRow {
    /// The rank from 1; equals share one. None without enough evaluations.
    pub rank: Option<u64>,
    /// The conversation's alias.
    pub conversation: ConversationId,
    /// The student's pseudonym in the hackathon.
    pub pseudonym: String,
    /// The task.
    pub task_id: String,
    /// How many notes it was given.
    pub evaluations: u64,
    /// Their mean: the first key, the higher the better.
    pub mean: Option<f64>,
    /// Their median: the second key, the higher the better.
    pub median: Option<f64>,
    /// The tokens it took: the third key, the fewer the better.
    pub tokens: u64,
    /// When it was handed in: the last key, the earlier the better.
    pub submitted_at: Timestamp,
    /// Whether the notes lie so far apart that a third examiner is called for.
    pub divergent: bool,
}

/// A hackathon's leaderboard. Our own stored format, as [`LeaderboardRow`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leaderboard {
    /// The mean of all notes.
    pub average_note: Option<f64>,
    /// How many evaluations there are.
    pub total_evaluations: u64,
    /// The best note.
    pub max_note: Option<f64>,
    /// The lowest note.
    pub min_note: Option<f64>,
    /// The rows: ranked ones first.
    pub rows: Vec<LeaderboardRow>,
}

impl Leaderboard {
    /// The leaderboard of these submissions; a rank takes `required_evaluations` notes. The order of the input changes nothing.
    pub fn of(conversations: &[Gradable], given: &[GivenNote], enrolments: &[Enrolment], required_evaluations: usize) -> Self {
        let mut notes: HashMap<ConversationId, Vec<u8>> = HashMap::new();
        for given in given {
            notes.entry(given.conversation_id).or_default().push(given.note.halves());
        }
        let pseudonyms: HashMap<UserId, &str> = enrolments
            .iter()
            .filter(|enrolment| !enrolment.key.test)
            .map(|enrolment| (enrolment.key.student_id, enrolment.pseudonym.as_str()))
            .collect();
        let by_alias: HashMap<ConversationId, &Gradable> =
            conversations.iter().map(|conversation| (conversation.alias, conversation)).collect();
        let submissions: Vec<Submission<ConversationId>> = conversations
            .iter()
            .map(|conversation| Submission {
                conversation: conversation.alias,
                notes: notes.get(&conversation.id).cloned().unwrap_or_default(),
                tokens: conversation.tokens,
                submitted_at: Some(conversation.submitted_at),
                test: false,
                disqualified: false,
            })
            .collect();
        let rows = ranking(&submissions, required_evaluations)
            .into_iter()
            .filter_map(|standing| {
                let conversation = by_alias.get(&standing.conversation)?;
                let pseudonym = pseudonyms.get(&conversation.student_id).copied().unwrap_or(Self::NO_PSEUDONYM);
                Some(LeaderboardRow {
                    rank: standing.rank.ok(),
                    conversation: standing.conversation,
                    pseudonym: pseudonym.to_owned(),
                    task_id: conversation.task_id.to_string(),
                    evaluations: standing.evaluations,
                    mean: standing.mean,
                    median: standing.median,
                    tokens: standing.tokens,
                    submitted_at: standing.submitted_at,
                    divergent: notes.get(&conversation.id).is_some_and(|notes| needs_third_examiner(notes)),
                })
            })
            .collect();
        let statistics = NoteStatistics::of(given.iter().map(|given| given.note.halves()));
        Self {
            average_note: statistics.average_note,
            total_evaluations: statistics.total_evaluations,
            max_note: statistics.max_note,
            min_note: statistics.min_note,
            rows,
        }
    }

    /// Stands where a student's data were erased.
    pub const NO_PSEUDONYM: &'static str = "Candidat-????";
}

//! Exports as rows of named cells, so that every format writes the same.

use std::collections::HashMap;
use std::sync::Arc;

use crate::challenge::ChallengeStore;
use crate::challenge::conversations::{Conversation, alias_of};
use crate::challenge::evaluations::Evaluation;
use crate::kernel::{ConversationId, EvaluationId, HackathonId, SecretGenerator, StoreError, Timestamp, UserId};

use super::{Leaderboard, LeaderboardRow};

/// Rows read at a time.
const BATCH: u32 = 200;

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exported {
    /// The leaderboard.
    Results,
    /// Every evaluation.
    Evaluations,
    /// Every conversation that was handed in.
    Conversations,
}

impl Exported {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Results, Self::Evaluations, Self::Conversations];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Results => "results",
            Self::Evaluations => "evaluations",
            Self::Conversations => "conversations",
        }
    }

    /// The columns, in their order.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Results => {
                &["rang", "pseudonyme", "conversation", "tacheId", "evaluations", "moyenne", "mediane", "tokens", "soumisLe", "divergent"]
            }
            Self::Evaluations => &["conversation", "pseudonyme", "tacheId", "examinerId", "note", "comment", "gradedAt"],
            Self::Conversations => &[
                "conversation",
                "pseudonyme",
                "tacheId",
                "modelName",
                "messages",
                "tokens",
                "credits",
                "promptFinal",
                "reponseIAFinale",
                "soumisLe",
            ],
        }
    }
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, which may be anything a person wrote.
    Text(String),
    /// A whole number.
    Whole(u64),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// An instant.
    Time(Timestamp),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn number(number: Option<f64>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }
}

/// A row: a cell for each of [`Exported::columns`].
pub type Row = Vec<Cell>;

/// An export under way: batch by batch, so that it takes the same memory however long it is.
pub struct Export {
    store: Arc<dyn ChallengeStore>,
    secrets: Arc<dyn SecretGenerator>,
    leaderboard: Option<Leaderboard>,
    hackathon_id: HackathonId,
    what: Exported,
    pseudonyms: HashMap<UserId, String>,
    after: After,
}

/// Where the next batch begins.
enum After {
    Start,
    Conversation(ConversationId),
    Evaluation(EvaluationId),
    End,
}

impl Export {
    pub(super) fn new(
        store: Arc<dyn ChallengeStore>,
        secrets: Arc<dyn SecretGenerator>,
        leaderboard: Option<Leaderboard>,
        hackathon_id: HackathonId,
        what: Exported,
        pseudonyms: HashMap<UserId, String>,
    ) -> Self {
        Self { store, secrets, leaderboard, hackathon_id, what, pseudonyms, after: After::Start }
    }

    /// What is exported.
    pub fn what(&self) -> Exported {
        self.what
    }

    /// The next rows; none at the end.
    ///
    /// # Errors
    /// [`StoreError`]; the export is then incomplete.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        if matches!(self.after, After::End) {
            return Ok(None);
        }
        if let Some(leaderboard) = self.leaderboard.take() {
            self.after = After::End;
            return Ok(Some(leaderboard.rows.iter().map(result).collect()));
        }
        let rows: Vec<Row> = match self.what {
            Exported::Evaluations => self.evaluations().await?,
            Exported::Conversations | Exported::Results => self.conversations().await?,
        };
        Ok(if rows.is_empty() { None } else { Some(rows) })
    }

    async fn conversations(&mut self) -> Result<Vec<Row>, StoreError> {
        let after = if let After::Conversation(alias) = self.after { Some(alias) } else { None };
        let batch = self.store.conversations().gradable(self.hackathon_id, after, BATCH).await?;
        self.after = batch.last().map_or(After::End, |last| After::Conversation(last.alias));
        Ok(batch.iter().map(|conversation| self.conversation(conversation)).collect())
    }

    async fn evaluations(&mut self) -> Result<Vec<Row>, StoreError> {
        let after = if let After::Evaluation(id) = self.after { Some(id) } else { None };
        let batch = self.store.evaluations().of_hackathon(self.hackathon_id, after, BATCH).await?;
        self.after = batch.last().map_or(After::End, |last| After::Evaluation(last.id));
        batch.iter().map(|evaluation| self.evaluation(evaluation)).collect()
    }

    fn pseudonym(&self, student: UserId) -> Cell {
        Cell::text(self.pseudonyms.get(&student).map_or(Leaderboard::NO_PSEUDONYM, String::as_str))
    }

    fn conversation(&self, conversation: &Conversation) -> Row {
        let version = conversation.final_version.as_ref();
        vec![
            Cell::text(conversation.alias.to_string()),
            self.pseudonym(conversation.student_id),
            Cell::text(conversation.task_id.as_str()),
            Cell::text(&conversation.parameters.model_name),
            Cell::Whole(u64::from(conversation.message_count)),
            Cell::Whole(conversation.tokens_total()),
            Cell::Number(conversation.cost.0 as f64 / 1e6),
            version.map_or(Cell::Empty, |version| Cell::text(&version.prompt)),
            version.map_or(Cell::Empty, |version| Cell::text(&version.answer)),
            version.map_or(Cell::Empty, |version| Cell::Time(version.submitted_at)),
        ]
    }

    fn evaluation(&self, evaluation: &Evaluation) -> Result<Row, StoreError> {
        let alias = alias_of(self.secrets.as_ref(), evaluation.hackathon_id, evaluation.conversation_id)?;
        Ok(vec![
            Cell::text(alias.to_string()),
            self.pseudonym(evaluation.student_id),
            Cell::text(evaluation.task_id.as_str()),
            Cell::text(evaluation.examiner_id.to_string()),
            Cell::Number(evaluation.note.value()),
            Cell::text(evaluation.comment.as_str()),
            Cell::Time(evaluation.graded_at),
        ])
    }
}

fn result(row: &LeaderboardRow) -> Row {
    vec![
        row.rank.map_or(Cell::Empty, Cell::Whole),
        Cell::text(&row.pseudonym),
        Cell::text(row.conversation.to_string()),
        Cell::text(&row.task_id),
        Cell::Whole(row.evaluations),
        Cell::number(row.mean),
        Cell::number(row.median),
        Cell::Whole(row.tokens),
        Cell::Time(row.submitted_at),
        Cell::Flag(row.divergent),
    ]
}

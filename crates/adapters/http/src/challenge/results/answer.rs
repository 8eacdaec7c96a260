//! Results as they are answered.

use std::collections::HashMap;
use std::ops::Range;

use atelier_domain::challenge::results::{Judge, JuryAgreement, Leaderboard, LeaderboardRow, SimilarPair, SimilarTask, StudentName};
use atelier_domain::kernel::{ConversationId, Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::time;

/// A row of the leaderboard, with every key that made its rank.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeaderboardRowDto {
    /// The rank from 1; equals share one and the next ones are passed over. Null without enough evaluations.
    #[serde(rename = "rang")]
    #[schema(example = 1)]
    rank: Option<u64>,
    /// The student's pseudonym in the hackathon.
    #[serde(rename = "pseudonyme")]
    #[schema(example = "Candidat-7KQ2")]
    pseudonym: String,
    /// The student's first name; left out while the hackathon is anonymous, and where the data were erased.
    #[serde(rename = "prenom", skip_serializing_if = "Option::is_none")]
    #[schema(example = "Marie")]
    first_name: Option<String>,
    /// The student's last name; left out as `prenom` is.
    #[serde(rename = "nom", skip_serializing_if = "Option::is_none")]
    #[schema(example = "Dupont")]
    last_name: Option<String>,
    /// The conversation's alias; every route takes it in the place of the id.
    #[schema(example = "9b1d4f0a7c25e83b6d90f1a2")]
    conversation_id: String,
    /// The task.
    #[serde(rename = "tacheId")]
    #[schema(example = "analyse-de-donnees-avec-ia")]
    task_id: String,
    /// How many notes it was given.
    #[schema(example = 2)]
    evaluations: u64,
    /// Their mean, the first key: the higher the better.
    #[serde(rename = "moyenne")]
    #[schema(example = 7.25)]
    mean: Option<f64>,
    /// Their median, the second key: the higher the better.
    #[serde(rename = "mediane")]
    #[schema(example = 7.25)]
    median: Option<f64>,
    /// The tokens of prompts and answers, the third key: the fewer the better.
    #[schema(example = 420)]
    tokens: u64,
    /// When it was handed in, the last key: the earlier the better.
    #[serde(rename = "soumisLe")]
    #[schema(format = DateTime, example = "2026-12-02T17:00:00.000Z")]
    submitted_at: String,
    /// Whether its notes lie three points or more apart, so that a third examiner is needed.
    #[schema(example = false)]
    divergent: bool,
}

impl LeaderboardRowDto {
    fn of(row: LeaderboardRow, names: &HashMap<String, StudentName>) -> Self {
        let name = names.get(&row.pseudonym);
        Self {
            rank: row.rank,
            first_name: name.map(|name| name.first_name.clone()),
            last_name: name.map(|name| name.last_name.clone()),
            pseudonym: row.pseudonym,
            conversation_id: row.conversation.to_string(),
            task_id: row.task_id,
            evaluations: row.evaluations,
            mean: row.mean,
            median: row.median,
            tokens: row.tokens,
            submitted_at: time(row.submitted_at),
            divergent: row.divergent,
        }
    }
}

/// A hackathon's leaderboard with its notes in figures.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeaderboardDto {
    /// The mean of all notes; null without evaluations.
    #[schema(example = 6.75)]
    average_note: Option<f64>,
    /// How many evaluations.
    #[schema(example = 42)]
    total_evaluations: u64,
    /// The highest note; null without evaluations.
    #[schema(example = 9.5)]
    max_note: Option<f64>,
    /// The lowest note; null without evaluations.
    #[schema(example = 3.0)]
    min_note: Option<f64>,
    /// The best first; those without a rank last.
    rows: Vec<LeaderboardRowDto>,
}

impl LeaderboardDto {
    pub(super) fn of(leaderboard: Leaderboard, names: &HashMap<String, StudentName>) -> Self {
        Self {
            average_note: leaderboard.average_note,
            total_evaluations: leaderboard.total_evaluations,
            max_note: leaderboard.max_note,
            min_note: leaderboard.min_note,
            rows: leaderboard.rows.into_iter().map(|row| LeaderboardRowDto::of(row, names)).collect(),
        }
    }
}

/// Results that were published.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublishedData {
    /// When.
    #[schema(format = DateTime, example = "2026-12-10T12:00:00.000Z")]
    published_at: String,
    /// What everybody sees from now on.
    leaderboard: LeaderboardDto,
}

impl PublishedData {
    pub(super) fn of(published_at: Timestamp, leaderboard: LeaderboardDto) -> Self {
        Self { published_at: time(published_at), leaderboard }
    }
}

/// Krippendorff's alpha of the notes: 1 is perfect agreement, 0 what chance would give. Null where it is not defined.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlphaDto {
    /// Of the notes as points on a scale.
    #[schema(example = 0.849)]
    interval: Option<f64>,
    /// Of the notes as ranks.
    #[schema(example = 0.815)]
    ordinal: Option<f64>,
    /// Of the notes as mere names.
    #[schema(example = 0.743)]
    nominal: Option<f64>,
}

/// How one examiner grades.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JudgeDto {
    /// The examiner.
    #[schema(example = "65f0c0ffee65f0c0ffee65f6")]
    examiner_id: String,
    /// How many notes they gave.
    #[schema(example = 12)]
    notes: u64,
    /// The mean of their notes.
    #[serde(rename = "moyenne")]
    #[schema(example = 6.5)]
    mean: f64,
    /// The sample standard deviation of their notes; null of a single note.
    #[serde(rename = "ecartType")]
    #[schema(example = 1.25)]
    spread: Option<f64>,
    /// Their note minus the mean of the conversation's others, on average: above 0 is generous. Null when nobody else graded theirs.
    #[serde(rename = "biais")]
    #[schema(example = -0.5)]
    bias: Option<f64>,
}

impl From<Judge<UserId>> for JudgeDto {
    fn from(judge: Judge<UserId>) -> Self {
        Self { examiner_id: judge.judge.to_string(), notes: judge.notes, mean: judge.mean, spread: judge.spread, bias: judge.bias }
    }
}

/// How far a jury agrees.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgreementDto {
    /// How many conversations have two notes or more: what alpha rests on.
    #[schema(example = 20)]
    compared: u64,
    /// Krippendorff's alpha.
    alpha: AlphaDto,
    /// Examiner by examiner, in the order of their ids.
    #[serde(rename = "examinateurs")]
    judges: Vec<JudgeDto>,
    /// The aliases of the conversations whose notes lie three points or more apart.
    #[serde(rename = "divergents")]
    #[schema(example = json!(["9b1d4f0a7c25e83b6d90f1a2"]))]
    divergent: Vec<String>,
}

impl From<JuryAgreement<UserId, ConversationId>> for AgreementDto {
    fn from(agreement: JuryAgreement<UserId, ConversationId>) -> Self {
        let JuryAgreement { compared, interval, ordinal, nominal, judges, divergent } = agreement;
        Self {
            compared,
            alpha: AlphaDto { interval, ordinal, nominal },
            judges: judges.into_iter().map(Into::into).collect(),
            divergent: divergent.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Two final prompts that are nearly the same, or of which one contains the other.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SimilarPairDto {
    /// The alias of the one whose alias is lower.
    #[serde(rename = "premiere")]
    #[schema(example = "0b1d4f0a7c25e83b6d90f1a2")]
    first: String,
    /// The alias of the other one.
    #[serde(rename = "seconde")]
    #[schema(example = "9b1d4f0a7c25e83b6d90f1a2")]
    second: String,
    /// The groups of words both have over those either has, 0 to 1.
    #[schema(example = 0.92)]
    jaccard: f64,
    /// The groups of words both have over those of the shorter, 0 to 1.
    #[schema(example = 1.0)]
    containment: f64,
    /// Where the first matches: from and to, in bytes of its UTF-8.
    #[serde(rename = "premiereSpans")]
    #[schema(example = json!([[0, 120]]))]
    first_spans: Vec<[usize; 2]>,
    /// Where the second matches: from and to, in bytes of its UTF-8.
    #[serde(rename = "secondeSpans")]
    #[schema(example = json!([[14, 134]]))]
    second_spans: Vec<[usize; 2]>,
}

fn spans(ranges: &[Range<usize>]) -> Vec<[usize; 2]> {
    ranges.iter().map(|range| [range.start, range.end]).collect()
}

impl From<SimilarPair<ConversationId>> for SimilarPairDto {
    fn from(pair: SimilarPair<ConversationId>) -> Self {
        Self {
            first: pair.first.to_string(),
            second: pair.second.to_string(),
            jaccard: pair.jaccard,
            containment: pair.containment,
            first_spans: spans(&pair.first_spans),
            second_spans: spans(&pair.second_spans),
        }
    }
}

/// What was found among the final prompts of a task.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SimilarTaskDto {
    /// The task.
    #[serde(rename = "tacheId")]
    #[schema(example = "analyse-de-donnees-avec-ia")]
    task_id: String,
    /// How many final prompts were compared.
    #[schema(example = 120)]
    compared: u64,
    /// How many pairs were found.
    #[schema(example = 1)]
    total: u64,
    /// Whether that is all of them; the search ends at 200 000.
    #[schema(example = true)]
    complete: bool,
    /// The most similar ones, at most 200.
    #[serde(rename = "paires")]
    pairs: Vec<SimilarPairDto>,
}

/// Nearly equal final prompts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimilarityData {
    /// Task by task.
    #[serde(rename = "taches")]
    tasks: Vec<SimilarTaskDto>,
}

impl From<Vec<SimilarTask>> for SimilarityData {
    fn from(tasks: Vec<SimilarTask>) -> Self {
        let dto = |SimilarTask { task_id, compared, found }| SimilarTaskDto {
            task_id: ToString::to_string(&task_id),
            compared,
            total: found.total,
            complete: found.complete,
            pairs: found.pairs.into_iter().map(Into::into).collect(),
        };
        Self { tasks: tasks.into_iter().map(dto).collect() }
    }
}

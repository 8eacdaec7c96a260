//! Evaluations and the queue as they are answered.

use std::collections::BTreeMap;

use atelier_domain::challenge::evaluations::{EvaluationSeen, EvaluationStats, Note, QueueState, Queued, SCALE};
use atelier_domain::kernel::{Page, Paged};
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::{NumberedPagination, SuccessPage, time};

/// An evaluation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvaluationDto {
    /// Its id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f7")]
    id: String,
    /// The conversation, by the id the caller knows it by.
    #[schema(example = "65f0c0ffee65f0c0ffee65f5")]
    conversation_id: String,
    /// The examiner; left out for students.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "65f0c0ffee65f0c0ffee65f6")]
    examiner_id: Option<String>,
    /// The student; left out for examiners while the hackathon is anonymous.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "65f0c0ffee65f0c0ffee65f1")]
    student_id: Option<String>,
    /// The conversation's hackathon.
    #[schema(example = "65f0c0ffee65f0c0ffee65f4")]
    hackathon_id: String,
    /// The conversation's task.
    #[serde(rename = "tacheId")]
    #[schema(example = "analyse-de-donnees-avec-ia")]
    task_id: String,
    /// 1 to 10 in half points.
    #[schema(example = 7.5)]
    note: f64,
    /// The label of the note's whole points.
    #[schema(example = "Bien")]
    label: &'static str,
    /// The comment.
    #[schema(example = "Prompt clair, réponse vérifiée.")]
    comment: String,
    /// Grows with every change, from 1; also in the header `ETag`.
    #[schema(example = 1)]
    version: u32,
    /// When note or comment were last given.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    graded_at: String,
    /// When it was made.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    updated_at: String,
}

impl From<&EvaluationSeen> for EvaluationDto {
    fn from(seen: &EvaluationSeen) -> Self {
        let evaluation = &seen.evaluation;
        Self {
            id: evaluation.id.to_string(),
            conversation_id: seen.conversation_id.to_string(),
            examiner_id: seen.examiner_id.map(|id| id.to_string()),
            student_id: seen.student_id.map(|id| id.to_string()),
            hackathon_id: evaluation.hackathon_id.to_string(),
            task_id: evaluation.task_id.to_string(),
            note: evaluation.note.value(),
            label: evaluation.note.label(),
            comment: evaluation.comment.as_str().to_owned(),
            version: evaluation.version,
            graded_at: time(evaluation.graded_at),
            created_at: time(evaluation.created_at),
            updated_at: time(evaluation.updated_at),
        }
    }
}

/// One evaluation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationData {
    evaluation: EvaluationDto,
}

impl From<&EvaluationSeen> for EvaluationData {
    fn from(seen: &EvaluationSeen) -> Self {
        Self { evaluation: seen.into() }
    }
}

/// A page of evaluations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationsData {
    evaluations: Vec<EvaluationDto>,
}

impl EvaluationsData {
    pub(super) fn page(page: &Page, paged: &Paged<EvaluationSeen>) -> SuccessPage<Self, NumberedPagination> {
        let evaluations = paged.items.iter().map(Into::into).collect();
        SuccessPage::new(Self { evaluations }, NumberedPagination::of(page, paged))
    }
}

/// A hackathon's notes in figures.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvaluationStatsDto {
    /// Their mean; null without evaluations.
    #[schema(example = 6.75)]
    average_note: Option<f64>,
    /// How many evaluations.
    #[schema(example = 42)]
    total_evaluations: u64,
    /// The highest; null without evaluations.
    #[schema(example = 9.5)]
    max_note: Option<f64>,
    /// The lowest; null without evaluations.
    #[schema(example = 3.0)]
    min_note: Option<f64>,
}

impl From<EvaluationStats> for EvaluationStatsDto {
    fn from(stats: EvaluationStats) -> Self {
        Self {
            average_note: stats.average,
            total_evaluations: stats.total,
            max_note: stats.highest.map(Note::value),
            min_note: stats.lowest.map(Note::value),
        }
    }
}

/// The scale of notes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScaleDto {
    /// The lowest note.
    #[schema(example = 1)]
    min: u8,
    /// The highest note.
    #[schema(example = 10)]
    max: u8,
    /// The step between notes.
    #[schema(example = 0.5)]
    precision: f64,
    /// What each whole note is called; half points have the label of the whole note below.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"1": "Très insuffisant", "10": "Exceptionnel"}))]
    labels: BTreeMap<u8, &'static str>,
}

impl ScaleDto {
    /// The only scale there is.
    pub(super) fn new() -> Self {
        Self { min: 1, max: 10, precision: 0.5, labels: (1..).zip(SCALE).collect() }
    }
}

/// A conversation in the caller's queue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssignmentDto {
    /// The conversation, by the id the caller knows it by.
    #[schema(example = "65f0c0ffee65f0c0ffee65f5")]
    conversation_id: String,
    /// Its task.
    #[serde(rename = "tacheId")]
    #[schema(example = "analyse-de-donnees-avec-ia")]
    task_id: String,
    /// What the caller has to do with it: `open` (free to be claimed), `claimed` (by the caller) or `graded` (by the caller).
    #[schema(example = "claimed")]
    state: &'static str,
    /// When the caller's claim ends; null unless it is claimed.
    #[schema(format = DateTime, example = "2026-11-21T10:30:00.000Z")]
    claimed_until: Option<String>,
    /// How many evaluations there are; for administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    evaluation_count: Option<u32>,
}

impl From<&Queued> for AssignmentDto {
    fn from(queued: &Queued) -> Self {
        let (state, until) = match queued.state {
            QueueState::Open => ("open", None),
            QueueState::Claimed { until } => ("claimed", Some(until)),
            QueueState::Graded => ("graded", None),
        };
        Self {
            conversation_id: queued.conversation_id.to_string(),
            task_id: queued.task_id.to_string(),
            state,
            claimed_until: until.map(time),
            evaluation_count: queued.evaluations,
        }
    }
}

/// One conversation of the queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssignmentData {
    assignment: AssignmentDto,
}

impl From<&Queued> for AssignmentData {
    fn from(queued: &Queued) -> Self {
        Self { assignment: queued.into() }
    }
}

/// The queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssignmentsData {
    /// In an order of the caller's own, always the same.
    assignments: Vec<AssignmentDto>,
}

impl From<&[Queued]> for AssignmentsData {
    fn from(queue: &[Queued]) -> Self {
        Self { assignments: queue.iter().map(Into::into).collect() }
    }
}

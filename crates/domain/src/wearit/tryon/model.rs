//! The try-on and its state machine: `pending → processing → completed | failed | cancelled`; terminal states are final.

use std::fmt;
use std::str::FromStr;

use crate::kernel::{BodyId, ClothingId, Timestamp, TryOnId, UserId};

use super::{Attempt, AttemptOutcome, FailureCode, GivenConsent, TryOnFailure};

/// The text names no status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown status: one of pending, processing, completed, failed, cancelled")]
pub struct UnknownStatus;

/// Where a try-on is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TryOnStatus {
    /// Accepted, waiting for a worker.
    Pending,
    /// Being worked on.
    Processing,
    /// The picture is there.
    Completed,
    /// There will be no picture.
    Failed,
    /// The person does not want it any more.
    Cancelled,
}

impl TryOnStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Processing, Self::Completed, Self::Failed, Self::Cancelled];

    /// The name, as stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing changes any more.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

impl fmt::Display for TryOnStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TryOnStatus {
    type Err = UnknownStatus;
    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}

/// The transition is not one the state machine has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {from} try-on cannot become {to}")]
pub struct InvalidTransition {
    /// The present status.
    pub from: TryOnStatus,
    /// The status asked for.
    pub to: TryOnStatus,
}

/// What the caller may choose. An option no provider supports is refused, never dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TryOnOptions {
    /// Which model, as named by the capabilities.
    pub model: Option<String>,
    /// The seed, where the model has one.
    pub seed: Option<u64>,
}

/// What a successful run gave, beside the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct TryOnOutcome {
    /// The model and its version, for an exact re-run.
    pub model_used: String,
    /// Seconds the model worked (CW5).
    pub processing_time: f64,
    /// Whether the result is a preview of limited quality.
    pub preview: bool,
    /// What the person should know about the result, e.g. `seated`.
    pub warnings: Vec<String>,
    /// How sure the engine is of its result, 0–1.
    pub confidence: Option<f32>,
}

/// A request to see garments on a person.
#[derive(Debug, Clone, PartialEq)]
pub struct TryOn {
    /// Its id.
    pub id: TryOnId,
    /// Whose.
    pub user_id: UserId,
    /// On which body; none once the body was deleted (CW8).
    pub body_id: Option<BodyId>,
    /// Which garments, one or two, in the order they are put on; deleted ones leave the list.
    pub clothing_ids: Vec<ClothingId>,
    /// Where it is.
    pub status: TryOnStatus,
    /// 0–100.
    pub progress: u8,
    /// What is being done, e.g. `queued`, `pose`, `warp`, `done`.
    pub stage: String,
    /// What the caller chose.
    pub options: TryOnOptions,
    /// Every attempt, oldest first.
    pub attempts: Vec<Attempt>,
    /// What it gave; present exactly when completed.
    pub outcome: Option<TryOnOutcome>,
    /// Why it did not; present exactly when failed or cancelled.
    pub failure: Option<TryOnFailure>,
    /// What its owner had agreed to when it was asked for; never changed.
    pub consent: Option<GivenConsent>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When a worker first took it up.
    pub started_at: Option<Timestamp>,
    /// When it reached its terminal state.
    pub completed_at: Option<Timestamp>,
}

impl TryOn {
    /// A new, pending try-on.
    pub fn requested(
        id: TryOnId,
        user_id: UserId,
        body_id: BodyId,
        clothing_ids: Vec<ClothingId>,
        options: TryOnOptions,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            user_id,
            body_id: Some(body_id),
            clothing_ids,
            status: TryOnStatus::Pending,
            progress: 0,
            stage: "queued".to_owned(),
            options,
            attempts: Vec::new(),
            outcome: None,
            failure: None,
            consent: None,
            created_at: now,
            started_at: None,
            completed_at: None,
        }
    }

    fn to(&mut self, to: TryOnStatus) -> Result<(), InvalidTransition> {
        let from = self.status;
        let allowed = match to {
            TryOnStatus::Pending => false,
            // A crashed run is taken up again while processing.
            TryOnStatus::Processing => !from.is_terminal(),
            TryOnStatus::Completed => from == TryOnStatus::Processing,
            TryOnStatus::Failed | TryOnStatus::Cancelled => !from.is_terminal(),
        };
        if !allowed {
            return Err(InvalidTransition { from, to });
        }
        self.status = to;
        Ok(())
    }

    /// A worker takes it up (again) with a provider.
    ///
    /// # Errors
    /// [`InvalidTransition`] from a terminal state.
    pub fn start(&mut self, provider: &str, now: Timestamp) -> Result<(), InvalidTransition> {
        self.to(TryOnStatus::Processing)?;
        self.started_at.get_or_insert(now);
        self.stage = "starting".to_owned();
        self.attempts.push(Attempt {
            provider: provider.to_owned(),
            external_id: None,
            started_at: now,
            ended_at: None,
            outcome: AttemptOutcome::Running,
            made_with: None,
            heard: None,
        });
        Ok(())
    }

    /// Work goes on. Progress never falls and stays below 100 until completion.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless processing.
    pub fn advance(&mut self, progress: u8, stage: &str) -> Result<(), InvalidTransition> {
        if self.status != TryOnStatus::Processing {
            return Err(InvalidTransition { from: self.status, to: TryOnStatus::Processing });
        }
        self.progress = self.progress.max(progress.min(99));
        stage.clone_into(&mut self.stage);
        Ok(())
    }

    /// The picture is stored.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless processing.
    pub fn complete(&mut self, outcome: TryOnOutcome, now: Timestamp) -> Result<(), InvalidTransition> {
        self.to(TryOnStatus::Completed)?;
        self.end_attempt(AttemptOutcome::Succeeded, now);
        self.progress = 100;
        "done".clone_into(&mut self.stage);
        self.outcome = Some(outcome);
        self.completed_at = Some(now);
        Ok(())
    }

    /// There will be no picture.
    ///
    /// # Errors
    /// [`InvalidTransition`] from a terminal state.
    pub fn fail(&mut self, failure: TryOnFailure, now: Timestamp) -> Result<(), InvalidTransition> {
        self.to(TryOnStatus::Failed)?;
        self.end_attempt(AttemptOutcome::Failed { code: failure.code, reason: failure.reason.clone() }, now);
        "failed".clone_into(&mut self.stage);
        self.failure = Some(failure);
        self.completed_at = Some(now);
        Ok(())
    }

    /// It is not wanted any more; `reason` says why, e.g. `by_user`, `clothing_deleted`.
    ///
    /// # Errors
    /// [`InvalidTransition`] from a terminal state.
    pub fn cancel(&mut self, reason: &str, now: Timestamp) -> Result<(), InvalidTransition> {
        self.to(TryOnStatus::Cancelled)?;
        self.end_attempt(AttemptOutcome::Failed { code: FailureCode::Cancelled, reason: reason.to_owned() }, now);
        "cancelled".clone_into(&mut self.stage);
        self.failure =
            Some(TryOnFailure::new(FailureCode::Cancelled, reason, "the try-on was cancelled", "ask for it again if you want it"));
        self.completed_at = Some(now);
        Ok(())
    }

    /// Ends the running attempt, if any, leaving the try-on processing (another attempt follows).
    pub fn end_attempt(&mut self, outcome: AttemptOutcome, now: Timestamp) {
        if let Some(attempt) = self.attempts.last_mut().filter(|attempt| attempt.ended_at.is_none()) {
            attempt.ended_at = Some(now);
            attempt.outcome = outcome;
        }
    }
}

/// Which try-ons are wanted; all conditions together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TryOnFilter {
    /// Only in this status.
    pub status: Option<TryOnStatus>,
    /// Only of this body.
    pub body_id: Option<BodyId>,
    /// Only with this garment.
    pub clothing_id: Option<ClothingId>,
}

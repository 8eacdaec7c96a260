//! The hackathon.

use std::fmt;
use std::str::FromStr;

use crate::challenge::conversations::Parameters;
use crate::kernel::{FieldError, HackathonId, Invalid, Timestamp};

use super::{HackathonStatus, InvalidTransition};

/// The text cannot be a task's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a task id: lower-case letters, digits and hyphens expected, as in the hackathon's taches")]
pub struct InvalidTaskId;

/// A task's id: a slug of its first label, unique in the hackathon (checklist CP12).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(String);

impl TaskId {
    /// Most characters.
    pub const LONGEST: usize = 80;

    /// The slug's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TaskId {
    type Err = InvalidTaskId;
    fn from_str(text: &str) -> Result<Self, InvalidTaskId> {
        let ok = (1..=Self::LONGEST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if ok { Ok(Self(text.to_owned())) } else { Err(InvalidTaskId) }
    }
}

/// A task of a hackathon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Its text.
    pub label: String,
}

/// When a hackathon begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HackathonDates {
    /// `debut`.
    pub starts_at: Timestamp,
    /// `fin`, after `debut`.
    pub ends_at: Timestamp,
    /// `archiveLe`: when it was, or is to be, archived.
    pub archive_at: Option<Timestamp>,
}

/// What each student may use in a hackathon, over all conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// `promptsParEtudiant`.
    pub prompts: u32,
    /// `tokensParEtudiant`: prompt and answer together, as billed (checklist CP5).
    pub tokens: u64,
}

impl Quotas {
    /// Whether the tokens are enough for as many answers as prompts, each of the length that is usual (checklist CP20).
    pub fn covers_usual_answers(&self) -> bool {
        self.tokens >= u64::from(self.prompts) * u64::from(Parameters::DEFAULT_MAX_TOKENS)
    }
}

/// Quotas by name, from the source document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// `court`, `standard` or `long`.
    pub name: &'static str,
    /// Its quotas.
    pub quotas: Quotas,
}

impl Preset {
    /// The source document's three (checklist P114–P116).
    pub const ALL: [Self; 3] = [
        Self { name: "court", quotas: Quotas { prompts: 10, tokens: 2_000 } },
        Self { name: "standard", quotas: Quotas { prompts: 30, tokens: 8_000 } },
        Self { name: "long", quotas: Quotas { prompts: 50, tokens: 15_000 } },
    ];
}

/// An event in which students work on tasks with language models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hackathon {
    /// Its id.
    pub id: HackathonId,
    /// `nom`.
    pub name: String,
    /// `description`.
    pub description: String,
    /// `objectifs`.
    pub objectives: String,
    /// `dates`.
    pub dates: HackathonDates,
    /// `anonymatActif`: examiners do not learn whose work they grade.
    pub anonymous: bool,
    /// `quotas`.
    pub quotas: Quotas,
    /// `taches`.
    pub tasks: Vec<Task>,
    /// `statut`.
    pub status: HackathonStatus,
    /// When the results were published.
    pub published_at: Option<Timestamp>,
    /// Grows with every change, from 1.
    pub version: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Hackathon {
    /// Most characters of the name, and of a task's label.
    pub const LONGEST_NAME: usize = 200;
    /// Most characters of description and objectives.
    pub const LONGEST_TEXT: usize = 10_000;
    /// Most tasks.
    pub const MOST_TASKS: usize = 100;

    /// Checks the fields against each other and against the limits.
    ///
    /// # Errors
    /// [`Invalid`] with every field at fault.
    pub fn check(&self) -> Result<(), Invalid> {
        let labels: Vec<&str> = self.tasks.iter().map(|task| task.label.as_str()).collect();
        Invalid::check(faults(&self.name, &self.description, &self.objectives, self.dates, &labels))
    }

    /// Checks that the hackathon may become `to` at `now`: the table, and what opening it needs.
    ///
    /// # Errors
    /// [`InvalidTransition`].
    pub fn check_transition(&self, to: HackathonStatus, now: Timestamp) -> Result<(), InvalidTransition> {
        self.status.check(to)?;
        let because = match to {
            HackathonStatus::Running if self.tasks.is_empty() => Some("it needs a task"),
            HackathonStatus::Running if self.quotas.prompts == 0 || self.quotas.tokens == 0 => Some("its quotas must be above 0"),
            HackathonStatus::Running if self.dates.ends_at <= now => Some("its end is in the past"),
            HackathonStatus::Test if self.tasks.is_empty() => Some("it needs a task"),
            _ => None,
        };
        match because {
            None => Ok(()),
            because => Err(InvalidTransition { from: self.status, to, because }),
        }
    }

    /// Whether students can work at `now`: running, and the time is within the dates; in test at any time.
    pub fn takes_prompts(&self, now: Timestamp) -> bool {
        match self.status {
            HackathonStatus::Running => self.dates.starts_at <= now && now <= self.dates.ends_at,
            HackathonStatus::Test => true,
            _ => false,
        }
    }

    /// The task of this id.
    pub fn task(&self, id: &TaskId) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == *id)
    }
}

/// What is wrong with the fields of a hackathon, against each other and against the limits.
pub(super) fn faults(name: &str, description: &str, objectives: &str, dates: HackathonDates, labels: &[&str]) -> Vec<FieldError> {
    let mut fields = Vec::new();
    let mut fault = |field: &str, message: &str| fields.push(FieldError { field: field.to_owned(), message: message.to_owned() });
    if name.trim().is_empty() || name.trim().chars().count() > Hackathon::LONGEST_NAME {
        fault("nom", "must have 1 to 200 characters");
    }
    if description.chars().count() > Hackathon::LONGEST_TEXT {
        fault("description", "must have at most 10000 characters");
    }
    if objectives.chars().count() > Hackathon::LONGEST_TEXT {
        fault("objectifs", "must have at most 10000 characters");
    }
    if dates.starts_at >= dates.ends_at {
        fault("dates.fin", "must be after dates.debut");
    }
    if dates.archive_at.is_some_and(|at| at < dates.ends_at) {
        fault("dates.archiveLe", "must not be before dates.fin");
    }
    if labels.len() > Hackathon::MOST_TASKS {
        fault("taches", "must be at most 100");
    }
    if labels.iter().any(|label| label.trim().is_empty() || label.trim().chars().count() > Hackathon::LONGEST_NAME) {
        fault("taches", "each must have 1 to 200 characters");
    }
    fields
}

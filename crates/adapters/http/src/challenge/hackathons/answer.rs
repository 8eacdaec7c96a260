//! Hackathons as they are answered.

use atelier_domain::challenge::hackathons::{Hackathon, Preset, Quotas};
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::time;

/// When a hackathon begins and ends.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HackathonDatesDto {
    /// The begin.
    #[serde(rename = "debut")]
    #[schema(format = DateTime, example = "2026-12-01T08:00:00.000Z")]
    starts_at: String,
    /// The end.
    #[serde(rename = "fin")]
    #[schema(format = DateTime, example = "2026-12-02T18:00:00.000Z")]
    ends_at: String,
    /// When it was, or is to be, archived.
    #[serde(rename = "archiveLe")]
    #[schema(format = DateTime, example = "2027-06-01T00:00:00.000Z")]
    archive_at: Option<String>,
}

/// What each student may use, over all conversations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HackathonQuotasDto {
    /// Prompts.
    #[serde(rename = "promptsParEtudiant")]
    #[schema(example = 30)]
    prompts: u32,
    /// Tokens of prompts and answers together.
    #[serde(rename = "tokensParEtudiant")]
    #[schema(example = 16_000)]
    tokens: u64,
}

impl From<Quotas> for HackathonQuotasDto {
    fn from(quotas: Quotas) -> Self {
        Self { prompts: quotas.prompts, tokens: quotas.tokens }
    }
}

/// A task.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskDto {
    /// Its id, which conversations name as `tacheId`; it stays when tasks are added or reordered.
    #[schema(example = "analyse-de-donnees-avec-ia")]
    id: String,
    /// Its text.
    #[schema(example = "Analyse de données avec IA")]
    label: String,
}

/// A hackathon.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HackathonDto {
    /// Its id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f4")]
    id: String,
    /// Its name.
    #[serde(rename = "nom")]
    #[schema(example = "Hackathon de printemps")]
    name: String,
    /// What it is.
    #[schema(example = "Deux jours de prompts")]
    description: String,
    /// What it is for.
    #[serde(rename = "objectifs")]
    #[schema(example = "Apprendre à formuler")]
    objectives: String,
    /// When it begins and ends.
    dates: HackathonDatesDto,
    /// Whether examiners do not learn whose work they grade.
    #[serde(rename = "anonymatActif")]
    #[schema(example = true)]
    anonymous: bool,
    /// What each student may use.
    quotas: HackathonQuotasDto,
    /// The tasks.
    #[serde(rename = "taches")]
    tasks: Vec<TaskDto>,
    /// `Brouillon`, `Test`, `En cours`, `Terminé` or `Archivé`.
    #[serde(rename = "statut")]
    #[schema(example = "En cours")]
    status: &'static str,
    /// When the results were published; null before.
    #[serde(rename = "resultatsPubliesLe")]
    #[schema(format = DateTime, example = "2026-12-10T12:00:00.000Z")]
    published_at: Option<String>,
    /// Grows with every change; the same as in the header `ETag`.
    #[schema(example = 1)]
    version: u32,
    /// When it was made.
    #[serde(rename = "createdAt")]
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// When it was last changed.
    #[serde(rename = "updatedAt")]
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    updated_at: String,
}

impl From<Hackathon> for HackathonDto {
    fn from(hackathon: Hackathon) -> Self {
        let dates = hackathon.dates;
        let tasks = hackathon.tasks.into_iter();
        Self {
            id: hackathon.id.to_string(),
            name: hackathon.name,
            description: hackathon.description,
            objectives: hackathon.objectives,
            dates: HackathonDatesDto {
                starts_at: time(dates.starts_at),
                ends_at: time(dates.ends_at),
                archive_at: dates.archive_at.map(time),
            },
            anonymous: hackathon.anonymous,
            quotas: hackathon.quotas.into(),
            tasks: tasks.map(|task| TaskDto { id: task.id.to_string(), label: task.label }).collect(),
            status: hackathon.status.as_str(),
            published_at: hackathon.published_at.map(time),
            version: hackathon.version,
            created_at: time(hackathon.created_at),
            updated_at: time(hackathon.updated_at),
        }
    }
}

/// A hackathon.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HackathonData {
    hackathon: HackathonDto,
}

impl From<Hackathon> for HackathonData {
    fn from(hackathon: Hackathon) -> Self {
        Self { hackathon: hackathon.into() }
    }
}

/// A hackathon as it was written, and what its organiser may not have meant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WrittenHackathonData {
    hackathon: HackathonDto,
    /// What may not have been meant; nothing is refused for it.
    #[schema(example = json!(["tokensParEtudiant is less than 512 for each of promptsParEtudiant: students may run out of tokens first"]))]
    warnings: Vec<String>,
}

impl From<Hackathon> for WrittenHackathonData {
    fn from(hackathon: Hackathon) -> Self {
        let warning = "tokensParEtudiant is less than 512 for each of promptsParEtudiant: students may run out of tokens first";
        let warnings = if hackathon.quotas.covers_usual_answers() { Vec::new() } else { vec![warning.to_owned()] };
        Self { hackathon: hackathon.into(), warnings }
    }
}

/// A page of hackathons.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HackathonsData {
    /// Latest `dates.debut` first.
    hackathons: Vec<HackathonDto>,
}

impl From<Vec<Hackathon>> for HackathonsData {
    fn from(hackathons: Vec<Hackathon>) -> Self {
        Self { hackathons: hackathons.into_iter().map(Into::into).collect() }
    }
}

/// Quotas by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PresetDto {
    /// The name.
    #[serde(rename = "nom")]
    #[schema(example = "standard")]
    name: &'static str,
    /// The quotas.
    quotas: HackathonQuotasDto,
}

/// The presets of quotas.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PresetsData {
    /// From the smallest.
    presets: Vec<PresetDto>,
}

impl PresetsData {
    /// All there are.
    pub(crate) fn all() -> Self {
        let dto = |preset: Preset| PresetDto { name: preset.name, quotas: preset.quotas.into() };
        Self { presets: Preset::ALL.into_iter().map(dto).collect() }
    }
}

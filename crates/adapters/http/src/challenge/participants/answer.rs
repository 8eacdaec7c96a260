//! Participants as they are answered.

use atelier_domain::challenge::participants::{JuryProfile, Participant, StudentProfile};
use atelier_domain::identity::Role;
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::time;

/// A participant, to herself and to administrators.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParticipantDto {
    /// The account's id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f0")]
    id: String,
    /// First name.
    #[serde(rename = "prenom")]
    #[schema(example = "Léa")]
    first_name: String,
    /// Last name.
    #[serde(rename = "nom")]
    #[schema(example = "Martin")]
    last_name: String,
    /// The account's role.
    #[schema(example = "student")]
    role: &'static str,
    /// Date of birth.
    #[serde(rename = "dateNaissance")]
    #[schema(format = Date, example = "2003-04-17")]
    birth_date: Option<String>,
    /// The school's number of the student.
    #[serde(rename = "numeroEtudiant")]
    #[schema(example = "20231234")]
    student_number: Option<String>,
    /// A student's studies.
    #[serde(rename = "profilEtudiant")]
    student: Option<StudentProfileDto>,
    /// An examiner's background.
    #[serde(rename = "profilJury")]
    jury: Option<JuryProfileDto>,
    /// Whether the person agrees to the processing of the data; null before she said anything.
    #[serde(rename = "consentementRGPD")]
    #[schema(example = true)]
    consent: Option<bool>,
    /// The version of the text that was read.
    #[serde(rename = "consentementVersion")]
    #[schema(example = "2026-09")]
    consent_version: Option<String>,
    /// When she said so.
    #[serde(rename = "consentementLe")]
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    consent_at: Option<String>,
    /// How many tokens the account may use over all hackathons; null is no limit.
    #[serde(rename = "tokensAuthorized")]
    #[schema(example = 100_000)]
    tokens_authorized: Option<u64>,
    /// How many it has used.
    #[serde(rename = "tokensUsed")]
    #[schema(example = 1840)]
    tokens_used: u64,
    /// When it was made.
    #[serde(rename = "createdAt")]
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// When it was last changed.
    #[serde(rename = "updatedAt")]
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    updated_at: String,
}

/// A student's studies.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StudentProfileDto {
    /// The level.
    #[serde(rename = "niveauFormation")]
    #[schema(example = "M1")]
    level: String,
    /// The field of study.
    #[serde(rename = "typeEtude")]
    #[schema(example = "Informatique")]
    field_of_study: String,
    /// The group.
    #[serde(rename = "groupId")]
    #[schema(example = "G3")]
    group_id: Option<String>,
}

/// An examiner's background.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JuryProfileDto {
    /// The highest degree.
    #[serde(rename = "niveauDiplome")]
    #[schema(example = "Doctorat")]
    degree: String,
    /// The position held.
    #[serde(rename = "posteOccupe")]
    #[schema(example = "Développeur Senior")]
    position: String,
    /// The sector of activity.
    #[serde(rename = "secteurActivite")]
    #[schema(example = "Tech")]
    sector: String,
    /// Years of experience.
    #[serde(rename = "anneesExperience")]
    #[schema(example = 7.5)]
    years_of_experience: f64,
    /// The employer's size in full-time equivalents.
    #[serde(rename = "nombreETPEmployeur")]
    #[schema(example = 250)]
    employer_size: u32,
    /// Fields of knowledge.
    expertises: Vec<ExpertiseDto>,
}

/// A field of knowledge.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExpertiseDto {
    /// Its name.
    #[serde(rename = "domaine")]
    #[schema(example = "Machine Learning")]
    domain: String,
    /// How well the examiner knows it, 1–10.
    #[serde(rename = "niveauAutoEvaluation")]
    #[schema(example = 8)]
    self_assessment: u8,
}

impl From<StudentProfile> for StudentProfileDto {
    fn from(profile: StudentProfile) -> Self {
        Self { level: profile.level, field_of_study: profile.field_of_study, group_id: profile.group_id }
    }
}

impl From<JuryProfile> for JuryProfileDto {
    fn from(profile: JuryProfile) -> Self {
        let expertises = profile.expertises.into_iter();
        Self {
            degree: profile.degree,
            position: profile.position,
            sector: profile.sector,
            years_of_experience: profile.years_of_experience,
            employer_size: profile.employer_size,
            expertises: expertises.map(|known| ExpertiseDto { domain: known.domain, self_assessment: known.self_assessment }).collect(),
        }
    }
}

/// A participant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParticipantData {
    participant: ParticipantDto,
}

impl ParticipantData {
    /// The participant as she sees herself: the account's role may be newer than the one kept with the profile.
    pub(crate) fn of_caller(participant: Participant, role: Role) -> Self {
        Self::from(Participant { role, ..participant })
    }
}

impl From<Participant> for ParticipantData {
    fn from(participant: Participant) -> Self {
        let Participant { account_id, role, profile, consent, tokens, created_at, updated_at } = participant;
        let participant = ParticipantDto {
            id: account_id.to_string(),
            first_name: profile.first_name,
            last_name: profile.last_name,
            role: role.as_str(),
            birth_date: profile.birth_date.map(|date| date.to_string()),
            student_number: profile.student_number,
            student: profile.student.map(Into::into),
            jury: profile.jury.map(Into::into),
            consent: consent.as_ref().map(|consent| consent.given),
            consent_at: consent.as_ref().map(|consent| time(consent.at)),
            consent_version: consent.map(|consent| consent.version),
            tokens_authorized: tokens.authorized,
            tokens_used: tokens.used,
            created_at: time(created_at),
            updated_at: time(updated_at),
        };
        Self { participant }
    }
}

/// A participant in a list: no more than it takes to tell people apart.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedParticipant {
    /// The account's id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f0")]
    id: String,
    /// First name.
    #[serde(rename = "prenom")]
    #[schema(example = "Léa")]
    first_name: String,
    /// Last name.
    #[serde(rename = "nom")]
    #[schema(example = "Martin")]
    last_name: String,
    /// The account's role when the person was last here.
    #[schema(example = "student")]
    role: &'static str,
    /// When the participant was made.
    #[serde(rename = "createdAt")]
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
}

/// A page of participants.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParticipantsData {
    /// Newest first.
    participants: Vec<ListedParticipant>,
}

impl From<Vec<Participant>> for ParticipantsData {
    fn from(participants: Vec<Participant>) -> Self {
        let listed = |participant: Participant| ListedParticipant {
            id: participant.account_id.to_string(),
            first_name: participant.profile.first_name,
            last_name: participant.profile.last_name,
            role: participant.role.as_str(),
            created_at: time(participant.created_at),
        };
        Self { participants: participants.into_iter().map(listed).collect() }
    }
}

/// How many participants have a role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoleCount {
    /// The role.
    #[schema(example = "student")]
    role: &'static str,
    /// How many.
    #[schema(example = 120)]
    count: u64,
}

/// Participants by role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolesData {
    /// The most frequent first; roles nobody has are left out.
    roles: Vec<RoleCount>,
}

impl From<Vec<(Role, u64)>> for RolesData {
    fn from(counts: Vec<(Role, u64)>) -> Self {
        Self { roles: counts.into_iter().map(|(role, count)| RoleCount { role: role.as_str(), count }).collect() }
    }
}

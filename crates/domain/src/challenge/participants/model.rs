//! The participant and the profiles of students and jury.

use chrono::NaiveDate;

use crate::identity::Role;
use crate::kernel::{FieldError, Invalid, Timestamp, UserId};

/// What a person says about herself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParticipantProfile {
    /// First name, never empty (`prenom`).
    pub first_name: String,
    /// Last name, never empty (`nom`).
    pub last_name: String,
    /// Date of birth, not in the future (`dateNaissance`).
    pub birth_date: Option<NaiveDate>,
    /// The school's number of the student (`numeroEtudiant`); never shown to the jury.
    pub student_number: Option<String>,
    /// What is asked of students (`profilEtudiant`).
    pub student: Option<StudentProfile>,
    /// What is asked of examiners (`profilJury`).
    pub jury: Option<JuryProfile>,
}

impl ParticipantProfile {
    /// Checks every field; texts are trimmed.
    ///
    /// # Errors
    /// [`Invalid`] with every field at fault.
    pub fn checked(mut self, today: NaiveDate) -> Result<Self, Invalid> {
        let mut fields = Vec::new();
        required(&mut fields, "prenom", &mut self.first_name);
        required(&mut fields, "nom", &mut self.last_name);
        if self.birth_date.is_some_and(|date| date > today) {
            fields.push(fault("dateNaissance", "must not be in the future"));
        }
        optional(&mut fields, "numeroEtudiant", &mut self.student_number);
        if let Some(student) = &mut self.student {
            text(&mut fields, "profilEtudiant.niveauFormation", &mut student.level);
            text(&mut fields, "profilEtudiant.typeEtude", &mut student.field_of_study);
            optional(&mut fields, "profilEtudiant.groupId", &mut student.group_id);
        }
        if let Some(jury) = &mut self.jury {
            text(&mut fields, "profilJury.niveauDiplome", &mut jury.degree);
            text(&mut fields, "profilJury.posteOccupe", &mut jury.position);
            text(&mut fields, "profilJury.secteurActivite", &mut jury.sector);
            if !(jury.years_of_experience.is_finite() && jury.years_of_experience >= 0.0) {
                fields.push(fault("profilJury.anneesExperience", "must be 0 or more"));
            }
            if jury.expertises.len() > 50 {
                fields.push(fault("profilJury.expertises", "must be at most 50"));
            }
            for (index, expertise) in jury.expertises.iter_mut().enumerate() {
                required(&mut fields, &format!("profilJury.expertises.{index}.domaine"), &mut expertise.domain);
                if !(1..=10).contains(&expertise.self_assessment) {
                    fields.push(fault(&format!("profilJury.expertises.{index}.niveauAutoEvaluation"), "must be 1 to 10"));
                }
            }
        }
        Invalid::check(fields)?;
        Ok(self)
    }
}

/// Most characters of a text of a profile.
const LONGEST: usize = 200;

fn fault(field: &str, message: &str) -> FieldError {
    FieldError { field: field.to_owned(), message: message.to_owned() }
}

fn text(fields: &mut Vec<FieldError>, field: &str, value: &mut String) {
    *value = value.trim().to_owned();
    if value.chars().count() > LONGEST || value.chars().any(char::is_control) {
        fields.push(fault(field, "must have at most 200 characters, none of them a control character"));
    }
}

fn required(fields: &mut Vec<FieldError>, field: &str, value: &mut String) {
    text(fields, field, value);
    if value.is_empty() {
        fields.push(fault(field, "must not be empty"));
    }
}

fn optional(fields: &mut Vec<FieldError>, field: &str, value: &mut Option<String>) {
    if let Some(given) = value {
        text(fields, field, given);
    }
    *value = value.take().filter(|given| !given.is_empty());
}

/// A student's studies (`profilEtudiant`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StudentProfile {
    /// `niveauFormation`, e.g. `L3`.
    pub level: String,
    /// `typeEtude`, e.g. `Informatique`.
    pub field_of_study: String,
    /// `groupId`: a free name; those of one group may read each other's conversations.
    pub group_id: Option<String>,
}

/// An examiner's background (`profilJury`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JuryProfile {
    /// `niveauDiplome`.
    pub degree: String,
    /// `posteOccupe`.
    pub position: String,
    /// `secteurActivite`.
    pub sector: String,
    /// `anneesExperience`, 0 or more.
    pub years_of_experience: f64,
    /// `nombreETPEmployeur`: full-time equivalents of the employer.
    pub employer_size: u32,
    /// `expertises`.
    pub expertises: Vec<Expertise>,
}

/// One field of an examiner's knowledge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expertise {
    /// `domaine`.
    pub domain: String,
    /// `niveauAutoEvaluation`, 1–10.
    pub self_assessment: u8,
}

/// Agreement to the processing of the data, or its withdrawal (`consentementRGPD`, checklist CP7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentGiven {
    /// Whether the person agrees.
    pub given: bool,
    /// The version of the text.
    pub version: String,
    /// When the person said so.
    pub at: Timestamp,
}

/// The account's own budget of tokens, over all hackathons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountTokens {
    /// How many the account may use in all (`tokensAuthorized`); none is no limit.
    pub authorized: Option<u64>,
    /// How many it has used (`tokensUsed`); only settlements write it.
    pub used: u64,
    /// How many are held for answers on their way.
    pub reserved: u64,
}

impl AccountTokens {
    /// What may still be reserved; none is no limit.
    pub fn free(&self) -> Option<u64> {
        self.authorized.map(|authorized| authorized.saturating_sub(self.used + self.reserved))
    }
}

/// What a person is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonName {
    /// The account.
    pub account_id: UserId,
    /// First name (`prenom`).
    pub first_name: String,
    /// Last name (`nom`).
    pub last_name: String,
}

/// A person in Prompt Challenge.
#[derive(Debug, Clone, PartialEq)]
pub struct Participant {
    /// The account, which is also the document's id.
    pub account_id: UserId,
    /// The account's role when the person was last here; the account's own counts.
    pub role: Role,
    /// What the person says about herself.
    pub profile: ParticipantProfile,
    /// Agreement or withdrawal; none before either.
    pub consent: Option<ConsentGiven>,
    /// The account's budget.
    pub tokens: AccountTokens,
    /// When the participant was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Participant {
    /// Whether the person agrees now.
    pub fn consents(&self) -> bool {
        self.consent.as_ref().is_some_and(|consent| consent.given)
    }
}

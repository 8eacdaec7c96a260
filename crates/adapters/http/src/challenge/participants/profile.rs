//! The profile as it is sent.

use atelier_domain::challenge::participants::{ConsentCommand, Expertise, JuryProfile, ParticipantProfile, StudentProfile};
use atelier_domain::kernel::{FieldError, Invalid};
use chrono::{DateTime, NaiveDate};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::challenge::fields::{Sent, Taken, Unknown, refuse};
use crate::error::ApiError;

/// What a person says about herself; what is left out is taken away, but for the consent. Fields not listed here are refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub(crate) struct ParticipantBody {
    /// First name, 1–200 characters.
    #[serde(default, rename = "prenom")]
    #[schema(value_type = String, example = "Léa", required = true)]
    first_name: Sent<String>,
    /// Last name, 1–200 characters.
    #[serde(default, rename = "nom")]
    #[schema(value_type = String, example = "Martin", required = true)]
    last_name: Sent<String>,
    /// Date of birth, not in the future: a date, or an instant of RFC 3339 whose date counts.
    #[serde(default, rename = "dateNaissance")]
    #[schema(value_type = Option<String>, example = "2003-04-17")]
    birth_date: Sent<String>,
    /// The school's number of the student; never shown to the jury.
    #[serde(default, rename = "numeroEtudiant")]
    #[schema(value_type = Option<String>, example = "20231234")]
    student_number: Sent<String>,
    /// A student's studies; not for examiners.
    #[serde(default, rename = "profilEtudiant")]
    #[schema(value_type = Option<StudentProfileBody>)]
    student: Sent<StudentProfileBody>,
    /// An examiner's background; for examiners only.
    #[serde(default, rename = "profilJury")]
    #[schema(value_type = Option<JuryProfileBody>)]
    jury: Sent<JuryProfileBody>,
    /// Whether the person agrees to the processing of the data; left out, what was said before holds.
    #[serde(default, rename = "consentementRGPD")]
    #[schema(value_type = Option<bool>, example = true)]
    consent: Sent<bool>,
    /// The version of the text that was read, 1–50 characters without blanks; `1` when absent.
    #[serde(default, rename = "consentementVersion")]
    #[schema(value_type = Option<String>, example = "2026-09")]
    consent_version: Sent<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: Unknown,
}

/// A student's studies.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct StudentProfileBody {
    /// The level, e.g. `L3`, `M1`, `M2`.
    #[serde(default, rename = "niveauFormation")]
    #[schema(value_type = String, example = "M1", required = true)]
    level: Sent<String>,
    /// The field of study.
    #[serde(default, rename = "typeEtude")]
    #[schema(value_type = String, example = "Informatique", required = true)]
    field_of_study: Sent<String>,
    /// A free name; those of one group may read each other's conversations.
    #[serde(default, rename = "groupId")]
    #[schema(value_type = Option<String>, example = "G3")]
    group_id: Sent<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: Unknown,
}

/// An examiner's background.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct JuryProfileBody {
    /// The highest degree.
    #[serde(default, rename = "niveauDiplome")]
    #[schema(value_type = String, example = "Doctorat", required = true)]
    degree: Sent<String>,
    /// The position held.
    #[serde(default, rename = "posteOccupe")]
    #[schema(value_type = String, example = "Développeur Senior", required = true)]
    position: Sent<String>,
    /// The sector of activity.
    #[serde(default, rename = "secteurActivite")]
    #[schema(value_type = String, example = "Tech", required = true)]
    sector: Sent<String>,
    /// Years of experience, 0 or more.
    #[serde(default, rename = "anneesExperience")]
    #[schema(value_type = f64, example = 7.5, required = true)]
    years_of_experience: Sent<f64>,
    /// The employer's size in full-time equivalents.
    #[serde(default, rename = "nombreETPEmployeur")]
    #[schema(value_type = u32, example = 250, required = true)]
    employer_size: Sent<u32>,
    /// Fields of knowledge, at most 50.
    #[serde(default)]
    #[schema(value_type = Vec<ExpertiseBody>)]
    expertises: Sent<Vec<Sent<ExpertiseBody>>>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: Unknown,
}

/// A field of knowledge.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ExpertiseBody {
    /// Its name.
    #[serde(default, rename = "domaine")]
    #[schema(value_type = String, example = "Machine Learning", required = true)]
    domain: Sent<String>,
    /// How well the examiner knows it, 1–10.
    #[serde(default, rename = "niveauAutoEvaluation")]
    #[schema(value_type = u8, minimum = 1, maximum = 10, example = 8, required = true)]
    self_assessment: Sent<u8>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: Unknown,
}

impl Taken for StudentProfileBody {
    const AS: &'static str = "an object";
}

impl Taken for JuryProfileBody {
    const AS: &'static str = "an object";
}

impl Taken for ExpertiseBody {
    const AS: &'static str = "an object";
}

impl ParticipantBody {
    /// The profile and what is said of the consent, with every wrong field told.
    pub(crate) fn command(self, today: NaiveDate) -> Result<(ParticipantProfile, Option<ConsentCommand>), ApiError> {
        let mut problems = Vec::new();
        self.others.refuse("", &mut problems);
        let given = self.consent.optional("consentementRGPD", &mut problems);
        let version = self.consent_version.optional("consentementVersion", &mut problems);
        if version.is_some() && given.is_none() {
            refuse(&mut problems, "consentementVersion", "goes with consentementRGPD");
        }
        let birth_date = self.birth_date.optional("dateNaissance", &mut problems);
        let profile = ParticipantProfile {
            first_name: self.first_name.required("prenom", &mut problems).unwrap_or_default(),
            last_name: self.last_name.required("nom", &mut problems).unwrap_or_default(),
            birth_date: birth_date.and_then(|text| date("dateNaissance", &text, &mut problems)),
            student_number: self.student_number.optional("numeroEtudiant", &mut problems),
            student: self.student.optional("profilEtudiant", &mut problems).map(|body| body.profile(&mut problems)),
            jury: self.jury.optional("profilJury", &mut problems).map(|body| body.profile(&mut problems)),
        };
        if problems.is_empty() {
            return Ok((profile, given.map(|given| ConsentCommand { given, version })));
        }
        if let Err(Invalid(further)) = profile.checked(today) {
            let untold: Vec<_> = further.into_iter().filter(|fault| problems.iter().all(|told| told.field != fault.field)).collect();
            problems.extend(untold);
        }
        Err(ApiError::invalid(&problems))
    }
}

impl StudentProfileBody {
    fn profile(self, problems: &mut Vec<FieldError>) -> StudentProfile {
        self.others.refuse("profilEtudiant.", problems);
        StudentProfile {
            level: self.level.required("profilEtudiant.niveauFormation", problems).unwrap_or_default(),
            field_of_study: self.field_of_study.required("profilEtudiant.typeEtude", problems).unwrap_or_default(),
            group_id: self.group_id.optional("profilEtudiant.groupId", problems),
        }
    }
}

impl JuryProfileBody {
    fn profile(self, problems: &mut Vec<FieldError>) -> JuryProfile {
        self.others.refuse("profilJury.", problems);
        let expertises = self.expertises.optional("profilJury.expertises", problems).unwrap_or_default();
        let expertise = |(index, sent): (usize, Sent<ExpertiseBody>)| {
            let name = format!("profilJury.expertises.{index}");
            sent.required(&name, problems).map(|body| body.expertise(&name, problems))
        };
        let expertises = expertises.into_iter().enumerate().filter_map(expertise).collect();
        JuryProfile {
            degree: self.degree.required("profilJury.niveauDiplome", problems).unwrap_or_default(),
            position: self.position.required("profilJury.posteOccupe", problems).unwrap_or_default(),
            sector: self.sector.required("profilJury.secteurActivite", problems).unwrap_or_default(),
            years_of_experience: self.years_of_experience.required("profilJury.anneesExperience", problems).unwrap_or_default(),
            employer_size: self.employer_size.required("profilJury.nombreETPEmployeur", problems).unwrap_or_default(),
            expertises,
        }
    }
}

impl ExpertiseBody {
    fn expertise(self, name: &str, problems: &mut Vec<FieldError>) -> Expertise {
        self.others.refuse(&format!("{name}."), problems);
        Expertise {
            domain: self.domain.required(&format!("{name}.domaine"), problems).unwrap_or_default(),
            self_assessment: self.self_assessment.required(&format!("{name}.niveauAutoEvaluation"), problems).unwrap_or_default(),
        }
    }
}

/// A date, also as an instant, whose date as written counts.
fn date(field: &str, text: &str, problems: &mut Vec<FieldError>) -> Option<NaiveDate> {
    let text = text.trim();
    let date = match text.len() {
        10 => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(),
        _ => DateTime::parse_from_rfc3339(text).ok().map(|at| at.date_naive()),
    };
    if date.is_none() {
        refuse(problems, field, "must be a date, e.g. 2003-04-17, or an instant of RFC 3339");
    }
    date
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(json: Value) -> Result<(ParticipantProfile, Option<ConsentCommand>), String> {
        let body: ParticipantBody = serde_json::from_value(json).map_err(|error| error.to_string())?;
        body.command(NaiveDate::from_ymd_opt(2026, 11, 21).unwrap_or_default()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_birth_date_is_a_date_or_an_instant_whose_written_date_counts() {
        let born = |text: &str| {
            let read = read(json!({"prenom": "Léa", "nom": "Martin", "dateNaissance": text}));
            read.map(|(profile, _)| profile.birth_date.map(|date| date.to_string()))
        };
        assert_eq!(born("2003-04-17"), Ok(Some("2003-04-17".to_owned())));
        assert_eq!(born("2003-04-17T00:00:00+02:00"), Ok(Some("2003-04-17".to_owned())));
        assert!(born("17/04/2003").is_err_and(|told| told.contains("dateNaissance: must be a date")));
    }

    #[test]
    fn role_and_tokens_are_not_for_the_client_and_every_wrong_field_is_told_with_the_rules_of_the_profile() {
        let body = json!({
            "prenom": " ", "nom": 3, "role": "admin", "tokensUsed": 0, "dateNaissance": "2030-01-01", "consentementVersion": "2",
            "profilEtudiant": {"niveauFormation": "M1", "classe": "B"},
            "profilJury": {"niveauDiplome": "a", "posteOccupe": "b", "secteurActivite": "c", "anneesExperience": "many",
                "nombreETPEmployeur": 1, "expertises": [{"domaine": "IA", "niveauAutoEvaluation": 11}, 7]},
        });
        let told = read(body).err().unwrap_or_default();
        let named: Vec<&str> = told.split("; ").filter_map(|fault| fault.rsplit_once(": ").map(|(names, _)| names)).collect();
        let expected = [
            "400 Bad Request VALIDATION_ERROR: the input is invalid: role",
            "tokensUsed",
            "consentementVersion",
            "nom",
            "profilEtudiant.classe",
            "profilEtudiant.typeEtude",
            "profilJury.expertises.1",
            "profilJury.anneesExperience",
            "prenom",
            "dateNaissance",
            "profilJury.expertises.0.niveauAutoEvaluation",
        ];
        assert_eq!(named, expected, "{told}");
    }

    #[test]
    fn what_is_left_out_is_none_and_the_consent_is_apart() {
        let (profile, consent) = read(json!({"prenom": "Léa", "nom": "Martin", "profilEtudiant": null})).unwrap_or_default();
        assert_eq!((profile.first_name.as_str(), profile.student, profile.jury, consent), ("Léa", None, None, None));
        let (_, consent) = read(json!({"prenom": "Léa", "nom": "Martin", "consentementRGPD": false})).unwrap_or_default();
        assert_eq!(consent, Some(ConsentCommand { given: false, version: None }));
    }
}

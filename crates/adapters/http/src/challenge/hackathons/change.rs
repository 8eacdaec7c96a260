//! Changes to a hackathon as they are sent.

use atelier_domain::challenge::hackathons::ChangeHackathon;
use atelier_domain::kernel::Invalid;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::challenge::fields::{Sent, Taken, Unknown, instant, texts};
use crate::error::ApiError;

use super::request::HackathonQuotasBody;

/// Changes to a hackathon; what is absent stays. Fields not listed here are refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub(crate) struct HackathonPatch {
    /// 1–200 characters.
    #[serde(default, rename = "nom")]
    #[schema(value_type = String, example = "Hackathon de printemps")]
    name: Sent<String>,
    /// At most 10000 characters.
    #[serde(default)]
    #[schema(value_type = String, example = "Deux jours de prompts")]
    description: Sent<String>,
    /// At most 10000 characters.
    #[serde(default, rename = "objectifs")]
    #[schema(value_type = String, example = "Apprendre à formuler")]
    objectives: Sent<String>,
    /// When it begins and ends; what is absent of it stays, too.
    #[serde(default)]
    #[schema(value_type = HackathonDatesPatch)]
    dates: Sent<HackathonDatesPatch>,
    /// Whether examiners do not learn whose work they grade.
    #[serde(default, rename = "anonymatActif")]
    #[schema(value_type = bool, example = true)]
    anonymous: Sent<bool>,
    /// What each student may use; both numbers.
    #[serde(default)]
    #[schema(value_type = HackathonQuotasBody)]
    quotas: Sent<HackathonQuotasBody>,
    /// The labels of all tasks, 1–200 characters each, at most 100; a label that was there keeps its id.
    #[serde(default, rename = "taches")]
    #[schema(value_type = Vec<String>, example = json!(["Analyse de données avec IA", "Création de chatbot"]))]
    tasks: Sent<Vec<Sent<String>>>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: Unknown,
}

/// Changes to when a hackathon begins and ends; instants of RFC 3339.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct HackathonDatesPatch {
    /// The begin.
    #[serde(default, rename = "debut")]
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T08:00:00.000Z")]
    starts_at: Sent<String>,
    /// The end, after the begin.
    #[serde(default, rename = "fin")]
    #[schema(value_type = String, format = DateTime, example = "2026-12-02T18:00:00.000Z")]
    ends_at: Sent<String>,
    /// When it is to be archived, not before the end; null for by hand only.
    #[serde(default, rename = "archiveLe")]
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-06-01T00:00:00.000Z")]
    archive_at: Sent<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: Unknown,
}

impl Taken for HackathonDatesPatch {
    const AS: &'static str = "an object";
}

impl HackathonPatch {
    /// The command on the version the client has read, with every wrong field told.
    pub(crate) fn command(self, expected_version: Option<u32>) -> Result<ChangeHackathon, ApiError> {
        let mut problems = Vec::new();
        self.others.refuse("", &mut problems);
        let dates = self.dates.changed("dates", &mut problems).unwrap_or_default();
        dates.others.refuse("dates.", &mut problems);
        let starts_at = dates.starts_at.changed("dates.debut", &mut problems);
        let ends_at = dates.ends_at.changed("dates.fin", &mut problems);
        let archive_at = dates.archive_at.nullable("dates.archiveLe", &mut problems);
        let archive_at = archive_at.map(|at| at.and_then(|at| instant("dates.archiveLe", &at, &mut problems)));
        let tasks = self.tasks.changed("taches", &mut problems);
        let change = ChangeHackathon {
            name: self.name.changed("nom", &mut problems),
            description: self.description.changed("description", &mut problems),
            objectives: self.objectives.changed("objectifs", &mut problems),
            starts_at: starts_at.and_then(|at| instant("dates.debut", &at, &mut problems)),
            ends_at: ends_at.and_then(|at| instant("dates.fin", &at, &mut problems)),
            archive_at,
            anonymous: self.anonymous.changed("anonymatActif", &mut problems),
            quotas: self.quotas.changed("quotas", &mut problems).and_then(|quotas| quotas.both(&mut problems)),
            tasks: tasks.map(|tasks| texts("taches", tasks, &mut problems)),
            expected_version,
        };
        Invalid::check(problems).map_err(|Invalid(fields)| ApiError::invalid(&fields))?;
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(json: Value) -> Result<ChangeHackathon, String> {
        let body: HackathonPatch = serde_json::from_value(json).map_err(|error| error.to_string())?;
        body.command(Some(3)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_absent_stays_and_only_the_day_of_archiving_can_be_taken_away() {
        assert_eq!(read(json!({})), Ok(ChangeHackathon { expected_version: Some(3), ..ChangeHackathon::default() }));
        let change = read(json!({"dates": {"archiveLe": null}, "taches": []}));
        assert_eq!(change.map(|change| (change.archive_at, change.tasks)), Ok((Some(None), Some(Vec::new()))));
        let told = read(json!({"nom": null, "dates": {"fin": null}, "statut": "Test", "quotas": {"promptsParEtudiant": 3}}));
        for field in ["nom: ", "dates.fin: ", "statut: ", "quotas.tokensParEtudiant: is required"] {
            assert!(told.as_ref().is_err_and(|told| told.contains(field)), "{field} in {told:?}");
        }
    }
}

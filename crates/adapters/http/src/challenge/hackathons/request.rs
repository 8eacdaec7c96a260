//! What is asked of hackathons.

use atelier_domain::challenge::hackathons::UnknownHackathonStatus;
use atelier_domain::challenge::hackathons::{HackathonDates, HackathonSearch, HackathonStatus, NewHackathon, Quotas};
use atelier_domain::kernel::{FieldError, Fingerprint, Invalid, Timestamp};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::challenge::fields::{Count, Sent, Taken, Unknown, instant, refuse, texts};
use crate::envelope::time;
use crate::error::ApiError;
use crate::fingerprint::FingerprintBuilder;

/// A hackathon to be made. Fields not listed here are refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub(crate) struct NewHackathonBody {
    /// 1–200 characters.
    #[serde(default, rename = "nom")]
    #[schema(value_type = String, example = "Hackathon de printemps", required = true)]
    name: Sent<String>,
    /// At most 10000 characters; empty when absent.
    #[serde(default)]
    #[schema(value_type = String, example = "Deux jours de prompts")]
    description: Sent<String>,
    /// At most 10000 characters; empty when absent.
    #[serde(default, rename = "objectifs")]
    #[schema(value_type = String, example = "Apprendre à formuler")]
    objectives: Sent<String>,
    /// When it begins and ends.
    #[serde(default)]
    #[schema(value_type = HackathonDatesBody, required = true)]
    dates: Sent<HackathonDatesBody>,
    /// Whether examiners do not learn whose work they grade; false when absent.
    #[serde(default, rename = "anonymatActif")]
    #[schema(value_type = bool, example = true)]
    anonymous: Sent<bool>,
    /// What each student may use; both numbers.
    #[serde(default)]
    #[schema(value_type = HackathonQuotasBody, required = true)]
    quotas: Sent<HackathonQuotasBody>,
    /// The tasks' labels, 1–200 characters each, at most 100; none when absent.
    #[serde(default, rename = "taches")]
    #[schema(value_type = Vec<String>, example = json!(["Analyse de données avec IA", "Création de chatbot"]))]
    tasks: Sent<Vec<Sent<String>>>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: Unknown,
}

/// When a hackathon begins and ends; instants of RFC 3339.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct HackathonDatesBody {
    /// The begin.
    #[serde(default, rename = "debut")]
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T08:00:00.000Z", required = true)]
    starts_at: Sent<String>,
    /// The end, after the begin.
    #[serde(default, rename = "fin")]
    #[schema(value_type = String, format = DateTime, example = "2026-12-02T18:00:00.000Z", required = true)]
    ends_at: Sent<String>,
    /// When it is to be archived, not before the end; null for by hand only.
    #[serde(default, rename = "archiveLe")]
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-06-01T00:00:00.000Z")]
    archive_at: Sent<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: Unknown,
}

/// What each student may use, over all conversations.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct HackathonQuotasBody {
    /// Prompts, 0 or more.
    #[serde(default, rename = "promptsParEtudiant")]
    #[schema(value_type = u32, example = 30, required = true)]
    prompts: Sent<u32>,
    /// Tokens of prompts and answers together, 0 or more.
    #[serde(default, rename = "tokensParEtudiant")]
    #[schema(value_type = u64, example = 16_000, required = true)]
    tokens: Sent<Count>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: Unknown,
}

impl Taken for HackathonDatesBody {
    const AS: &'static str = "an object";
}

impl Taken for HackathonQuotasBody {
    const AS: &'static str = "an object";
}

impl NewHackathonBody {
    /// A hackathon to be made, with every wrong field told.
    pub(crate) fn command(self) -> Result<NewHackathon, ApiError> {
        let mut problems = Vec::new();
        self.others.refuse("", &mut problems);
        let name = self.name.required("nom", &mut problems);
        let dates = self.dates.required("dates", &mut problems).map(|dates| dates.command(&mut problems));
        let quotas = self.quotas.required("quotas", &mut problems).and_then(|quotas| quotas.both(&mut problems));
        let tasks = self.tasks.optional("taches", &mut problems).unwrap_or_default();
        let any_time = HackathonDates { starts_at: Timestamp::UNIX_EPOCH, ends_at: Timestamp::MAX_UTC, archive_at: None };
        let new = NewHackathon {
            name: name.unwrap_or_default(),
            description: self.description.optional("description", &mut problems).unwrap_or_default(),
            objectives: self.objectives.optional("objectifs", &mut problems).unwrap_or_default(),
            dates: dates.flatten().unwrap_or(any_time),
            anonymous: self.anonymous.optional("anonymatActif", &mut problems).unwrap_or_default(),
            quotas: quotas.unwrap_or(Quotas { prompts: 0, tokens: 0 }),
            tasks: texts("taches", tasks, &mut problems),
        };
        let untold = new.problems().into_iter().filter(|fault| problems.iter().all(|told| told.field != fault.field));
        let untold: Vec<FieldError> = untold.collect();
        problems.extend(untold);
        Invalid::check(problems).map_err(|Invalid(fields)| ApiError::invalid(&fields))?;
        Ok(new)
    }
}

impl HackathonDatesBody {
    fn command(self, problems: &mut Vec<FieldError>) -> Option<HackathonDates> {
        self.others.refuse("dates.", problems);
        let starts_at = self.starts_at.required("dates.debut", problems).and_then(|at| instant("dates.debut", &at, problems));
        let ends_at = self.ends_at.required("dates.fin", problems).and_then(|at| instant("dates.fin", &at, problems));
        let archive_at = self.archive_at.optional("dates.archiveLe", problems);
        let archive_at = archive_at.and_then(|at| instant("dates.archiveLe", &at, problems));
        Some(HackathonDates { starts_at: starts_at?, ends_at: ends_at?, archive_at })
    }
}

impl HackathonQuotasBody {
    /// The quotas; both numbers belong together.
    pub(super) fn both(self, problems: &mut Vec<FieldError>) -> Option<Quotas> {
        self.others.refuse("quotas.", problems);
        let prompts = self.prompts.required("quotas.promptsParEtudiant", problems);
        let tokens = self.tokens.required("quotas.tokensParEtudiant", problems);
        Some(Quotas { prompts: prompts?, tokens: tokens?.0 })
    }
}

/// What a creation asks for, for its idempotency key.
pub(crate) fn fingerprint(new: &NewHackathon) -> Fingerprint {
    let archive_at = new.dates.archive_at.map(time);
    let mut fields = FingerprintBuilder::of("POST /hackathons")
        .field("nom", Some(&new.name))
        .field("description", Some(&new.description))
        .field("objectifs", Some(&new.objectives))
        .field("debut", Some(&time(new.dates.starts_at)))
        .field("fin", Some(&time(new.dates.ends_at)))
        .field("archiveLe", archive_at.as_deref())
        .field("anonymatActif", Some(&new.anonymous.to_string()))
        .field("prompts", Some(&new.quotas.prompts.to_string()))
        .field("tokens", Some(&new.quotas.tokens.to_string()));
    for label in &new.tasks {
        fields = fields.field("tache", Some(label));
    }
    fields.finish()
}

/// Where a hackathon is to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub(crate) struct TransitionBody {
    /// `Brouillon`, `Test`, `En cours`, `Terminé` or `Archivé`, or the codes `draft`, `test`, `running`, `finished`, `archived`.
    #[serde(default, rename = "statut")]
    #[schema(value_type = String, example = "En cours", required = true)]
    status: Sent<String>,
    /// `true`: archived although examiners have claimed conversations they have not graded yet; false when absent.
    #[serde(default)]
    #[schema(value_type = bool, example = false)]
    force: Sent<bool>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: Unknown,
}

/// The status of a text; what is none goes to `problems`.
fn status(text: &str, problems: &mut Vec<FieldError>) -> Option<HackathonStatus> {
    let parsed = text.parse();
    parsed.map_err(|unknown: UnknownHackathonStatus| refuse(problems, "statut", unknown.to_string())).ok()
}

impl TransitionBody {
    /// The status, and whether by force.
    pub(crate) fn to(self) -> Result<(HackathonStatus, bool), ApiError> {
        let mut problems = Vec::new();
        self.others.refuse("", &mut problems);
        let to = self.status.required("statut", &mut problems).and_then(|text| status(&text, &mut problems));
        let force = self.force.optional("force", &mut problems).unwrap_or_default();
        to.filter(|_| problems.is_empty()).map(|to| (to, force)).ok_or_else(|| ApiError::invalid(&problems))
    }
}

/// Which hackathons are wanted; all conditions together.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HackathonsQuery {
    /// Only of this status, by name or code.
    #[param(example = "En cours")]
    statut: Option<String>,
    /// `true`: only those that run and whose dates hold now, as one page. `false` is as absent.
    #[param(value_type = Option<bool>, example = true)]
    actif: Option<String>,
    /// Whole words of name or description, in any case, with or without accents.
    #[param(example = "données")]
    q: Option<String>,
}

impl HackathonsQuery {
    /// The search; what is wrong goes to `problems`.
    pub(crate) fn search(self, problems: &mut Vec<FieldError>) -> HackathonSearch {
        let active = match self.actif.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                refuse(problems, "actif", "must be true or false");
                false
            }
        };
        HackathonSearch { status: self.statut.and_then(|text| status(&text, problems)), active, q: self.q }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(json: Value) -> Result<NewHackathon, String> {
        let body: NewHackathonBody = serde_json::from_value(json).map_err(|error| error.to_string())?;
        body.command().map_err(|error| error.to_string())
    }

    #[test]
    fn name_dates_and_quotas_are_enough() {
        let new = read(json!({
            "nom": "Court",
            "dates": {"debut": "2026-12-01T08:00:00Z", "fin": "2026-12-01T20:00:00+02:00"},
            "quotas": {"promptsParEtudiant": 10, "tokensParEtudiant": 2000},
        }));
        let seen = new.map(|new| (new.description, new.anonymous, new.tasks, new.dates.ends_at - new.dates.starts_at, new.quotas));
        let quotas = Quotas { prompts: 10, tokens: 2000 };
        assert_eq!(seen, Ok((String::new(), false, Vec::new(), chrono::TimeDelta::hours(10), quotas)));
    }

    #[test]
    fn every_wrong_field_is_told_with_the_rules_between_them() {
        let told = read(json!({
            "nom": "  ", "statut": "En cours", "anonymatActif": "oui", "description": "a".repeat(10_001),
            "dates": {"debut": "2026-12-02T08:00:00Z", "fin": "2026-12-01T08:00:00Z", "archive": 1},
            "quotas": {"promptsParEtudiant": -1, "tokensParEtudiant": 2.5}, "taches": ["a", 3],
        }));
        for field in [
            "nom: must have",
            "statut: is not",
            "anonymatActif: must be true",
            "description: must have",
            "dates.fin: must be after",
            "dates.archive: is not",
            "quotas.promptsParEtudiant: must be a whole number",
            "quotas.tokensParEtudiant: must be a whole number",
            "taches.1: must be a text",
        ] {
            assert!(told.as_ref().is_err_and(|told| told.contains(field)), "{field} in {told:?}");
        }
        let told = read(json!({})).err().unwrap_or_default();
        assert!(told.ends_with("nom: is required; dates: is required; quotas: is required"), "{told}");
    }

    #[test]
    fn another_content_has_another_fingerprint() {
        let with = |tasks: Value| {
            let dates = json!({"debut": "2026-12-01T08:00:00Z", "fin": "2026-12-02T08:00:00Z"});
            let quotas = json!({"promptsParEtudiant": 1, "tokensParEtudiant": 1});
            read(json!({"nom": "a", "dates": dates, "quotas": quotas, "taches": tasks})).map(|new| fingerprint(&new).0)
        };
        assert_eq!(with(json!(["a", "b"])), with(json!(["a", "b"])));
        assert_ne!(with(json!(["a", "b"])), with(json!(["b", "a"])));
    }
}

//! What is asked of participants, but for the profile.

use atelier_domain::challenge::participants::ConsentCommand;
use atelier_domain::identity::{Role, UnknownRole};
use atelier_domain::kernel::{FieldError, Invalid};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::challenge::fields::{Count, Sent, Unknown, refuse};
use crate::error::ApiError;

/// Agreement to the processing of the data, or its withdrawal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub(crate) struct ParticipationConsentBody {
    /// Whether the person agrees.
    #[serde(default, rename = "consentementRGPD")]
    #[schema(value_type = bool, example = true, required = true)]
    given: Sent<bool>,
    /// The version of the text that was read, 1–50 characters without blanks; `1` when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2026-09")]
    version: Sent<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: Unknown,
}

impl ParticipationConsentBody {
    /// The command.
    pub(crate) fn command(self) -> Result<ConsentCommand, ApiError> {
        let mut problems = Vec::new();
        self.others.refuse("", &mut problems);
        let version = self.version.optional("version", &mut problems);
        match self.given.required("consentementRGPD", &mut problems) {
            Some(given) if problems.is_empty() => Ok(ConsentCommand { given, version }),
            _ => Err(ApiError::invalid(&problems)),
        }
    }
}

/// An account's budget of tokens.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub(crate) struct TokenBudgetBody {
    /// How many tokens the account may use over all hackathons; null lifts the limit.
    #[serde(default, rename = "tokensAuthorized")]
    #[schema(value_type = Option<u64>, example = 100_000, required = true)]
    authorized: Sent<Count>,
    #[serde(flatten)]
    #[schema(ignore)]
    others: Unknown,
}

impl TokenBudgetBody {
    /// The budget; none is no limit.
    pub(crate) fn authorized(self) -> Result<Option<u64>, ApiError> {
        let mut problems = Vec::new();
        self.others.refuse("", &mut problems);
        if self.authorized == Sent::Absent {
            refuse(&mut problems, "tokensAuthorized", "is required: a number, or null for no limit");
        }
        let authorized = self.authorized.optional("tokensAuthorized", &mut problems);
        Invalid::check(problems).map_err(|Invalid(fields)| ApiError::invalid(&fields))?;
        Ok(authorized.map(|Count(tokens)| tokens))
    }
}

/// Which participants are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ParticipantsQuery {
    /// Only this role; the French and plural forms are taken, too.
    #[param(example = "etudiant")]
    role: Option<String>,
}

impl ParticipantsQuery {
    /// The role; what is none goes to `problems`.
    pub(crate) fn role(&self, problems: &mut Vec<FieldError>) -> Option<Role> {
        let parsed = self.role.as_deref().map(str::parse).transpose();
        parsed.map_err(|unknown: UnknownRole| refuse(problems, "role", unknown.to_string())).ok().flatten()
    }
}

//! What is asked of exports.

use atelier_domain::challenge::results::Exported;
use atelier_domain::kernel::FieldError;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::challenge::fields::refuse;

/// What is to be exported.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `results` (the leaderboard), `evaluations` or `conversations` (those handed in); `results` when absent.
    #[param(example = "results")]
    what: Option<String>,
}

impl ExportQuery {
    /// What; a word that is none of them goes to `problems`.
    pub(super) fn what(&self, problems: &mut Vec<FieldError>) -> Exported {
        let Some(word) = self.what.as_deref() else { return Exported::Results };
        Exported::ALL.into_iter().find(|exported| exported.as_str() == word).unwrap_or_else(|| {
            refuse(problems, "what", "must be results, evaluations or conversations");
            Exported::Results
        })
    }
}

/// How a CSV file is to be written.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CsvQuery {
    /// `true`: a byte order mark comes first, by which some spreadsheets know UTF-8. `false` is as absent.
    #[param(value_type = Option<bool>, example = true)]
    bom: Option<String>,
}

impl CsvQuery {
    /// Whether a byte order mark comes first; what is neither goes to `problems`.
    pub(super) fn bom(&self, problems: &mut Vec<FieldError>) -> bool {
        match self.bom.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                refuse(problems, "bom", "must be true or false");
                false
            }
        }
    }
}

//! What is asked of evaluations.

use atelier_domain::challenge::evaluations::{ChangeEvaluation, Comment, EvaluationFilter, NewEvaluation, Note};
use atelier_domain::kernel::{ConversationId, EntityId, FieldError, Fingerprint, Invalid};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::challenge::fields::{Sent, Unknown, refuse};
use crate::error::ApiError;
use crate::fingerprint::FingerprintBuilder;

/// A conversation's evaluation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub(crate) struct EvaluationJson {
    /// The conversation, by the id the examiner knows it by.
    #[serde(default)]
    #[schema(value_type = String, example = "65f0c0ffee65f0c0ffee65f5", required = true)]
    conversation_id: Sent<String>,
    /// 1 to 10 in half points.
    #[serde(default)]
    #[schema(value_type = f64, minimum = 1, maximum = 10, multiple_of = 0.5, example = 7.5, required = true)]
    note: Sent<f64>,
    /// 10 to 5000 characters, blanks at both ends not counted.
    #[serde(default)]
    #[schema(value_type = String, min_length = 10, max_length = 5000, example = "Prompt clair, réponse vérifiée.", required = true)]
    comment: Sent<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// A note as it was sent. What is no number becomes one the domain refuses in the source document's words.
fn note(sent: &Sent<f64>) -> Option<f64> {
    match sent {
        Sent::Absent => None,
        Sent::Given(note) => Some(*note),
        Sent::Null | Sent::Wrong => Some(f64::NAN),
    }
}

/// A comment as it was sent. What is no text is as empty, which the domain refuses in the source document's words.
fn comment(sent: Sent<String>) -> Option<String> {
    match sent {
        Sent::Absent => None,
        Sent::Given(comment) => Some(comment),
        Sent::Null | Sent::Wrong => Some(String::new()),
    }
}

impl EvaluationJson {
    /// The command; with a bad conversation id every other bad field is told as well.
    pub(super) fn command(self) -> Result<NewEvaluation, ApiError> {
        let mut problems = Vec::new();
        self.unknown.refuse("", &mut problems);
        let conversation_id = self.conversation_id.required("conversationId", &mut problems);
        let conversation_id: Option<ConversationId> = conversation_id.and_then(|text| id("conversationId", &text, &mut problems));
        let (note, comment) = (note(&self.note).unwrap_or(f64::NAN), comment(self.comment).unwrap_or_default());
        match conversation_id {
            Some(conversation_id) if problems.is_empty() => Ok(NewEvaluation { conversation_id, note, comment }),
            _ => {
                problems
                    .extend(Note::parse(note).err().into_iter().chain(Comment::parse(&comment).err()).flat_map(|Invalid(fields)| fields));
                Err(ApiError::invalid(&problems))
            }
        }
    }
}

/// What makes a repeated evaluation the same.
pub(super) fn fingerprint(new: &NewEvaluation) -> Fingerprint {
    FingerprintBuilder::of("POST /evaluations")
        .field("conversationId", Some(&new.conversation_id.to_string()))
        .field("note", Some(&new.note.to_string()))
        .field("comment", Some(&new.comment))
        .finish()
}

/// Changes to an evaluation; absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub(crate) struct EvaluationPatch {
    /// 1 to 10 in half points.
    #[serde(default)]
    #[schema(value_type = f64, required = false, minimum = 1, maximum = 10, multiple_of = 0.5, example = 8.0)]
    note: Sent<f64>,
    /// 10 to 5000 characters, blanks at both ends not counted.
    #[serde(default)]
    #[schema(value_type = String, required = false, min_length = 10, max_length = 5000, example = "Après relecture : très bon prompt.")]
    comment: Sent<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

impl EvaluationPatch {
    /// The command.
    pub(super) fn command(self, expected_version: Option<u32>) -> Result<ChangeEvaluation, ApiError> {
        let mut problems = Vec::new();
        self.unknown.refuse("", &mut problems);
        Invalid::check(problems).map_err(|Invalid(fields)| ApiError::invalid(&fields))?;
        Ok(ChangeEvaluation { note: note(&self.note), comment: comment(self.comment), expected_version })
    }
}

/// Which evaluations are wanted; both conditions together.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvaluationQuery {
    /// Only of this examiner. Examiners may name themselves only.
    #[param(example = "65f0c0ffee65f0c0ffee65f6")]
    examiner_id: Option<String>,
    /// Only of this hackathon. Students have to name one.
    #[param(example = "65f0c0ffee65f0c0ffee65f4")]
    hackathon_id: Option<String>,
}

impl EvaluationQuery {
    /// The filter; what is no id is added to `problems`.
    pub(super) fn filter(&self, problems: &mut Vec<FieldError>) -> EvaluationFilter {
        EvaluationFilter {
            examiner_id: self.examiner_id.as_deref().and_then(|text| id("examinerId", text, problems)),
            hackathon_id: self.hackathon_id.as_deref().and_then(|text| id("hackathonId", text, problems)),
            student_id: None,
        }
    }
}

fn id<T: EntityId>(field: &str, text: &str, problems: &mut Vec<FieldError>) -> Option<T> {
    text.parse().map_err(|invalid: T::Err| refuse(problems, field, invalid.to_string())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        let command = serde_json::from_str::<EvaluationJson>(json).map(EvaluationJson::command);
        format!("{command:?}")
    }

    #[test]
    fn a_note_that_is_no_number_is_refused_by_its_name_with_everything_else() {
        let told = refused(r#"{"conversationId": "x", "note": "7", "comment": 3, "studentId": "y"}"#);
        for expected in ["conversationId", "La note doit être un nombre", "au moins 10 caractères", "studentId"] {
            assert!(told.contains(expected), "{expected}: {told}");
        }
    }

    #[test]
    fn a_patch_tells_absent_from_null() -> Result<(), serde_json::Error> {
        let patch = |json| serde_json::from_str::<EvaluationPatch>(json).map(|patch| patch.command(Some(3)));
        assert!(matches!(patch(r"{}")?, Ok(ChangeEvaluation { note: None, comment: None, expected_version: Some(3) })));
        let nulls = patch(r#"{"note": null, "comment": null}"#)?;
        assert!(matches!(nulls, Ok(ChangeEvaluation { note: Some(note), comment: Some(_), .. }) if note.is_nan()));
        Ok(())
    }
}

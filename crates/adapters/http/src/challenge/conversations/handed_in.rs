//! What a student is told who hands in.

use atelier_domain::challenge::anonymity::LeakKind;
use atelier_domain::challenge::conversations::{Conversation, Leak, LeakPlace};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::ConversationDto;

/// Something in a text that tells whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LeakWarningDto {
    /// Where: `promptFinal`, `reponseIAFinale` or `messages`.
    #[serde(rename = "champ")]
    #[schema(example = "promptFinal")]
    place: &'static str,
    /// What: `nom`, `email`, `numeroEtudiant` or `groupe`.
    #[serde(rename = "nature")]
    #[schema(example = "nom")]
    kind: &'static str,
    /// Both in words.
    #[schema(example = "Le prompt final contient votre nom ou votre prénom ; le jury le verra masqué.")]
    message: String,
}

impl From<&Leak> for LeakWarningDto {
    fn from(leak: &Leak) -> Self {
        let place = match leak.place {
            LeakPlace::Prompt => "Le prompt final contient",
            LeakPlace::Answer => "La réponse finale contient",
            LeakPlace::Messages => "Vos échanges contiennent",
        };
        let kind = match leak.kind {
            LeakKind::Name => "votre nom ou votre prénom",
            LeakKind::Email => "votre adresse e-mail",
            LeakKind::StudentNumber => "votre numéro d'étudiant",
            LeakKind::Group => "le nom de votre groupe",
        };
        Self { place: leak.place.as_str(), kind: leak.kind.as_str(), message: format!("{place} {kind} ; le jury le verra masqué.") }
    }
}

/// A conversation that was handed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HandedInData {
    conversation: ConversationDto,
    /// What the texts tell of the student; empty when nothing was found, or the hackathon is not anonymous.
    #[serde(rename = "avertissements")]
    warnings: Vec<LeakWarningDto>,
}

impl HandedInData {
    pub(super) fn of(conversation: &Conversation, leaks: &[Leak]) -> Self {
        Self { conversation: conversation.into(), warnings: leaks.iter().map(Into::into).collect() }
    }
}

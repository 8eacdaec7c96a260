//! Warning authors of what they give away.

use crate::challenge::ChallengeError;
use crate::challenge::anonymity::{IdentifyingStrings, LeakKind, leaks};
use crate::challenge::conversations::Conversation;
use crate::kernel::Email;

use super::ConversationService;
use super::read::identity_of;

/// The texts of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeakPlace {
    /// `promptFinal`.
    Prompt,
    /// `reponseIAFinale`.
    Answer,
    /// Any of the messages.
    Messages,
}

impl LeakPlace {
    /// The field's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prompt => "promptFinal",
            Self::Answer => "reponseIAFinale",
            Self::Messages => "messages",
        }
    }
}

/// Something that tells whose a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leak {
    /// Where.
    pub place: LeakPlace,
    /// What.
    pub kind: LeakKind,
}

impl ConversationService {
    /// What the texts of a conversation tell of its student, each place and kind once; nothing where the jury learns the names anyway. The
    /// jury sees these places masked.
    ///
    /// # Errors
    /// The store's.
    #[tracing::instrument(name = "challenge.conversations.leaks", skip_all, fields(conversation_id = %conversation.id))]
    pub async fn leaks(&self, conversation: &Conversation) -> Result<Vec<Leak>, ChallengeError> {
        let store = &self.ports.store;
        if !store.hackathons().find(conversation.hackathon_id).await?.is_some_and(|hackathon| hackathon.anonymous) {
            return Ok(Vec::new());
        }
        let Some(participant) = store.participants().find(conversation.student_id).await? else { return Ok(Vec::new()) };
        let email = self.ports.addresses.email_of(conversation.student_id).await?;
        let email = email.as_ref().map(Email::as_str).unwrap_or_default();
        let person = IdentifyingStrings { email, ..identity_of(&participant) };
        let messages = store.conversations().messages(conversation.id, 0, conversation.message_count).await?;
        let version = conversation.final_version.as_ref();
        let (prompt, answer) = version.map(|version| (version.prompt.as_str(), version.answer.as_str())).unwrap_or_default();
        let texts = [prompt, answer].into_iter().chain(messages.iter().map(|message| message.content.as_str()));
        let mut found: Vec<Leak> = Vec::new();
        for (number, kind) in leaks(&person, texts) {
            let place = match number {
                0 => LeakPlace::Prompt,
                1 => LeakPlace::Answer,
                _ => LeakPlace::Messages,
            };
            let leak = Leak { place, kind };
            if !found.contains(&leak) {
                found.push(leak);
            }
        }
        Ok(found)
    }
}

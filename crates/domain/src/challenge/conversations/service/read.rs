//! Reading conversations: the student and the group everything, administrators everything, examiners what anonymity allows.

use crate::challenge::ChallengeError;
use crate::challenge::anonymity::{IdentifyingStrings, LeakScan};
use crate::challenge::conversations::{Conversation, ConversationFilter, Message};
use crate::challenge::enrolments::{EnrolmentKey, Ledger, QuotaLeft};
use crate::challenge::hackathons::{Hackathon, HackathonStatus};
use crate::challenge::participants::{AccountTokens, Participant};
use crate::identity::{Actor, Role};
use crate::kernel::{ConversationId, Email, HackathonId, Page, Paged};

use super::ConversationService;

/// A conversation as the caller may see it.
pub struct Seen {
    /// The conversation.
    pub conversation: Conversation,
    /// With it, the conversation is seen without what tells whose it is: only the alias, parameters, statistics and the texts may be shown,
    /// the texts masked by it.
    pub mask: Option<LeakScan>,
}

impl Seen {
    /// The id under which the caller knows it.
    pub fn id(&self) -> ConversationId {
        if self.mask.is_some() { self.conversation.alias } else { self.conversation.id }
    }
}

impl ConversationService {
    /// One conversation, without its messages. Examiners name it by its alias while the hackathon is anonymous.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`], also for somebody else's.
    #[tracing::instrument(name = "challenge.conversations.get", skip_all, fields(user_id = %actor.user_id, conversation_id = %id))]
    pub async fn get(&self, actor: Actor, id: ConversationId) -> Result<Seen, ChallengeError> {
        let whole = |conversation| Seen { conversation, mask: None };
        if actor.role == Role::Examiner {
            return self.for_jury(actor, id).await;
        }
        let conversation = self.ports.store.conversations().find(id).await?.ok_or(ChallengeError::NotFound)?;
        if conversation.student_id == actor.user_id || actor.is_admin() || self.in_group(actor, &conversation).await? {
            return Ok(whole(conversation));
        }
        Err(ChallengeError::NotFound)
    }

    /// A conversation the jury may grade, by the id the jury knows.
    pub(in crate::challenge) async fn for_jury(&self, actor: Actor, id: ConversationId) -> Result<Seen, ChallengeError> {
        let conversations = self.ports.store.conversations();
        let (found, by_alias) = match conversations.find_by_alias(id).await? {
            Some(found) => (Some(found), true),
            None => (conversations.find(id).await?, false),
        };
        let conversation = found.filter(Conversation::is_gradable).ok_or(ChallengeError::NotFound)?;
        let hackathon = self.ports.store.hackathons().find(conversation.hackathon_id).await?.ok_or(ChallengeError::NotFound)?;
        let blind = hackathon.anonymous && !actor.is_admin();
        if conversation.student_id == actor.user_id || (blind && !by_alias) {
            return Err(ChallengeError::NotFound);
        }
        if !blind {
            return Ok(Seen { conversation, mask: None });
        }
        let participant = self.ports.store.participants().find(conversation.student_id).await?;
        let email = self.ports.addresses.email_of(conversation.student_id).await?;
        let identity = participant.as_ref().map(identity_of).unwrap_or_default();
        let mask = LeakScan::of(&IdentifyingStrings { email: email.as_ref().map(Email::as_str).unwrap_or_default(), ..identity });
        Ok(Seen { conversation, mask: Some(mask) })
    }

    async fn in_group(&self, actor: Actor, conversation: &Conversation) -> Result<bool, ChallengeError> {
        let Some(group) = &conversation.group_id else { return Ok(false) };
        let reader = self.ports.store.participants().find(actor.user_id).await?;
        Ok(reader.and_then(|reader| reader.profile.student).and_then(|student| student.group_id).as_ref() == Some(group))
    }

    /// A page of messages, the oldest first.
    ///
    /// # Errors
    /// As [`get`](ConversationService::get).
    #[tracing::instrument(name = "challenge.conversations.messages", skip_all, fields(user_id = %actor.user_id, conversation_id = %id))]
    pub async fn messages(&self, actor: Actor, id: ConversationId, skip: u32, limit: u32) -> Result<(Seen, Vec<Message>), ChallengeError> {
        let seen = self.get(actor, id).await?;
        let messages = self.ports.store.conversations().messages(seen.conversation.id, skip, limit).await?;
        Ok((seen, messages))
    }

    /// A page of the caller's own conversations, newest first; `submitted` narrows it to those with a final version, last changed first
    /// (checklist P179). Archived ones are out of sight.
    ///
    /// # Errors
    /// [`ChallengeError::Invalid`] when the cursor is of another list.
    #[tracing::instrument(name = "challenge.conversations.list", skip_all, fields(user_id = %actor.user_id))]
    pub async fn list(
        &self,
        actor: Actor,
        hackathon_id: Option<HackathonId>,
        submitted: bool,
        page: &Page,
    ) -> Result<Paged<Conversation>, ChallengeError> {
        page.check_sorted_by_time()?;
        let queries = self.ports.store.conversations();
        if submitted {
            return Ok(queries.submitted_by(actor.user_id, page).await?);
        }
        let filter = ConversationFilter { student_id: Some(actor.user_id), hackathon_id, with_archived: false };
        Ok(queries.list(&filter, page).await?)
    }

    /// A page of a hackathon's conversations, newest first (checklist P180).
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role `admin`; [`ChallengeError::NotFound`].
    #[tracing::instrument(name = "challenge.conversations.of_hackathon", skip_all, fields(hackathon_id = %hackathon_id))]
    pub async fn of_hackathon(&self, actor: Actor, hackathon_id: HackathonId, page: &Page) -> Result<Paged<Conversation>, ChallengeError> {
        crate::challenge::participants::require_admin(actor)?;
        page.check_sorted_by_time()?;
        self.hackathon(actor, hackathon_id).await?;
        let filter = ConversationFilter { student_id: None, hackathon_id: Some(hackathon_id), with_archived: true };
        Ok(self.ports.store.conversations().list(&filter, page).await?)
    }

    /// What is left of the caller's quota in a hackathon.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`].
    #[tracing::instrument(name = "challenge.conversations.quota", skip_all, fields(user_id = %actor.user_id, hackathon_id = %hackathon_id))]
    pub async fn quota(&self, actor: Actor, hackathon_id: HackathonId) -> Result<QuotaLeft, ChallengeError> {
        let hackathon = self.hackathon(actor, hackathon_id).await?;
        let test = hackathon.status == HackathonStatus::Test;
        let key = EnrolmentKey { hackathon_id, student_id: actor.user_id, test };
        let ledger = self.ports.store.enrolments().find(key).await?.map_or_else(Ledger::default, |enrolment| enrolment.ledger);
        Ok(ledger.left(hackathon.quotas))
    }

    /// The caller's own budget of tokens, over all hackathons; without a profile none is set and none used.
    ///
    /// # Errors
    /// The store's.
    pub async fn account_tokens(&self, actor: Actor) -> Result<AccountTokens, ChallengeError> {
        let participant = self.ports.store.participants().find(actor.user_id).await?;
        Ok(participant.map(|participant| participant.tokens).unwrap_or_default())
    }

    async fn hackathon(&self, actor: Actor, id: HackathonId) -> Result<Hackathon, ChallengeError> {
        let found = self.ports.store.hackathons().find(id).await?;
        found.filter(|hackathon| actor.is_admin() || hackathon.status != HackathonStatus::Draft).ok_or(ChallengeError::NotFound)
    }
}

/// What would tell in a text who wrote it.
pub(super) fn identity_of(participant: &Participant) -> IdentifyingStrings<'_> {
    let profile = &participant.profile;
    IdentifyingStrings {
        first_name: &profile.first_name,
        last_name: &profile.last_name,
        email: "",
        student_number: profile.student_number.as_deref(),
        group: profile.student.as_ref().and_then(|student| student.group_id.as_deref()),
    }
}

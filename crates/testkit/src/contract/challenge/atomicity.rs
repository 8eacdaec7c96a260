//! The unit of work: everything in it happens, or nothing.

use atelier_domain::challenge::ChallengeUnitOfWork;
use atelier_domain::challenge::conversations::{Conversation, Message};
use atelier_domain::challenge::enrolments::Enrolment;
use atelier_domain::challenge::evaluations::Evaluation;
use atelier_domain::challenge::hackathons::Hackathon;
use atelier_domain::challenge::participants::Participant;
use atelier_domain::kernel::{AuditEntry, EntityId, IdempotencyKey, IdempotencyRecord};
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::{claim, conversation, enrolment, evaluation, hackathon, job, noon, participant, prompt, published_results, user};

/// One of everything, belonging together.
struct Everything {
    participant: Participant,
    hackathon: Hackathon,
    enrolment: Enrolment,
    conversation: Conversation,
    evaluation: Evaluation,
}

impl Everything {
    fn new() -> Self {
        let (participant, hackathon) = (participant(user()), hackathon());
        let enrolment = enrolment(hackathon.id, participant.account_id);
        let conversation = conversation(hackathon.id, participant.account_id);
        let evaluation = evaluation(&conversation, user());
        Self { participant, hackathon, enrolment, conversation, evaluation }
    }

    fn key(&self) -> String {
        format!("everything of {}", self.participant.account_id)
    }

    async fn write(&self, uow: &mut dyn ChallengeUnitOfWork) {
        let person = self.participant.account_id;
        uow.participants().put(&self.participant).await.unwrap();
        uow.hackathons().insert(&self.hackathon).await.unwrap();
        uow.enrolments().insert(&self.enrolment).await.unwrap();
        uow.conversations().insert(&self.conversation).await.unwrap();
        uow.conversations().append(self.conversation.id, &prompt("text")).await.unwrap();
        uow.evaluations().insert(&self.evaluation).await.unwrap();
        uow.assignments().put(&claim(&self.conversation, user())).await.unwrap();
        uow.results().insert(&published_results(self.hackathon.id)).await.unwrap();
        uow.jobs().enqueue(&job("contract.challenge.write").unique(self.key())).await.unwrap();
        let entry = AuditEntry {
            id: EntityId::from_bytes(person.bytes()),
            at: noon(),
            actor: Some(person),
            action: "contract.everything_written".into(),
            subject: AuditEntry::account(person),
            details: String::new(),
        };
        uow.audit().append(&entry).await.unwrap();
        let record = IdempotencyRecord {
            user_id: person,
            key: IdempotencyKey::parse("everything").unwrap(),
            fingerprint: "f".to_owned(),
            resource: "r".to_owned(),
            expires_at: noon() + TimeDelta::hours(1),
        };
        uow.idempotency().insert(&record, noon()).await.unwrap();
    }

    /// How many of each are seen from outside.
    async fn seen(&self, store: &ChallengeUnderTest) -> [usize; 8] {
        let (event, challenge) = (self.hackathon.id, &store.challenge);
        [
            usize::from(challenge.participants().find(self.participant.account_id).await.unwrap().is_some()),
            usize::from(challenge.hackathons().find(event).await.unwrap().is_some()),
            challenge.enrolments().of_hackathon(event).await.unwrap().len(),
            usize::from(challenge.conversations().find(self.conversation.id).await.unwrap().is_some()),
            store.messages(self.conversation.id).await.len(),
            challenge.evaluations().of_hackathon(event, None, 10).await.unwrap().len(),
            challenge.assignments().of_hackathon(event).await.unwrap().len(),
            usize::from(challenge.results().find(event).await.unwrap().is_some()),
        ]
    }

    /// Whether job and idempotency record are there.
    async fn kernel(&self, store: &ChallengeUnderTest) -> (bool, bool) {
        let mut uow = store.begin().await;
        let key = IdempotencyKey::parse("everything").unwrap();
        let record = uow.idempotency().find(self.participant.account_id, &key, noon()).await.unwrap();
        (uow.jobs().is_live(&self.key()).await.unwrap(), record.is_some())
    }
}

/// What a unit of work wrote is seen by others after the commit, all of it, what belongs to the kernel included.
pub async fn a_commit_shows_every_write(store: &ChallengeUnderTest) {
    let all = Everything::new();
    let mut uow = store.begin().await;
    all.write(uow.as_mut()).await;
    uow.commit().await.unwrap();
    assert_eq!(all.seen(store).await, [1; 8]);
    assert_eq!(all.kernel(store).await, (true, true));
}

/// Before the commit nobody else sees anything.
pub async fn nothing_is_seen_before_the_commit(store: &ChallengeUnderTest) {
    let all = Everything::new();
    let mut uow = store.begin().await;
    all.write(uow.as_mut()).await;
    assert_eq!(all.seen(store).await, [0; 8]);
    uow.commit().await.unwrap();
    assert_eq!(all.seen(store).await, [1; 8]);
}

/// A unit of work that is dropped leaves nothing behind, and does not stand in the way of the next.
pub async fn a_dropped_unit_of_work_leaves_nothing(store: &ChallengeUnderTest) {
    let all = Everything::new();
    let mut uow = store.begin().await;
    all.write(uow.as_mut()).await;
    drop(uow);
    assert_eq!(all.seen(store).await, [0; 8]);
    assert_eq!(all.kernel(store).await, (false, false));
    let mut uow = store.begin().await;
    all.write(uow.as_mut()).await;
    uow.commit().await.unwrap();
    assert_eq!(all.seen(store).await, [1; 8]);
}

/// Changes and removals of a unit of work that is dropped are as if they had not been.
pub async fn a_dropped_change_changes_nothing(store: &ChallengeUnderTest) {
    let all = Everything::new();
    let mut uow = store.begin().await;
    all.write(uow.as_mut()).await;
    uow.commit().await.unwrap();
    let messages = store.messages(all.conversation.id).await;
    let claims = store.challenge.assignments().of_hackathon(all.hackathon.id).await.unwrap();

    let mut uow = store.begin().await;
    uow.participants().put(&Participant { consent: None, ..all.participant.clone() }).await.unwrap();
    let mut spent = all.enrolment.clone();
    spent.ledger.prompts_used = 9;
    uow.enrolments().update(&spent).await.unwrap();
    uow.conversations().update(&Conversation { archived: true, ..all.conversation.clone() }).await.unwrap();
    uow.conversations().replace(all.conversation.id, &Message { content: "other".to_owned(), ..messages[0].clone() }).await.unwrap();
    uow.conversations().append(all.conversation.id, &prompt("more")).await.unwrap();
    uow.evaluations().update(&Evaluation { version: 2, ..all.evaluation.clone() }).await.unwrap();
    uow.evaluations().delete(all.evaluation.id).await.unwrap();
    uow.assignments().delete(claims[0].conversation_id, claims[0].examiner_id).await.unwrap();
    uow.results().delete(all.hackathon.id).await.unwrap();
    uow.hackathons().update(&Hackathon { version: 2, ..all.hackathon.clone() }).await.unwrap();
    uow.hackathons().delete(all.hackathon.id).await.unwrap();
    drop(uow);

    let challenge = &store.challenge;
    assert_eq!(all.seen(store).await, [1; 8]);
    assert_eq!(challenge.participants().find(all.participant.account_id).await.unwrap(), Some(all.participant));
    assert_eq!(challenge.enrolments().find(all.enrolment.key).await.unwrap(), Some(all.enrolment));
    assert_eq!(store.conversation(all.conversation.id).await, all.conversation);
    assert_eq!(store.messages(all.conversation.id).await, messages);
    assert_eq!(challenge.evaluations().find(all.evaluation.id).await.unwrap(), Some(all.evaluation));
    assert_eq!(challenge.assignments().of_hackathon(all.hackathon.id).await.unwrap(), claims);
    assert_eq!(challenge.hackathons().find(all.hackathon.id).await.unwrap(), Some(all.hackathon));
}

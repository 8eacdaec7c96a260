//! The bundle the suites work on.

use std::any::Any;
use std::sync::Arc;

use atelier_domain::challenge::conversations::{Conversation, Message};
use atelier_domain::challenge::enrolments::Enrolment;
use atelier_domain::challenge::evaluations::{Assignment, Evaluation};
use atelier_domain::challenge::hackathons::Hackathon;
use atelier_domain::challenge::participants::Participant;
use atelier_domain::challenge::{ChallengeStore, ChallengeUnitOfWork};
use atelier_domain::kernel::ConversationId;

/// An empty store of Prompt Challenge.
#[derive(Clone)]
pub struct ChallengeUnderTest {
    /// The store.
    pub challenge: Arc<dyn ChallengeStore>,
    /// Whatever must live as long as the store: a temporary folder, a database to be dropped.
    pub guard: Arc<dyn Any + Send + Sync>,
}

impl ChallengeUnderTest {
    /// A store with what must live as long as it.
    pub fn of(challenge: Arc<dyn ChallengeStore>, guard: impl Any + Send + Sync) -> Self {
        Self { challenge, guard: Arc::new(guard) }
    }

    pub(crate) async fn begin(&self) -> Box<dyn ChallengeUnitOfWork> {
        self.challenge.begin().await.unwrap()
    }

    pub(crate) async fn add_participants(&self, participants: &[Participant]) {
        let mut uow = self.begin().await;
        for participant in participants {
            uow.participants().put(participant).await.unwrap();
        }
        uow.commit().await.unwrap();
    }

    pub(crate) async fn add_hackathons(&self, hackathons: &[Hackathon]) {
        let mut uow = self.begin().await;
        for hackathon in hackathons {
            uow.hackathons().insert(hackathon).await.unwrap();
        }
        uow.commit().await.unwrap();
    }

    pub(crate) async fn add_enrolments(&self, enrolments: &[Enrolment]) {
        let mut uow = self.begin().await;
        for enrolment in enrolments {
            uow.enrolments().insert(enrolment).await.unwrap();
        }
        uow.commit().await.unwrap();
    }

    pub(crate) async fn add_conversations(&self, conversations: &[Conversation]) {
        let mut uow = self.begin().await;
        for conversation in conversations {
            uow.conversations().insert(conversation).await.unwrap();
        }
        uow.commit().await.unwrap();
    }

    pub(crate) async fn append(&self, id: ConversationId, messages: &[Message]) {
        let mut uow = self.begin().await;
        for message in messages {
            uow.conversations().append(id, message).await.unwrap();
        }
        uow.commit().await.unwrap();
    }

    pub(crate) async fn add_evaluations(&self, evaluations: &[Evaluation]) {
        let mut uow = self.begin().await;
        for evaluation in evaluations {
            uow.evaluations().insert(evaluation).await.unwrap();
        }
        uow.commit().await.unwrap();
    }

    pub(crate) async fn assign(&self, assignments: &[Assignment]) {
        let mut uow = self.begin().await;
        for assignment in assignments {
            uow.assignments().put(assignment).await.unwrap();
        }
        uow.commit().await.unwrap();
    }

    /// The conversation as it is stored now.
    pub(crate) async fn conversation(&self, id: ConversationId) -> Conversation {
        self.challenge.conversations().find(id).await.unwrap().unwrap()
    }

    /// The conversation's messages, all of them.
    pub(crate) async fn messages(&self, id: ConversationId) -> Vec<Message> {
        self.challenge.conversations().messages(id, 0, 1_000).await.unwrap()
    }
}

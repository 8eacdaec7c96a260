//! Prompt Challenge over memory, with a scripted model.

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_memory::MemoryStore;
use atelier_domain::challenge::chat::{ChatModels, ChatUsage};
use atelier_domain::challenge::conversations::{
    AddressBook, Asked, Conversation, ConversationPorts, ConversationService, Exchange, Message, NewConversation,
};
use atelier_domain::challenge::enrolments::{EnrolmentKey, Ledger, QuotaLeft};
use atelier_domain::challenge::evaluations::{EvaluationPorts, EvaluationService};
use atelier_domain::challenge::hackathons::{Hackathon, HackathonService};
use atelier_domain::challenge::participants::ParticipantService;
use atelier_domain::challenge::{ChallengeError, ChallengeStore};
use atelier_domain::identity::{Actor, Role};
use atelier_domain::kernel::{ConversationId, Email, StoreError, Timer, UserId};
use atelier_testkit::{ChatScript, FixedClock, ScriptedChatModel, SeededIds, SeededSecrets};

/// Waits a hundredth of what it is asked to.
struct QuickTimer;

#[async_trait::async_trait]
impl Timer for QuickTimer {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration / 100).await;
    }
}

/// Everybody's address is that of Ada.
struct Addresses;

#[async_trait::async_trait]
impl AddressBook for Addresses {
    async fn email_of(&self, _account_id: UserId) -> Result<Option<Email>, StoreError> {
        Ok(Some(Email::parse("countess@analytical.example").unwrap()))
    }
}

/// An answer in two pieces, counted by the provider as 20 and 30 tokens.
pub(super) fn greeting() -> ChatScript {
    let usage = ChatUsage { prompt: 20, completion: 30, ..ChatUsage::default() };
    ChatScript::Answer { pieces: vec!["Bon".to_owned(), "jour !".to_owned()], usage }
}

fn jury_of(ports: &ConversationPorts) -> EvaluationPorts {
    EvaluationPorts {
        store: ports.store.clone(),
        ids: ports.ids.clone(),
        secrets: ports.secrets.clone(),
        clock: ports.clock.clone(),
        examiners_per_conversation: EvaluationService::DEFAULT_EXAMINERS,
    }
}

pub(super) struct World {
    pub(super) store: MemoryStore,
    pub(super) clock: FixedClock,
    pub(super) model: ScriptedChatModel,
    pub(super) ports: ConversationPorts,
    pub(super) conversations: ConversationService,
    pub(super) hackathons: HackathonService,
    pub(super) participants: ParticipantService,
    pub(super) evaluations: EvaluationService,
    pub(super) ids: Arc<SeededIds>,
}

impl World {
    pub(super) fn with(model: ScriptedChatModel) -> Self {
        let store = MemoryStore::new();
        let challenge: Arc<dyn ChallengeStore> = Arc::new(store.clone());
        let (clock, ids) = (FixedClock::new(), Arc::new(SeededIds::new(7)));
        let secrets = Arc::new(SeededSecrets::new());
        let ports = ConversationPorts {
            store: challenge.clone(),
            models: ChatModels::of(vec![Arc::new(model.clone())]).unwrap(),
            addresses: Arc::new(Addresses),
            ids: ids.clone(),
            secrets,
            clock: Arc::new(clock.clone()),
            timer: Arc::new(QuickTimer),
        };
        let conversations = ConversationService::new(ports.clone());
        Self {
            hackathons: HackathonService::new(challenge.clone(), ids.clone(), Arc::new(clock.clone()), None),
            participants: ParticipantService::new(challenge, ids.clone(), Arc::new(clock.clone())),
            evaluations: EvaluationService::new(jury_of(&ports), conversations.clone()),
            store,
            clock,
            model,
            ports,
            conversations,
            ids,
        }
    }

    /// What results need.
    pub(super) fn jury(&self) -> EvaluationPorts {
        jury_of(&self.ports)
    }

    pub(super) fn actor(&self, role: Role) -> Actor {
        Actor { user_id: self.ids.make(), role, session_id: None }
    }

    /// Somebody who takes part.
    pub(super) async fn student(&self) -> Actor {
        let actor = self.actor(Role::Student);
        self.put(atelier_testkit::participant(actor.user_id)).await;
        actor
    }

    pub(super) async fn put(&self, participant: atelier_domain::challenge::participants::Participant) {
        let mut uow = ChallengeStore::begin(&self.store).await.unwrap();
        uow.participants().put(&participant).await.unwrap();
        uow.commit().await.unwrap();
    }

    /// A running hackathon with these quotas.
    pub(super) async fn hackathon(&self, prompts: u32, tokens: u64) -> Hackathon {
        let mut hackathon = atelier_testkit::hackathon();
        hackathon.quotas.prompts = prompts;
        hackathon.quotas.tokens = tokens;
        self.keep(&hackathon).await;
        hackathon
    }

    /// A running hackathon of this name.
    pub(super) async fn hackathon_named(&self, name: &str) -> Hackathon {
        let hackathon = Hackathon { id: self.ids.make(), name: name.to_owned(), ..atelier_testkit::hackathon() };
        self.keep(&hackathon).await;
        hackathon
    }

    pub(super) async fn keep(&self, hackathon: &Hackathon) {
        let mut uow = ChallengeStore::begin(&self.store).await.unwrap();
        uow.hackathons().insert(hackathon).await.unwrap();
        uow.commit().await.unwrap();
    }

    pub(super) async fn begin(&self, actor: Actor, hackathon: &Hackathon) -> Conversation {
        self.try_begin(actor, hackathon).await.unwrap()
    }

    pub(super) async fn try_begin(&self, actor: Actor, hackathon: &Hackathon) -> Result<Conversation, ChallengeError> {
        let new = NewConversation {
            hackathon_id: hackathon.id,
            task_id: hackathon.tasks[0].id.clone(),
            model_name: None,
            temperature: None,
            max_tokens: None,
        };
        self.conversations.create(actor, new, None).await
    }

    pub(super) async fn exchange(&self, actor: Actor, id: ConversationId, content: &str) -> Result<Box<Exchange>, ChallengeError> {
        match self.conversations.ask(actor, id, content, None).await? {
            Asked::Now(exchange) => Ok(exchange),
            Asked::Before { .. } => panic!("there was no key"),
        }
    }

    /// Sends a prompt and waits for the answer.
    pub(super) async fn say(&self, actor: Actor, id: ConversationId, content: &str) -> Result<(Message, QuotaLeft), ChallengeError> {
        self.exchange(actor, id, content).await?.run(|_| {}).await
    }

    pub(super) async fn ledger(&self, hackathon: &Hackathon, student_id: UserId) -> Ledger {
        let key = EnrolmentKey { hackathon_id: hackathon.id, student_id, test: false };
        ChallengeStore::enrolments(&self.store).find(key).await.unwrap().unwrap().ledger
    }

    pub(super) async fn conversation(&self, id: ConversationId) -> Conversation {
        ChallengeStore::conversations(&self.store).find(id).await.unwrap().unwrap()
    }

    pub(super) async fn messages(&self, id: ConversationId) -> Vec<Message> {
        ChallengeStore::conversations(&self.store).messages(id, 0, 100).await.unwrap()
    }
}

//! Prompt Challenge, wired.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use atelier_adapter_http::ChallengeServices;
use atelier_domain::challenge::analytics::{PurgeAnalytics, PurgeAnalyticsJob};
use atelier_domain::challenge::chat::ChatModels;
use atelier_domain::challenge::conversations::{ConversationPorts, ConversationService, SettleSilent, SilentAnswers};
use atelier_domain::challenge::evaluations::{EvaluationPorts, EvaluationService};
use atelier_domain::challenge::hackathons::{AdvanceHackathons, HackathonSchedule, HackathonService};
use atelier_domain::challenge::maintenance::{ExpiredLinks, MaintenanceService};
use atelier_domain::challenge::participants::ParticipantService;
use atelier_domain::challenge::results::ResultsService;
use atelier_domain::challenge::{ChallengePersonalData, ChallengeStore};
use atelier_domain::identity::{IdentityPorts, IdentityStore};
use atelier_domain::kernel::{Cache, JobHandler, PersonalData, StoreError, Timer, Timestamp, retry_on_contention};

use crate::addresses::AccountAddresses;
use crate::worker::Schedule;

/// What Prompt Challenge needs beside what identity does.
#[derive(Clone)]
pub struct ChallengeParts {
    /// Its store; the same database as identity's.
    pub store: Arc<dyn ChallengeStore>,
    /// The models that can be asked.
    pub models: ChatModels,
    /// How many examiners are to grade each conversation.
    pub examiners_per_conversation: u32,
    /// What every process shares for a while, where there is such a thing.
    pub cache: Option<Arc<dyn Cache>>,
}

/// Prompt Challenge's services and background work.
#[derive(Clone)]
pub(crate) struct Challenge {
    store: Arc<dyn ChallengeStore>,
    conversation_ports: ConversationPorts,
    participants: Arc<ParticipantService>,
    hackathons: Arc<HackathonService>,
    conversations: Arc<ConversationService>,
    evaluations: Arc<EvaluationService>,
    results: Arc<ResultsService>,
    maintenance: Arc<MaintenanceService>,
    identity: IdentityPorts,
}

impl Challenge {
    pub(crate) fn new(parts: ChallengeParts, identity: &IdentityPorts, timer: Arc<dyn Timer>) -> Self {
        let IdentityPorts { ids, clock, secrets, .. } = identity.clone();
        let store = parts.store;
        let conversation_ports = ConversationPorts {
            store: store.clone(),
            models: parts.models,
            addresses: Arc::new(AccountAddresses(identity.store.clone())),
            ids: ids.clone(),
            secrets: secrets.clone(),
            clock: clock.clone(),
            timer,
        };
        let conversations = ConversationService::new(conversation_ports.clone());
        let jury = EvaluationPorts {
            store: store.clone(),
            ids: ids.clone(),
            secrets,
            clock: clock.clone(),
            examiners_per_conversation: parts.examiners_per_conversation,
        };
        Self {
            participants: Arc::new(ParticipantService::new(store.clone(), ids.clone(), clock.clone())),
            hackathons: Arc::new(HackathonService::new(store.clone(), ids, clock, parts.cache)),
            evaluations: Arc::new(EvaluationService::new(jury.clone(), conversations.clone())),
            results: Arc::new(ResultsService::new(jury)),
            maintenance: Arc::new(MaintenanceService::new(
                store.clone(),
                Arc::new(IdentityLinks(identity.store.clone())),
                identity.clock.clone(),
            )),
            conversations: Arc::new(conversations),
            conversation_ports,
            identity: identity.clone(),
            store,
        }
    }

    /// What the HTTP surface is given.
    pub(crate) fn http(&self) -> ChallengeServices {
        ChallengeServices {
            participants: self.participants.clone(),
            hackathons: self.hackathons.clone(),
            conversations: self.conversations.clone(),
            evaluations: self.evaluations.clone(),
            results: self.results.clone(),
            maintenance: self.maintenance.clone(),
        }
    }

    /// What operators do to its data as a whole.
    pub(crate) fn maintenance(&self) -> &MaintenanceService {
        &self.maintenance
    }

    /// Its duty towards a person's data.
    pub(crate) fn personal_data(&self) -> Arc<dyn PersonalData> {
        Arc::new(ChallengePersonalData::new(self.store.clone(), self.identity.ids.clone()))
    }

    /// Its background jobs.
    pub(crate) fn handlers(&self) -> Vec<Arc<dyn JobHandler>> {
        vec![
            Arc::new(HackathonSchedule::new(self.store.clone(), self.hackathons.as_ref().clone(), self.identity.clock.clone())),
            Arc::new(SilentAnswers::new(self.conversation_ports.clone())),
            Arc::new(PurgeAnalyticsJob::new(self.store.clone(), self.identity.clock.clone())),
        ]
    }

    /// When they run.
    ///
    /// # Errors
    /// When a payload cannot be written as JSON.
    pub(crate) fn schedules() -> Result<[Schedule; 3], serde_json::Error> {
        Ok([
            Schedule::every(Duration::from_secs(60), &AdvanceHackathons::default())?,
            Schedule::every(Duration::from_secs(30), &SettleSilent::default())?,
            Schedule::every(Duration::from_secs(3_600), &PurgeAnalytics::default())?,
        ])
    }
}

/// The one-time tokens as identity keeps them, for Prompt Challenge, which does not know accounts.
struct IdentityLinks(Arc<dyn IdentityStore>);

#[async_trait]
impl ExpiredLinks for IdentityLinks {
    async fn remove(&self, before: Timestamp) -> Result<u64, StoreError> {
        let remove = || async {
            let mut uow = self.0.begin().await?;
            let removed = uow.one_time_tokens().purge_expired(before).await?;
            uow.commit().await?;
            Ok(removed)
        };
        retry_on_contention(remove, |error: &StoreError| Some(error)).await
    }
}

//! Running tasks, and looking.

use std::sync::Arc;

use chrono::Months;

use crate::challenge::hackathons::HackathonStatus;
use crate::challenge::participants::require_admin;
use crate::challenge::{ChallengeError, ChallengeStore};
use crate::identity::Actor;
use crate::kernel::{Clock, HackathonId, StoreError, error_chain};

use super::{ExpiredLinks, Findings, MaintenanceTask};

/// How old a conversation is when it is put away.
const KEPT: Months = Months::new(6);

/// Maintenance. The methods with an actor need the role `admin`; those without are the operator's.
#[derive(Clone)]
pub struct MaintenanceService {
    store: Arc<dyn ChallengeStore>,
    links: Arc<dyn ExpiredLinks>,
    clock: Arc<dyn Clock>,
}

impl MaintenanceService {
    /// The service over its ports.
    pub fn new(store: Arc<dyn ChallengeStore>, links: Arc<dyn ExpiredLinks>, clock: Arc<dyn Clock>) -> Self {
        Self { store, links, clock }
    }

    /// Runs a task; answers how many documents it changed or removed.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role; the store's.
    #[tracing::instrument(name = "challenge.maintenance.run", skip_all, fields(user_id = %actor.user_id, %task))]
    pub async fn run(&self, actor: Actor, task: MaintenanceTask) -> Result<u64, ChallengeError> {
        require_admin(actor)?;
        Ok(self.run_as_operator(task).await?)
    }

    /// As [`run`](MaintenanceService::run), for the operator's command line.
    ///
    /// # Errors
    /// The store's.
    pub async fn run_as_operator(&self, task: MaintenanceTask) -> Result<u64, StoreError> {
        let changed = match task {
            MaintenanceTask::Consents => self.store.complete_consents().await?,
            MaintenanceTask::StudentProfiles => self.store.complete_student_profiles().await?,
            MaintenanceTask::ExpiredLinks => self.links.remove(self.clock.now()).await?,
            MaintenanceTask::Archive => self.archive().await?,
        };
        match task {
            MaintenanceTask::Consents => tracing::info!(changed, "Migration consentement RGPD terminée"),
            MaintenanceTask::ExpiredLinks => tracing::info!("{changed} tokens expirés nettoyés"),
            MaintenanceTask::StudentProfiles | MaintenanceTask::Archive => tracing::info!(changed, %task, "maintenance done"),
        }
        Ok(changed)
    }

    async fn archive(&self) -> Result<u64, StoreError> {
        let Some(before) = self.clock.now().checked_sub_months(KEPT) else { return Ok(0) };
        let archived = self.store.hackathons().of_status(HackathonStatus::Archived).await?;
        let ids: Vec<HackathonId> = archived.into_iter().map(|hackathon| hackathon.id).collect();
        self.store.archive_conversations(&ids, before).await
    }

    /// Looks at the store and at the references in it. Reads everything: for people, not for probes.
    ///
    /// # Errors
    /// [`ChallengeError::Forbidden`] without the role; the store's.
    #[tracing::instrument(name = "challenge.maintenance.look", skip_all, fields(user_id = %actor.user_id))]
    pub async fn look(&self, actor: Actor) -> Result<Findings, ChallengeError> {
        require_admin(actor)?;
        Ok(self.look_as_operator().await?)
    }

    /// As [`look`](MaintenanceService::look), for the operator's command line.
    ///
    /// # Errors
    /// The store's.
    pub async fn look_as_operator(&self) -> Result<Findings, StoreError> {
        let diagnosis = self.store.diagnose().await.inspect_err(|error| {
            tracing::error!("{} diagnosis failed: {}", self.store.engine(), error_chain(error));
        })?;
        tracing::info!("{}", diagnosis.ping());
        let orphans = self.store.orphans().await?;
        if orphans.conversations > 0 {
            tracing::warn!("Conversations orphelines trouvées: {}", orphans.conversations);
        }
        if orphans.evaluations > 0 {
            tracing::warn!("Évaluations orphelines trouvées: {}", orphans.evaluations);
        }
        Ok(Findings { diagnosis, orphans })
    }
}

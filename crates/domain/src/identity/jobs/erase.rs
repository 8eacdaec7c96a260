//! The erasure of a person: every context's rows and files, then what no context holds, and last the account. A second run some minutes later
//! takes what was written by requests and jobs that the first overtook.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::identity::IdentityPorts;
use crate::kernel::{
    Backoff, ClaimedJob, JobError, JobHandler, JobLease, JobPayload, NewJob, ObjectPrefix, ObjectStoreError, PersonalData,
    PersonalDataError, StoreError, UserId, retry_on_contention,
};

/// The payload of `identity.account.erase`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EraseAccount {
    /// Whose data.
    pub user_id: UserId,
    /// The second run, which takes what requests and jobs that were under way during the first wrote after it.
    #[serde(default)]
    pub stragglers: bool,
}

impl JobPayload for EraseAccount {
    const KIND: &'static str = "identity.account.erase";
    const VERSION: u16 = 1;
}

impl EraseAccount {
    /// From the end of the first run to the second: longer than any request, unit of work or job without a lease can be under way.
    pub const STRAGGLERS_AFTER: TimeDelta = TimeDelta::minutes(10);

    /// The erasure somebody asks for.
    pub fn of(user_id: UserId) -> Self {
        Self { user_id, stragglers: false }
    }

    /// One erasure per person.
    pub fn unique_key(&self) -> String {
        let run = if self.stragglers { ":stragglers" } else { "" };
        format!("{}:{}{run}", Self::KIND, self.user_id)
    }
}

/// Runs `identity.account.erase`. Every step is repeatable, so a run that was cut off is simply run again from the start.
pub struct EraseAccountJob {
    ports: IdentityPorts,
    contexts: Vec<Arc<dyn PersonalData>>,
}

impl EraseAccountJob {
    /// Makes the handler; `contexts` as for [`crate::identity::PersonalDataService::new`].
    pub fn new(ports: IdentityPorts, contexts: Vec<Arc<dyn PersonalData>>) -> Self {
        Self { ports, contexts }
    }

    async fn erase_objects(&self, user_id: UserId) -> Result<(), ObjectStoreError> {
        let mut left = 0;
        for prefix in ObjectPrefix::of_user(user_id) {
            left += self.ports.objects.delete_prefix(&prefix).await?.failed.len();
        }
        if left == 0 { Ok(()) } else { Err(ObjectStoreError::Incomplete { left }) }
    }

    /// The account's row and the job's own, together: after the second run nothing names the person any more.
    async fn finish(&self, lease: JobLease, erased: &EraseAccount) -> Result<(), StoreError> {
        let mut uow = self.ports.store.begin().await?;
        uow.accounts().delete(erased.user_id).await?;
        uow.jobs().forget(lease).await?;
        if !erased.stragglers {
            let again = EraseAccount { stragglers: true, ..erased.clone() };
            let now = self.ports.clock.now();
            let job = NewJob::of(self.ports.ids.generate(), &again, now)?.unique(again.unique_key());
            uow.jobs().enqueue(&NewJob { run_at: now + EraseAccount::STRAGGLERS_AFTER, ..job }).await?;
        }
        uow.commit().await
    }
}

fn again(error: ObjectStoreError) -> JobError {
    JobError::Retry { source: error.into(), after: None }
}

#[async_trait::async_trait]
impl JobHandler for EraseAccountJob {
    fn kind(&self) -> &'static str {
        EraseAccount::KIND
    }

    /// An erasure is owed: it is tried until it succeeds, at least every hour.
    fn backoff(&self) -> Backoff {
        Backoff { attempts: u32::MAX, first: Duration::from_secs(5), longest: Duration::from_secs(3600) }
    }

    #[tracing::instrument(name = "identity.account.erase", skip_all, fields(job_id = %job.lease.job_id, attempt = job.attempt))]
    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let erased: EraseAccount = job.payload().map_err(|error| JobError::Fail(error.into()))?;
        let user_id = erased.user_id;
        for context in &self.contexts {
            context.erase(user_id).await.map_err(|error| match error {
                PersonalDataError::Store(error) => JobError::from(error),
                PersonalDataError::Objects(error) => again(error),
            })?;
        }
        self.ports.store.erase_kernel_rows(user_id).await?;
        self.erase_objects(user_id).await.map_err(again)?;
        Ok(retry_on_contention(|| self.finish(job.lease, &erased), |error: &StoreError| Some(error)).await?)
    }

    async fn give_up(&self, _job: &ClaimedJob, error: &JobError) -> Result<(), JobError> {
        tracing::error!(%error, "an erasure could not be finished: the operator has to look");
        Ok(())
    }
}

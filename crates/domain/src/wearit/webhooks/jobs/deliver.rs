//! The job `wearit.webhooks.deliver`: sends, takes the attempt down, and comes again after the schedule's wait.
//!
//! At least once: a run cut off after sending and before writing sends the same message under the same id again.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::kernel::{
    Backoff, ClaimedJob, Clock, EntityId, JobError, JobHandler, JobPayload, SecretString, StoreError, Timestamp, retry_on_contention,
};
use crate::wearit::webhooks::{
    Attempt, Delivery, DeliveryStatus, Endpoint, EndpointSecrets, OutgoingMessage, RetrySchedule, Sent, WebhookSender,
};
use crate::wearit::{WearitStore, WearitUnitOfWork};

use super::DeliverWebhook;

/// The message did not arrive; the delivery's log says why.
#[derive(Debug, thiserror::Error)]
#[error("the endpoint did not take the message")]
struct NotTaken;

/// Sends deliveries.
pub struct DeliverWebhooks {
    store: Arc<dyn WearitStore>,
    sender: Arc<dyn WebhookSender>,
    secrets: EndpointSecrets,
    clock: Arc<dyn Clock>,
    schedule: RetrySchedule,
}

/// What follows an attempt.
enum Next {
    Nothing,
    AnotherAttempt(Duration),
}

impl DeliverWebhooks {
    /// Over these ports, with these waits between attempts.
    pub fn new(
        store: Arc<dyn WearitStore>,
        sender: Arc<dyn WebhookSender>,
        secrets: EndpointSecrets,
        clock: Arc<dyn Clock>,
        schedule: RetrySchedule,
    ) -> Self {
        Self { store, sender, secrets, clock, schedule }
    }

    #[tracing::instrument(name = "wearit.webhooks.deliver", skip_all, fields(delivery_id = %payload.delivery_id, attempt = job.attempt))]
    async fn deliver(&self, job: &ClaimedJob, payload: &DeliverWebhook) -> Result<(), JobError> {
        let webhooks = self.store.webhooks();
        let delivery = webhooks.delivery(payload.user_id, payload.delivery_id).await?;
        let Some(delivery) = delivery.filter(|delivery| delivery.status == DeliveryStatus::Pending) else {
            return Ok(self.complete(job).await?);
        };
        let endpoint = webhooks.endpoint(payload.user_id, delivery.endpoint_id).await?;
        let Some(endpoint) = endpoint.filter(|endpoint| endpoint.listens_to(delivery.event)) else {
            return Ok(retry_on_contention(|| self.end(job, payload), |error: &StoreError| Some(error)).await?);
        };
        let at = self.clock.now();
        let sent = self.send(&endpoint, &delivery).await;
        let next = retry_on_contention(|| self.record(job, payload, &endpoint, at, sent), |error: &StoreError| Some(error)).await?;
        match next {
            Next::Nothing => Ok(()),
            Next::AnotherAttempt(wait) => Err(JobError::Retry { source: NotTaken.into(), after: Some(wait) }),
        }
    }

    async fn send(&self, endpoint: &Endpoint, delivery: &Delivery) -> Sent {
        let now = self.clock.now();
        let secrets: Vec<SecretString> = endpoint.secrets(now).into_iter().map(|secret| self.secrets.reveal(endpoint.id, secret)).collect();
        let id = delivery.message_id();
        let message = OutgoingMessage { url: &endpoint.url, id: &id, at: now, payload: &delivery.payload, secrets: &secrets };
        self.sender.send(&message).await
    }

    /// Takes the attempt down, in delivery and endpoint, and ends the job unless another attempt follows.
    async fn record(
        &self,
        job: &ClaimedJob,
        payload: &DeliverWebhook,
        endpoint: &Endpoint,
        at: Timestamp,
        sent: Sent,
    ) -> Result<Next, StoreError> {
        let now = self.clock.now();
        let mut uow = self.store.begin().await?;
        uow.jobs().guard(job.lease).await?;
        let Some(mut delivery) = uow.webhooks().delivery(payload.user_id, payload.delivery_id).await? else {
            uow.jobs().complete(job.lease, now).await?;
            uow.commit().await?;
            return Ok(Next::Nothing);
        };
        delivery.record(Attempt { at, took: Duration::from_millis(millis(sent.took)), outcome: sent.outcome });
        let is_lost = Self::judge(uow.as_mut(), endpoint, sent, now).await?;
        let wait = self.wait(&delivery, sent).filter(|_| !is_lost);
        let next = match wait {
            _ if sent.outcome.is_success() => {
                delivery.end(DeliveryStatus::Delivered, now);
                Next::Nothing
            }
            Some(wait) => {
                delivery.next_attempt_at = Some(now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX));
                Next::AnotherAttempt(wait)
            }
            None => {
                delivery.end(DeliveryStatus::Failed, now);
                Next::Nothing
            }
        };
        uow.webhooks().update_delivery(&delivery).await?;
        if matches!(next, Next::Nothing) {
            uow.jobs().complete(job.lease, now).await?;
        }
        uow.commit().await?;
        Ok(next)
    }

    /// What the attempt says of the endpoint; answers whether nothing is sent there any more. The endpoint is written only when that
    /// changes it: many messages to one endpoint may be on their way.
    async fn judge(uow: &mut dyn WearitUnitOfWork, known: &Endpoint, sent: Sent, now: Timestamp) -> Result<bool, StoreError> {
        let judged = |endpoint: &Endpoint| {
            let mut judged = endpoint.clone();
            if sent.outcome.is_success() {
                judged.succeeded();
            } else {
                judged.failed(sent.outcome.is_gone(), now);
            }
            judged
        };
        if judged(known) == *known {
            return Ok(false);
        }
        let Some(endpoint) = uow.webhooks().endpoint(known.user_id, known.id).await? else { return Ok(true) };
        let changed = judged(&endpoint);
        if changed.disabled != endpoint.disabled {
            tracing::info!(endpoint_id = %endpoint.id, "a webhook endpoint was disabled: nothing arrives there any more");
        }
        uow.webhooks().update_endpoint(&changed).await?;
        Ok(changed.disabled.is_some())
    }

    /// The schedule's wait, or a longer one that the receiver asks for.
    fn wait(&self, delivery: &Delivery, sent: Sent) -> Option<Duration> {
        let jitter = delivery.id.bytes()[11];
        let wait = self.schedule.after(delivery.tries, jitter)?;
        Some(wait.max(sent.retry_after.unwrap_or_default().min(RetrySchedule::LONGEST)))
    }

    /// The endpoint is gone or disabled: nothing is sent.
    async fn end(&self, job: &ClaimedJob, payload: &DeliverWebhook) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut uow = self.store.begin().await?;
        if let Some(mut delivery) = uow.webhooks().delivery(payload.user_id, payload.delivery_id).await? {
            delivery.end(DeliveryStatus::Failed, now);
            uow.webhooks().update_delivery(&delivery).await?;
        }
        uow.jobs().complete(job.lease, now).await?;
        uow.commit().await
    }

    async fn complete(&self, job: &ClaimedJob) -> Result<(), StoreError> {
        let mut uow = self.store.begin().await?;
        uow.jobs().complete(job.lease, self.clock.now()).await?;
        uow.commit().await
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

#[async_trait::async_trait]
impl JobHandler for DeliverWebhooks {
    fn kind(&self) -> &'static str {
        DeliverWebhook::KIND
    }

    /// The delivery counts its attempts itself, against the schedule: runs that were cut off cost none. This only ends a delivery that ends
    /// every process that takes it up.
    fn backoff(&self) -> Backoff {
        Backoff { attempts: 100, first: Duration::from_secs(1), longest: Duration::from_secs(1) }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let payload: DeliverWebhook = job.payload().map_err(|error| JobError::Fail(error.into()))?;
        self.deliver(job, &payload).await
    }

    async fn give_up(&self, job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        let payload: DeliverWebhook = job.payload().map_err(|error| JobError::Fail(error.into()))?;
        let mut uow = self.store.begin().await?;
        uow.jobs().guard(job.lease).await?;
        if let Some(mut delivery) = uow.webhooks().delivery(payload.user_id, payload.delivery_id).await? {
            delivery.end(DeliveryStatus::Failed, self.clock.now());
            uow.webhooks().update_delivery(&delivery).await?;
        }
        Ok(uow.commit().await?)
    }
}

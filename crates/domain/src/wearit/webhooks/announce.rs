//! Messages written in the unit of work of what they tell.

use serde_json::{Value, json};

use crate::kernel::{DeliveryId, IdGenerator, JobId, NewJob, StoreError, Timestamp};
use crate::wearit::WearitUnitOfWork;
use crate::wearit::tryon::{TryOn, TryOnStatus};

use super::{DeliverWebhook, Delivery, Endpoint, Event};

/// Tells the owner's endpoints that the try-on came to its end, when it did: a delivery and its job for each that listens.
pub(in crate::wearit) async fn announce(
    uow: &mut dyn WearitUnitOfWork,
    tryon: &TryOn,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = match tryon.status {
        TryOnStatus::Completed => Event::TryOnCompleted,
        TryOnStatus::Failed => Event::TryOnFailed,
        TryOnStatus::Cancelled => Event::TryOnCancelled,
        TryOnStatus::Pending | TryOnStatus::Processing => return Ok(()),
    };
    for endpoint in uow.webhooks().endpoints(tryon.user_id).await?.iter().filter(|endpoint| endpoint.listens_to(event)) {
        enqueue(uow, endpoint, event, &told(tryon), ids, now).await?;
    }
    Ok(())
}

/// Writes one message to one endpoint, and the job that sends it.
pub(super) async fn enqueue(
    uow: &mut dyn WearitUnitOfWork,
    endpoint: &Endpoint,
    event: Event,
    data: &Value,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<Delivery, StoreError> {
    let payload = json!({ "type": event.as_str(), "timestamp": time(now), "data": data }).to_string();
    let delivery = Delivery::due(ids.generate::<DeliveryId>(), endpoint.user_id, endpoint.id, event, payload, now);
    uow.webhooks().insert_delivery(&delivery).await?;
    uow.jobs().enqueue(&job_of(&delivery, ids, now)?).await?;
    Ok(delivery)
}

/// The job that sends the delivery as it was last asked for.
pub(super) fn job_of(delivery: &Delivery, ids: &dyn IdGenerator, now: Timestamp) -> Result<NewJob, StoreError> {
    let payload = DeliverWebhook { user_id: delivery.user_id, delivery_id: delivery.id };
    let job = NewJob::of(ids.generate::<JobId>(), &payload, now)?.for_user(delivery.user_id);
    Ok(job.unique(DeliverWebhook::unique_key(delivery)))
}

/// Ids and outcome only: what a receiver may see of it, it asks for with its own token.
fn told(tryon: &TryOn) -> Value {
    json!({
        "tryon_id": tryon.id,
        "status": tryon.status.as_str(),
        "body_id": tryon.body_id,
        "clothing_ids": tryon.clothing_ids,
        "error": tryon.failure.as_ref().map(|failure| json!({ "code": failure.code.as_str(), "reason": failure.reason })),
        "created_at": time(tryon.created_at),
        "completed_at": tryon.completed_at.map(time),
    })
}

pub(super) fn time(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

//! Webhooks over the memory store: what is told, when it is tried again, when an endpoint is given up.

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_memory::MemoryStore;
use atelier_domain::identity::{Actor, Role};
use atelier_domain::kernel::{ClaimedJob, Clock, DeliveryId, EventFeed, JobError, JobHandler, JobPayload, JobQueue, NewJob, Page};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::webhooks::{
    AttemptOutcome, ChangeEndpoint, CreateEndpoint, DeliverWebhook, DeliverWebhooks, Delivery, DeliveryFilter, DeliveryStatus, Disabled,
    Endpoint, EndpointSecrets, PurgeDeliveries, PurgeDeliveriesHandler, RetrySchedule, SendFailure, Sent, WebhookError, WebhookService,
};
use atelier_testkit::{FixedClock, ScriptedWebhookSender, SeededIds, SeededSecrets, body, clothing};
use chrono::TimeDelta;

const LEASE: Duration = Duration::from_secs(30);

struct World {
    store: MemoryStore,
    clock: FixedClock,
    ids: Arc<SeededIds>,
    sender: Arc<ScriptedWebhookSender>,
    service: WebhookService,
    handler: DeliverWebhooks,
}

impl World {
    fn new() -> Self {
        let store = MemoryStore::new();
        let shared: Arc<dyn WearitStore> = Arc::new(store.clone());
        let clock = FixedClock::new();
        let shared_clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let ids = Arc::new(SeededIds::new(77));
        let sender = Arc::new(ScriptedWebhookSender::new());
        let secrets = EndpointSecrets::new(Arc::new(SeededSecrets::new()));
        let service = WebhookService::new(shared.clone(), sender.clone(), secrets.clone(), ids.clone(), shared_clock.clone());
        let handler = DeliverWebhooks::new(shared, sender.clone(), secrets, shared_clock, RetrySchedule::default());
        Self { store, clock, ids, sender, service, handler }
    }

    fn person(&self) -> Actor {
        Actor { user_id: self.ids.make(), role: Role::User, session_id: None }
    }

    async fn endpoint(&self, actor: Actor, events: &[&str]) -> Endpoint {
        let events = events.iter().map(|event| (*event).to_owned()).collect();
        let command = CreateEndpoint { url: "https://hooks.example.org/".to_owned(), events, description: String::new() };
        self.service.create(actor, command, None).await.unwrap().endpoint
    }

    async fn claim(&self) -> Option<ClaimedJob> {
        self.store.claim("test", &[DeliverWebhook::KIND], self.clock.now(), LEASE).await.unwrap()
    }

    /// Runs the next due delivery as a worker does; how long it will wait, or none when its job is done.
    async fn work(&self) -> Option<Duration> {
        let job = self.claim().await.expect("a delivery is due");
        match self.handler.run(&job).await {
            Ok(()) => None,
            Err(JobError::Retry { after: Some(wait), .. }) => {
                let at = self.clock.now() + TimeDelta::from_std(wait).unwrap();
                self.store.retry(job.lease, at, "not taken").await.unwrap();
                Some(wait)
            }
            Err(error) => panic!("{error:?}"),
        }
    }

    async fn delivery(&self, actor: Actor, id: DeliveryId) -> Delivery {
        self.service.delivery(actor, id).await.unwrap()
    }

    async fn deliveries(&self, actor: Actor) -> Vec<Delivery> {
        self.service.deliveries(actor, &DeliveryFilter::default(), &Page { limit: 100, ..Page::default() }).await.unwrap().items
    }
}

fn refused() -> AttemptOutcome {
    AttemptOutcome::Answered(500)
}

#[tokio::test]
async fn a_message_that_fails_comes_again_after_growing_waits_until_it_is_given_up() {
    let world = World::new();
    let person = world.person();
    let endpoint = world.endpoint(person, &[]).await;
    let id = world.service.try_out(person, endpoint.id).await.unwrap().id;
    let mut waits = Vec::new();
    for _ in 0..8 {
        world.sender.then(refused());
        let wait = world.work().await;
        waits.push(wait.map(|wait| wait.as_secs()));
        assert!(world.claim().await.is_none(), "not before its time");
        world.clock.advance(wait.unwrap_or_default());
    }
    let expected = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400];
    for (wait, expected) in waits.iter().zip(expected) {
        let wait = wait.unwrap();
        assert!((expected * 9 / 10..=expected).contains(&wait), "{wait} instead of {expected}");
    }
    assert_eq!(waits[7], None);
    let delivery = world.delivery(person, id).await;
    assert_eq!((delivery.status, delivery.attempts.len(), delivery.next_attempt_at), (DeliveryStatus::Failed, 8, None));
    let sent = world.sender.sent();
    assert!(sent.iter().all(|message| (&message.id, &message.payload) == (&sent[0].id, &sent[0].payload)), "always the same message");
    assert!(sent.windows(2).all(|two| two[0].at < two[1].at), "each attempt has its own time");
    assert_eq!(world.service.endpoint(person, endpoint.id).await.unwrap().disabled, None, "a day and a half is not five days");
}

#[tokio::test]
async fn a_message_that_fails_twice_and_then_arrives_is_delivered() {
    let world = World::new();
    let person = world.person();
    let endpoint = world.endpoint(person, &[]).await;
    let id = world.service.try_out(person, endpoint.id).await.unwrap().id;
    for outcome in [AttemptOutcome::Unanswered(SendFailure::Connection), AttemptOutcome::Answered(302)] {
        world.sender.then(outcome);
        let wait = world.work().await.unwrap();
        world.clock.advance(wait);
    }
    assert!(world.service.endpoint(person, endpoint.id).await.unwrap().failing_since.is_some());
    assert_eq!(world.work().await, None);
    let delivery = world.delivery(person, id).await;
    assert_eq!((delivery.status, delivery.attempts.len(), delivery.ended_at), (DeliveryStatus::Delivered, 3, Some(world.clock.now())));
    assert_eq!(world.service.endpoint(person, endpoint.id).await.unwrap().failing_since, None);
}

#[tokio::test]
async fn a_run_cut_off_after_sending_sends_the_same_message_again() {
    let world = World::new();
    let person = world.person();
    let endpoint = world.endpoint(person, &[]).await;
    let id = world.service.try_out(person, endpoint.id).await.unwrap().id;
    let cut_off = world.claim().await.unwrap();
    world.clock.advance(LEASE * 2);
    let taken_over = world.claim().await.unwrap();
    assert_eq!((taken_over.lease.job_id, taken_over.attempt), (cut_off.lease.job_id, 2));
    // The first run was not dead, only slow: what it sent counts for the receiver, not for the log.
    assert!(matches!(world.handler.run(&cut_off).await, Err(JobError::LeaseLost)));
    world.handler.run(&taken_over).await.unwrap();
    let sent = world.sender.sent();
    assert_eq!((sent.len(), &sent[0].id), (2, &sent[1].id));
    let delivery = world.delivery(person, id).await;
    assert_eq!((delivery.status, delivery.tries), (DeliveryStatus::Delivered, 1));
}

#[tokio::test]
async fn a_receiver_may_ask_to_be_left_alone_for_longer_but_not_for_ever() {
    let world = World::new();
    let person = world.person();
    let endpoint = world.endpoint(person, &[]).await;
    for (asked, expected) in [(600, 600), (1, 4), (u64::MAX, 86_400)] {
        world.service.try_out(person, endpoint.id).await.unwrap();
        let retry_after = Some(Duration::from_secs(asked));
        world.sender.then_sent(Sent { outcome: AttemptOutcome::Answered(429), took: Duration::ZERO, retry_after });
        let wait = world.work().await.unwrap().as_secs();
        assert!((expected..=expected + 1).contains(&wait), "{wait} when asked for {asked}");
    }
}

#[tokio::test]
async fn an_endpoint_is_disabled_after_five_days_without_a_success_and_what_waits_is_given_up() {
    let world = World::new();
    let person = world.person();
    let endpoint = world.endpoint(person, &[]).await;
    world.service.try_out(person, endpoint.id).await.unwrap();
    world.sender.then(refused());
    world.work().await.unwrap();
    world.clock.advance(Duration::from_secs(5 * 86_400));
    let waiting = world.service.try_out(person, endpoint.id).await.unwrap().id;
    world.sender.then(refused());
    assert_eq!(world.work().await, None, "the first message, now for the second time");
    assert_eq!(world.service.endpoint(person, endpoint.id).await.unwrap().disabled, Some(Disabled::Failing));
    assert_eq!(world.work().await, None);
    assert_eq!(world.delivery(person, waiting).await.status, DeliveryStatus::Failed);
    assert_eq!(world.sender.sent().len(), 2, "nothing is sent to a disabled endpoint");

    let enable = ChangeEndpoint { enabled: Some(true), ..ChangeEndpoint::default() };
    world.service.change(person, endpoint.id, enable).await.unwrap();
    world.service.redeliver(person, waiting).await.unwrap();
    assert_eq!(world.work().await, None);
    assert_eq!(world.delivery(person, waiting).await.status, DeliveryStatus::Delivered);
}

#[tokio::test]
async fn what_was_on_its_way_to_a_deleted_endpoint_is_not_sent() {
    let world = World::new();
    let person = world.person();
    let endpoint = world.endpoint(person, &[]).await;
    world.service.try_out(person, endpoint.id).await.unwrap();
    world.service.delete(person, endpoint.id).await.unwrap();
    assert_eq!(world.work().await, None);
    assert_eq!((world.sender.sent().len(), world.deliveries(person).await.len()), (0, 0));
}

#[tokio::test]
async fn somebody_elses_endpoints_and_deliveries_do_not_exist() {
    let world = World::new();
    let (owner, stranger) = (world.person(), world.person());
    let endpoint = world.endpoint(owner, &[]).await;
    let delivery = world.service.try_out(owner, endpoint.id).await.unwrap();
    let change = ChangeEndpoint { url: Some("https://thief.example.org".to_owned()), ..ChangeEndpoint::default() };
    let service = &world.service;
    for outcome in [
        service.endpoint(stranger, endpoint.id).await.map(drop),
        service.change(stranger, endpoint.id, change).await.map(drop),
        service.rotate(stranger, endpoint.id).await.map(drop),
        service.try_out(stranger, endpoint.id).await.map(drop),
        service.delete(stranger, endpoint.id).await,
        service.delivery(stranger, delivery.id).await.map(drop),
        service.redeliver(stranger, delivery.id).await.map(drop),
    ] {
        assert!(matches!(outcome, Err(WebhookError::NotFound)), "{outcome:?}");
    }
    assert!(service.endpoints(stranger).await.unwrap().is_empty() && world.deliveries(stranger).await.is_empty());
    assert_eq!(service.endpoint(owner, endpoint.id).await.unwrap(), endpoint);
}

#[tokio::test]
async fn the_earlier_secret_signs_for_a_day() {
    let world = World::new();
    let person = world.person();
    let endpoint = world.endpoint(person, &[]).await;
    world.service.rotate(person, endpoint.id).await.unwrap();
    for (hours, signatures) in [(23, 2), (1, 1)] {
        world.clock.advance(Duration::from_secs(hours * 3_600));
        world.service.try_out(person, endpoint.id).await.unwrap();
        world.work().await;
        assert_eq!(world.sender.sent().last().unwrap().secrets.len(), signatures, "after {hours} more hours");
    }
}

#[tokio::test]
async fn a_cancelled_tryon_is_told_to_those_who_listen_with_the_event_and_not_without_it() {
    let world = World::new();
    let person = world.person();
    let listens = world.endpoint(person, &["tryon.cancelled"]).await;
    world.endpoint(person, &["tryon.completed"]).await;
    world.endpoint(world.person(), &[]).await;
    let disabled = world.endpoint(person, &[]).await;
    let off = ChangeEndpoint { enabled: Some(false), ..ChangeEndpoint::default() };
    world.service.change(person, disabled.id, off).await.unwrap();

    let (figure, garment) = (body(person.user_id), clothing(person.user_id));
    let wish = atelier_testkit::tryon(person.user_id, figure.id, garment.id);
    let mut uow = WearitStore::begin(&world.store).await.unwrap();
    uow.bodies().insert(&figure).await.unwrap();
    uow.tryons().insert(&wish).await.unwrap();
    uow.commit().await.unwrap();
    let bodies = super::world::World::over(world.store.clone(), world.clock.clone());
    bodies.body.delete(person).await.unwrap();

    let deliveries = world.deliveries(person).await;
    assert_eq!(deliveries.iter().map(|delivery| delivery.endpoint_id).collect::<Vec<_>>(), [listens.id]);
    let payload: serde_json::Value = serde_json::from_str(&deliveries[0].payload).unwrap();
    assert_eq!(payload["type"], "tryon.cancelled");
    assert_eq!(payload["data"]["tryon_id"], wish.id.to_string());
    assert_eq!(payload["data"]["error"]["reason"], "body_deleted");
    assert_eq!(EventFeed::bounds(&world.store, person.user_id).await.unwrap().1, 1);
}

#[tokio::test]
async fn the_log_forgets_what_ended_a_month_ago() {
    let world = World::new();
    let person = world.person();
    let endpoint = world.endpoint(person, &[]).await;
    world.service.try_out(person, endpoint.id).await.unwrap();
    world.work().await;
    let pending = world.service.try_out(person, endpoint.id).await.unwrap().id;
    world.clock.advance(Duration::from_secs(31 * 86_400));
    let now = world.clock.now();
    let mut uow = WearitStore::begin(&world.store).await.unwrap();
    uow.jobs().enqueue(&NewJob::of(world.ids.make(), &PurgeDeliveries::default(), now).unwrap()).await.unwrap();
    uow.commit().await.unwrap();
    let job = world.store.claim("test", &[PurgeDeliveries::KIND], now, LEASE).await.unwrap().unwrap();
    PurgeDeliveriesHandler::new(Arc::new(world.store.clone()), Arc::new(world.clock.clone())).run(&job).await.unwrap();
    assert_eq!(world.deliveries(person).await.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [pending]);
}

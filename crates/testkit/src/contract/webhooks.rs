//! Webhook endpoints and deliveries.

use std::time::Duration;

use atelier_domain::kernel::{EndpointId, Page};
use atelier_domain::wearit::webhooks::{
    Attempt, AttemptOutcome, Delivery, DeliveryFilter, DeliveryStatus, Disabled, Endpoint, EndpointSecret, Event, SendFailure,
};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::concurrency::{TASKS, concurrently};
use super::paging::{check_paging, out_of_order};
use crate::{delivery, endpoint, noon, user};

async fn add(store: &StoreUnderTest, endpoints: &[Endpoint], deliveries: &[Delivery]) {
    let mut uow = store.wearit.begin().await.unwrap();
    for endpoint in endpoints {
        uow.webhooks().insert_endpoint(endpoint).await.unwrap();
    }
    for delivery in deliveries {
        uow.webhooks().insert_delivery(delivery).await.unwrap();
    }
    uow.commit().await.unwrap();
}

fn full(endpoint: Endpoint) -> Endpoint {
    Endpoint {
        description: "Ünï".to_owned(),
        events: vec![Event::TryOnFailed, Event::TryOnCancelled],
        earlier_secret: Some((EndpointSecret::from_salt("before"), noon() + TimeDelta::hours(1))),
        disabled: Some(Disabled::Gone),
        failing_since: Some(noon() - TimeDelta::milliseconds(1)),
        updated_at: noon() + TimeDelta::seconds(1),
        ..endpoint
    }
}

fn ended(delivery: Delivery, status: DeliveryStatus, at: chrono::DateTime<chrono::Utc>) -> Delivery {
    let attempt = |outcome| Attempt { at: noon(), took: Duration::from_millis(1_234), outcome };
    let failures = [SendFailure::Refused, SendFailure::Unresolved, SendFailure::Connection, SendFailure::Tls, SendFailure::Timeout];
    let mut attempts: Vec<_> = failures.map(|failure| attempt(AttemptOutcome::Unanswered(failure))).to_vec();
    attempts.push(attempt(AttemptOutcome::Answered(503)));
    Delivery { status, attempts, tries: 6, round: 3, next_attempt_at: None, ended_at: Some(at), ..delivery }
}

/// Every field of an endpoint survives the store.
pub async fn an_endpoint_is_read_as_it_was_written(store: &StoreUnderTest) {
    let owner = user();
    for written in [endpoint(owner), full(endpoint(owner))] {
        add(store, std::slice::from_ref(&written), &[]).await;
        assert_eq!(store.wearit.webhooks().endpoint(owner, written.id).await.unwrap(), Some(written.clone()));
        let mut uow = store.wearit.begin().await.unwrap();
        assert_eq!(uow.webhooks().endpoint(owner, written.id).await.unwrap(), Some(written));
    }
}

/// Another person's endpoint is neither found nor changed nor deleted.
pub async fn another_persons_endpoints_are_out_of_reach(store: &StoreUnderTest) {
    let (mine, stranger) = (endpoint(user()), user());
    add(store, std::slice::from_ref(&mine), &[]).await;
    assert_eq!(store.wearit.webhooks().endpoint(stranger, mine.id).await.unwrap(), None);
    assert_eq!(store.wearit.webhooks().endpoints(stranger).await.unwrap(), []);
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.webhooks().endpoint(stranger, mine.id).await.unwrap(), None);
    assert_eq!(uow.webhooks().count_endpoints(stranger).await.unwrap(), 0);
    let stolen = Endpoint { user_id: stranger, url: "https://thief.example".to_owned(), ..mine.clone() };
    assert!(!uow.webhooks().update_endpoint(&stolen).await.unwrap());
    assert!(!uow.webhooks().delete_endpoint(stranger, mine.id).await.unwrap());
    uow.commit().await.unwrap();
    assert_eq!(store.wearit.webhooks().endpoint(mine.user_id, mine.id).await.unwrap(), Some(mine));
}

/// Endpoints come in the order they were made, inside and outside a unit of work.
pub async fn endpoints_are_listed_oldest_first(store: &StoreUnderTest) {
    let owner = user();
    let mut made: Vec<Endpoint> =
        (0..4).map(|minutes| Endpoint { created_at: noon() - TimeDelta::minutes(minutes), ..endpoint(owner) }).collect();
    add(store, &made, &[]).await;
    made.reverse();
    assert_eq!(store.wearit.webhooks().endpoints(owner).await.unwrap(), made);
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.webhooks().endpoints(owner).await.unwrap(), made);
    assert_eq!(uow.webhooks().count_endpoints(owner).await.unwrap(), 4);
}

/// What never changes is not changed by an update, the rest is, whether there or not before.
pub async fn an_update_keeps_what_never_changes(store: &StoreUnderTest) {
    let first = full(endpoint(user()));
    let message = delivery(&first);
    add(store, std::slice::from_ref(&first), std::slice::from_ref(&message)).await;
    let later = noon() + TimeDelta::days(1);
    let plain = Endpoint { id: first.id, created_at: later, ..endpoint(first.user_id) };
    let sent = ended(message.clone(), DeliveryStatus::Delivered, noon());
    let forged = Delivery { event: Event::Test, payload: "{}".to_owned(), created_at: later, ..sent.clone() };
    let mut uow = store.wearit.begin().await.unwrap();
    assert!(uow.webhooks().update_endpoint(&plain).await.unwrap());
    assert!(uow.webhooks().update_delivery(&forged).await.unwrap());
    assert!(!uow.webhooks().update_endpoint(&endpoint(first.user_id)).await.unwrap(), "there is no such endpoint");
    assert!(!uow.webhooks().update_delivery(&delivery(&first)).await.unwrap(), "there is no such delivery");
    uow.commit().await.unwrap();
    let expected = Endpoint { created_at: first.created_at, ..plain };
    assert_eq!(store.wearit.webhooks().endpoint(first.user_id, first.id).await.unwrap(), Some(expected));
    assert_eq!(store.wearit.webhooks().delivery(first.user_id, message.id).await.unwrap(), Some(sent));
}

/// Who counts before inserting cannot be led beyond a limit by others who do the same at the same time.
pub async fn of_concurrent_additions_no_more_than_the_limit_are_stored(store: &StoreUnderTest) {
    const LIMIT: u64 = 3;
    let owner = user();
    add(store, &[endpoint(owner), endpoint(owner)], &[]).await;
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.wearit.begin().await?;
        if uow.webhooks().count_endpoints(owner).await? >= LIMIT {
            return Ok(false);
        }
        uow.webhooks().insert_endpoint(&endpoint(owner)).await?;
        uow.commit().await?;
        Ok(true)
    })
    .await;
    assert_eq!(outcomes.len(), TASKS);
    assert_eq!(outcomes.into_iter().filter(|added| *added.as_ref().unwrap()).count(), 1);
    assert_eq!(store.wearit.webhooks().endpoints(owner).await.unwrap().len() as u64, LIMIT);
}

/// With an endpoint goes what was sent to it, and nothing else.
pub async fn deleting_an_endpoint_takes_its_log(store: &StoreUnderTest) {
    let (mine, other) = (endpoint(user()), endpoint(user()));
    let (sent, kept) = (delivery(&mine), delivery(&other));
    add(store, &[mine.clone(), other.clone()], &[sent.clone(), kept.clone()]).await;
    for expected in [true, false] {
        let mut uow = store.wearit.begin().await.unwrap();
        assert_eq!(uow.webhooks().delete_endpoint(mine.user_id, mine.id).await.unwrap(), expected);
        uow.commit().await.unwrap();
    }
    let webhooks = store.wearit.webhooks();
    assert_eq!(webhooks.endpoint(mine.user_id, mine.id).await.unwrap(), None);
    assert_eq!(webhooks.delivery(mine.user_id, sent.id).await.unwrap(), None);
    assert_eq!(webhooks.delivery(other.user_id, kept.id).await.unwrap(), Some(kept));
}

/// Every field of a delivery survives the store.
pub async fn a_delivery_is_read_as_it_was_written(store: &StoreUnderTest) {
    let to = endpoint(user());
    let written = [
        delivery(&to),
        Delivery { event: Event::Test, ..delivery(&to) },
        ended(delivery(&to), DeliveryStatus::Delivered, noon()),
        ended(Delivery { event: Event::TryOnCancelled, ..delivery(&to) }, DeliveryStatus::Failed, noon()),
    ];
    add(store, &[], &written).await;
    for written in written {
        assert_eq!(store.wearit.webhooks().delivery(to.user_id, written.id).await.unwrap(), Some(written.clone()));
        let mut uow = store.wearit.begin().await.unwrap();
        assert_eq!(uow.webhooks().delivery(to.user_id, written.id).await.unwrap(), Some(written));
    }
}

/// Another person's delivery is neither found nor changed.
pub async fn another_persons_deliveries_are_out_of_reach(store: &StoreUnderTest) {
    let (mine, stranger) = (delivery(&endpoint(user())), user());
    add(store, &[], std::slice::from_ref(&mine)).await;
    assert_eq!(store.wearit.webhooks().delivery(stranger, mine.id).await.unwrap(), None);
    let listed = store.wearit.webhooks().deliveries(stranger, &DeliveryFilter::default(), &Page::default()).await.unwrap();
    assert_eq!((listed.items.len(), listed.total), (0, 0));
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.webhooks().delivery(stranger, mine.id).await.unwrap(), None);
    let stolen = ended(Delivery { user_id: stranger, ..mine.clone() }, DeliveryStatus::Failed, noon());
    assert!(!uow.webhooks().update_delivery(&stolen).await.unwrap());
    uow.commit().await.unwrap();
    assert_eq!(store.wearit.webhooks().delivery(mine.user_id, mine.id).await.unwrap(), Some(mine));
}

/// Pages by skip and by cursor agree; equal times are ordered by id.
pub async fn deliveries_are_paged_newest_first(store: &StoreUnderTest) {
    let to = endpoint(user());
    let mut sent: Vec<Delivery> =
        (0..7).map(|minutes| Delivery { created_at: noon() - TimeDelta::minutes(minutes / 2), ..delivery(&to) }).collect();
    add(store, &[], &out_of_order(&sent)).await;
    sent.sort_by_key(|delivery| std::cmp::Reverse((delivery.created_at, delivery.id)));
    let expected: Vec<_> = sent.iter().map(|delivery| delivery.id).collect();
    let (owner, filter) = (to.user_id, DeliveryFilter::default());
    let list = |page: Page| async move { store.wearit.webhooks().deliveries(owner, &filter, &page).await };
    check_paging(&expected, |delivery: &Delivery| delivery.id, list).await;
}

/// Conditions hold together.
pub async fn a_filter_applies_every_condition(store: &StoreUnderTest) {
    let to = endpoint(user());
    let elsewhere = Endpoint { id: endpoint(to.user_id).id, ..to.clone() };
    let pending = delivery(&to);
    let failed = ended(delivery(&to), DeliveryStatus::Failed, noon());
    let other = ended(delivery(&elsewhere), DeliveryStatus::Failed, noon());
    add(store, &[], &[pending.clone(), failed.clone(), other.clone()]).await;
    let ids = async |endpoint_id: Option<EndpointId>, status: Option<DeliveryStatus>| {
        let filter = DeliveryFilter { endpoint_id, status };
        let listed = store.wearit.webhooks().deliveries(to.user_id, &filter, &Page::default()).await.unwrap();
        assert_eq!(listed.items.len() as u64, listed.total);
        let mut ids: Vec<_> = listed.items.into_iter().map(|delivery| delivery.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(Some(to.id), Some(DeliveryStatus::Failed)).await, [failed.id]);
    assert_eq!(ids(None, Some(DeliveryStatus::Pending)).await, [pending.id]);
    assert_eq!(ids(Some(elsewhere.id), None).await, [other.id]);
    assert_eq!(ids(None, None).await.len(), 3);
}

/// Ended deliveries of everyone go by age, up to the limit; pending ones stay whatever their age.
pub async fn what_ended_long_ago_is_purged(store: &StoreUnderTest) {
    let to = endpoint(user());
    let old: Vec<Delivery> =
        (1..=3).map(|days| ended(delivery(&endpoint(user())), DeliveryStatus::Delivered, noon() - TimeDelta::days(days))).collect();
    let kept =
        [ended(delivery(&to), DeliveryStatus::Failed, noon()), Delivery { created_at: noon() - TimeDelta::days(90), ..delivery(&to) }];
    add(store, &[], &old).await;
    add(store, &[], &kept).await;
    for expected in [2, 1, 0] {
        let mut uow = store.wearit.begin().await.unwrap();
        assert_eq!(uow.webhooks().purge_deliveries(noon(), 2).await.unwrap(), expected);
        uow.commit().await.unwrap();
    }
    for delivery in &old {
        assert_eq!(store.wearit.webhooks().delivery(delivery.user_id, delivery.id).await.unwrap(), None);
    }
    for delivery in &kept {
        assert!(store.wearit.webhooks().delivery(delivery.user_id, delivery.id).await.unwrap().is_some());
    }
}

/// Erasing a person takes endpoints and log, and nobody else's.
pub async fn rows_of_one_person_are_erased(store: &StoreUnderTest) {
    let (mine, other) = (endpoint(user()), endpoint(user()));
    let (sent, kept) = (delivery(&mine), delivery(&other));
    add(store, &[mine.clone(), other.clone()], &[sent.clone(), kept.clone()]).await;
    store.wearit.erase_rows(mine.user_id).await.unwrap();
    let webhooks = store.wearit.webhooks();
    assert_eq!(webhooks.endpoint(mine.user_id, mine.id).await.unwrap(), None);
    assert_eq!(webhooks.delivery(mine.user_id, sent.id).await.unwrap(), None);
    assert!(webhooks.endpoint(other.user_id, other.id).await.unwrap().is_some());
    assert!(webhooks.delivery(other.user_id, kept.id).await.unwrap().is_some());
}

//! Quotas: never more is given than there is, however many ask at once.

use std::collections::BTreeSet;

use atelier_domain::challenge::enrolments::{Enrolment, EnrolmentKey, Ledger, QuotaExceeded, QuotaKind, Reservation};
use atelier_domain::challenge::hackathons::Quotas;
use atelier_domain::kernel::{MessageId, StoreError, retry_on_contention};

use super::ChallengeUnderTest;
use crate::contract::concurrency::{TASKS, concurrently};
use crate::{enrolment, hackathon, noon, prompt, user};

const WANTED: u64 = 100;
const LEAST: u64 = 50;

/// Reserves as a use case does: reads the ledger, looks what is left, writes the reservation.
async fn reserve(store: &ChallengeUnderTest, key: EnrolmentKey, quotas: Quotas) -> Result<Result<MessageId, QuotaExceeded>, StoreError> {
    let mut uow = store.challenge.begin().await?;
    let mut enrolment = uow.enrolments().find(key).await?.unwrap();
    let tokens = match enrolment.ledger.available(quotas, WANTED, LEAST) {
        Ok(tokens) => tokens,
        Err(exceeded) => return Ok(Err(exceeded)),
    };
    let message_id = prompt("").id;
    enrolment.ledger.reserve(Reservation { message_id, tokens, at: noon() });
    uow.enrolments().update(&enrolment).await?;
    uow.commit().await?;
    Ok(Ok(message_id))
}

async fn enrolled(store: &ChallengeUnderTest) -> EnrolmentKey {
    let enrolment = enrolment(hackathon().id, user());
    store.add_enrolments(std::slice::from_ref(&enrolment)).await;
    enrolment.key
}

async fn ledger(store: &ChallengeUnderTest, key: EnrolmentKey) -> Ledger {
    store.challenge.enrolments().find(key).await.unwrap().unwrap().ledger
}

fn held(ledger: &Ledger) -> BTreeSet<MessageId> {
    ledger.reservations.iter().map(|held| held.message_id).collect()
}

/// Of many prompts at once as many are reserved as the quota has; the others are told that it is used up.
pub async fn concurrent_prompts_never_exceed_the_quota(store: &ChallengeUnderTest) {
    let key = enrolled(store).await;
    let quotas = Quotas { prompts: 5, tokens: 1_000_000 };
    let outcomes = concurrently(store, move |store, _| async move { reserve(&store, key, quotas).await }).await;
    let mut reserved = BTreeSet::new();
    for outcome in outcomes {
        match outcome.unwrap() {
            Ok(message_id) => assert!(reserved.insert(message_id)),
            Err(exceeded) => assert_eq!((exceeded.quota, exceeded.reserved), (QuotaKind::Prompts, 5)),
        }
    }
    assert_eq!(reserved.len(), 5);
    assert_eq!(held(&ledger(store, key).await), reserved, "who was told yes is in the ledger");
}

/// Tokens are given while there are enough of them, the last time less than wanted, and never more than there are.
pub async fn concurrent_tokens_never_exceed_the_quota(store: &ChallengeUnderTest) {
    let key = enrolled(store).await;
    let quotas = Quotas { prompts: 1_000, tokens: 3 * WANTED + LEAST };
    let outcomes = concurrently(store, move |store, _| async move { reserve(&store, key, quotas).await }).await;
    let reserved = outcomes.iter().filter(|outcome| outcome.as_ref().unwrap().is_ok()).count();
    let ledger = ledger(store, key).await;
    let mut tokens: Vec<u64> = ledger.reservations.iter().map(|held| held.tokens).collect();
    tokens.sort_unstable();
    assert_eq!((reserved, tokens), (4, vec![LEAST, WANTED, WANTED, WANTED]));
    assert_eq!(ledger.left(quotas).tokens_free(), 0);
}

/// The quota holds too when contention is retried as use cases do, and given up after some tries.
pub async fn giving_up_after_some_tries_reserves_nothing(store: &ChallengeUnderTest) {
    let key = enrolled(store).await;
    let quotas = Quotas { prompts: 5, tokens: 1_000_000 };
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { retry_on_contention(|| reserve(&store, key, quotas), |error| Some(error)).await })
        })
        .collect();
    let mut reserved = BTreeSet::new();
    for task in tasks {
        match task.await.unwrap() {
            Ok(Ok(message_id)) => assert!(reserved.insert(message_id)),
            Ok(Err(exceeded)) => assert_eq!(exceeded.quota, QuotaKind::Prompts),
            Err(error) => assert!(matches!(error, StoreError::Contention(_)), "{error:?}"),
        }
    }
    assert!((1..=5).contains(&reserved.len()), "{reserved:?}");
    assert_eq!(held(&ledger(store, key).await), reserved);
}

/// The first prompts of a student, who has no ledger yet, make one between them and keep to the quota.
pub async fn the_first_prompts_of_a_student_share_one_ledger(store: &ChallengeUnderTest) {
    let fresh = enrolment(hackathon().id, user());
    let (key, quotas) = (fresh.key, Quotas { prompts: 3, tokens: 1_000_000 });
    let outcomes = concurrently(store, move |store, number| {
        let mut mine = Enrolment { pseudonym: format!("Candidat-{number}"), ..fresh.clone() };
        async move {
            let mut uow = store.challenge.begin().await?;
            if uow.enrolments().find(key).await?.is_some() {
                drop(uow);
                return reserve(&store, key, quotas).await;
            }
            let message_id = prompt("").id;
            mine.ledger.reserve(Reservation { message_id, tokens: WANTED, at: noon() });
            match uow.enrolments().insert(&mine).await {
                Err(clash) if clash.is_conflict_on("enrolments.key") => {
                    drop(uow);
                    return reserve(&store, key, quotas).await;
                }
                inserted => inserted?,
            }
            match uow.commit().await {
                Err(clash) if clash.is_conflict_on("enrolments.key") => reserve(&store, key, quotas).await,
                committed => committed.map(|()| Ok(message_id)),
            }
        }
    })
    .await;
    let reserved: BTreeSet<MessageId> = outcomes.into_iter().filter_map(|outcome| outcome.unwrap().ok()).collect();
    assert_eq!(reserved.len(), 3);
    assert_eq!(held(&ledger(store, key).await), reserved);
}

/// A reservation that many settle at once is settled once.
pub async fn a_reservation_is_settled_once(store: &ChallengeUnderTest) {
    let key = enrolled(store).await;
    let message_id = reserve(store, key, Quotas { prompts: 5, tokens: 1_000 }).await.unwrap().unwrap();
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.challenge.begin().await?;
        let mut enrolment = uow.enrolments().find(key).await?.unwrap();
        let settled = enrolment.ledger.settle(message_id, Some(40)).is_some();
        uow.enrolments().update(&enrolment).await?;
        uow.commit().await?;
        Ok(settled)
    })
    .await;
    assert_eq!(outcomes.iter().filter(|settled| *settled.as_ref().unwrap()).count(), 1);
    assert_eq!(ledger(store, key).await, Ledger { prompts_used: 1, tokens_used: 40, reservations: Vec::new() });
}

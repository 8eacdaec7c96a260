//! A whole class sends its prompts at once.

use atelier_adapter_mongo::MongoStore;
use atelier_domain::challenge::ChallengeStore;
use atelier_domain::challenge::conversations::{Conversation, InFlight};
use atelier_domain::challenge::enrolments::{EnrolmentKey, Reservation};
use atelier_domain::challenge::hackathons::Hackathon;
use atelier_domain::kernel::{StoreError, retry_on_contention};
use atelier_testkit::contract::present;
use atelier_testkit::{answer, conversation, enrolment, hackathon, noon, participant, prompt, user};

use crate::place::Place;

const PROMPTS: usize = 200;

/// What a prompt writes before a model is asked: `false` when no prompt is left.
async fn reserve(store: &MongoStore, event: &Hackathon, work: &Conversation, key: EnrolmentKey) -> Result<bool, StoreError> {
    let (question, text) = (prompt("question"), answer(""));
    let mut uow = ChallengeStore::begin(store).await?;
    let mut work = uow.conversations().find(work.id).await?.unwrap();
    let event = uow.hackathons().peek(event.id).await?.unwrap();
    let mut enrolled = uow.enrolments().find(key).await?.unwrap();
    if enrolled.ledger.available(event.quotas, 10, 10).is_err() {
        return Ok(false);
    }
    let mut person = uow.participants().find(key.student_id).await?.unwrap();
    person.tokens.reserved += 10;
    uow.participants().put(&person).await?;
    enrolled.ledger.reserve(Reservation { message_id: text.id, tokens: 10, at: noon() });
    uow.enrolments().update(&enrolled).await?;
    uow.conversations().append(work.id, &question).await?;
    uow.conversations().append(work.id, &text).await?;
    work.in_flight = Some(InFlight { message_id: text.id, seen_at: noon(), stop_requested: false });
    uow.conversations().update(&work).await?;
    uow.commit().await?;
    Ok(true)
}

/// Sends [`PROMPTS`] at once, each in a conversation of its own, and answers how many were reserved.
async fn race(store: &MongoStore, quota: u32) -> usize {
    let mut event = hackathon();
    event.quotas.prompts = quota;
    let student = participant(user());
    let enrolled = enrolment(event.id, student.account_id);
    let works: Vec<Conversation> = (0..PROMPTS).map(|_| conversation(event.id, student.account_id)).collect();
    let mut uow = ChallengeStore::begin(store).await.unwrap();
    uow.hackathons().insert(&event).await.unwrap();
    uow.participants().put(&student).await.unwrap();
    uow.enrolments().insert(&enrolled).await.unwrap();
    for work in &works {
        uow.conversations().insert(work).await.unwrap();
    }
    uow.commit().await.unwrap();
    let asking: Vec<_> = works
        .into_iter()
        .map(|work| {
            let (store, event, key) = (store.clone(), event.clone(), enrolled.key);
            let once = async move |store: &MongoStore| reserve(store, &event, &work, key).await;
            tokio::spawn(async move { retry_on_contention(|| once(&store), |error: &StoreError| Some(error)).await })
        })
        .collect();
    let mut reserved = 0;
    for asked in asking {
        reserved += usize::from(asked.await.unwrap().expect("nobody is told of contention"));
    }
    let ledger = store.enrolments().find(enrolled.key).await.unwrap().unwrap().ledger;
    assert_eq!(ledger.reservations.len(), reserved);
    let person = store.participants().find(student.account_id).await.unwrap().unwrap();
    assert_eq!(person.tokens.reserved, 10 * reserved as u64);
    reserved
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_prompts_on_a_quota_of_30_exactly_30_are_reserved_and_nobody_is_told_of_contention() {
    let Some(place) = present(Place::new(), "quota race") else { return };
    assert_eq!(race(&place.open().await, 30).await, 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_prompts_that_all_write_one_ledger_get_through() {
    let Some(place) = present(Place::new(), "ledger race") else { return };
    assert_eq!(race(&place.open().await, 1_000).await, PROMPTS);
}

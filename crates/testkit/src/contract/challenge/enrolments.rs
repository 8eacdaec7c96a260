//! Enrolments with their ledgers.

use atelier_domain::challenge::enrolments::{Enrolment, EnrolmentKey, Ledger, Reservation};
use atelier_domain::kernel::{EntityId, HackathonId, MessageId};
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::contract::concurrency::{assert_one_succeeded, concurrently};
use crate::{enrolment, hackathon, noon, user};

fn event() -> HackathonId {
    hackathon().id
}

fn reservation(number: u8, tokens: u64) -> Reservation {
    Reservation { message_id: MessageId::from_bytes([number; 12]), tokens, at: noon() + TimeDelta::milliseconds(i64::from(number)) }
}

/// A ledger in use, its reservations out of order.
fn ledger() -> Ledger {
    Ledger {
        prompts_used: 5_000_000_000,
        tokens_used: 6_000_000_000,
        reservations: vec![reservation(3, 300), reservation(1, 7_000_000_000), reservation(2, 0)],
    }
}

fn in_test(enrolment: &Enrolment) -> Enrolment {
    let key = EnrolmentKey { test: true, ..enrolment.key };
    Enrolment { key, pseudonym: format!("{} (test)", enrolment.pseudonym), ..enrolment.clone() }
}

/// Every field of an enrolment survives the store, reservations in their order, inside and outside a unit of work; that of the test is apart.
pub async fn an_enrolment_is_read_as_it_was_written(store: &ChallengeUnderTest) {
    let real = Enrolment { ledger: ledger(), created_at: noon() + TimeDelta::milliseconds(3), ..enrolment(event(), user()) };
    let tried = Enrolment { ledger: Ledger::default(), ..in_test(&real) };
    store.add_enrolments(&[real.clone(), tried.clone()]).await;
    for written in [real, tried] {
        assert_eq!(store.challenge.enrolments().find(written.key).await.unwrap(), Some(written.clone()));
        let mut uow = store.begin().await;
        assert_eq!(uow.enrolments().find(written.key).await.unwrap(), Some(written));
    }
}

/// Neither another student's, another hackathon's nor the test's enrolment is taken for the one asked for.
pub async fn an_unknown_enrolment_is_not_found(store: &ChallengeUnderTest) {
    let written = enrolment(event(), user());
    store.add_enrolments(std::slice::from_ref(&written)).await;
    for unknown in [
        EnrolmentKey { hackathon_id: event(), ..written.key },
        EnrolmentKey { student_id: user(), ..written.key },
        EnrolmentKey { test: true, ..written.key },
    ] {
        assert_eq!(store.challenge.enrolments().find(unknown).await.unwrap(), None);
        let mut uow = store.begin().await;
        assert_eq!(uow.enrolments().find(unknown).await.unwrap(), None);
    }
}

/// A second enrolment of the student in the hackathon is a conflict on `enrolments.key`.
pub async fn a_student_is_enrolled_once(store: &ChallengeUnderTest) {
    let first = enrolment(event(), user());
    store.add_enrolments(&[first.clone(), in_test(&first)]).await;
    let again = Enrolment { pseudonym: "Candidat-NEUF".to_owned(), ..first.clone() };
    for again in [again.clone(), in_test(&again)] {
        let mut uow = store.begin().await;
        let clash = uow.enrolments().insert(&again).await.unwrap_err();
        assert!(clash.is_conflict_on("enrolments.key"), "{clash:?}");
    }
    store.add_enrolments(&[enrolment(event(), first.key.student_id), enrolment(first.key.hackathon_id, user())]).await;
}

/// A pseudonym that is taken in the hackathon is a conflict on `enrolments.pseudonym`; in another hackathon it is none.
pub async fn a_pseudonym_is_given_once_in_a_hackathon(store: &ChallengeUnderTest) {
    let first = enrolment(event(), user());
    store.add_enrolments(std::slice::from_ref(&first)).await;
    let namesake = |hackathon_id| Enrolment { pseudonym: first.pseudonym.clone(), ..enrolment(hackathon_id, user()) };
    let mut uow = store.begin().await;
    let clash = uow.enrolments().insert(&namesake(first.key.hackathon_id)).await.unwrap_err();
    assert!(clash.is_conflict_on("enrolments.pseudonym"), "{clash:?}");
    drop(uow);
    let elsewhere = namesake(event());
    store.add_enrolments(std::slice::from_ref(&elsewhere)).await;
    assert_eq!(store.challenge.enrolments().find(elsewhere.key).await.unwrap(), Some(elsewhere));
}

/// Of many concurrent enrolments of a student one is stored.
pub async fn of_concurrent_enrolments_of_a_student_one_is_stored(store: &ChallengeUnderTest) {
    let (hackathon_id, student_id) = (event(), user());
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.challenge.begin().await?;
        uow.enrolments().insert(&enrolment(hackathon_id, student_id)).await?;
        uow.commit().await
    })
    .await;
    assert_one_succeeded(&outcomes, "enrolments.key");
    assert_eq!(store.challenge.enrolments().of_student(student_id).await.unwrap().len(), 1);
}

/// Of many students who are given one pseudonym at the same time one keeps it.
pub async fn of_concurrent_namesakes_one_is_stored(store: &ChallengeUnderTest) {
    let hackathon_id = event();
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.challenge.begin().await?;
        uow.enrolments().insert(&Enrolment { pseudonym: "Candidat-AAAA".to_owned(), ..enrolment(hackathon_id, user()) }).await?;
        uow.commit().await
    })
    .await;
    assert_one_succeeded(&outcomes, "enrolments.pseudonym");
    assert_eq!(store.challenge.enrolments().of_hackathon(hackathon_id).await.unwrap().len(), 1);
}

/// An update stores the ledger, of this enrolment and of no other.
pub async fn an_update_stores_the_ledger(store: &ChallengeUnderTest) {
    let before = enrolment(event(), user());
    let others = [in_test(&before), enrolment(before.key.hackathon_id, user())];
    store.add_enrolments(std::slice::from_ref(&before)).await;
    store.add_enrolments(&others).await;
    let mut settled = ledger();
    settled.settle(MessageId::from_bytes([3; 12]), Some(120));
    let emptied = Ledger { reservations: Vec::new(), ..settled.clone() };
    for ledger in [ledger(), settled, emptied, Ledger::default()] {
        let after = Enrolment { ledger, ..before.clone() };
        let mut uow = store.begin().await;
        uow.enrolments().update(&after).await.unwrap();
        assert_eq!(uow.enrolments().find(before.key).await.unwrap(), Some(after.clone()), "a unit of work sees its own writes");
        uow.commit().await.unwrap();
        assert_eq!(store.challenge.enrolments().find(before.key).await.unwrap(), Some(after));
    }
    for other in others {
        assert_eq!(store.challenge.enrolments().find(other.key).await.unwrap(), Some(other));
    }
}

/// The enrolments of a hackathon and of a student are answered, those in test included.
pub async fn enrolments_are_found_by_hackathon_and_by_student(store: &ChallengeUnderTest) {
    let (first, second, ada, bob) = (event(), event(), user(), user());
    let both = enrolment(first, ada);
    let mut all = vec![in_test(&both), both, Enrolment { ledger: ledger(), ..enrolment(first, bob) }, enrolment(second, ada)];
    store.add_enrolments(&all).await;
    all.sort_by_key(|row| row.key);
    let sorted = |mut rows: Vec<Enrolment>| {
        rows.sort_by_key(|row| row.key);
        rows
    };
    for hackathon_id in [first, second, event()] {
        let expected: Vec<Enrolment> = all.iter().filter(|row| row.key.hackathon_id == hackathon_id).cloned().collect();
        assert_eq!(sorted(store.challenge.enrolments().of_hackathon(hackathon_id).await.unwrap()), expected);
    }
    for student_id in [ada, bob, user()] {
        let expected: Vec<Enrolment> = all.iter().filter(|row| row.key.student_id == student_id).cloned().collect();
        assert_eq!(sorted(store.challenge.enrolments().of_student(student_id).await.unwrap()), expected);
    }
}

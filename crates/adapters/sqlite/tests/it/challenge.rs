//! Prompt Challenge in the store: its contract, and what is particular to SQLite.

use std::sync::Arc;

use atelier_adapter_sqlite::SqliteStore;
use atelier_domain::challenge::conversations::Conversation;
use atelier_domain::challenge::enrolments::{Enrolment, EnrolmentKey};
use atelier_domain::challenge::{ChallengeStore, Erasure};
use atelier_testkit::contract::ChallengeUnderTest;
use atelier_testkit::{conversation, enrolment, evaluation, final_version, hackathon, participant, prompt, user};

use crate::opening::Place;

async fn backend() -> Option<ChallengeUnderTest> {
    let (place, store) = store().await;
    Some(ChallengeUnderTest::of(Arc::new(store), place))
}

atelier_testkit::challenge_contract!(backend);

async fn store() -> (Place, SqliteStore) {
    let place = Place::new();
    let store = place.open().await;
    (place, store)
}

/// Both keys clash when two first conversations of one student begin at once: the pseudonym is made of the same student.
#[tokio::test]
async fn a_second_enrolment_under_the_same_pseudonym_is_a_clash_of_the_student() {
    let (_place, store) = store().await;
    let first = enrolment(hackathon().id, user());
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    uow.enrolments().insert(&first).await.unwrap();
    assert!(uow.enrolments().insert(&first).await.unwrap_err().is_conflict_on("enrolments.key"));
    let other = Enrolment { key: EnrolmentKey { student_id: user(), ..first.key }, ..first.clone() };
    assert!(uow.enrolments().insert(&other).await.unwrap_err().is_conflict_on("enrolments.pseudonym"));
    // A refused statement does not end the unit of work.
    uow.commit().await.unwrap();
    assert_eq!(store.enrolments().find(first.key).await.unwrap(), Some(first));
}

#[tokio::test]
async fn a_conversation_takes_its_messages_along_and_a_hackathon_its_words() {
    let (place, store) = store().await;
    let (student, event) = (user(), hackathon());
    let work = conversation(event.id, student);
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    uow.hackathons().insert(&event).await.unwrap();
    uow.conversations().insert(&work).await.unwrap();
    uow.conversations().append(work.id, &prompt("one")).await.unwrap();
    uow.commit().await.unwrap();
    store.erase_rows(student, &Erasure { kept: Vec::new(), stand_in: user() }).await.unwrap();
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    assert!(uow.hackathons().delete(event.id).await.unwrap());
    uow.commit().await.unwrap();
    for left in ["SELECT COUNT(*) FROM messages", "SELECT COUNT(*) FROM hackathon_words"] {
        let rows: i64 = sqlx::query_scalar(left).fetch_one(&mut place.raw().await).await.unwrap();
        assert_eq!(rows, 0, "{left}");
    }
}

#[tokio::test]
async fn nothing_of_an_erased_student_is_left_in_the_file() {
    let (place, store) = store().await;
    let (student, kept, gone) = (user(), hackathon().id, hackathon().id);
    let secret = "zebra-mandolin-quartz";
    let mut person = participant(student);
    secret.clone_into(&mut person.profile.last_name);
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    uow.participants().put(&person).await.unwrap();
    for event in [kept, gone] {
        let mut handed_in = final_version();
        handed_in.prompt = format!("{secret} {}", "long ".repeat(3_000));
        let work = Conversation { final_version: Some(handed_in), group_id: Some(secret.to_owned()), ..conversation(event, student) };
        uow.enrolments().insert(&enrolment(event, student)).await.unwrap();
        uow.conversations().insert(&work).await.unwrap();
        uow.conversations().append(work.id, &prompt(&format!("{secret} {}", "more ".repeat(3_000)))).await.unwrap();
        uow.evaluations().insert(&evaluation(&work, user())).await.unwrap();
    }
    uow.commit().await.unwrap();
    let file = || String::from_utf8_lossy(&std::fs::read(place.path()).unwrap()).into_owned();
    store.close().await;
    assert!(file().contains(secret) && file().contains(&student.to_string()));

    let store = place.open().await;
    store.erase_rows(student, &Erasure { kept: vec![kept], stand_in: user() }).await.unwrap();
    store.close().await;
    assert!(!file().contains(secret), "a text is left");
    assert!(!file().contains(&student.to_string()), "the id is left");
    let store = place.open().await;
    assert_eq!(store.evaluations().stats(kept).await.unwrap().total, 1);
    assert_eq!(store.evaluations().stats(gone).await.unwrap().total, 0);
}

//! Evaluations.

use atelier_domain::challenge::evaluations::{Comment, Evaluation, Note};
use atelier_domain::kernel::UserId;
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::contract::concurrency::{assert_one_succeeded, concurrently};
use crate::{conversation, evaluation, hackathon, noon, user};

/// An examiner's evaluation of a conversation that need not be there.
fn given_by(examiner_id: UserId) -> Evaluation {
    evaluation(&conversation(hackathon().id, user()), examiner_id)
}

/// An evaluation of which everything that can change differs from the builder's.
fn changed(evaluation: &Evaluation) -> Evaluation {
    Evaluation {
        note: Note::parse(10.0).unwrap(),
        comment: Comment::parse("Très « clair » 李\n'; -- \\").unwrap(),
        version: 12,
        graded_at: noon() + TimeDelta::milliseconds(3),
        updated_at: noon() + TimeDelta::milliseconds(999),
        ..evaluation.clone()
    }
}

/// Every field of an evaluation survives the store, with each of the notes, by id and by pair, inside and outside a unit of work.
pub async fn an_evaluation_is_read_as_it_was_written(store: &ChallengeUnderTest) {
    let mut all = vec![changed(&given_by(user()))];
    all.extend(Note::all().map(|note| Evaluation { note, ..given_by(user()) }));
    store.add_evaluations(&all).await;
    assert_eq!(all.len(), 20);
    for written in all {
        assert_eq!(store.challenge.evaluations().find(written.id).await.unwrap(), Some(written.clone()));
        let mut uow = store.begin().await;
        assert_eq!(uow.evaluations().find(written.id).await.unwrap(), Some(written.clone()));
        assert_eq!(uow.evaluations().of_pair(written.examiner_id, written.conversation_id).await.unwrap(), Some(written));
    }
}

/// What is not there is not found; a pair is both of examiner and conversation.
pub async fn an_unknown_evaluation_is_not_found(store: &ChallengeUnderTest) {
    let (first, second) = (given_by(user()), given_by(user()));
    store.add_evaluations(&[first.clone(), second.clone()]).await;
    let unknown = given_by(user());
    assert_eq!(store.challenge.evaluations().find(unknown.id).await.unwrap(), None);
    let mut uow = store.begin().await;
    assert_eq!(uow.evaluations().find(unknown.id).await.unwrap(), None);
    assert_eq!(uow.evaluations().of_pair(first.examiner_id, second.conversation_id).await.unwrap(), None);
    assert_eq!(uow.evaluations().of_pair(unknown.examiner_id, first.conversation_id).await.unwrap(), None);
}

/// An update replaces what changed, of this evaluation and of no other.
pub async fn an_update_replaces_the_fields(store: &ChallengeUnderTest) {
    let (before, other) = (given_by(user()), given_by(user()));
    store.add_evaluations(&[before.clone(), other.clone()]).await;
    for after in [changed(&before), before] {
        let mut uow = store.begin().await;
        uow.evaluations().update(&after).await.unwrap();
        assert_eq!(uow.evaluations().find(after.id).await.unwrap(), Some(after.clone()), "a unit of work sees its own writes");
        uow.commit().await.unwrap();
        assert_eq!(store.challenge.evaluations().find(after.id).await.unwrap(), Some(after));
    }
    assert_eq!(store.challenge.evaluations().find(other.id).await.unwrap(), Some(other));
}

/// A second evaluation of the conversation by the examiner is a conflict on `evaluations.conversationId`; by another it is none.
pub async fn an_examiner_grades_a_conversation_once(store: &ChallengeUnderTest) {
    let graded = conversation(hackathon().id, user());
    let first = evaluation(&graded, user());
    store.add_evaluations(std::slice::from_ref(&first)).await;
    let mut uow = store.begin().await;
    let clash = uow.evaluations().insert(&evaluation(&graded, first.examiner_id)).await.unwrap_err();
    assert!(clash.is_conflict_on("evaluations.conversationId"), "{clash:?}");
    drop(uow);
    store.add_evaluations(&[evaluation(&graded, user()), given_by(first.examiner_id)]).await;
    assert_eq!(store.challenge.evaluations().of_conversation(graded.id).await.unwrap().len(), 2);
}

/// Of many evaluations an examiner sends for one conversation at the same time one is stored.
pub async fn of_concurrent_evaluations_one_is_stored(store: &ChallengeUnderTest) {
    let (graded, examiner_id) = (conversation(hackathon().id, user()), user());
    let id = graded.id;
    let outcomes = concurrently(store, move |store, _| {
        let evaluation = evaluation(&graded, examiner_id);
        async move {
            let mut uow = store.challenge.begin().await?;
            uow.evaluations().insert(&evaluation).await?;
            uow.commit().await
        }
    })
    .await;
    assert_one_succeeded(&outcomes, "evaluations.conversationId");
    assert_eq!(store.challenge.evaluations().of_conversation(id).await.unwrap().len(), 1);
}

/// A deleted evaluation is gone, deleting it again says so, and the examiner may grade anew.
pub async fn a_deleted_evaluation_is_gone(store: &ChallengeUnderTest) {
    let graded = conversation(hackathon().id, user());
    let (gone, kept) = (evaluation(&graded, user()), evaluation(&graded, user()));
    store.add_evaluations(&[gone.clone(), kept.clone()]).await;
    let mut uow = store.begin().await;
    assert!(uow.evaluations().delete(gone.id).await.unwrap());
    assert!(!uow.evaluations().delete(gone.id).await.unwrap());
    assert_eq!(uow.evaluations().of_pair(gone.examiner_id, graded.id).await.unwrap(), None);
    uow.commit().await.unwrap();
    assert_eq!(store.challenge.evaluations().find(gone.id).await.unwrap(), None);
    assert_eq!(store.challenge.evaluations().of_conversation(graded.id).await.unwrap(), [kept]);
    store.add_evaluations(&[evaluation(&graded, gone.examiner_id)]).await;
}

/// Of many changes that rest on the same version one happens; the others find a newer version.
pub async fn of_concurrent_changes_of_a_version_one_happens(store: &ChallengeUnderTest) {
    let before = given_by(user());
    store.add_evaluations(std::slice::from_ref(&before)).await;
    let id = before.id;
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.challenge.begin().await?;
        let mut evaluation = uow.evaluations().find(id).await?.unwrap();
        if evaluation.version != 1 {
            return Ok(false);
        }
        evaluation.version += 1;
        uow.evaluations().update(&evaluation).await?;
        uow.commit().await?;
        Ok(true)
    })
    .await;
    assert_eq!(outcomes.iter().filter(|happened| *happened.as_ref().unwrap()).count(), 1);
    assert_eq!(store.challenge.evaluations().find(id).await.unwrap().unwrap().version, 2);
}

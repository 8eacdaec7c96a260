//! What a unit of work found by its key stays as it is until its end: of those that find the same and write anything, one goes first.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use atelier_domain::challenge::ChallengeUnitOfWork;
use atelier_domain::kernel::StoreError;

use super::ChallengeUnderTest;
use crate::contract::concurrency::concurrently;
use crate::{claim, conversation, enrolment, evaluation, hackathon, participant, user};

/// How a unit of work finds what all go for.
type Finding<'a> = Pin<Box<dyn Future<Output = Result<bool, StoreError>> + Send + 'a>>;

/// Lets many examiners claim one of two places at the same time, each after finding the same thing and counting who was there before.
async fn only_two_claim(
    store: &ChallengeUnderTest,
    find: impl for<'a> Fn(&'a mut dyn ChallengeUnitOfWork) -> Finding<'a> + Send + Sync + 'static,
) {
    let work = conversation(hackathon().id, user());
    let event = work.hackathon_id;
    let find = Arc::new(find);
    let outcomes = concurrently(store, move |store, _| {
        let (find, mine, id) = (Arc::clone(&find), claim(&work, user()), work.id);
        async move {
            let mut uow = store.challenge.begin().await?;
            assert!(find(uow.as_mut()).await?, "it is there");
            if uow.assignments().of_conversation(id).await?.len() >= 2 {
                return Ok(false);
            }
            uow.assignments().put(&mine).await?;
            uow.commit().await?;
            Ok(true)
        }
    })
    .await;
    let claimed = outcomes.iter().filter(|claimed| *claimed.as_ref().unwrap()).count();
    assert_eq!((claimed, store.challenge.assignments().of_hackathon(event).await.unwrap().len()), (2, 2));
}

/// A participant that was found stays as it is.
pub async fn a_found_participant_stays(store: &ChallengeUnderTest) {
    let id = user();
    store.add_participants(&[participant(id)]).await;
    only_two_claim(store, move |uow| Box::pin(async move { Ok(uow.participants().find(id).await?.is_some()) })).await;
}

/// A hackathon that was found, not only peeked at, stays as it is.
pub async fn a_found_hackathon_stays(store: &ChallengeUnderTest) {
    let event = hackathon();
    store.add_hackathons(std::slice::from_ref(&event)).await;
    only_two_claim(store, move |uow| Box::pin(async move { Ok(uow.hackathons().find(event.id).await?.is_some()) })).await;
}

/// An enrolment that was found stays as it is.
pub async fn a_found_enrolment_stays(store: &ChallengeUnderTest) {
    let enrolled = enrolment(hackathon().id, user());
    store.add_enrolments(std::slice::from_ref(&enrolled)).await;
    only_two_claim(store, move |uow| Box::pin(async move { Ok(uow.enrolments().find(enrolled.key).await?.is_some()) })).await;
}

/// A conversation that was found stays as it is.
pub async fn a_found_conversation_stays(store: &ChallengeUnderTest) {
    let work = conversation(hackathon().id, user());
    store.add_conversations(std::slice::from_ref(&work)).await;
    only_two_claim(store, move |uow| Box::pin(async move { Ok(uow.conversations().find(work.id).await?.is_some()) })).await;
}

/// An evaluation that was found stays as it is.
pub async fn a_found_evaluation_stays(store: &ChallengeUnderTest) {
    let given = evaluation(&conversation(hackathon().id, user()), user());
    store.add_evaluations(std::slice::from_ref(&given)).await;
    only_two_claim(store, move |uow| Box::pin(async move { Ok(uow.evaluations().find(given.id).await?.is_some()) })).await;
}

//! Claims and recusals.

use atelier_domain::challenge::evaluations::{Assignment, AssignmentState};
use atelier_domain::kernel::UserId;
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::{claim, conversation, hackathon, noon, user};

fn sorted(mut rows: Vec<Assignment>) -> Vec<Assignment> {
    rows.sort_by_key(|row| (row.conversation_id, row.examiner_id));
    rows
}

fn recused(assignment: &Assignment) -> Assignment {
    Assignment { state: AssignmentState::Recused, at: noon() + TimeDelta::milliseconds(7), ..*assignment }
}

/// Every field of claim and recusal survives the store, inside and outside a unit of work.
pub async fn an_assignment_is_read_as_it_was_written(store: &ChallengeUnderTest) {
    let until = noon() + TimeDelta::milliseconds(3);
    let claimed = Assignment { state: AssignmentState::Claimed { until }, ..claim(&conversation(hackathon().id, user()), user()) };
    let refused = recused(&claim(&conversation(hackathon().id, user()), user()));
    store.assign(&[claimed, refused]).await;
    for written in [claimed, refused] {
        let queries = store.challenge.assignments();
        assert_eq!(queries.of_hackathon(written.hackathon_id).await.unwrap(), [written]);
        assert_eq!(queries.of_examiner(written.examiner_id, written.hackathon_id).await.unwrap(), [written]);
        let mut uow = store.begin().await;
        assert_eq!(uow.assignments().of_conversation(written.conversation_id).await.unwrap(), [written]);
    }
}

/// An assignment put again takes the place of the pair's, whatever either was, and of no other's.
pub async fn a_pair_has_one_assignment(store: &ChallengeUnderTest) {
    let shared = conversation(hackathon().id, user());
    let (mine, others) = (claim(&shared, user()), claim(&shared, user()));
    store.assign(&[mine, others]).await;
    let until = noon() + TimeDelta::hours(2);
    for next in [recused(&mine), Assignment { state: AssignmentState::Claimed { until }, at: noon() + TimeDelta::hours(1), ..mine }] {
        let mut uow = store.begin().await;
        uow.assignments().put(&next).await.unwrap();
        let seen = sorted(uow.assignments().of_conversation(shared.id).await.unwrap());
        assert_eq!(seen, sorted(vec![next, others]), "a unit of work sees its own writes");
        uow.commit().await.unwrap();
        assert_eq!(sorted(store.challenge.assignments().of_hackathon(shared.hackathon_id).await.unwrap()), sorted(vec![next, others]));
    }
}

/// A deleted assignment is gone, deleting it again says so, and the others stay.
pub async fn a_deleted_assignment_is_gone(store: &ChallengeUnderTest) {
    let (first, second) = (conversation(hackathon().id, user()), conversation(hackathon().id, user()));
    let examiner = user();
    let (gone, kept, others) = (claim(&first, examiner), claim(&second, examiner), claim(&first, user()));
    store.assign(&[gone, kept, others]).await;
    let mut uow = store.begin().await;
    assert!(uow.assignments().delete(first.id, examiner).await.unwrap());
    assert!(!uow.assignments().delete(first.id, examiner).await.unwrap());
    assert!(!uow.assignments().delete(second.id, others.examiner_id).await.unwrap());
    assert_eq!(uow.assignments().of_conversation(first.id).await.unwrap(), [others]);
    uow.commit().await.unwrap();
    assert_eq!(store.challenge.assignments().of_hackathon(first.hackathon_id).await.unwrap(), [others]);
    assert_eq!(store.challenge.assignments().of_hackathon(second.hackathon_id).await.unwrap(), [kept]);
}

/// Assignments are found by hackathon, by examiner in a hackathon, and by conversation.
pub async fn assignments_are_found_by_each_of_their_ends(store: &ChallengeUnderTest) {
    let (spring, autumn, ada, bob) = (hackathon().id, hackathon().id, user(), user());
    let works = [conversation(spring, user()), conversation(spring, user()), conversation(autumn, user())];
    let all: Vec<Assignment> = [(0, ada), (1, ada), (2, ada), (0, bob)]
        .iter()
        .map(|(index, examiner): &(usize, UserId)| claim(&works[*index], *examiner))
        .collect();
    store.assign(&all).await;
    let queries = store.challenge.assignments();
    for hackathon_id in [spring, autumn, hackathon().id] {
        let expected: Vec<Assignment> = all.iter().filter(|row| row.hackathon_id == hackathon_id).copied().collect();
        assert_eq!(sorted(queries.of_hackathon(hackathon_id).await.unwrap()), sorted(expected.clone()));
        for examiner in [ada, bob, user()] {
            let expected: Vec<Assignment> = expected.iter().filter(|row| row.examiner_id == examiner).copied().collect();
            assert_eq!(sorted(queries.of_examiner(examiner, hackathon_id).await.unwrap()), sorted(expected));
        }
    }
    let mut uow = store.begin().await;
    for work in &works {
        let expected: Vec<Assignment> = all.iter().filter(|row| row.conversation_id == work.id).copied().collect();
        assert_eq!(sorted(uow.assignments().of_conversation(work.id).await.unwrap()), sorted(expected));
    }
}

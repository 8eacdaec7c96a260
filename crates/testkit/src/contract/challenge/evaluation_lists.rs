//! Evaluations: lists, batches and figures.

use atelier_domain::challenge::evaluations::{Evaluation, EvaluationFilter, EvaluationStats, GivenNote, Note};
use atelier_domain::kernel::{EntityId, EvaluationId, Page};
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::contract::paging::{check_paging, out_of_order};
use crate::{conversation, evaluation, hackathon, noon, user};

fn note(value: f64) -> Note {
    Note::parse(value).unwrap()
}

/// Evaluations are listed last graded first, ties by id descending, by examiner, hackathon, student, or all; cursor and skip give the
/// same pages.
pub async fn evaluations_are_paged_last_graded_first(store: &ChallengeUnderTest) {
    let (events, examiners, students) = ([hackathon().id, hackathon().id], [user(), user()], [user(), user()]);
    let mut all = Vec::new();
    for (number, minutes) in [3, 1, 2, 2, 2, 5, 1, 2, 4, 2].into_iter().enumerate() {
        let graded = conversation(events[number % 2], students[number / 2 % 2]);
        all.push(Evaluation {
            graded_at: noon() + TimeDelta::minutes(minutes),
            created_at: noon() - TimeDelta::minutes(minutes),
            updated_at: noon(),
            ..evaluation(&graded, examiners[number / 3 % 2])
        });
    }
    store.add_evaluations(&out_of_order(&all)).await;
    all.sort_by_key(|row| std::cmp::Reverse((row.graded_at, row.id)));
    let (stranger, elsewhere) = (user(), hackathon().id);
    for examiner_id in [None, Some(examiners[0]), Some(stranger)] {
        for hackathon_id in [None, Some(events[1]), Some(elsewhere)] {
            for student_id in [None, Some(students[0]), Some(stranger)] {
                let fits = |row: &&Evaluation| {
                    examiner_id.is_none_or(|examiner| row.examiner_id == examiner)
                        && hackathon_id.is_none_or(|hackathon| row.hackathon_id == hackathon)
                        && student_id.is_none_or(|student| row.student_id == student)
                };
                let expected: Vec<EvaluationId> = all.iter().filter(fits).map(|row| row.id).collect();
                let filter = EvaluationFilter { examiner_id, hackathon_id, student_id };
                let list = |page: Page| {
                    let filter = &filter;
                    async move { store.challenge.evaluations().list(filter, &page).await }
                };
                check_paging(&expected, |row: &Evaluation| row.id, list).await;
            }
        }
    }
}

/// The evaluations of a conversation come in the order of their examiners.
pub async fn those_of_a_conversation_come_by_examiner(store: &ChallengeUnderTest) {
    let graded = conversation(hackathon().id, user());
    let (first, second, third) = (user(), user(), user());
    let all = [evaluation(&graded, third), evaluation(&graded, first), evaluation(&graded, second)];
    store.add_evaluations(&all).await;
    let other = conversation(graded.hackathon_id, graded.student_id);
    store.add_evaluations(&[evaluation(&other, first)]).await;
    let expected = [all[1].clone(), all[2].clone(), all[0].clone()];
    assert_eq!(store.challenge.evaluations().of_conversation(graded.id).await.unwrap(), expected);
    assert_eq!(store.challenge.evaluations().of_conversation(conversation(graded.hackathon_id, first).id).await.unwrap(), []);
}

/// Which conversations of a hackathon an examiner has graded is told.
pub async fn the_conversations_an_examiner_graded_are_told(store: &ChallengeUnderTest) {
    let (event, examiner) = (hackathon().id, user());
    let mine: Vec<_> = (0..3).map(|_| conversation(event, user())).collect();
    let (elsewhere, others) = (conversation(hackathon().id, user()), conversation(event, user()));
    let graded: Vec<Evaluation> = mine.iter().chain([&elsewhere]).map(|row| evaluation(row, examiner)).collect();
    store.add_evaluations(&graded).await;
    store.add_evaluations(&[evaluation(&others, user())]).await;
    let mut found = store.challenge.evaluations().graded_by(examiner, event).await.unwrap();
    found.sort();
    assert_eq!(found, mine.iter().map(|row| row.id).collect::<Vec<_>>());
    assert_eq!(store.challenge.evaluations().graded_by(user(), event).await.unwrap(), []);
}

/// The evaluations of a hackathon come in the order of their ids, a few at a time.
pub async fn those_of_a_hackathon_come_by_id(store: &ChallengeUnderTest) {
    let event = hackathon().id;
    let with_id =
        |number: u8| Evaluation { id: EvaluationId::from_bytes([number; 12]), ..evaluation(&conversation(event, user()), user()) };
    let mut all = [0x90, 0x10, 0xff, 0x7f, 0x80, 0x01].map(with_id);
    store.add_evaluations(&all).await;
    let elsewhere = Evaluation { id: EvaluationId::from_bytes([0x20; 12]), ..evaluation(&conversation(hackathon().id, user()), user()) };
    store.add_evaluations(&[elsewhere]).await;
    all.sort_by_key(|row| row.id);
    let queries = store.challenge.evaluations();
    assert_eq!(queries.of_hackathon(event, None, 100).await.unwrap(), all);
    for limit in 1..=7_u32 {
        let mut found: Vec<Evaluation> = Vec::new();
        for _ in 0..10 {
            let batch = queries.of_hackathon(event, found.last().map(|row| row.id), limit).await.unwrap();
            assert!(batch.len() <= limit as usize);
            if batch.is_empty() {
                break;
            }
            found.extend(batch);
        }
        assert_eq!(found, all, "{limit} at a time");
    }
    assert_eq!(queries.of_hackathon(event, Some(EvaluationId::from_bytes([0x20; 12])), 2).await.unwrap(), all[2..4]);
}

/// Which examiner gave which note to which conversation of a hackathon is told, as it is after a change.
pub async fn the_notes_of_a_hackathon_are_told(store: &ChallengeUnderTest) {
    let (event, shared) = (hackathon().id, user());
    let mut all: Vec<Evaluation> = [1.0, 7.5, 10.0, 4.0]
        .into_iter()
        .map(|value| Evaluation { note: note(value), ..evaluation(&conversation(event, user()), user()) })
        .collect();
    all.push(Evaluation { examiner_id: shared, ..all[0].clone() });
    all[4].id = evaluation(&conversation(event, user()), shared).id;
    store.add_evaluations(&all).await;
    store.add_evaluations(&[evaluation(&conversation(hackathon().id, user()), shared)]).await;
    all[1].note = note(8.0);
    let mut uow = store.begin().await;
    uow.evaluations().update(&all[1]).await.unwrap();
    uow.commit().await.unwrap();
    let given = |row: &Evaluation| GivenNote { conversation_id: row.conversation_id, examiner_id: row.examiner_id, note: row.note };
    let mut expected: Vec<GivenNote> = all.iter().map(given).collect();
    expected.sort();
    let mut found = store.challenge.evaluations().notes(event).await.unwrap();
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(store.challenge.evaluations().notes(hackathon().id).await.unwrap(), []);
}

/// The figures of a hackathon: mean, count, highest and lowest note; without evaluations nothing but the count.
pub async fn notes_are_put_in_figures(store: &ChallengeUnderTest) {
    let event = hackathon().id;
    let queries = store.challenge.evaluations();
    assert_eq!(queries.stats(event).await.unwrap(), EvaluationStats::default());
    store.add_evaluations(&[Evaluation { note: note(1.0), ..evaluation(&conversation(hackathon().id, user()), user()) }]).await;
    assert_eq!(queries.stats(event).await.unwrap(), EvaluationStats::default(), "another hackathon's do not count");

    for (value, average, highest, lowest) in [(6.5, 6.5, 6.5, 6.5), (10.0, 8.25, 10.0, 6.5), (2.0, 18.5 / 3.0, 10.0, 2.0)] {
        store.add_evaluations(&[Evaluation { note: note(value), ..evaluation(&conversation(event, user()), user()) }]).await;
        let stats = queries.stats(event).await.unwrap();
        assert!((stats.average.unwrap() - average).abs() < 1e-9, "{stats:?}");
        assert_eq!((stats.highest, stats.lowest), (Some(note(highest)), Some(note(lowest))));
    }
    assert_eq!(queries.stats(event).await.unwrap().total, 3);
}

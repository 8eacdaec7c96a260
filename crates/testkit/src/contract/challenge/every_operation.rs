//! Every operation of every port once, for tests that look at what a store does meanwhile: the plans of its statements, say.

use atelier_domain::challenge::Erasure;
use atelier_domain::challenge::analytics::AnalyticsKind;
use atelier_domain::challenge::conversations::{Conversation, ConversationFilter, InFlight};
use atelier_domain::challenge::evaluations::{Evaluation, EvaluationFilter};
use atelier_domain::challenge::hackathons::{HackathonFilter, HackathonStatus};
use atelier_domain::identity::Role;
use atelier_domain::kernel::{ConversationId, Cursor, EntityId, Page};

use super::ChallengeUnderTest;
use crate::{
    analytics_event, answer, claim, conversation, enrolment, evaluation, final_version, hackathon, noon, participant, published_results,
    user,
};

/// Calls every operation at least once, lists with each of their filters and ways of paging.
pub async fn call(store: &ChallengeUnderTest) {
    let message = answer("text");
    let in_flight = Some(InFlight { message_id: message.id, seen_at: noon(), stop_requested: false });
    let work = Conversation { in_flight, final_version: Some(final_version()), ..conversation(hackathon().id, user()) };
    people_and_events(store, &work).await;
    let mut uow = store.begin().await;
    uow.conversations().insert(&work).await.unwrap();
    uow.conversations().find(work.id).await.unwrap();
    uow.conversations().append(work.id, &message).await.unwrap();
    uow.conversations().message(work.id, message.id).await.unwrap();
    uow.conversations().replace(work.id, &message).await.unwrap();
    uow.conversations().update(&work).await.unwrap();
    uow.conversations().any_of(work.hackathon_id).await.unwrap();
    uow.commit().await.unwrap();
    conversations(store, &work).await;
    jury(store, &work).await;
    store.challenge.orphans().await.unwrap();
    store.challenge.archive_conversations(&[work.hackathon_id, hackathon().id], noon()).await.unwrap();
    for kept in [vec![work.hackathon_id], Vec::new()] {
        store.challenge.erase_rows(work.student_id, &Erasure { kept, stand_in: user() }).await.unwrap();
    }
}

fn pages() -> [Page; 3] {
    let after = Cursor { key: noon().timestamp_millis().to_string(), id: [1; 12] };
    [Page::default(), Page { skip: 10, ..Page::default() }, Page { after: Some(after), ..Page::default() }]
}

async fn people_and_events(store: &ChallengeUnderTest, work: &Conversation) {
    let (person, mut event) = (participant(work.student_id), hackathon());
    event.id = work.hackathon_id;
    let enrolled = enrolment(event.id, person.account_id);
    let mut uow = store.begin().await;
    uow.participants().put(&person).await.unwrap();
    uow.participants().put(&person).await.unwrap();
    uow.participants().find(person.account_id).await.unwrap();
    uow.hackathons().insert(&event).await.unwrap();
    uow.hackathons().peek(event.id).await.unwrap();
    uow.hackathons().find(event.id).await.unwrap();
    uow.hackathons().update(&event).await.unwrap();
    uow.hackathons().delete(hackathon().id).await.unwrap();
    uow.enrolments().insert(&enrolled).await.unwrap();
    uow.enrolments().find(enrolled.key).await.unwrap();
    uow.enrolments().update(&enrolled).await.unwrap();
    uow.results().insert(&published_results(event.id)).await.unwrap();
    uow.results().delete(hackathon().id).await.unwrap();
    uow.analytics().append(&analytics_event(AnalyticsKind::UserAction, person.account_id)).await.unwrap();
    uow.commit().await.unwrap();

    let challenge = &store.challenge;
    challenge.participants().find(person.account_id).await.unwrap();
    challenge.participants().names(&[person.account_id, user()]).await.unwrap();
    challenge.participants().count_by_role().await.unwrap();
    challenge.hackathons().find(event.id).await.unwrap();
    challenge.hackathons().due(noon()).await.unwrap();
    for page in &pages() {
        for role in [None, Some(Role::Student)] {
            challenge.participants().list(role, page).await.unwrap();
        }
        for status in [None, Some(HackathonStatus::Running)] {
            for without_drafts in [false, true] {
                for words in [Vec::new(), vec!["spring".to_owned()], vec!["spring".to_owned(), "cause".to_owned()]] {
                    challenge.hackathons().list(&HackathonFilter { status, without_drafts, words }, page).await.unwrap();
                }
            }
        }
    }
    for status in HackathonStatus::ALL {
        challenge.hackathons().of_status(status).await.unwrap();
    }
    challenge.enrolments().find(enrolled.key).await.unwrap();
    challenge.enrolments().of_hackathon(event.id).await.unwrap();
    challenge.enrolments().of_student(person.account_id).await.unwrap();
    challenge.results().find(event.id).await.unwrap();
    challenge.analytics().of_user(person.account_id).await.unwrap();
    challenge.analytics().purge(noon()).await.unwrap();
}

async fn conversations(store: &ChallengeUnderTest, work: &Conversation) {
    let queries = store.challenge.conversations();
    let message_id = work.in_flight.unwrap().message_id;
    queries.find(work.id).await.unwrap();
    queries.find_by_alias(work.alias).await.unwrap();
    for page in &pages() {
        for (student_id, hackathon_id) in
            [(Some(work.student_id), None), (None, Some(work.hackathon_id)), (Some(work.student_id), Some(work.hackathon_id))]
        {
            for with_archived in [false, true] {
                queries.list(&ConversationFilter { student_id, hackathon_id, with_archived }, page).await.unwrap();
            }
        }
        queries.submitted_by(work.student_id, page).await.unwrap();
    }
    for after in [None, Some(ConversationId::from_bytes([1; 12]))] {
        queries.gradable(work.hackathon_id, after, 10).await.unwrap();
    }
    queries.all_gradable(work.hackathon_id).await.unwrap();
    queries.messages(work.id, 0, 10).await.unwrap();
    queries.messages(work.id, 5, 10).await.unwrap();
    queries.message(work.id, message_id).await.unwrap();
    queries.has_answer(work.id, "text").await.unwrap();
    queries.silent_since(noon(), 10).await.unwrap();
    queries.save_partial(work.id, message_id, "text", noon()).await.unwrap();
    queries.request_stop(work.id, message_id).await.unwrap();
}

async fn jury(store: &ChallengeUnderTest, work: &Conversation) {
    let given = evaluation(work, user());
    let removed = evaluation(work, user());
    let mut uow = store.begin().await;
    uow.evaluations().insert(&given).await.unwrap();
    uow.evaluations().insert(&removed).await.unwrap();
    uow.evaluations().find(given.id).await.unwrap();
    uow.evaluations().of_pair(given.examiner_id, work.id).await.unwrap();
    uow.evaluations().update(&Evaluation { version: 2, ..given.clone() }).await.unwrap();
    uow.evaluations().delete(removed.id).await.unwrap();
    uow.assignments().put(&claim(work, given.examiner_id)).await.unwrap();
    uow.assignments().of_conversation(work.id).await.unwrap();
    uow.assignments().delete(work.id, user()).await.unwrap();
    uow.commit().await.unwrap();

    let queries = store.challenge.evaluations();
    queries.find(given.id).await.unwrap();
    for page in &pages() {
        for examiner_id in [None, Some(given.examiner_id)] {
            for hackathon_id in [None, Some(work.hackathon_id)] {
                for student_id in [None, Some(work.student_id)] {
                    queries.list(&EvaluationFilter { examiner_id, hackathon_id, student_id }, page).await.unwrap();
                }
            }
        }
    }
    queries.of_conversation(work.id).await.unwrap();
    queries.graded_by(given.examiner_id, work.hackathon_id).await.unwrap();
    for after in [None, Some(given.id)] {
        queries.of_hackathon(work.hackathon_id, after, 10).await.unwrap();
    }
    queries.notes(work.hackathon_id).await.unwrap();
    queries.stats(work.hackathon_id).await.unwrap();
    store.challenge.assignments().of_examiner(given.examiner_id, work.hackathon_id).await.unwrap();
    store.challenge.assignments().of_hackathon(work.hackathon_id).await.unwrap();
}

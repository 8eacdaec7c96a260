//! References that lead nowhere, and conversations put out of sight.

use atelier_domain::challenge::conversations::{Conversation, ConversationFilter};
use atelier_domain::challenge::participants::StudentProfile;
use atelier_domain::challenge::{Erasure, Orphans};
use atelier_domain::identity::Role;
use atelier_domain::kernel::Page;
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::{answer, conversation, evaluation, final_version, hackathon, noon, participant, user};

/// Conversations without their student and evaluations without their conversation are counted, and nothing else.
pub async fn references_that_lead_nowhere_are_counted(store: &ChallengeUnderTest) {
    assert_eq!(store.challenge.orphans().await.unwrap(), Orphans::default());
    let student = participant(user());
    store.add_participants(std::slice::from_ref(&student)).await;
    let event = hackathon().id;
    let whole = conversation(event, student.account_id);
    store.add_conversations(std::slice::from_ref(&whole)).await;
    store.add_evaluations(&[evaluation(&whole, user())]).await;
    assert_eq!(store.challenge.orphans().await.unwrap(), Orphans::default(), "an examiner need not be a participant");

    let stranger = user();
    store.add_conversations(&[conversation(event, stranger), conversation(event, stranger), conversation(event, user())]).await;
    assert_eq!(store.challenge.orphans().await.unwrap(), Orphans { conversations: 3, evaluations: 0 });
    let nowhere = conversation(event, student.account_id);
    store.add_evaluations(&[evaluation(&nowhere, user()), evaluation(&nowhere, user())]).await;
    assert_eq!(store.challenge.orphans().await.unwrap(), Orphans { conversations: 3, evaluations: 2 });
    store.add_participants(&[participant(stranger)]).await;
    assert_eq!(store.challenge.orphans().await.unwrap(), Orphans { conversations: 1, evaluations: 2 });
}

/// Conversations that an erasure kept for their grades are no orphans; what comes to lie beside them still is.
pub async fn what_an_erasure_kept_leads_nowhere_on_purpose(store: &ChallengeUnderTest) {
    let (student, finished) = (participant(user()), hackathon().id);
    let work = Conversation { final_version: Some(final_version()), ..conversation(finished, student.account_id) };
    store.add_participants(std::slice::from_ref(&student)).await;
    store.add_conversations(&[work.clone(), conversation(finished, student.account_id)]).await;
    store.add_evaluations(&[evaluation(&work, user())]).await;
    let erasure = Erasure { kept: vec![finished], stand_in: user() };
    for _ in 0..2 {
        store.challenge.erase_rows(student.account_id, &erasure).await.unwrap();
        assert_eq!(store.challenge.orphans().await.unwrap(), Orphans::default());
    }
    let mut uow = store.begin().await;
    let mut kept = uow.conversations().find(work.id).await.unwrap().unwrap();
    kept.evaluation_count += 1;
    uow.conversations().update(&kept).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(store.challenge.orphans().await.unwrap(), Orphans::default(), "a change does not make it one");
    store.add_conversations(&[conversation(finished, erasure.stand_in)]).await;
    assert_eq!(store.challenge.orphans().await.unwrap(), Orphans { conversations: 1, evaluations: 0 });
}

/// Students without a profile get an empty one, others and who has one stay as they are; a second time there is nothing to do.
pub async fn students_without_a_profile_get_an_empty_one(store: &ChallengeUnderTest) {
    let with = |role: Role, student: Option<StudentProfile>| {
        let mut person = participant(user());
        (person.role, person.profile.student) = (role, student);
        person
    };
    let known = StudentProfile { level: "L3".to_owned(), ..StudentProfile::default() };
    let without = with(Role::Student, None);
    let others = [with(Role::Student, Some(known)), with(Role::Examiner, None), with(Role::Admin, None)];
    store.add_participants(std::slice::from_ref(&without)).await;
    store.add_participants(&others).await;
    assert_eq!(store.challenge.complete_student_profiles().await.unwrap(), 1);
    let found = store.challenge.participants().find(without.account_id).await.unwrap().unwrap();
    assert_eq!(found.profile.student, Some(StudentProfile::default()));
    for other in others {
        assert_eq!(store.challenge.participants().find(other.account_id).await.unwrap(), Some(other));
    }
    assert_eq!(store.challenge.complete_student_profiles().await.unwrap(), 0);
    assert_eq!(store.challenge.complete_consents().await.unwrap(), 0, "this program always writes the field");
}

/// The store says what it is and how much it has.
pub async fn a_diagnosis_tells_what_there_is(store: &ChallengeUnderTest) {
    let empty = store.challenge.diagnose().await.unwrap();
    store.add_participants(&[participant(user()), participant(user())]).await;
    let found = store.challenge.diagnose().await.unwrap();
    assert_eq!(found.documents, empty.documents + 2);
    assert!(found.collections >= 4, "{found:?}");
    assert_eq!(found.ping(), format!("{} ping successful", store.challenge.engine()));
}

/// Conversations of the named hackathons made before an instant are archived, the others not; nothing else of them changes, and a second
/// time there is nothing to do.
pub async fn old_conversations_of_some_hackathons_are_archived(store: &ChallengeUnderTest) {
    let (first, second, running) = (hackathon().id, hackathon().id, hackathon().id);
    let made = |hackathon_id, milliseconds: i64| Conversation {
        created_at: noon() + TimeDelta::milliseconds(milliseconds),
        final_version: Some(final_version()),
        ..conversation(hackathon_id, user())
    };
    let old = [made(first, -1), made(second, -9_000), made(first, -5)];
    let others = [made(first, 0), made(second, 1), made(running, -9_000)];
    let before = Conversation { archived: true, ..made(second, -2) };
    store.add_conversations(&old).await;
    store.add_conversations(&others).await;
    store.add_conversations(std::slice::from_ref(&before)).await;
    let text = answer("kept");
    store.append(old[0].id, std::slice::from_ref(&text)).await;

    assert_eq!(store.challenge.archive_conversations(&[], noon()).await.unwrap(), 0);
    assert_eq!(store.challenge.archive_conversations(&[first, second, hackathon().id], noon()).await.unwrap(), 3);
    for row in &old {
        assert_eq!(store.conversation(row.id).await, Conversation { archived: true, ..row.clone() });
    }
    for row in others.iter().chain([&before]) {
        assert_eq!(store.conversation(row.id).await, *row);
    }
    assert_eq!(store.messages(old[0].id).await, [text]);
    let filter = ConversationFilter { hackathon_id: Some(first), ..ConversationFilter::default() };
    let listed = store.challenge.conversations().list(&filter, &Page::default()).await.unwrap();
    assert_eq!(listed.items, others[..1], "archived ones are out of sight");
    assert_eq!(store.challenge.archive_conversations(&[first, second], noon()).await.unwrap(), 0);
}

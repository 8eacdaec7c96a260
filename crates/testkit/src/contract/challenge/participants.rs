//! Participants.

use atelier_domain::challenge::participants::{
    AccountTokens, ConsentGiven, Expertise, JuryProfile, Participant, ParticipantProfile, PersonName, StudentProfile,
};
use atelier_domain::identity::Role;
use atelier_domain::kernel::{Page, UserId};
use chrono::{NaiveDate, TimeDelta};

use super::ChallengeUnderTest;
use crate::contract::concurrency::{TASKS, concurrently};
use crate::contract::paging::{check_paging, out_of_order};
use crate::{noon, participant, user};

/// A student whose every field differs from the builder's.
fn student(account_id: UserId) -> Participant {
    let profile = ParticipantProfile {
        first_name: "Éloïse '; --".to_owned(),
        last_name: "de l’Étang 李".to_owned(),
        birth_date: NaiveDate::from_ymd_opt(2004, 2, 29),
        student_number: Some("0042-É".to_owned()),
        student: Some(StudentProfile { level: "L3".to_owned(), field_of_study: String::new(), group_id: Some("groupe α".to_owned()) }),
        jury: None,
    };
    let tokens = AccountTokens { authorized: Some(5_000_000_000), used: 4_999_999_999, reserved: 1 };
    let consent = Some(ConsentGiven { given: false, version: "2026-02 bis".to_owned(), at: noon() + TimeDelta::milliseconds(3) });
    let updated_at = noon() + TimeDelta::milliseconds(999);
    Participant { profile, tokens, consent, updated_at, ..participant(account_id) }
}

/// An examiner with everything an examiner is asked.
fn examiner(account_id: UserId) -> Participant {
    let expertise = |domain: &str, self_assessment| Expertise { domain: domain.to_owned(), self_assessment };
    let jury = JuryProfile {
        degree: "Doctorat".to_owned(),
        position: "Maîtresse de conférences".to_owned(),
        sector: "Éducation".to_owned(),
        years_of_experience: 7.25,
        employer_size: 4_000_000_000,
        expertises: vec![expertise("zoologie", 10), expertise("IA", 1), expertise("droit", 5)],
    };
    let profile = ParticipantProfile { jury: Some(jury), student: Some(StudentProfile::default()), ..participant(account_id).profile };
    Participant { role: Role::Examiner, profile, ..participant(account_id) }
}

/// Every field of a participant survives the store, in each of their forms, inside and outside a unit of work.
pub async fn a_participant_is_read_as_it_was_written(store: &ChallengeUnderTest) {
    let newcomer = Participant { consent: None, role: Role::User, ..participant(user()) };
    let unexperienced = ParticipantProfile { jury: Some(JuryProfile::default()), ..newcomer.profile.clone() };
    let unexperienced = Participant { role: Role::Admin, profile: unexperienced, ..participant(user()) };
    let penniless = AccountTokens { authorized: Some(0), ..AccountTokens::default() };
    let penniless = Participant { role: Role::Premium, tokens: penniless, ..participant(user()) };
    for written in [participant(user()), student(user()), examiner(user()), newcomer, unexperienced, penniless] {
        store.add_participants(std::slice::from_ref(&written)).await;
        assert_eq!(store.challenge.participants().find(written.account_id).await.unwrap(), Some(written.clone()));
        let mut uow = store.begin().await;
        assert_eq!(uow.participants().find(written.account_id).await.unwrap(), Some(written));
    }
}

/// Who is not there is not found.
pub async fn an_unknown_participant_is_not_found(store: &ChallengeUnderTest) {
    store.add_participants(&[participant(user())]).await;
    assert_eq!(store.challenge.participants().find(user()).await.unwrap(), None);
    let mut uow = store.begin().await;
    assert_eq!(uow.participants().find(user()).await.unwrap(), None);
}

/// A participant put again replaces the one there was, fields that are empty now included, and nobody else's.
pub async fn a_put_replaces_every_field(store: &ChallengeUnderTest) {
    let (before, other) = (student(user()), participant(user()));
    store.add_participants(&[before.clone(), other.clone()]).await;
    let jury = Participant { tokens: AccountTokens::default(), consent: None, ..examiner(before.account_id) };
    for after in [jury, before.clone(), participant(before.account_id)] {
        store.add_participants(std::slice::from_ref(&after)).await;
        assert_eq!(store.challenge.participants().find(before.account_id).await.unwrap(), Some(after));
    }
    assert_eq!(store.challenge.participants().find(other.account_id).await.unwrap(), Some(other));
    assert_eq!(store.challenge.participants().list(None, &Page::default()).await.unwrap().total, 2);
}

/// Of many ids the known ones are answered, each once.
pub async fn the_names_of_the_known_among_ids_are_found(store: &ChallengeUnderTest) {
    let people = [student(user()), examiner(user()), participant(user())];
    store.add_participants(&people).await;
    let ids = [people[2].account_id, user(), people[0].account_id, people[2].account_id];
    let mut found = store.challenge.participants().names(&ids).await.unwrap();
    found.sort();
    let name = |person: &Participant| PersonName {
        account_id: person.account_id,
        first_name: person.profile.first_name.clone(),
        last_name: person.profile.last_name.clone(),
    };
    assert_eq!(found, [name(&people[0]), name(&people[2])]);
    assert!(store.challenge.participants().names(&[]).await.unwrap().is_empty());
}

/// Participants are listed newest first, ties by id descending, by role or all; cursor and skip give the same pages.
pub async fn participants_are_paged_newest_first(store: &ChallengeUnderTest) {
    let mut people = Vec::new();
    for (number, minutes) in [3, 1, 2, 2, 2, 5, 1].into_iter().enumerate() {
        let role = if number % 2 == 0 { Role::Student } else { Role::Examiner };
        people.push(Participant { role, created_at: noon() + TimeDelta::minutes(minutes), ..participant(user()) });
    }
    store.add_participants(&out_of_order(&people)).await;
    people.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.account_id)));
    for role in [None, Some(Role::Student), Some(Role::Examiner), Some(Role::Admin)] {
        let has = |row: &&Participant| role.is_none_or(|role| row.role == role);
        let expected: Vec<UserId> = people.iter().filter(has).map(|row| row.account_id).collect();
        let list = |page: Page| async move { store.challenge.participants().list(role, &page).await };
        check_paging(&expected, |row: &Participant| row.account_id, list).await;
    }
}

/// Roles are counted, the most frequent first; those nobody has are left out.
pub async fn roles_are_counted_most_frequent_first(store: &ChallengeUnderTest) {
    assert_eq!(store.challenge.participants().count_by_role().await.unwrap(), []);
    let mut people = Vec::new();
    for (role, count) in [(Role::Admin, 1), (Role::Student, 4), (Role::User, 2), (Role::Examiner, 3)] {
        people.extend((0..count).map(|_| Participant { role, ..participant(user()) }));
    }
    store.add_participants(&people).await;
    let expected = [(Role::Student, 4), (Role::Examiner, 3), (Role::User, 2), (Role::Admin, 1)];
    assert_eq!(store.challenge.participants().count_by_role().await.unwrap(), expected);
}

/// Concurrent units of work that hold tokens of one account's budget lose none.
pub async fn concurrent_changes_of_a_budget_are_not_lost(store: &ChallengeUnderTest) {
    let person = participant(user());
    store.add_participants(std::slice::from_ref(&person)).await;
    let id = person.account_id;
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.challenge.begin().await?;
        let mut participant = uow.participants().find(id).await?.unwrap();
        participant.tokens.reserved += 10;
        uow.participants().put(&participant).await?;
        uow.commit().await
    })
    .await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let stored = store.challenge.participants().find(id).await.unwrap().unwrap();
    assert_eq!(stored.tokens.reserved, 10 * TASKS as u64);
}

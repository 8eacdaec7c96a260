//! Hackathons: lists, search and what the scheduler asks for.

use atelier_domain::challenge::hackathons::{Hackathon, HackathonDates, HackathonFilter, HackathonStatus};
use atelier_domain::kernel::{HackathonId, Page};
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::contract::paging::{check_paging, out_of_order};
use crate::{hackathon, noon};

/// A hackathon that begins so many minutes after noon; the later it begins the earlier it was made.
fn beginning(minutes: i64, status: HackathonStatus) -> Hackathon {
    let starts_at = noon() + TimeDelta::minutes(minutes);
    let dates = HackathonDates { starts_at, ends_at: starts_at + TimeDelta::days(1), archive_at: None };
    Hackathon { dates, status, created_at: noon() - TimeDelta::minutes(minutes), ..hackathon() }
}

fn ids<'a>(hackathons: impl IntoIterator<Item = &'a Hackathon>) -> Vec<HackathonId> {
    hackathons.into_iter().map(|hackathon| hackathon.id).collect()
}

async fn found(store: &ChallengeUnderTest, filter: &HackathonFilter) -> Vec<HackathonId> {
    let listed = store.challenge.hackathons().list(filter, &Page { limit: 100, ..Page::default() }).await.unwrap();
    assert_eq!(listed.total, listed.items.len() as u64, "the total counts what the filter lets through");
    let mut found = ids(&listed.items);
    found.sort();
    found
}

fn searching(words: &[&str]) -> HackathonFilter {
    HackathonFilter { words: words.iter().map(|word| (*word).to_owned()).collect(), ..HackathonFilter::default() }
}

/// Hackathons are listed by their beginning, the latest first, ties by id descending; cursor and skip give the same pages, filtered or not.
pub async fn hackathons_are_paged_latest_beginning_first(store: &ChallengeUnderTest) {
    use HackathonStatus::{Draft, Finished, Running};
    let mut all: Vec<Hackathon> =
        [(2, Running), (0, Draft), (1, Running), (1, Draft), (1, Running), (3, Finished), (2, Draft), (-5, Running)]
            .map(|(minutes, status)| beginning(minutes, status))
            .into();
    store.add_hackathons(&out_of_order(&all)).await;
    all.sort_by_key(|row| std::cmp::Reverse((row.dates.starts_at, row.id)));
    for status in [None, Some(Running), Some(Draft), Some(HackathonStatus::Archived)] {
        for without_drafts in [false, true] {
            for words in [vec![], vec!["spring".to_owned()]] {
                let filter = HackathonFilter { status, without_drafts, words };
                let fits = |row: &&Hackathon| status.is_none_or(|status| row.status == status) && !(without_drafts && row.status == Draft);
                let expected = ids(all.iter().filter(fits));
                let list = |page: Page| {
                    let filter = &filter;
                    async move { store.challenge.hackathons().list(filter, &page).await }
                };
                check_paging(&expected, |row: &Hackathon| row.id, list).await;
            }
        }
    }
}

/// A search finds hackathons that have every word, whole, in name or description, whatever case and accents.
pub async fn words_are_found_whole_whatever_case_and_accents(store: &ChallengeUnderTest) {
    let named = |name: &str, description: &str| Hackathon {
        name: name.to_owned(),
        description: description.to_owned(),
        objectives: "objectifs secrets".to_owned(),
        ..hackathon()
    };
    let all = [
        named("Été de l'IA", "Écrire des prompts à l'école"),
        named("ETE 2026", "prompt"),
        named("Hiver 100%_sûr", "L'e\u{301}cole du cœur, c'est tout."),
        named("Étéria", "promptement"),
    ];
    store.add_hackathons(&all).await;
    let cases: &[(&[&str], &[usize])] = &[
        (&[], &[0, 1, 2, 3]),
        (&["été"], &[0, 1]),
        (&["ÉTÉ"], &[0, 1]),
        (&["ete"], &[0, 1]),
        (&["e\u{301}te\u{301}"], &[0, 1]),
        (&["ét"], &[]),
        (&["prompt"], &[1]),
        (&["prompts"], &[0]),
        (&["ecole"], &[0, 2]),
        (&["IA"], &[0]),
        (&["2026", "Prompt", "éte"], &[1]),
        (&["ete", "ecole"], &[0]),
        (&["ete", "hiver"], &[]),
        (&["sur"], &[2]),
        (&["100"], &[2]),
        (&["coeur"], &[2]),
        (&["%"], &[0, 1, 2, 3]),
        (&["objectifs"], &[]),
        (&["introuvable"], &[]),
        (&["\"", "été"], &[0, 1]),
        (&["-été"], &[0, 1]),
        (&["été*"], &[0, 1]),
        (&["ete OR hiver"], &[]),
    ];
    for (words, expected) in cases {
        let mut expected = ids(expected.iter().map(|index| &all[*index]));
        expected.sort();
        assert_eq!(found(store, &searching(words)).await, expected, "{words:?}");
    }
}

/// A search sees a changed name, and not the old one.
pub async fn a_search_follows_changes(store: &ChallengeUnderTest) {
    let before = hackathon();
    store.add_hackathons(std::slice::from_ref(&before)).await;
    let mut uow = store.begin().await;
    let after = Hackathon { name: "Automne".to_owned(), description: "feuilles".to_owned(), ..before };
    uow.hackathons().update(&after).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(found(store, &searching(&["automne"])).await, [after.id]);
    assert_eq!(found(store, &searching(&["feuilles"])).await, [after.id]);
    assert_eq!(found(store, &searching(&["spring"])).await, []);
    let mut uow = store.begin().await;
    uow.hackathons().delete(after.id).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(found(store, &searching(&["automne"])).await, []);
}

/// The filter's conditions all apply.
pub async fn a_filter_applies_every_condition(store: &ChallengeUnderTest) {
    let named = |name: &str, status| Hackathon { name: name.to_owned(), status, ..hackathon() };
    let all = HackathonStatus::ALL.map(|status| [named("alpha", status), named("beta", status)]);
    store.add_hackathons(&all.concat()).await;
    for (index, status) in HackathonStatus::ALL.into_iter().enumerate() {
        let filter = HackathonFilter { status: Some(status), ..searching(&["beta"]) };
        assert_eq!(found(store, &filter).await, [all[index][1].id], "{filter:?}");
        let filter = HackathonFilter { without_drafts: true, ..filter };
        assert_eq!(found(store, &filter).await.len(), usize::from(status != HackathonStatus::Draft), "{filter:?}");
    }
}

/// Every hackathon of a status is answered, the latest beginning first.
pub async fn those_of_a_status_are_listed_latest_first(store: &ChallengeUnderTest) {
    let mut running: Vec<Hackathon> = [1, 3, 2, 2, 0].map(|minutes| beginning(minutes, HackathonStatus::Running)).into();
    store.add_hackathons(&running).await;
    store.add_hackathons(&[beginning(9, HackathonStatus::Test), beginning(9, HackathonStatus::Draft)]).await;
    running.sort_by_key(|row| std::cmp::Reverse((row.dates.starts_at, row.id)));
    let mut found = store.challenge.hackathons().of_status(HackathonStatus::Running).await.unwrap();
    assert!(found.is_sorted_by_key(|row| std::cmp::Reverse(row.dates.starts_at)), "{found:?}");
    found.sort_by_key(|row| std::cmp::Reverse((row.dates.starts_at, row.id)));
    assert_eq!(found, running);
    assert_eq!(store.challenge.hackathons().of_status(HackathonStatus::Archived).await.unwrap(), []);
}

/// Of more than a thousand of a status the latest thousand are answered.
pub async fn at_most_a_thousand_of_a_status_are_listed(store: &ChallengeUnderTest) {
    let all: Vec<Hackathon> = (0..1_001).map(|minutes| beginning(minutes, HackathonStatus::Finished)).collect();
    for some in all.chunks(100) {
        store.add_hackathons(some).await;
    }
    let found = store.challenge.hackathons().of_status(HackathonStatus::Finished).await.unwrap();
    assert_eq!(found.len(), 1_000);
    assert_eq!((found[0].id, found[999].id), (all[1_000].id, all[1].id));
}

/// Due are the running ones whose end is before now, and the finished ones whose archiving is not after it.
pub async fn those_whose_time_has_come_are_due(store: &ChallengeUnderTest) {
    let now = noon();
    let at = |milliseconds: i64| now + TimeDelta::milliseconds(milliseconds);
    let ended = |status, ends: i64, archive: Option<i64>| Hackathon {
        status,
        dates: HackathonDates { starts_at: now - TimeDelta::days(9), ends_at: at(ends), archive_at: archive.map(at) },
        ..hackathon()
    };
    let due = [
        ended(HackathonStatus::Running, -1, None),
        ended(HackathonStatus::Running, -5, Some(10)),
        ended(HackathonStatus::Finished, -5, Some(0)),
        ended(HackathonStatus::Finished, -5, Some(-1)),
    ];
    let others = [
        ended(HackathonStatus::Running, 0, None),
        ended(HackathonStatus::Running, 1, Some(-1)),
        ended(HackathonStatus::Finished, -5, Some(1)),
        ended(HackathonStatus::Finished, -5, None),
        ended(HackathonStatus::Draft, -5, Some(-1)),
        ended(HackathonStatus::Test, -5, Some(-1)),
        ended(HackathonStatus::Archived, -5, Some(-1)),
    ];
    store.add_hackathons(&due).await;
    store.add_hackathons(&others).await;
    let mut found = store.challenge.hackathons().due(now).await.unwrap();
    found.sort_by_key(|row| row.id);
    assert_eq!(found, due);
    assert_eq!(store.challenge.hackathons().due(now - TimeDelta::days(5)).await.unwrap(), []);
}

//! Conversations: lists.

use atelier_domain::challenge::conversations::{Conversation, ConversationFilter, Gradable, ModelTokens};
use atelier_domain::kernel::{ConversationId, EntityId, Page};
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::contract::paging::{check_paging, out_of_order};
use crate::{conversation, final_version, hackathon, noon, user};

fn ids<'a>(rows: impl IntoIterator<Item = &'a Conversation>) -> Vec<ConversationId> {
    rows.into_iter().map(|row| row.id).collect()
}

/// Conversations are listed newest first, ties by id descending, by student, hackathon or both, archived ones on demand; cursor and skip
/// give the same pages.
pub async fn conversations_are_paged_newest_first(store: &ChallengeUnderTest) {
    let (spring, autumn, ada, bob) = (hackathon().id, hackathon().id, user(), user());
    let mut all = Vec::new();
    for (number, minutes) in [3, 1, 2, 2, 2, 5, 1, 2, 2, 4].into_iter().enumerate() {
        all.push(Conversation {
            archived: number % 4 == 3,
            test: number % 5 == 4,
            final_version: (number % 2 == 0).then(final_version),
            created_at: noon() + TimeDelta::minutes(minutes),
            updated_at: noon() - TimeDelta::minutes(minutes),
            ..conversation(if number % 3 == 0 { autumn } else { spring }, if number % 2 == 0 { ada } else { bob })
        });
    }
    store.add_conversations(&out_of_order(&all)).await;
    store.add_conversations(&[conversation(hackathon().id, user())]).await;
    all.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
    for (student_id, hackathon_id) in [
        (Some(ada), None),
        (None, Some(spring)),
        (Some(ada), Some(spring)),
        (Some(bob), Some(autumn)),
        (Some(user()), None),
        (None, Some(hackathon().id)),
    ] {
        for with_archived in [false, true] {
            let fits = |row: &&Conversation| {
                student_id.is_none_or(|student| row.student_id == student)
                    && hackathon_id.is_none_or(|hackathon| row.hackathon_id == hackathon)
                    && (with_archived || !row.archived)
            };
            let expected = ids(all.iter().filter(fits));
            let filter = ConversationFilter { student_id, hackathon_id, with_archived };
            let list = |page: Page| {
                let filter = &filter;
                async move { store.challenge.conversations().list(filter, &page).await }
            };
            check_paging(&expected, |row: &Conversation| row.id, list).await;
        }
    }
}

/// A listed conversation is the whole one.
pub async fn a_listed_conversation_is_whole(store: &ChallengeUnderTest) {
    let mut written = Conversation { final_version: Some(final_version()), ..conversation(hackathon().id, user()) };
    written.count("model", 5, atelier_domain::challenge::chat::MicroCredits(1));
    store.add_conversations(std::slice::from_ref(&written)).await;
    store.append(written.id, &[crate::prompt("text")]).await;
    let queries = store.challenge.conversations();
    let by_student = ConversationFilter { student_id: Some(written.student_id), ..ConversationFilter::default() };
    let expected = [written.clone()];
    assert_eq!(queries.list(&by_student, &Page::default()).await.unwrap().items, expected);
    assert_eq!(queries.submitted_by(written.student_id, &Page::default()).await.unwrap().items, expected);
    assert_eq!(queries.gradable(written.hackathon_id, None, 10).await.unwrap(), expected);
}

/// What a student handed in is listed last changed first, ties by id descending; cursor and skip give the same pages.
pub async fn what_was_handed_in_is_paged_last_changed_first(store: &ChallengeUnderTest) {
    let student = user();
    let mut all = Vec::new();
    for (number, minutes) in [3, 1, 2, 2, 2, 5, 1].into_iter().enumerate() {
        all.push(Conversation {
            final_version: (number != 1).then(final_version),
            created_at: noon() - TimeDelta::minutes(minutes),
            updated_at: noon() + TimeDelta::minutes(minutes),
            ..conversation(hackathon().id, student)
        });
    }
    store.add_conversations(&out_of_order(&all)).await;
    store.add_conversations(&[Conversation { final_version: Some(final_version()), ..conversation(all[0].hackathon_id, user()) }]).await;
    all.retain(|row| row.final_version.is_some());
    all.sort_by_key(|row| std::cmp::Reverse((row.updated_at, row.id)));
    let list = |page: Page| async move { store.challenge.conversations().submitted_by(student, &page).await };
    check_paging(&ids(&all), |row: &Conversation| row.id, list).await;
}

/// Gradable are those handed in outside a test, of the hackathon, in the order of their aliases, a few at a time.
pub async fn the_gradable_come_by_alias(store: &ChallengeUnderTest) {
    let event = hackathon().id;
    let aliased = |number: u8| Conversation {
        alias: ConversationId::from_bytes([number; 12]),
        final_version: Some(final_version()),
        created_at: noon() + TimeDelta::minutes(i64::from(number % 4)),
        models: vec![
            ModelTokens { model: "gpt-4".to_owned(), tokens: u64::from(number) },
            ModelTokens { model: "o1".to_owned(), tokens: 7 },
        ],
        evaluation_count: u32::from(number % 3),
        ..conversation(event, user())
    };
    let mut gradable = [0x90, 0x10, 0xff, 0x7f, 0x80, 0x01].map(aliased);
    store.add_conversations(&gradable).await;
    let others = [
        Conversation { final_version: None, ..aliased(0x11) },
        Conversation { test: true, ..aliased(0x12) },
        Conversation { hackathon_id: hackathon().id, ..aliased(0x13) },
    ];
    store.add_conversations(&others).await;
    gradable.sort_by_key(|row| row.alias);
    let queries = store.challenge.conversations();
    assert_eq!(queries.gradable(event, None, 100).await.unwrap(), gradable);
    for limit in 1..=7_u32 {
        let mut found: Vec<Conversation> = Vec::new();
        for _ in 0..10 {
            let batch = queries.gradable(event, found.last().map(|row| row.alias), limit).await.unwrap();
            assert!(batch.len() <= limit as usize);
            if batch.is_empty() {
                break;
            }
            found.extend(batch);
        }
        assert_eq!(found, gradable, "{limit} at a time");
    }
    let between = ConversationId::from_bytes([0x20; 12]);
    assert_eq!(queries.gradable(event, Some(between), 2).await.unwrap(), gradable[2..4]);
    assert_eq!(queries.gradable(hackathon().id, None, 10).await.unwrap(), []);
    let without_texts: Vec<Gradable> = gradable.iter().filter_map(Gradable::of).collect();
    assert_eq!(without_texts.len(), gradable.len());
    assert_eq!(queries.all_gradable(event).await.unwrap(), without_texts);
    assert_eq!(queries.all_gradable(hackathon().id).await.unwrap(), []);
}

/// A conversation becomes gradable when its final version is handed in, and is no more when it is taken back.
pub async fn handing_in_makes_gradable(store: &ChallengeUnderTest) {
    let written = conversation(hackathon().id, user());
    store.add_conversations(std::slice::from_ref(&written)).await;
    let queries = store.challenge.conversations();
    for (handed_in, count) in [(None, 0), (Some(final_version()), 1), (None, 0)] {
        let mut uow = store.begin().await;
        uow.conversations().update(&Conversation { final_version: handed_in, ..written.clone() }).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(queries.gradable(written.hackathon_id, None, 10).await.unwrap().len(), count);
        assert_eq!(queries.all_gradable(written.hackathon_id).await.unwrap().len(), count);
        assert_eq!(queries.submitted_by(written.student_id, &Page::default()).await.unwrap().total, count as u64);
    }
}

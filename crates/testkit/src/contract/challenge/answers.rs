//! Answers on their way: partial texts, stopping, and those of whom nothing is heard.

use atelier_domain::challenge::conversations::{Conversation, InFlight, Message, MessageState};
use atelier_domain::kernel::{MessageId, StoreError, Timestamp};
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::contract::concurrency::concurrently;
use crate::{answer, conversation, hackathon, noon, prompt, user};

fn seconds(seconds: i64) -> Timestamp {
    noon() + TimeDelta::seconds(seconds)
}

fn on_its_way(message_id: MessageId, seen_at: Timestamp) -> Option<InFlight> {
    Some(InFlight { message_id, seen_at, stop_requested: false })
}

/// A stored conversation whose second message is an answer on its way, last seen at noon.
async fn streaming(store: &ChallengeUnderTest) -> (Conversation, Message) {
    let message = Message { state: MessageState::Streaming, ..answer("") };
    let written = conversation(hackathon().id, user());
    let written = Conversation { in_flight: on_its_way(message.id, noon()), message_count: 2, ..written };
    store.add_conversations(std::slice::from_ref(&written)).await;
    store.append(written.id, &[prompt("question"), message.clone()]).await;
    (written, message)
}

/// Ends the answer as a use case does.
async fn settle(store: &ChallengeUnderTest, conversation: &Conversation, whole: &Message) -> Result<(), StoreError> {
    let mut uow = store.challenge.begin().await?;
    let mut row = uow.conversations().find(conversation.id).await?.unwrap();
    row.in_flight = None;
    uow.conversations().replace(conversation.id, whole).await?;
    uow.conversations().update(&row).await?;
    uow.commit().await
}

/// What has arrived is noted in the message, and when; everything else stays.
pub async fn a_partial_text_is_noted(store: &ChallengeUnderTest) {
    let (written, message) = streaming(store).await;
    let queries = store.challenge.conversations();
    for (number, text) in ["Il", "Il était « une » fois 李\n'", &"long ".repeat(20_000)].into_iter().enumerate() {
        let now = seconds(i64::try_from(number).unwrap() + 1);
        assert_eq!(queries.save_partial(written.id, message.id, text, now).await.unwrap(), Some(false));
        let messages = store.messages(written.id).await;
        assert_eq!(messages[1], Message { content: text.to_owned(), ..message.clone() });
        assert_eq!((messages.len(), messages[0].content.as_str()), (2, "question"));
        let expected = Conversation { in_flight: on_its_way(message.id, now), ..written.clone() };
        assert_eq!(store.conversation(written.id).await, expected);
    }
}

/// A text for an answer that is not on its way any more is not written: not after its end, not for another answer, not elsewhere.
pub async fn a_late_partial_text_is_refused(store: &ChallengeUnderTest) {
    let (written, message) = streaming(store).await;
    let (other, _) = streaming(store).await;
    let nowhere = conversation(hackathon().id, user()).id;
    let queries = store.challenge.conversations();
    let before = store.messages(written.id).await;
    for (id, message_id) in [(written.id, before[0].id), (other.id, message.id), (nowhere, message.id)] {
        assert_eq!(queries.save_partial(id, message_id, "late", seconds(1)).await.unwrap(), None);
    }
    assert_eq!(store.conversation(written.id).await, written);
    assert_eq!(store.messages(written.id).await, before);

    let whole = Message { id: message.id, ..answer("whole") };
    settle(store, &written, &whole).await.unwrap();
    assert_eq!(queries.save_partial(written.id, message.id, "late", seconds(2)).await.unwrap(), None);
    assert_eq!(store.conversation(written.id).await, Conversation { in_flight: None, ..written.clone() });
    assert_eq!(store.messages(written.id).await, [before[0].clone(), whole.clone()]);

    let next = Message { state: MessageState::Streaming, ..answer("") };
    store.append(written.id, std::slice::from_ref(&next)).await;
    let mut uow = store.begin().await;
    let again = Conversation { in_flight: on_its_way(next.id, noon()), ..written.clone() };
    uow.conversations().update(&again).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(queries.save_partial(written.id, message.id, "late", seconds(3)).await.unwrap(), None, "another answer is on its way");
    assert_eq!(store.conversation(written.id).await, again);
    assert_eq!(store.messages(written.id).await, [before[0].clone(), whole, next]);
}

/// Who receives the answer learns at the next partial text that it is to stop.
pub async fn the_receiver_learns_that_it_is_to_stop(store: &ChallengeUnderTest) {
    let (written, message) = streaming(store).await;
    let (other, others) = streaming(store).await;
    let queries = store.challenge.conversations();
    assert!(queries.request_stop(written.id, message.id).await.unwrap());
    assert!(queries.request_stop(written.id, message.id).await.unwrap(), "asking again changes nothing");
    let stopping = Some(InFlight { message_id: message.id, seen_at: noon(), stop_requested: true });
    assert_eq!(store.conversation(written.id).await, Conversation { in_flight: stopping, ..written.clone() });
    for now in [1, 2] {
        assert_eq!(queries.save_partial(written.id, message.id, "text", seconds(now)).await.unwrap(), Some(true));
    }
    let stopping = Some(InFlight { message_id: message.id, seen_at: seconds(2), stop_requested: true });
    assert_eq!(store.conversation(written.id).await.in_flight, stopping);
    assert_eq!(queries.save_partial(other.id, others.id, "text", seconds(1)).await.unwrap(), Some(false));
}

/// Only an answer on its way can be asked to stop.
pub async fn what_is_not_on_its_way_cannot_be_stopped(store: &ChallengeUnderTest) {
    let (written, message) = streaming(store).await;
    let (other, _) = streaming(store).await;
    let nowhere = conversation(hackathon().id, user()).id;
    let queries = store.challenge.conversations();
    for (id, message_id) in [(written.id, prompt("").id), (other.id, message.id), (nowhere, message.id)] {
        assert!(!queries.request_stop(id, message_id).await.unwrap());
    }
    assert_eq!(store.conversation(written.id).await, written);
    let whole = Message { id: message.id, ..answer("whole") };
    settle(store, &written, &whole).await.unwrap();
    assert!(!queries.request_stop(written.id, message.id).await.unwrap());
    assert_eq!(store.conversation(written.id).await.in_flight, None);
}

/// Answers whose receiver gave no sign of life since an instant are found, up to the limit; a partial text is a sign of life.
pub async fn the_silent_are_found(store: &ChallengeUnderTest) {
    let mut silent = Vec::new();
    for age in [5, 4, 3, 2, 1, 0] {
        let (written, message) = streaming(store).await;
        let seen_at = seconds(-age);
        assert!(store.challenge.conversations().save_partial(written.id, message.id, "", seen_at).await.unwrap().is_some());
        silent.push((Conversation { in_flight: on_its_way(message.id, seen_at), ..written }, message));
    }
    store.add_conversations(&[conversation(hackathon().id, user())]).await;
    let found = async |before: Timestamp, limit: u32| {
        let mut found = store.challenge.conversations().silent_since(before, limit).await.unwrap();
        found.sort_by_key(|row| row.id);
        found
    };
    let rows: Vec<Conversation> = silent.iter().map(|(row, _)| row.clone()).collect();
    assert_eq!(found(seconds(-2), 100).await, rows[..3], "seen at the instant is not before it");
    assert_eq!(found(seconds(-5), 100).await, []);
    assert_eq!(found(seconds(1), 100).await, rows);
    assert_eq!(found(seconds(1), 2).await.len(), 2);

    let (first, message) = &silent[0];
    store.challenge.conversations().save_partial(first.id, message.id, "alive", seconds(9)).await.unwrap();
    settle(store, &silent[1].0, &Message { id: silent[1].1.id, ..answer("whole") }).await.unwrap();
    assert_eq!(found(seconds(-2), 100).await, rows[2..3]);
}

/// Of many prompts of one conversation at the same time one is answered; the others find it busy, and leave no message.
pub async fn of_concurrent_prompts_one_is_answered(store: &ChallengeUnderTest) {
    let written = conversation(hackathon().id, user());
    store.add_conversations(std::slice::from_ref(&written)).await;
    let id = written.id;
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.challenge.begin().await?;
        let mut row = uow.conversations().find(id).await?.unwrap();
        if row.in_flight.is_some() {
            return Ok(None);
        }
        let message = Message { state: MessageState::Streaming, ..answer("") };
        row.in_flight = on_its_way(message.id, noon());
        row.message_count += 1;
        uow.conversations().append(id, &message).await?;
        uow.conversations().update(&row).await?;
        uow.commit().await?;
        Ok(Some(message.id))
    })
    .await;
    let answered: Vec<MessageId> = outcomes.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(answered.len(), 1, "{answered:?}");
    let stored = store.conversation(id).await;
    assert_eq!((stored.in_flight.map(|answer| answer.message_id), stored.message_count), (Some(answered[0]), 1));
    assert_eq!(store.messages(id).await.len(), 1);
}

/// Partial texts that arrive while the answer is settled never take the place of the whole one.
pub async fn a_partial_text_never_overwrites_the_whole(store: &ChallengeUnderTest) {
    for _ in 0..10 {
        let (written, message) = streaming(store).await;
        let whole = Message { id: message.id, ..answer("whole") };
        let outcomes = concurrently(store, {
            let (written, whole) = (written.clone(), whole.clone());
            move |store, number| {
                let (written, whole) = (written.clone(), whole.clone());
                async move {
                    if number == 3 {
                        return settle(&store, &written, &whole).await;
                    }
                    store.challenge.conversations().save_partial(written.id, whole.id, "partial", seconds(1)).await.map(|_| ())
                }
            }
        })
        .await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        assert_eq!(store.messages(written.id).await[1], whole);
        assert_eq!(store.conversation(written.id).await.in_flight, None);
    }
}

/// A wish to stop that comes while a unit of work has the conversation is not lost: one of the two waits, or is told that it was too slow.
pub async fn a_wish_to_stop_is_not_overwritten(store: &ChallengeUnderTest) {
    let (written, message) = streaming(store).await;
    let (id, message_id) = (written.id, message.id);
    let mut uow = store.begin().await;
    let mut row = uow.conversations().find(id).await.unwrap().unwrap();
    let mut stopping = tokio::spawn({
        let store = store.clone();
        async move {
            loop {
                match store.challenge.conversations().request_stop(id, message_id).await {
                    Err(StoreError::Contention(_)) => tokio::task::yield_now().await,
                    settled => return settled,
                }
            }
        }
    });
    // Time for the wish to be written where it need not wait; where it waits, what follows lets it go on.
    let early = tokio::time::timeout(std::time::Duration::from_millis(50), &mut stopping).await;
    row.group_id = Some("changed".to_owned());
    let settled = match uow.conversations().update(&row).await {
        Ok(()) => uow.commit().await,
        refused => {
            drop(uow);
            refused
        }
    };
    let stopped = match early {
        Ok(stopped) => stopped,
        Err(_waits) => stopping.await,
    };
    assert!(stopped.unwrap().unwrap());
    let stored = store.conversation(id).await;
    assert!(stored.in_flight.unwrap().stop_requested, "{settled:?}");
    match settled {
        Ok(()) => assert_eq!(stored.group_id.as_deref(), Some("changed")),
        Err(error) => assert!(matches!(error, StoreError::Contention(_)), "{error:?}"),
    }
}

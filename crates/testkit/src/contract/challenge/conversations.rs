//! Conversations.

use atelier_domain::challenge::chat::MicroCredits;
use atelier_domain::challenge::conversations::{Conversation, FinalVersion, InFlight, ModelTokens, Parameters};
use atelier_domain::kernel::{ConversationId, EntityId, MessageId};
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::{answer, conversation, final_version, hackathon, noon, prompt, user};

/// A conversation whose every field but ids and creation differs from the builder's.
fn changed(conversation: &Conversation) -> Conversation {
    let tokens = |model: &str, tokens| ModelTokens { model: model.to_owned(), tokens };
    Conversation {
        task_id: "une-autre-tache-2".parse().unwrap(),
        group_id: Some("groupe α '; --".to_owned()),
        parameters: Parameters { model_name: "mistral-tiny".to_owned(), temperature: 0.1, max_tokens: 4_000 },
        max_tokens_used: Some(5_000_000_000),
        temperature_used: Some(1.3),
        message_count: 12,
        size: 6_000_000_000,
        models: vec![tokens("z-model", 5), tokens("a.model$1", 7_000_000_000), tokens("m", 0)],
        cost: MicroCredits(8_000_000_000),
        final_version: Some(FinalVersion {
            prompt: "Résume\nle texte 李".to_owned(),
            answer: "« Voilà »".to_owned(),
            submitted_at: noon() + TimeDelta::milliseconds(5),
        }),
        in_flight: Some(InFlight {
            message_id: MessageId::from_bytes([0xab; 12]),
            seen_at: noon() + TimeDelta::milliseconds(7),
            stop_requested: true,
        }),
        evaluation_count: 3,
        test: true,
        archived: true,
        updated_at: noon() + TimeDelta::milliseconds(999),
        ..conversation.clone()
    }
}

/// Every field of a conversation survives the store, by id and by alias, inside and outside a unit of work.
pub async fn a_conversation_is_read_as_it_was_written(store: &ChallengeUnderTest) {
    let plain = conversation(hackathon().id, user());
    let full = changed(&conversation(hackathon().id, user()));
    store.add_conversations(&[plain.clone(), full.clone()]).await;
    for written in [plain, full] {
        let queries = store.challenge.conversations();
        assert_eq!(queries.find(written.id).await.unwrap(), Some(written.clone()));
        assert_eq!(queries.find_by_alias(written.alias).await.unwrap(), Some(written.clone()));
        assert_eq!(queries.messages(written.id, 0, 10).await.unwrap(), []);
        let mut uow = store.begin().await;
        assert_eq!(uow.conversations().find(written.id).await.unwrap(), Some(written));
    }
}

/// What is not there is not found; an alias is no id, and an id no alias.
pub async fn an_unknown_conversation_is_not_found(store: &ChallengeUnderTest) {
    let written = conversation(hackathon().id, user());
    store.add_conversations(std::slice::from_ref(&written)).await;
    let unknown = ConversationId::from_bytes([0xee; 12]);
    let queries = store.challenge.conversations();
    for id in [unknown, written.alias] {
        assert_eq!(queries.find(id).await.unwrap(), None);
        assert_eq!(queries.messages(id, 0, 10).await.unwrap(), []);
        assert!(!queries.has_answer(id, "").await.unwrap());
        let mut uow = store.begin().await;
        assert_eq!(uow.conversations().find(id).await.unwrap(), None);
    }
    for alias in [unknown, written.id] {
        assert_eq!(queries.find_by_alias(alias).await.unwrap(), None);
    }
}

/// An update replaces every field of this conversation and of no other, and leaves the messages as they are.
pub async fn an_update_replaces_everything_but_the_messages(store: &ChallengeUnderTest) {
    let (before, other) = (conversation(hackathon().id, user()), conversation(hackathon().id, user()));
    store.add_conversations(&[before.clone(), other.clone()]).await;
    let messages = [prompt("first"), answer("second"), prompt("third")];
    store.append(before.id, &messages).await;
    for after in [changed(&before), before] {
        let mut uow = store.begin().await;
        uow.conversations().update(&after).await.unwrap();
        assert_eq!(uow.conversations().find(after.id).await.unwrap(), Some(after.clone()), "a unit of work sees its own writes");
        uow.commit().await.unwrap();
        assert_eq!(store.conversation(after.id).await, after);
        assert_eq!(store.messages(after.id).await, messages);
    }
    assert_eq!(store.conversation(other.id).await, other);
}

/// What a conversation costs adds up: models keep the order of their first use.
pub async fn statistics_keep_the_order_of_first_use(store: &ChallengeUnderTest) {
    let written = conversation(hackathon().id, user());
    store.add_conversations(std::slice::from_ref(&written)).await;
    for (model, tokens) in [("z", 10), ("a", 20), ("z", 10)] {
        let mut uow = store.begin().await;
        let mut row = uow.conversations().find(written.id).await.unwrap().unwrap();
        row.count(model, tokens, MicroCredits(3));
        uow.conversations().update(&row).await.unwrap();
        uow.commit().await.unwrap();
    }
    let stored = store.conversation(written.id).await;
    let models: Vec<(&str, u64)> = stored.models.iter().map(|row| (row.model.as_str(), row.tokens)).collect();
    assert_eq!((models, stored.cost, stored.main_model()), (vec![("z", 20), ("a", 20)], MicroCredits(9), Some("z")));
}

/// Whether a hackathon has any conversation is told, those of the unit of work itself included.
pub async fn a_hackathon_has_a_conversation_or_none(store: &ChallengeUnderTest) {
    let (with, archived, without) = (hackathon().id, hackathon().id, hackathon().id);
    let hidden = Conversation { archived: true, test: true, ..conversation(archived, user()) };
    store.add_conversations(&[conversation(with, user()), hidden]).await;
    let mut uow = store.begin().await;
    assert!(uow.conversations().any_of(with).await.unwrap());
    assert!(uow.conversations().any_of(archived).await.unwrap());
    assert!(!uow.conversations().any_of(without).await.unwrap());
    uow.conversations().insert(&conversation(without, user())).await.unwrap();
    assert!(uow.conversations().any_of(without).await.unwrap());
}

/// Of two units of work that found the same conversation and both hand in a final version, neither overwrites the other unseen.
pub async fn concurrent_changes_of_a_conversation_are_not_lost(store: &ChallengeUnderTest) {
    let written = conversation(hackathon().id, user());
    store.add_conversations(std::slice::from_ref(&written)).await;
    let id = written.id;
    let outcomes = crate::contract::concurrency::concurrently(store, move |store, _| async move {
        let mut uow = store.challenge.begin().await?;
        let mut row = uow.conversations().find(id).await?.unwrap();
        row.evaluation_count += 1;
        row.final_version = Some(final_version());
        uow.conversations().update(&row).await?;
        uow.commit().await
    })
    .await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(store.conversation(id).await.evaluation_count as usize, crate::contract::concurrency::TASKS);
}

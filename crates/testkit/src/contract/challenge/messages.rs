//! Messages of a conversation.

use atelier_domain::challenge::chat::MicroCredits;
use atelier_domain::challenge::conversations::{Conversation, Message, MessageRole, MessageState};
use atelier_domain::kernel::{EntityId, MessageId};
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::{answer, conversation, hackathon, noon, prompt, user};

/// A stored conversation without messages.
async fn stored(store: &ChallengeUnderTest) -> Conversation {
    let written = conversation(hackathon().id, user());
    store.add_conversations(std::slice::from_ref(&written)).await;
    written
}

/// A message with everything a message can have.
fn full(role: MessageRole, state: MessageState) -> Message {
    Message {
        role,
        state,
        created_at: noon() + TimeDelta::milliseconds(3),
        token_count: Some(5_000_000_000),
        estimated: true,
        model_used: Some("gpt-3.5-turbo-0125".to_owned()),
        cost: Some(MicroCredits(6_000_000_000)),
        finish_reason: Some("stop".to_owned()),
        ..prompt("« Ça va ? » 李\n\t'; -- \u{1f600} \\ \"")
    }
}

/// Every field of a message survives the store, of every role and state, appended or put in the place of another.
pub async fn a_message_is_read_as_it_was_written(store: &ChallengeUnderTest) {
    let id = stored(store).await.id;
    let mut written = vec![prompt(""), Message { token_count: Some(0), cost: Some(MicroCredits(0)), ..answer("x") }];
    written.extend(MessageRole::ALL.into_iter().flat_map(|role| MessageState::ALL.map(|state| full(role, state))));
    store.append(id, &written).await;
    assert_eq!(store.messages(id).await, written);
    for message in &written {
        let found = Some(message.clone());
        assert_eq!(store.challenge.conversations().message(id, message.id).await.unwrap(), found);
        let mut uow = store.begin().await;
        assert_eq!(uow.conversations().message(id, message.id).await.unwrap(), found);
    }
}

/// Messages stay in the order in which they were added, whatever their ids and times, over several units of work.
pub async fn messages_keep_their_order(store: &ChallengeUnderTest) {
    let id = stored(store).await.id;
    let mut written = Vec::new();
    for number in (0..9_u8).rev() {
        let message = Message { id: MessageId::from_bytes([number * 7 % 9 + 1; 12]), ..prompt(&format!("message {number}")) };
        store.append(id, std::slice::from_ref(&message)).await;
        written.push(message);
    }
    let batch = [prompt("b"), prompt("a")];
    store.append(id, &batch).await;
    written.extend(batch);
    assert_eq!(store.messages(id).await, written);
}

/// Messages are read from the oldest on, with some left out and at most so many, which may be none.
pub async fn messages_are_read_in_slices(store: &ChallengeUnderTest) {
    let id = stored(store).await.id;
    let other = stored(store).await.id;
    let written: Vec<Message> = (0..7).map(|number| prompt(&format!("{number}"))).collect();
    store.append(id, &written).await;
    store.append(other, &[prompt("elsewhere")]).await;
    for skip in 0..9_u32 {
        for limit in 0..9_u32 {
            let expected: Vec<Message> = written.iter().skip(skip as usize).take(limit as usize).cloned().collect();
            assert_eq!(store.challenge.conversations().messages(id, skip, limit).await.unwrap(), expected, "{skip} {limit}");
        }
    }
}

/// A changed message stands where it stood, and the others stay as they were; a message that is not there is not added.
pub async fn a_replaced_message_keeps_its_place(store: &ChallengeUnderTest) {
    let id = stored(store).await.id;
    let mut written = vec![prompt("a"), full(MessageRole::Assistant, MessageState::Streaming), prompt("c"), prompt("d")];
    store.append(id, &written).await;
    for (index, after) in [(1, answer("whole")), (3, full(MessageRole::System, MessageState::Failed)), (0, prompt("first"))] {
        written[index] = Message { id: written[index].id, ..after };
        let mut uow = store.begin().await;
        uow.conversations().replace(id, &written[index]).await.unwrap();
        let seen = uow.conversations().message(id, written[index].id).await.unwrap();
        assert_eq!(seen.as_ref(), Some(&written[index]), "a unit of work sees its own writes");
        uow.commit().await.unwrap();
        assert_eq!(store.messages(id).await, written);
    }
    let mut uow = store.begin().await;
    uow.conversations().replace(id, &prompt("unknown")).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(store.messages(id).await, written);
}

/// A message is found in its own conversation only, and changed there only.
pub async fn messages_belong_to_their_conversation(store: &ChallengeUnderTest) {
    let (id, other) = (stored(store).await.id, stored(store).await.id);
    let message = prompt("mine");
    store.append(id, std::slice::from_ref(&message)).await;
    assert_eq!(store.challenge.conversations().message(other, message.id).await.unwrap(), None);
    assert_eq!(store.challenge.conversations().message(id, prompt("").id).await.unwrap(), None);
    let mut uow = store.begin().await;
    assert_eq!(uow.conversations().message(other, message.id).await.unwrap(), None);
    uow.conversations().replace(other, &Message { content: "theirs".to_owned(), ..message.clone() }).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(store.messages(id).await, [message]);
    assert_eq!(store.messages(other).await, []);
}

/// Adding or changing a message leaves the conversation as the use case wrote it: counts are its own to keep.
pub async fn messages_leave_the_conversation_as_it_is(store: &ChallengeUnderTest) {
    let written = stored(store).await;
    let message = prompt("text");
    store.append(written.id, std::slice::from_ref(&message)).await;
    assert_eq!(store.conversation(written.id).await, written);
    let counted = Conversation { message_count: 1, size: 4, ..written };
    let mut uow = store.begin().await;
    uow.conversations().update(&counted).await.unwrap();
    uow.conversations().replace(counted.id, &Message { content: "longer text".to_owned(), ..message }).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(store.conversation(counted.id).await, counted);
}

/// Whether an answer has exactly a text is told: of this conversation, of the model, and not one letter different.
pub async fn an_answer_is_recognised_by_its_exact_text(store: &ChallengeUnderTest) {
    let (id, other) = (stored(store).await.id, stored(store).await.id);
    let service = Message { role: MessageRole::System, ..prompt("erreur") };
    store.append(id, &[prompt("question"), answer("Première réponse"), prompt("encore"), answer(" Deuxième\n"), service]).await;
    store.append(other, &[answer("ailleurs")]).await;
    for text in ["Première réponse", " Deuxième\n"] {
        assert!(store.challenge.conversations().has_answer(id, text).await.unwrap(), "{text:?}");
    }
    for text in ["première réponse", "Premiere réponse", "Première réponse ", "Première", "Deuxième", "question", "erreur", "ailleurs", ""]
    {
        assert!(!store.challenge.conversations().has_answer(id, text).await.unwrap(), "{text:?}");
    }
}

//! What providers tell by themselves.

use std::collections::BTreeMap;

use atelier_domain::kernel::{Clock, Coded, EventFeed, JobHandler, ObjectKey, ObjectStore, ObjectStoreError};
use atelier_domain::wearit::tryon::{CallbackAddress, CallbackMessage, HearError, Hearing, TryOn, TryOnStatus};
use atelier_testkit::Script;
use serde_json::json;

use super::external::done;
use super::{LEASE, Person, World};

/// The address the provider was given with its last request.
fn address(world: &World, tryon: &TryOn) -> CallbackAddress {
    let url = world.provider.submitted().last().unwrap().inputs.callback_url.clone().unwrap();
    let start = "https://atelier.example/api/v1/webhooks/providers/scripted?";
    let query = url.strip_prefix(start).unwrap();
    let parts: BTreeMap<_, _> = query.split('&').map(|part| part.split_once('=').unwrap()).collect();
    assert_eq!((parts["user"], parts["tryon"]), (tryon.user_id.to_string().as_str(), tryon.id.to_string().as_str()));
    CallbackAddress {
        user_id: tryon.user_id,
        tryon_id: tryon.id,
        attempt: parts["attempt"].parse().unwrap(),
        token: parts["token"].to_owned(),
    }
}

fn message(world: &World, id: &str, finished: bool) -> CallbackMessage {
    let body = json!({ "external_id": "ext-1", "message_id": id, "finished": finished }).to_string().into();
    let headers = BTreeMap::from([("x-signed".to_owned(), "yes".to_owned())]);
    CallbackMessage { headers, body, received_at: Clock::now(&world.clock) }
}

/// A try-on that waits for the provider, its process dead.
async fn waiting(world: &World, person: &Person) -> TryOn {
    let tryon = world.requested(person).await;
    world.provider.on_submit(Script::accepting("ext-1"));
    let job = world.claim().await;
    let runner = world.runner.clone();
    let run = tokio::spawn(async move { runner.run(&job).await });
    while world.provider.polled().is_empty() {
        tokio::task::yield_now().await;
    }
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    tryon
}

/// The try-on taken up again, to its end.
async fn finished(world: &World, tryon: &TryOn) {
    world.provider.on_poll(Ok(done()));
    world.clock.advance(LEASE * 2);
    let job = world.claim().await;
    world.runner.run(&job).await.unwrap();
    assert_eq!(world.stored(tryon).await.status, TryOnStatus::Completed);
}

#[tokio::test]
async fn a_message_reaches_the_run_with_all_that_was_kept_of_it() {
    let world = World::new();
    let person = world.person().await;
    let tryon = waiting(&world, &person).await;
    let address = address(&world, &tryon);
    let events = world.memory.bounds(tryon.user_id).await.unwrap().1;
    assert_eq!(world.callbacks.hear("scripted", &address, &message(&world, "m1", true)).await.unwrap(), Hearing::Noted);
    assert!(world.memory.bounds(tryon.user_id).await.unwrap().1 > events, "who waits for the person's news is woken");
    finished(&world, &tryon).await;
    let heard = world.provider.heard().last().unwrap().clone().unwrap();
    assert_eq!((heard.message_id.as_str(), heard.finished), ("m1", true));
    assert!(String::from_utf8(heard.kept.unwrap().to_vec()).unwrap().contains("ext-1"));
    let kept = world.objects.get(&ObjectKey::tryon_heard(tryon.user_id, tryon.id)).await;
    assert!(matches!(kept, Err(ObjectStoreError::NotFound(_))), "nothing of the message stays");
}

#[tokio::test]
async fn a_message_is_heard_once_and_the_last_word_stays() {
    let world = World::new();
    let person = world.person().await;
    let tryon = waiting(&world, &person).await;
    let address = address(&world, &tryon);
    for (id, finished, wanted) in [
        ("m1", false, Hearing::Noted),
        ("m1", false, Hearing::Ignored),
        ("m3", true, Hearing::Noted),
        ("m2", false, Hearing::Ignored),
        ("m3", true, Hearing::Ignored),
    ] {
        assert_eq!(world.callbacks.hear("scripted", &address, &message(&world, id, finished)).await.unwrap(), wanted, "{id}");
    }
    let mark = world.stored(&tryon).await.attempts[0].heard.clone().unwrap();
    assert_eq!((mark.message_id.as_str(), mark.finished), ("m3", true));
    finished(&world, &tryon).await;
    let late = world.callbacks.hear("scripted", &address, &message(&world, "m4", true)).await.unwrap();
    assert_eq!(late, Hearing::Ignored, "the try-on is done");
}

#[tokio::test]
async fn a_message_is_believed_only_with_the_secret_of_its_attempt_and_the_providers_signature() {
    let world = World::new();
    let person = world.person().await;
    let tryon = waiting(&world, &person).await;
    let good = address(&world, &tryon);
    let other_attempt = CallbackAddress { attempt: 2, ..good.clone() };
    let guessed = CallbackAddress { token: "0".repeat(64), ..good.clone() };
    for address in [&other_attempt, &guessed] {
        let refused = world.callbacks.hear("scripted", address, &message(&world, "m1", true)).await.unwrap_err();
        assert_eq!(refused.code(), "CALLBACK_REFUSED");
    }
    let unsigned = CallbackMessage { headers: BTreeMap::new(), ..message(&world, "m1", true) };
    assert!(matches!(world.callbacks.hear("scripted", &good, &unsigned).await, Err(HearError::Refused(_))));
    let unreadable = CallbackMessage { body: "{".into(), ..message(&world, "m1", true) };
    assert!(matches!(world.callbacks.hear("scripted", &good, &unreadable).await, Err(HearError::Unreadable(_))));
    assert!(matches!(world.callbacks.hear("nobody", &good, &message(&world, "m1", true)).await, Err(HearError::NotFound)));
    assert!(world.stored(&tryon).await.attempts[0].heard.is_none());
    finished(&world, &tryon).await;
}

//! Who left is named nowhere in the database.

use atelier_domain::challenge::conversations::{Conversation, InFlight};
use atelier_domain::challenge::{ChallengeStore, Erasure};
use atelier_domain::kernel::{EntityId, UserId};
use atelier_testkit::contract::present;
use atelier_testkit::{claim, conversation, enrolment, evaluation, final_version, hackathon, noon, participant, prompt, user};
use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};

use crate::place::Place;

/// The collections in which an id or a text of the person stands.
async fn named_in(place: &Place, person: UserId) -> Vec<String> {
    let raw = place.raw().await;
    let mut found = Vec::new();
    for name in raw.list_collection_names().await.unwrap() {
        let documents: Vec<Document> = raw.collection::<Document>(&name).find(doc! {}).await.unwrap().try_collect().await.unwrap();
        // An ObjectId is printed by its digits, as a reference is.
        let text: String = documents.iter().map(ToString::to_string).collect();
        if [person.to_string(), "secret of Ada".to_owned()].iter().any(|word| text.contains(word)) {
            found.push(name);
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn an_erased_person_is_named_in_no_document() {
    let Some(place) = present(Place::new(), "erased person") else { return };
    let store = place.open().await;
    let (ada, finished, running) = (user(), hackathon(), hackathon());
    let mut person = participant(ada);
    person.profile.last_name = "secret of Ada".to_owned();
    let mut version = final_version();
    version.prompt = "secret of Ada".to_owned();
    let works = [&finished, &running].map(|event| Conversation {
        group_id: Some("secret of Ada".to_owned()),
        final_version: Some(version.clone()),
        in_flight: Some(InFlight { message_id: prompt("").id, seen_at: noon(), stop_requested: false }),
        ..conversation(event.id, ada)
    });
    let others = conversation(finished.id, user());
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    uow.participants().put(&person).await.unwrap();
    for work in &works {
        uow.enrolments().insert(&enrolment(work.hackathon_id, ada)).await.unwrap();
        uow.conversations().insert(work).await.unwrap();
        uow.conversations().append(work.id, &prompt("secret of Ada")).await.unwrap();
        uow.evaluations().insert(&evaluation(work, user())).await.unwrap();
    }
    uow.evaluations().insert(&evaluation(&others, ada)).await.unwrap();
    uow.assignments().put(&claim(&others, ada)).await.unwrap();
    uow.commit().await.unwrap();
    place.raw_collection("analytics").await.insert_one(doc! { "type": "prompt", "userId": ada.to_string() }).await.unwrap();
    let everywhere = ["analytics", "assignments", "conversations", "enrolments", "evaluations", "participants"];
    assert_eq!(named_in(&place, ada).await, everywhere);

    let erasure = Erasure { kept: vec![finished.id], stand_in: user() };
    store.erase_rows(ada, &erasure).await.unwrap();
    assert_eq!(named_in(&place, ada).await, Vec::<String>::new());
    let kept = doc! { "_id": ObjectId::from_bytes(works[0].id.bytes()), "studentId": erasure.stand_in.to_string() };
    assert_eq!(place.raw_collection("conversations").await.count_documents(kept).await.unwrap(), 1);
    assert_eq!(place.raw_collection("evaluations").await.count_documents(doc! {}).await.unwrap(), 2);
}

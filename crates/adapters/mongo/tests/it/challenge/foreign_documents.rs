//! Documents as the source's own program writes them: with values of old and without the fields this program added.

use atelier_domain::challenge::ChallengeStore;
use atelier_domain::challenge::conversations::{MessageState, ModelTokens};
use atelier_domain::challenge::enrolments::EnrolmentKey;
use atelier_domain::identity::Role;
use atelier_domain::kernel::{EntityId, Page, StoreError, UserId};
use atelier_testkit::contract::present;
use atelier_testkit::{conversation, enrolment, evaluation, hackathon, noon, participant, user};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, doc};

use crate::place::Place;

fn at() -> DateTime {
    DateTime::from_millis(noon().timestamp_millis())
}

fn oid(id: UserId) -> ObjectId {
    ObjectId::from_bytes(id.bytes())
}

/// CP2: the French values are read, found and counted; an empty role gives no right. CP7: consent without version and day is none.
#[tokio::test]
async fn roles_of_old_are_read_found_and_counted() {
    let Some(place) = present(Place::new(), "roles of old") else { return };
    let store = place.open().await;
    let participants = place.raw_collection("participants").await;
    for role in ["etudiant", "student", "examinateur", "examiner", "admin", ""] {
        let person = doc! {
            "_id": oid(user()), "prenom": "Ada", "nom": "L", "role": role, "consentementRGPD": true, "createdAt": at(),
        };
        participants.insert_one(person).await.unwrap();
    }
    let queries = store.participants();
    for (role, total) in [(Role::Student, 2), (Role::Examiner, 2), (Role::Admin, 1), (Role::User, 1), (Role::Premium, 0)] {
        let listed = queries.list(Some(role), &Page::default()).await.unwrap();
        assert_eq!((listed.total, listed.items.len()), (total, usize::try_from(total).unwrap()), "{role}");
        assert!(listed.items.iter().all(|person| person.role == role && !person.consents()));
    }
    let counts = queries.count_by_role().await.unwrap();
    assert_eq!(counts, [(Role::Examiner, 2), (Role::Student, 2), (Role::Admin, 1), (Role::User, 1)]);
}

#[tokio::test]
async fn a_conversation_of_the_source_is_read_and_what_is_not_ours_survives_a_change() {
    let Some(place) = present(Place::new(), "foreign conversation") else { return };
    let store = place.open().await;
    let written = conversation(hackathon().id, user());
    let conversations = place.raw_collection("conversations").await;
    let message = doc! { "_id": ObjectId::new(), "role": "assistant", "content": "Oui", "createdAt": at(), "tokenCount": 2, "note": "!" };
    let document = doc! {
        "_id": ObjectId::from_bytes(written.id.bytes()),
        "alias": written.alias.to_string(),
        "hackathonId": written.hackathon_id.to_string(),
        "tacheId": "summary",
        "studentId": written.student_id.to_string(),
        "groupId": Bson::Null,
        "modelName": "gpt-4",
        "maxTokens": 512,
        "temperature": 1,
        "messages": [message],
        "versionFinale": { "promptFinal": "", "reponseIAFinale": "" },
        "statistiquesIA": { "modelUtilise": "gpt-4", "tokensTotal": 12, "coutEstime": 3.0 },
        "createdAt": at(),
        "updatedAt": at(),
        "couleur": "bleu",
    };
    conversations.insert_one(document).await.unwrap();
    let mut read = ChallengeStore::conversations(&store).find(written.id).await.unwrap().unwrap();
    assert_eq!(read.models, [ModelTokens { model: "gpt-4".to_owned(), tokens: 12 }]);
    assert_eq!((read.parameters.temperature, read.cost.0, read.final_version.as_ref()), (1.0, 3, None));
    let mut message = ChallengeStore::conversations(&store).messages(written.id, 0, 10).await.unwrap().pop().unwrap();
    assert_eq!((message.state, message.token_count), (MessageState::Complete, Some(2)));

    read.archived = true;
    message.token_count = None;
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    uow.conversations().update(&read).await.unwrap();
    uow.conversations().replace(read.id, &message).await.unwrap();
    uow.commit().await.unwrap();
    let stored = conversations.find_one(doc! {}).await.unwrap().unwrap();
    assert_eq!(stored.get_str("couleur").unwrap(), "bleu");
    let message = stored.get_array("messages").unwrap()[0].as_document().unwrap();
    assert_eq!((message.get_str("note").unwrap(), message.contains_key("tokenCount")), ("!", false));
}

/// CP11: a reference that is no id at all leads nowhere, and the check goes on.
#[tokio::test]
async fn a_reference_that_is_no_id_is_an_orphan() {
    let Some(place) = present(Place::new(), "strange references") else { return };
    let store = place.open().await;
    for student in [Bson::from("nobody"), Bson::Null, Bson::Int32(7)] {
        place.raw_collection("conversations").await.insert_one(doc! { "studentId": student }).await.unwrap();
    }
    place.raw_collection("evaluations").await.insert_one(doc! { "examinerId": "x" }).await.unwrap();
    let orphans = store.orphans().await.unwrap();
    assert_eq!((orphans.conversations, orphans.evaluations), (3, 1));
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_entity_id_and_field() {
    let Some(place) = present(Place::new(), "corrupt challenge documents") else { return };
    let store = place.open().await;
    let (person, event) = (participant(user()), hackathon());
    let work = conversation(event.id, person.account_id);
    let (given, enrolled) = (evaluation(&work, user()), enrolment(event.id, person.account_id));
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    uow.participants().put(&person).await.unwrap();
    uow.hackathons().insert(&event).await.unwrap();
    uow.enrolments().insert(&enrolled).await.unwrap();
    uow.conversations().insert(&work).await.unwrap();
    uow.evaluations().insert(&given).await.unwrap();
    uow.commit().await.unwrap();
    let broken = async |collection: &str, change: Document| {
        place.raw_collection(collection).await.update_one(doc! {}, doc! { "$set": change }).await.unwrap();
    };
    let told = |error: StoreError| match error {
        StoreError::Corrupt { entity, field, .. } => (entity, field),
        other => panic!("{other:?}"),
    };
    broken("participants", doc! { "role": "emperor" }).await;
    assert_eq!(told(store.participants().find(person.account_id).await.unwrap_err()), ("participant", "role"));
    broken("hackathons", doc! { "tacheIds": [] }).await;
    assert_eq!(told(store.hackathons().find(event.id).await.unwrap_err()), ("hackathon", "tacheIds"));
    broken("conversations", doc! { "studentId": "nobody" }).await;
    assert_eq!(told(ChallengeStore::conversations(&store).find(work.id).await.unwrap_err()), ("conversation", "studentId"));
    broken("evaluations", doc! { "note": 7.3 }).await;
    assert_eq!(told(store.evaluations().find(given.id).await.unwrap_err()), ("evaluation", "note"));
    broken("enrolments", doc! { "reservations": [{ "messageId": "?" }] }).await;
    let key: EnrolmentKey = enrolled.key;
    assert_eq!(told(store.enrolments().find(key).await.unwrap_err()), ("enrolment", "messageId"));
}

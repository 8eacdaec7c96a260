//! Rows that somebody else spoilt.

use atelier_adapter_sqlite::SqliteStore;
use atelier_domain::challenge::ChallengeStore;
use atelier_domain::identity::{AccountFilter, IdentityStore};
use atelier_domain::kernel::{EventFeed, Page, StoreError};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::tryon::{TryOn, TryOnFilter};
use atelier_domain::wearit::wardrobe::ClothingFilter;
use atelier_testkit::{account, body, claim, clothing, conversation, enrolment, evaluation, hackathon, participant, prompt, tryon, user};

use crate::opening::Place;

/// The entity, id and field an answer says it cannot read.
fn spoilt<T>(answer: Result<T, StoreError>) -> (&'static str, String, &'static str) {
    match answer.map(drop).unwrap_err() {
        StoreError::Corrupt { entity, id, field } => (entity, id, field),
        other => panic!("{other:?}"),
    }
}

async fn run(place: &Place, statement: &'static str) {
    let done = sqlx::query(statement).execute(&mut place.raw().await).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
}

async fn one_tryon(store: &SqliteStore) -> TryOn {
    let owner = user();
    let (body, garment) = (body(owner), clothing(owner));
    let tryon = tryon(owner, body.id, garment.id);
    let mut uow = WearitStore::begin(store).await.unwrap();
    uow.bodies().insert(&body).await.unwrap();
    uow.clothing().insert(&garment).await.unwrap();
    uow.tryons().insert(&tryon).await.unwrap();
    uow.commit().await.unwrap();
    tryon
}

#[tokio::test]
async fn an_account_with_a_spoilt_field_is_named_by_id_and_field() {
    let place = Place::new();
    let store = place.open().await;
    let person = account("whole@example.org");
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().insert(&person).await.unwrap();
    uow.commit().await.unwrap();
    let id = person.id.to_string();

    run(&place, "UPDATE users SET role = 'emperor'").await;
    assert_eq!(spoilt(IdentityStore::accounts(&store).find(person.id).await), ("user", id.clone(), "role"));
    assert_eq!(spoilt(IdentityStore::accounts(&store).list(&AccountFilter::default(), &Page::default()).await).2, "role");
    run(&place, "UPDATE users SET role = 'user', email = 'nobody'").await;
    assert_eq!(spoilt(IdentityStore::accounts(&store).find(person.id).await), ("user", id.clone(), "email"));
    run(&place, "UPDATE users SET email = 'a@example.org', consent_version = '1'").await;
    assert_eq!(spoilt(IdentityStore::accounts(&store).find(person.id).await), ("user", id.clone(), "consent_version"));
    run(&place, "UPDATE users SET consent_version = NULL, created_at = 9223372036854775807").await;
    assert_eq!(spoilt(IdentityStore::accounts(&store).find(person.id).await), ("user", id, "created_at"));
}

#[tokio::test]
async fn a_tryon_with_a_spoilt_field_is_named_by_id_and_field() {
    let place = Place::new();
    let store = place.open().await;
    let wish = one_tryon(&store).await;
    let read = async || spoilt(store.tryons().find(wish.user_id, wish.id).await);
    for (spoil, field) in [
        ("UPDATE tryon SET status = 'perhaps'", "status"),
        ("UPDATE tryon SET status = 'pending', attempts = 'no json'", "attempts"),
        (
            "UPDATE tryon SET attempts = '[{\"provider\":\"p\",\"started_at\":0,\"outcome\":\"failed\",\"code\":\"??\",\"reason\":\"\"}]'",
            "attempts",
        ),
        ("UPDATE tryon SET attempts = '[]', options = '7'", "options"),
        ("UPDATE tryon SET options = '{}', failure = '{}'", "failure"),
        ("UPDATE tryon SET failure = NULL, progress = 256", "progress"),
        ("UPDATE tryon SET progress = 0, body_id = 'nowhere'", "body_id"),
        ("UPDATE tryon SET body_id = NULL, model_used = 'm'", "processing_time"),
        ("UPDATE tryon SET processing_time = 1.5", "preview"),
        ("UPDATE tryon SET preview = FALSE", "warnings"),
        ("UPDATE tryon_clothing SET clothing_id = 'nothing'", "clothing_ids"),
    ] {
        if field == "clothing_ids" {
            run(&place, "UPDATE tryon SET model_used = NULL").await;
        }
        run(&place, spoil).await;
        assert_eq!(read().await, ("tryon", wish.id.to_string(), field), "{spoil}");
    }
    assert_eq!(spoilt(store.tryons().list(wish.user_id, &TryOnFilter::default(), &Page::default()).await).2, "clothing_ids");
}

/// Documents written by a later version may have more fields, older ones fewer.
#[tokio::test]
async fn unknown_and_missing_optional_fields_of_documents_are_no_corruption() {
    let place = Place::new();
    let store = place.open().await;
    let wish = one_tryon(&store).await;
    run(&place, "UPDATE tryon SET options = '{\"later\":1}', attempts = '[{\"provider\":\"p\",\"started_at\":5,\"outcome\":\"running\",\"later\":[]}]'").await;
    let read = store.tryons().find(wish.user_id, wish.id).await.unwrap().unwrap();
    assert_eq!(read.options, wish.options);
    assert_eq!(read.attempts.len(), 1);
}

#[tokio::test]
async fn spoilt_garments_and_events_are_corrupt_not_lost() {
    let place = Place::new();
    let store = place.open().await;
    let wish = one_tryon(&store).await;
    run(&place, "UPDATE clothing SET category = 'hats'").await;
    assert_eq!(spoilt(store.clothing().list(wish.user_id, &ClothingFilter::default(), &Page::default()).await).2, "category");
    assert_eq!(spoilt(store.clothing().stats(wish.user_id).await).2, "category");

    crate::wake_ups::append(&store, wish.user_id).await;
    run(&place, "UPDATE events SET kind = '{\"type\":\"unheard.of\"}'").await;
    assert_eq!(spoilt(store.after(wish.user_id, 0, 10).await), ("event", "1".to_owned(), "kind"));
}

/// Checklist W27, W38, W49, W62, W67, P20–P142: a value of a wrong type is refused by the store itself.
#[tokio::test]
async fn a_value_of_a_wrong_type_is_refused() {
    let place = Place::new();
    let store = place.open().await;
    one_tryon(&store).await;
    let mut raw = place.raw().await;
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    uow.participants().put(&participant(user())).await.unwrap();
    uow.hackathons().insert(&hackathon()).await.unwrap();
    uow.conversations().insert(&conversation(hackathon().id, user())).await.unwrap();
    uow.evaluations().insert(&evaluation(&conversation(hackathon().id, user()), user())).await.unwrap();
    uow.commit().await.unwrap();
    for statement in [
        "UPDATE clothing SET created_at = 'noon'",
        "UPDATE body SET height = 'tall'",
        "UPDATE tryon SET processing_time = 'long'",
        "UPDATE participants SET consentementRGPD = 'oui'",
        "UPDATE hackathons SET dates_debut = 'demain'",
        "UPDATE conversations SET temperature = 'warm'",
        "UPDATE evaluations SET note = 'Bien'",
    ] {
        let refused = sqlx::query(statement).execute(&mut raw).await.unwrap_err();
        assert!(refused.to_string().contains("cannot store TEXT value"), "{refused}");
    }
}

#[tokio::test]
async fn a_spoilt_row_of_prompt_challenge_is_named_by_id_and_field() {
    let place = Place::new();
    let store = place.open().await;
    let (person, event) = (participant(user()), hackathon());
    let enrolled = enrolment(event.id, person.account_id);
    let (work, said) = (conversation(event.id, person.account_id), prompt("text"));
    let given = evaluation(&work, user());
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    uow.participants().put(&person).await.unwrap();
    uow.hackathons().insert(&event).await.unwrap();
    uow.enrolments().insert(&enrolled).await.unwrap();
    uow.conversations().insert(&work).await.unwrap();
    uow.conversations().append(work.id, &said).await.unwrap();
    uow.evaluations().insert(&given).await.unwrap();
    uow.assignments().put(&claim(&work, given.examiner_id)).await.unwrap();
    uow.commit().await.unwrap();

    for (spoil, field) in [
        ("UPDATE participants SET consentementRGPD_at = NULL", "consentementRGPD_at"),
        ("UPDATE participants SET consentementRGPD = NULL, profilJury = '{}'", "profilJury"),
        ("UPDATE participants SET profilJury = NULL, dateNaissance = 'spring'", "dateNaissance"),
        ("UPDATE participants SET dateNaissance = NULL, tokensUsed = -1", "tokensUsed"),
    ] {
        run(&place, spoil).await;
        let read = spoilt(ChallengeStore::participants(&store).find(person.account_id).await);
        assert_eq!(read, ("participant", person.account_id.to_string(), field), "{spoil}");
    }
    for (spoil, field) in [
        ("UPDATE hackathons SET statut = 'Termine'", "statut"),
        ("UPDATE hackathons SET statut = 'Test', taches = '[{\"id\":\"No Slug\",\"label\":\"\"}]'", "taches"),
    ] {
        run(&place, spoil).await;
        assert_eq!(spoilt(store.hackathons().find(event.id).await), ("hackathon", event.id.to_string(), field), "{spoil}");
    }
    run(&place, "UPDATE enrolments SET reservations = '[{\"messageId\":\"7\",\"tokens\":1,\"at\":0}]'").await;
    assert_eq!(spoilt(store.enrolments().find(enrolled.key).await).2, "reservations");
    for (spoil, field) in [
        ("UPDATE conversations SET versionFinale_soumisLe = 0", "versionFinale_promptFinal"),
        ("UPDATE conversations SET versionFinale_soumisLe = NULL, inFlight_messageId = alias", "inFlight_seenAt"),
        ("UPDATE conversations SET inFlight_messageId = NULL, statistiquesIA_models = '{}'", "statistiquesIA_models"),
    ] {
        run(&place, spoil).await;
        assert_eq!(spoilt(store.conversations().find(work.id).await), ("conversation", work.id.to_string(), field), "{spoil}");
    }
    run(&place, "UPDATE messages SET role = 'user'").await;
    assert_eq!(spoilt(store.conversations().messages(work.id, 0, 10).await), ("message", said.id.to_string(), "role"));
    run(&place, "UPDATE evaluations SET note = 7.3").await;
    assert_eq!(spoilt(store.evaluations().find(given.id).await), ("evaluation", given.id.to_string(), "note"));
    run(&place, "UPDATE assignments SET until = NULL").await;
    assert_eq!(spoilt(store.assignments().of_hackathon(event.id).await).2, "until");
}

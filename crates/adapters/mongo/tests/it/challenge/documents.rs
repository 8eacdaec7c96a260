//! What is stored, past the store: names and types to the letter of the source document.

use atelier_domain::challenge::ChallengeStore;
use atelier_domain::challenge::chat::MicroCredits;
use atelier_domain::challenge::conversations::{Conversation, InFlight, Message};
use atelier_domain::challenge::enrolments::Reservation;
use atelier_domain::challenge::participants::{Expertise, JuryProfile, StudentProfile};
use atelier_domain::kernel::EntityId;
use atelier_testkit::contract::present;
use atelier_testkit::{
    answer, claim, conversation, enrolment, evaluation, final_version, hackathon, noon, participant, published_results, user,
};
use chrono::NaiveDate;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::ElementType;
use mongodb::bson::{Bson, Document, doc};

use crate::place::Place;

/// The value under a path of field names and positions.
fn at<'d>(document: &'d Document, path: &str) -> Option<&'d Bson> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let mut value = document.get(first)?;
    for step in rest.split('.').filter(|step| !step.is_empty()) {
        value = match value {
            Bson::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            Bson::Document(nested) => nested.get(step)?,
            _ => return None,
        };
    }
    Some(value)
}

/// Checks that the collection's one document has these fields, of these types.
async fn assert_stored(place: &Place, collection: &str, expected: &[(&str, ElementType)]) -> Document {
    let document = place.raw_collection(collection).await.find_one(doc! {}).await.unwrap().unwrap();
    for (path, of) in expected {
        assert_eq!(at(&document, path).map(Bson::element_type), Some(*of), "{collection}.{path} in {document}");
    }
    document
}

/// Checklist P20–P50 without the account's part, and P82–P142; CP11, CP14, CP24.
#[tokio::test]
async fn documents_have_the_names_and_types_of_the_source() {
    use ElementType::{Array, Boolean, DateTime, Double, Int32, Int64, Null, ObjectId, String};
    let Some(place) = present(Place::new(), "challenge documents") else { return };
    let store = place.open().await;
    let event = hackathon();
    let mut person = participant(user());
    person.profile.birth_date = NaiveDate::from_ymd_opt(2004, 2, 29);
    person.profile.student_number = Some("42".to_owned());
    person.profile.student =
        Some(StudentProfile { level: "L3".to_owned(), field_of_study: "Info".to_owned(), group_id: Some("g".to_owned()) });
    person.profile.jury =
        Some(JuryProfile { expertises: vec![Expertise { domain: "IA".to_owned(), self_assessment: 9 }], ..JuryProfile::default() });
    person.tokens.authorized = Some(1_000);
    let message =
        Message { token_count: Some(3), model_used: Some("gpt-3.5-turbo-0125".to_owned()), cost: Some(MicroCredits(7)), ..answer("Oui") };
    let mut work = Conversation {
        group_id: Some("g".to_owned()),
        max_tokens_used: Some(3),
        temperature_used: Some(0.7),
        final_version: Some(final_version()),
        in_flight: Some(InFlight { message_id: message.id, seen_at: noon(), stop_requested: false }),
        ..conversation(event.id, person.account_id)
    };
    work.count("gpt-3.5-turbo-0125", 12, MicroCredits(7));
    let mut enrolled = enrolment(event.id, person.account_id);
    enrolled.ledger.reserve(Reservation { message_id: message.id, tokens: 5, at: noon() });
    let given = evaluation(&work, user());
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    uow.participants().put(&person).await.unwrap();
    uow.hackathons().insert(&event).await.unwrap();
    uow.enrolments().insert(&enrolled).await.unwrap();
    uow.conversations().insert(&work).await.unwrap();
    uow.conversations().append(work.id, &message).await.unwrap();
    uow.evaluations().insert(&given).await.unwrap();
    uow.assignments().put(&claim(&work, given.examiner_id)).await.unwrap();
    uow.results().insert(&published_results(event.id)).await.unwrap();
    uow.commit().await.unwrap();

    let times = [("createdAt", DateTime), ("updatedAt", DateTime), ("_id", ObjectId)];
    let fields = [
        ("prenom", String),
        ("nom", String),
        ("dateNaissance", DateTime),
        ("numeroEtudiant", String),
        ("role", String),
        ("tokensAuthorized", Int64),
        ("tokensUsed", Int64),
        ("consentementRGPD", Boolean),
        ("profilEtudiant.niveauFormation", String),
        ("profilEtudiant.typeEtude", String),
        ("profilEtudiant.groupId", String),
        ("profilJury.niveauDiplome", String),
        ("profilJury.posteOccupe", String),
        ("profilJury.secteurActivite", String),
        ("profilJury.anneesExperience", Double),
        ("profilJury.nombreETPEmployeur", Int64),
        ("profilJury.expertises.0.domaine", String),
        ("profilJury.expertises.0.niveauAutoEvaluation", Int32),
    ];
    let stored = assert_stored(&place, "participants", &[&fields[..], &times].concat()).await;
    assert_eq!(stored.get_object_id("_id").unwrap().bytes(), person.account_id.bytes(), "a participant is found by the account");
    let fields = [
        ("nom", String),
        ("description", String),
        ("objectifs", String),
        ("dates.debut", DateTime),
        ("dates.fin", DateTime),
        ("anonymatActif", Boolean),
        ("quotas.promptsParEtudiant", Int64),
        ("quotas.tokensParEtudiant", Int64),
        ("taches.0", String),
        ("statut", String),
    ];
    let stored = assert_stored(&place, "hackathons", &[&fields[..], &times].concat()).await;
    assert_eq!((stored.get_str("statut").unwrap(), at(&stored, "dates.archiveLe")), ("En cours", None));
    let fields = [
        ("hackathonId", String),
        ("tacheId", String),
        ("studentId", String),
        ("groupId", String),
        ("modelName", String),
        ("maxTokens", Int64),
        ("maxTokensUsed", Int64),
        ("temperature", Double),
        ("temperatureUsed", Double),
        ("messages", Array),
        ("messages.0._id", ObjectId),
        ("messages.0.role", String),
        ("messages.0.content", String),
        ("messages.0.createdAt", DateTime),
        ("messages.0.tokenCount", Int64),
        ("messages.0.modelUsed", String),
        ("messages.0.cost", Int64),
        ("versionFinale.promptFinal", String),
        ("versionFinale.reponseIAFinale", String),
        ("versionFinale.soumisLe", DateTime),
        ("statistiquesIA.modelUtilise", String),
        ("statistiquesIA.tokensTotal", Int64),
        ("statistiquesIA.coutEstime", Int64),
        ("statistiquesIA.models.0.model", String),
        ("inFlight.messageId", String),
        ("archived", Boolean),
    ];
    let stored = assert_stored(&place, "conversations", &[&fields[..], &times].concat()).await;
    assert_eq!(stored.get_str("studentId").unwrap(), person.account_id.to_string());
    assert_eq!(stored.get_object_id("_id").unwrap().bytes(), work.id.bytes());
    let fields = [
        ("conversationId", String),
        ("studentId", String),
        ("examinerId", String),
        ("hackathonId", String),
        ("tacheId", String),
        ("note", Double),
        ("comment", String),
        ("gradedAt", DateTime),
    ];
    let stored = assert_stored(&place, "evaluations", &[&fields[..], &times].concat()).await;
    assert_eq!(at(&stored, "note"), Some(&Bson::Double(7.5)));
    assert_stored(&place, "enrolments", &[("hackathonId", String), ("studentId", String), ("reservations.0.messageId", String)]).await;
    assert_stored(&place, "assignments", &[("conversationId", String), ("examinerId", String), ("until", DateTime)]).await;
    let stored = assert_stored(&place, "results", &[("content", String), ("publishedAt", DateTime)]).await;
    assert_eq!(stored.get_object_id("_id").unwrap().bytes(), event.id.bytes());

    // CP14: what has no final version says so in the source's own way.
    work.final_version = None;
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    uow.conversations().update(&work).await.unwrap();
    uow.commit().await.unwrap();
    let stored = assert_stored(&place, "conversations", &[("versionFinale.soumisLe", Null)]).await;
    let empty = doc! { "promptFinal": "", "reponseIAFinale": "", "soumisLe": Bson::Null };
    assert_eq!(stored.get_document("versionFinale").unwrap(), &empty);
}

/// The participant's part of what the source's one user document had: password, address and links are the account's (P24, P26, P30).
#[tokio::test]
async fn a_participant_holds_nothing_of_the_account() {
    let Some(place) = present(Place::new(), "participant's fields") else { return };
    let store = place.open().await;
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    uow.participants().put(&participant(user())).await.unwrap();
    uow.commit().await.unwrap();
    let stored = assert_stored(&place, "participants", &[("_id", ElementType::ObjectId)]).await;
    for field in ["email", "passwordHash", "password", "magicLink"] {
        assert!(!stored.contains_key(field), "{stored}");
    }
    let id = ObjectId::from_bytes(stored.get_object_id("_id").unwrap().bytes());
    assert_eq!(place.raw_collection("users").await.count_documents(doc! { "_id": id }).await.unwrap(), 0);
}

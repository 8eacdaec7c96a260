//! A database of the source's own program, migrated and then read through the store: shapes and values of its document, nothing more.

use std::sync::Arc;

use atelier_adapter_mongo::{MongoAdministration, MongoOptions, MongoStore};
use atelier_domain::challenge::ChallengeStore;
use atelier_domain::challenge::conversations::{ConversationFilter, MessageRole, alias_of};
use atelier_domain::challenge::enrolments::EnrolmentKey;
use atelier_domain::challenge::hackathons::HackathonFilter;
use atelier_domain::identity::{IdentityStore, Role};
use atelier_domain::kernel::{ConversationId, EntityId, EvaluationId, ExposeSecret, HackathonId, Page, UserId};
use atelier_testkit::contract::present;
use atelier_testkit::{FixedClock, SeededSecrets, email, noon};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, doc};

use crate::place::Place;

const HASH: &str = "$2b$10$abcdefghijklmnopqrstuuZLbnNlYcRSLZ3pO7wT1G9gVZXx1vWy";

fn at() -> DateTime {
    DateTime::from_millis(noon().timestamp_millis())
}

/// What the source's program wrote.
struct Source {
    student: ObjectId,
    examiner: ObjectId,
    hackathon: ObjectId,
    conversations: Vec<ObjectId>,
    evaluation: ObjectId,
}

fn conversation(id: ObjectId, hackathon: impl Into<Bson>, student: impl Into<Bson>, more: Document) -> Document {
    let mut document = doc! {
        "_id": id, "hackathonId": hackathon.into(), "studentId": student.into(), "groupId": Bson::Null,
        "modelName": "gpt-4", "maxTokens": 512, "temperature": 0.7,
        "messages": [
            { "role": "student", "content": "Bonjour, comment ça va ?", "createdAt": at(), "tokenCount": 9 },
            { "role": "assistant", "content": "Bien.", "createdAt": at(), "tokenCount": 3.0, "modelUsed": "gpt-4" },
        ],
        "versionFinale": { "promptFinal": "", "reponseIAFinale": "", "soumisLe": at() },
        "createdAt": at(), "updatedAt": at(), "__v": 2,
    };
    document.extend(more);
    document
}

impl Source {
    async fn write(place: &Place) -> Self {
        let source = Self {
            student: ObjectId::new(),
            examiner: ObjectId::new(),
            hackathon: ObjectId::new(),
            conversations: (0..6).map(|_| ObjectId::new()).collect(),
            evaluation: ObjectId::new(),
        };
        let Self { student, examiner, hackathon, conversations: works, evaluation } = &source;
        let insert = async |collection: &str, documents: Vec<Document>| {
            place.raw_collection(collection).await.insert_many(documents).await.unwrap();
        };
        let link = doc! { "token": "eyJ.secret", "expiresAt": at() };
        let profile = doc! { "niveauFormation": "M1", "typeEtude": "Informatique", "groupId": "g7" };
        let jury = doc! {
            "niveauDiplome": "Doctorat", "posteOccupe": "Développeur Senior", "secteurActivite": "Tech", "anneesExperience": 8,
            "nombreETPEmployeur": 250, "expertises": [{ "domaine": "Machine Learning", "niveauAutoEvaluation": 9 }],
        };
        let people = vec![
            doc! {
                "_id": student, "prenom": "Jean", "nom": "Dupont", "email": "Jean.Dupont@example.com", "numeroEtudiant": "20240001",
                "passwordHash": HASH, "role": "etudiant", "tokensAuthorized": 50_000, "tokensUsed": 12.0, "magicLink": link,
                "profilEtudiant": profile, "consentementRGPD": true, "createdAt": at(), "updatedAt": at(), "__v": 0,
            },
            doc! {
                "_id": examiner, "prenom": "Ada", "nom": "L", "email": "ada@example.com", "role": "examinateur", "profilJury": jury,
                "createdAt": at(), "updatedAt": at(),
            },
        ];
        insert("users", people).await;
        let event = doc! {
            "_id": hackathon, "nom": "Hackathon d'été", "description": "", "objectifs": "Apprendre",
            "dates": { "debut": at(), "fin": DateTime::from_millis(at().timestamp_millis() + 86_400_000) }, "anonymatActif": true,
            "quotas": { "promptsParEtudiant": 30, "tokensParEtudiant": 8000 },
            "taches": ["Analyse de données avec IA", "Optimisation de prompts"], "statut": "En cours", "createdAt": at(), "updatedAt": at(),
        };
        insert("hackathons", vec![event]).await;
        let (event, person) = (hackathon.to_hex(), student.to_hex());
        let told = |id: usize, more: Document| conversation(works[id], event.clone(), person.clone(), more);
        let handed_in = doc! { "promptFinal": "Résume", "reponseIAFinale": "Bien.", "soumisLe": at() };
        let counted = doc! { "modelUtilise": "gpt-4", "tokensTotal": 40, "coutEstime": 0.25 };
        let by_label = told(0, doc! { "tacheId": "Analyse de données avec IA", "versionFinale": handed_in, "statistiquesIA": counted });
        let by_slug = told(1, doc! { "tacheId": "optimisation-de-prompts", "modelName": Bson::Null });
        let by_ids = conversation(works[2], *hackathon, *student, doc! { "tacheId": "optimisation de PROMPTS" });
        let on_nothing = told(3, doc! {});
        let nowhere = conversation(works[4], Bson::Null, person.clone(), doc! {});
        let nobodys = conversation(works[5], event.clone(), Bson::Null, doc! {});
        insert("conversations", vec![by_label, by_slug, by_ids, on_nothing, nowhere, nobodys]).await;
        let graded = doc! {
            "_id": evaluation, "conversationId": works[0].to_hex(), "studentId": *student, "examinerId": examiner.to_hex(),
            "note": 8, "comment": "Clair et complet.", "gradedAt": at(), "createdAt": at(), "updatedAt": at(),
        };
        insert("evaluations", vec![graded]).await;
        source.index(place).await;
        source
    }

    /// The indexes its program makes, the dangerous one included.
    async fn index(&self, place: &Place) {
        let create = async |collection: &str, keys: Document, more: Document| {
            let mut index =
                doc! { "key": keys.clone(), "name": keys.iter().map(|(f, d)| format!("{f}_{}", plain(d))).collect::<Vec<_>>().join("_") };
            index.extend(more);
            place.raw().await.run_command(doc! { "createIndexes": collection, "indexes": [index] }).await.unwrap();
        };
        create("users", doc! { "email": 1 }, doc! { "unique": true }).await;
        create("users", doc! { "role": 1, "createdAt": -1 }, doc! {}).await;
        // The day it would strike is far away here.
        create("users", doc! { "magicLink.expiresAt": 1 }, doc! { "expireAfterSeconds": i32::MAX }).await;
        create("hackathons", doc! { "nom": "text", "description": "text" }, doc! {}).await;
        create("evaluations", doc! { "examinerId": 1, "conversationId": 1 }, doc! { "unique": true }).await;
        create("conversations", doc! { "studentId": 1, "createdAt": -1 }, doc! {}).await;
    }
}

/// A direction as it stands in an index's name.
fn plain(direction: &Bson) -> String {
    direction.as_str().map_or_else(|| direction.to_string(), str::to_owned)
}

async fn migrate(place: &Place) {
    let administration = MongoAdministration::connect(&place.secret(), Some(&place.name), MongoOptions::default()).await.unwrap();
    administration.migrate(&SeededSecrets::new()).await.unwrap();
    administration.close().await;
}

async fn open(place: &Place) -> MongoStore {
    MongoStore::connect(&place.secret(), Some(&place.name), MongoOptions::default(), Arc::new(FixedClock::new())).await.unwrap()
}

async fn documents(place: &Place, collection: &str) -> Vec<Document> {
    let mut found = place.raw_collection(collection).await.find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap();
    let mut documents = Vec::new();
    while found.advance().await.unwrap() {
        documents.push(found.deserialize_current().unwrap());
    }
    documents
}

#[tokio::test]
async fn a_hackathon_of_the_source_with_its_people_and_their_work_is_migrated_and_read() {
    let Some(place) = present(Place::new(), "source's database") else { return };
    let source = Source::write(&place).await;
    migrate(&place).await;
    let store = open(&place).await;
    let student = UserId::from_bytes(source.student.bytes());
    let hackathon_id = HackathonId::from_bytes(source.hackathon.bytes());

    let account = IdentityStore::accounts(&store).find_by_email(&email("jean.dupont@example.com")).await.unwrap().unwrap();
    assert_eq!((account.id, account.role, account.name.as_str()), (student, Role::Student, "Jean Dupont"));
    assert_eq!(account.password_hash.expose_secret(), HASH);
    let person = store.participants().find(student).await.unwrap().unwrap();
    assert_eq!((person.profile.first_name.as_str(), person.role, person.consents()), ("Jean", Role::Student, false));
    assert_eq!((person.tokens.authorized, person.tokens.used, person.tokens.reserved), (Some(50_000), 12, 0));
    assert_eq!(person.profile.student.unwrap().group_id.as_deref(), Some("g7"));
    let judge = store.participants().find(UserId::from_bytes(source.examiner.bytes())).await.unwrap().unwrap();
    assert_eq!((judge.role, judge.profile.jury.unwrap().expertises[0].self_assessment), (Role::Examiner, 9));
    let users = format!("{:?}", documents(&place, "users").await);
    assert!(!users.contains("magicLink") && !users.contains("20240001"), "{users}");
    let indexes = place.raw_collection("users").await.list_index_names().await.unwrap();
    assert!(!indexes.iter().any(|name| name.starts_with("magicLink")), "people would be removed with their links: {indexes:?}");

    let hackathon = store.hackathons().find(hackathon_id).await.unwrap().unwrap();
    let ids: Vec<&str> = hackathon.tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["analyse-de-donnees-avec-ia", "optimisation-de-prompts"]);
    let search = HackathonFilter { words: vec!["ete".to_owned()], ..HackathonFilter::default() };
    assert_eq!(store.hackathons().list(&search, &Page::default()).await.unwrap().total, 1);

    let conversations = ChallengeStore::conversations(&store);
    let tasks = ["analyse-de-donnees-avec-ia", "optimisation-de-prompts", "optimisation-de-prompts", "sans-tache"];
    for (oid, task) in source.conversations.iter().zip(tasks) {
        let id = ConversationId::from_bytes(oid.bytes());
        let read = conversations.find(id).await.unwrap().unwrap();
        assert_eq!((read.task_id.as_str(), read.student_id, read.message_count, read.size), (task, student, 2, 30));
        assert_eq!(read.alias, alias_of(&SeededSecrets::new(), hackathon_id, id).unwrap());
        assert_eq!(read.parameters.model_name, "gpt-4");
        let messages = conversations.messages(id, 0, 10).await.unwrap();
        assert_eq!((messages[0].role, messages[1].content.as_str()), (MessageRole::Student, "Bien."));
        assert_ne!(messages[0].id, messages[1].id);
        let first = *oid == source.conversations[0];
        assert_eq!((read.final_version.is_some(), read.evaluation_count), (first, u32::from(first)));
        assert_eq!(read.tokens_total(), if first { 40 } else { 12 });
    }
    let all = ConversationFilter { student_id: None, hackathon_id: Some(hackathon_id), ..ConversationFilter::default() };
    let error = conversations.list(&all, &Page::default()).await.unwrap_err();
    assert!(error.to_string().contains(&source.conversations[5].to_hex()), "what nothing tells is named: {error}");

    let given = store.evaluations().find(EvaluationId::from_bytes(source.evaluation.bytes())).await.unwrap().unwrap();
    assert_eq!((given.hackathon_id, given.student_id, given.task_id.as_str()), (hackathon_id, student, tasks[0]));
    let key = EnrolmentKey { hackathon_id, student_id: student, test: false };
    let enrolment = store.enrolments().find(key).await.unwrap().unwrap();
    let left = enrolment.ledger.left(hackathon.quotas);
    assert_eq!((left.prompts_used, left.tokens_used, left.prompts_reserved, left.prompts_free()), (4, 76, 0, 26));
    assert!(enrolment.pseudonym.starts_with("Candidat-"));
}

/// Broken off anywhere and begun anew: what was completed stays to the letter, ids of messages and pseudonyms included.
#[tokio::test]
async fn completing_documents_again_changes_nothing_and_goes_on_where_it_broke_off() {
    let Some(place) = present(Place::new(), "source's database twice") else { return };
    let source = Source::write(&place).await;
    migrate(&place).await;
    let collections = ["users", "participants", "hackathons", "conversations", "evaluations", "enrolments"];
    let mut before = Vec::new();
    for collection in collections {
        before.push(documents(&place, collection).await);
    }
    let forget = doc! { "_id": 4_i64 };
    place.raw_collection("schema_migrations").await.delete_one(forget.clone()).await.unwrap();
    migrate(&place).await;
    for (collection, before) in collections.iter().zip(&before) {
        assert_eq!(&documents(&place, collection).await, before, "{collection}");
    }
    // As a process leaves it that died between the documents: one conversation and the enrolment are still to come.
    let conversations = place.raw_collection("conversations").await;
    let undo = doc! { "$unset": { "alias": "", "evaluationCount": "", "messageCount": "", "size": "" } };
    conversations.update_one(doc! { "_id": source.conversations[0] }, undo).await.unwrap();
    place.raw_collection("enrolments").await.delete_many(doc! {}).await.unwrap();
    place.raw_collection("schema_migrations").await.delete_one(forget).await.unwrap();
    migrate(&place).await;
    let mut enrolments = documents(&place, "enrolments").await;
    enrolments[0].insert("_id", before[5][0].get("_id").unwrap().clone());
    assert_eq!(enrolments, before[5]);
    let sorted = |document: &Document| {
        let mut fields: Vec<(String, Bson)> = document.clone().into_iter().collect();
        fields.sort_by(|one, other| one.0.cmp(&other.0));
        fields
    };
    let again = documents(&place, "conversations").await;
    assert_eq!(again.iter().map(sorted).collect::<Vec<_>>(), before[3].iter().map(sorted).collect::<Vec<_>>());
}

/// More than are read at once.
#[tokio::test]
async fn many_documents_are_completed_in_batches() {
    let Some(place) = present(Place::new(), "many source documents") else { return };
    let source = Source::write(&place).await;
    let (event, person) = (source.hackathon.to_hex(), source.student.to_hex());
    let many = (0..450).map(|_| conversation(ObjectId::new(), event.clone(), person.clone(), doc! { "tacheId": "0" }));
    place.raw_collection("conversations").await.insert_many(many.collect::<Vec<_>>()).await.unwrap();
    migrate(&place).await;
    let left = place.raw_collection("conversations").await.count_documents(doc! { "alias": Bson::Null }).await.unwrap();
    assert_eq!(left, 2, "those without hackathon or student");
    let enrolled = documents(&place, "enrolments").await;
    assert_eq!((enrolled.len(), enrolled[0].get_i64("promptsUsed").unwrap()), (1, 454));
}

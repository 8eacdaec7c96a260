//! What is written of what people do.

use std::time::Duration;

use atelier_domain::challenge::analytics::{AnalyticsEvent, AnalyticsKind, Datum, PurgeAnalytics, PurgeAnalyticsJob};
use atelier_domain::challenge::conversations::HandIn;
use atelier_domain::challenge::evaluations::NewEvaluation;
use atelier_domain::challenge::participants::{ConsentCommand, ParticipantProfile};
use atelier_domain::challenge::{ChallengePersonalData, ChallengeStore};
use atelier_domain::identity::{Actor, Role};
use atelier_domain::kernel::{Clock, EntityId, JobHandler, JobQueue, NewJob, PersonalData};
use atelier_testkit::ScriptedChatModel;

use super::world::{World, greeting};

async fn events(world: &World, actor: Actor) -> Vec<AnalyticsEvent> {
    ChallengeStore::analytics(&world.store).of_user(actor.user_id).await.unwrap()
}

fn kinds(events: &[AnalyticsEvent]) -> Vec<AnalyticsKind> {
    events.iter().map(|event| event.kind).collect()
}

#[tokio::test]
async fn what_students_and_examiners_do_is_written_without_a_word_of_theirs() {
    let world = World::with(ScriptedChatModel::new(greeting()));
    let (student, examiner) = (world.actor(Role::Student), world.actor(Role::Examiner));
    let profile = ParticipantProfile { first_name: "Ada".to_owned(), last_name: "Lovelace".to_owned(), ..ParticipantProfile::default() };
    let agreed = ConsentCommand { given: true, version: None };
    world.participants.put_me(student, profile.clone(), Some(agreed.clone())).await.unwrap();
    world.participants.put_me(student, profile, None).await.unwrap();
    world.participants.consent(student, ConsentCommand { given: false, ..agreed.clone() }).await.unwrap();
    world.participants.consent(student, agreed).await.unwrap();
    let before = events(&world, student).await;
    assert_eq!(kinds(&before), [AnalyticsKind::UserAction; 5]);
    let mut actions: Vec<&Datum> = before.iter().map(|event| &event.metadata["action"]).collect();
    actions.sort_by_key(|action| format!("{action:?}"));
    let expected = ["consent_given", "consent_given", "consent_withdrawn", "profile_changed", "profile_created"];
    assert_eq!(actions, expected.map(Datum::from).each_ref());

    world.clock.advance(Duration::from_secs(1));
    let hackathon = world.hackathon(30, 8_000).await;
    let conversation = world.begin(student, &hackathon).await;
    world.clock.advance(Duration::from_secs(1));
    world.say(student, conversation.id, "Je suis Ada Lovelace").await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    let version = HandIn { prompt: "Je suis Ada Lovelace".to_owned(), answer: "Bonjour !".to_owned() };
    world.conversations.hand_in(student, conversation.id, &version).await.unwrap();
    let note = NewEvaluation { conversation_id: conversation.alias, note: 7.0, comment: "Un bien beau travail d'Ada.".to_owned() };
    world.evaluations.grade(examiner, &note, None).await.unwrap();

    let work = events(&world, student).await.split_off(5);
    let expected = [AnalyticsKind::ConversationCreated, AnalyticsKind::PromptAnswered, AnalyticsKind::FinalVersionSubmitted];
    assert_eq!(kinds(&work), expected);
    assert!(work.iter().all(|event| event.hackathon_id == Some(hackathon.id)));
    assert_eq!((&work[1].metadata["tokens"], &work[1].metadata["etat"]), (&Datum::Number(50), &Datum::from("complete")));
    let given = events(&world, examiner).await;
    assert_eq!(kinds(&given), [AnalyticsKind::EvaluationGiven]);
    for event in work.iter().chain(&given) {
        let metadata = serde_json::to_string(&event.metadata).unwrap().to_lowercase();
        assert!(!metadata.contains("ada") && !metadata.contains("bonjour") && !metadata.contains("note"), "{metadata}");
    }

    let duty = ChallengePersonalData::new(world.ports.store.clone(), world.ports.ids.clone());
    let exported = duty.export(student.user_id).await.unwrap().data;
    assert_eq!(exported["analytics"].as_array().unwrap().len(), 8);
    assert_eq!(exported["analytics"][6]["type"], "prompt_answered");
    assert_eq!(exported["analytics"][6]["metadata"]["tokens"], 50);
    duty.erase(student.user_id).await.unwrap();
    assert_eq!(events(&world, student).await, []);
}

#[tokio::test]
async fn a_refused_prompt_writes_nothing() {
    let world = World::with(ScriptedChatModel::new(greeting()));
    let student = world.student().await;
    let hackathon = world.hackathon(1, 8_000).await;
    let conversation = world.begin(student, &hackathon).await;
    world.say(student, conversation.id, "Un").await.unwrap();
    world.say(student, conversation.id, "Deux").await.unwrap_err();
    let answered = kinds(&events(&world, student).await).into_iter().filter(|kind| *kind == AnalyticsKind::PromptAnswered).count();
    assert_eq!(answered, 1);
}

#[tokio::test]
async fn events_go_after_30_days() {
    let world = World::with(ScriptedChatModel::new(greeting()));
    let student = world.student().await;
    let hackathon = world.hackathon(1, 8_000).await;
    world.begin(student, &hackathon).await;
    for (passed, left) in [(30 * 24 * 3_600, 1), (1, 0)] {
        world.clock.advance(Duration::from_secs(passed));
        let now = world.clock.now();
        let id = EntityId::from_bytes(world.actor(Role::User).user_id.bytes());
        let mut uow = ChallengeStore::begin(&world.store).await.unwrap();
        uow.jobs().enqueue(&NewJob::of(id, &PurgeAnalytics::default(), now).unwrap()).await.unwrap();
        uow.commit().await.unwrap();
        let handler = PurgeAnalyticsJob::new(world.ports.store.clone(), world.ports.clock.clone());
        let job = world.store.claim("test", &[handler.kind()], now, Duration::from_secs(60)).await.unwrap().unwrap();
        handler.run(&job).await.unwrap();
        assert_eq!(events(&world, student).await.len(), left, "{passed}");
    }
}

//! Hackathons on their way from draft to archive.

use std::time::Duration;

use atelier_domain::challenge::ChallengeError;
use atelier_domain::challenge::hackathons::{
    AdvanceHackathons, ChangeHackathon, HackathonDates, HackathonSchedule, HackathonSearch, HackathonStatus, NewHackathon, Preset, Quotas,
};
use atelier_domain::identity::Role;
use atelier_domain::kernel::{Clock, Coded, EntityId, JobHandler, JobQueue, NewJob, Page};
use atelier_testkit::ScriptedChatModel;
use chrono::TimeDelta;

use super::world::{World, greeting};

fn world() -> World {
    World::with(ScriptedChatModel::new(greeting()))
}

fn new(world: &World) -> NewHackathon {
    let now = world.clock.now();
    NewHackathon {
        name: " Hackathon d'été ".to_owned(),
        description: "Des données".to_owned(),
        objectives: String::new(),
        dates: HackathonDates { starts_at: now - TimeDelta::hours(1), ends_at: now + TimeDelta::hours(2), archive_at: None },
        anonymous: true,
        quotas: Preset::ALL[1].quotas,
        tasks: vec!["Analyse de données avec IA".to_owned()],
    }
}

#[tokio::test]
async fn a_draft_is_made_and_seen_by_administrators_alone() {
    let world = world();
    let (admin, student) = (world.actor(Role::Admin), world.actor(Role::Student));
    for role in [Role::User, Role::Premium, Role::Student, Role::Examiner] {
        let error = world.hackathons.create(world.actor(role), new(&world), None).await.unwrap_err();
        assert_eq!(error.code(), "FORBIDDEN");
    }
    let draft = world.hackathons.create(admin, new(&world), None).await.unwrap();
    assert_eq!(
        (draft.name.as_str(), draft.status, draft.tasks[0].id.as_str()),
        ("Hackathon d'été", HackathonStatus::Draft, "analyse-de-donnees-avec-ia")
    );
    assert_eq!(world.hackathons.get(student, draft.id).await.unwrap_err().code(), "NOT_FOUND");
    let everything = HackathonSearch::default();
    assert_eq!(world.hackathons.list(student, &everything, &Page::default()).await.unwrap().total, 0);
    assert_eq!(world.hackathons.list(admin, &everything, &Page::default()).await.unwrap().total, 1);
}

#[tokio::test]
async fn what_opening_needs_is_asked_for() {
    let world = world();
    let admin = world.actor(Role::Admin);
    for (spoil, expected) in [
        ((|new| new.tasks.clear()) as fn(&mut NewHackathon), "it needs a task"),
        (|new| new.quotas = Quotas { prompts: 0, tokens: 10 }, "its quotas must be above 0"),
        (|new| new.dates.ends_at = new.dates.starts_at + TimeDelta::minutes(1), "its end is in the past"),
    ] {
        let mut wanted = new(&world);
        spoil(&mut wanted);
        let id = world.hackathons.create(admin, wanted, None).await.unwrap().id;
        let error = world.hackathons.transition(admin, id, HackathonStatus::Running).await.unwrap_err();
        assert!(matches!(&error, ChallengeError::Transition(refused) if refused.because == Some(expected)), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_transitions_at_once_one_wins() {
    let world = world();
    let admin = world.actor(Role::Admin);
    let id = world.hackathons.create(admin, new(&world), None).await.unwrap().id;
    let go = |to| {
        let service = world.hackathons.clone();
        tokio::spawn(async move { service.transition(admin, id, to).await.is_ok() })
    };
    let tasks: Vec<_> = (0..20).map(|_| go(HackathonStatus::Running)).collect();
    let mut won = 0;
    for task in tasks {
        won += u32::from(task.await.unwrap());
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_running_hackathon_keeps_its_tasks_and_its_promises() {
    let world = world();
    let admin = world.actor(Role::Admin);
    let id = world.hackathons.create(admin, new(&world), None).await.unwrap().id;
    world.hackathons.transition(admin, id, HackathonStatus::Running).await.unwrap();
    for change in [
        ChangeHackathon { tasks: Some(vec!["Autre".to_owned()]), ..ChangeHackathon::default() },
        ChangeHackathon { quotas: Some(Quotas { prompts: 1, tokens: 8_000 }), ..ChangeHackathon::default() },
        ChangeHackathon { anonymous: Some(false), ..ChangeHackathon::default() },
    ] {
        assert_eq!(world.hackathons.change(admin, id, change).await.unwrap_err().code(), "INVALID_STATE");
    }
    let more =
        ChangeHackathon { quotas: Some(Quotas { prompts: 40, tokens: 9_000 }), expected_version: Some(2), ..ChangeHackathon::default() };
    let changed = world.hackathons.change(admin, id, more.clone()).await.unwrap();
    assert_eq!((changed.quotas.prompts, changed.version), (40, 3));
    assert_eq!(world.hackathons.change(admin, id, more).await.unwrap_err().code(), "PRECONDITION_FAILED");
}

#[tokio::test]
async fn the_schedule_ends_a_hackathon_at_fin_and_archives_it_at_archive_le() {
    let world = world();
    let admin = world.actor(Role::Admin);
    let mut wanted = new(&world);
    wanted.dates.archive_at = Some(wanted.dates.ends_at + TimeDelta::days(7));
    let id = world.hackathons.create(admin, wanted, None).await.unwrap().id;
    world.hackathons.transition(admin, id, HackathonStatus::Running).await.unwrap();
    let status = async |world: &World| world.hackathons.get(admin, id).await.unwrap().status;

    advance(&world).await;
    assert_eq!(status(&world).await, HackathonStatus::Running);
    world.clock.advance(Duration::from_secs(2 * 3_600 + 1));
    let active = HackathonSearch { active: true, ..HackathonSearch::default() };
    assert_eq!(world.hackathons.list(admin, &active, &Page::default()).await.unwrap().total, 0, "dates count before the schedule ran");
    advance(&world).await;
    assert_eq!(status(&world).await, HackathonStatus::Finished);
    world.clock.advance(Duration::from_secs(7 * 24 * 3_600));
    advance(&world).await;
    assert_eq!(status(&world).await, HackathonStatus::Archived);
}

async fn advance(world: &World) {
    use atelier_domain::challenge::ChallengeStore;
    let now = world.clock.now();
    let id = EntityId::from_bytes(world.actor(Role::User).user_id.bytes());
    let mut uow = ChallengeStore::begin(&world.store).await.unwrap();
    uow.jobs().enqueue(&NewJob::of(id, &AdvanceHackathons::default(), now).unwrap()).await.unwrap();
    uow.commit().await.unwrap();
    let handler = HackathonSchedule::new(world.ports.store.clone(), world.hackathons.clone(), world.ports.clock.clone());
    let job = world.store.claim("test", &[handler.kind()], now, Duration::from_secs(60)).await.unwrap().unwrap();
    handler.run(&job).await.unwrap();
}

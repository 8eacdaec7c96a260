//! Maintenance: who may run it, what each task does, and what is logged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use atelier_adapter_memory::MemoryStore;
use atelier_domain::challenge::conversations::Conversation;
use atelier_domain::challenge::hackathons::{Hackathon, HackathonStatus};
use atelier_domain::challenge::maintenance::{ExpiredLinks, MaintenanceService, MaintenanceTask};
use atelier_domain::challenge::{ChallengeError, ChallengeStore};
use atelier_domain::identity::{Actor, Role};
use atelier_domain::kernel::{StoreError, Timestamp};
use atelier_testkit::{FixedClock, conversation, evaluation, hackathon, noon, participant, user};
use chrono::{Months, TimeDelta};

use crate::log;

/// Links that are counted: so many are left.
struct Links(AtomicU64);

#[async_trait::async_trait]
impl ExpiredLinks for Links {
    async fn remove(&self, before: Timestamp) -> Result<u64, StoreError> {
        assert_eq!(before, noon());
        Ok(self.0.swap(0, Ordering::SeqCst))
    }
}

fn maintenance(links: u64) -> (MaintenanceService, MemoryStore) {
    let store = MemoryStore::new();
    let clock = Arc::new(FixedClock::new());
    (MaintenanceService::new(Arc::new(store.clone()), Arc::new(Links(AtomicU64::new(links))), clock), store)
}

fn actor(role: Role) -> Actor {
    Actor { user_id: user(), role, session_id: None }
}

#[tokio::test]
async fn only_administrators_run_tasks_and_look() {
    let (service, _store) = maintenance(0);
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Admin) {
        for task in MaintenanceTask::ALL {
            let refused = service.run(actor(role), task).await;
            assert!(matches!(refused, Err(ChallengeError::Forbidden("admin"))), "{role} {task}");
        }
        assert!(matches!(service.look(actor(role)).await, Err(ChallengeError::Forbidden("admin"))), "{role}");
    }
    for task in MaintenanceTask::ALL {
        assert_eq!(service.run(actor(Role::Admin), task).await.unwrap(), 0, "{task}");
        assert_eq!(task.to_string().parse(), Ok(task));
    }
    assert!("users".parse::<MaintenanceTask>().is_err());
}

#[tokio::test]
async fn tasks_log_the_source_documents_lines() {
    let (service, _store) = maintenance(3);
    log::begin();
    service.run_as_operator(MaintenanceTask::Consents).await.unwrap();
    assert_eq!(service.run_as_operator(MaintenanceTask::ExpiredLinks).await.unwrap(), 3);
    assert!(log::line("Migration consentement RGPD terminée").is_some());
    assert!(log::line("3 tokens expirés nettoyés").is_some());
    assert_eq!(service.run_as_operator(MaintenanceTask::ExpiredLinks).await.unwrap(), 0);
}

/// Checklist CP33: six months old, and the hackathon archived; whatever runs or is finished stays in sight.
#[tokio::test]
async fn conversations_of_archived_hackathons_are_put_away_after_six_months() {
    let (service, store) = maintenance(0);
    let of = |status: HackathonStatus| Hackathon { status, ..hackathon() };
    let (archived, finished) = (of(HackathonStatus::Archived), of(HackathonStatus::Finished));
    let limit = noon().checked_sub_months(Months::new(6)).unwrap();
    let made = |event: &Hackathon, created_at: Timestamp| Conversation { created_at, ..conversation(event.id, user()) };
    let old = made(&archived, limit - TimeDelta::milliseconds(1));
    let others = [made(&archived, limit), made(&finished, limit - TimeDelta::days(400))];
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    for event in [&archived, &finished] {
        uow.hackathons().insert(event).await.unwrap();
    }
    for row in others.iter().chain([&old]) {
        uow.conversations().insert(row).await.unwrap();
    }
    uow.commit().await.unwrap();
    assert_eq!(service.run_as_operator(MaintenanceTask::Archive).await.unwrap(), 1);
    let conversations = ChallengeStore::conversations(&store);
    assert!(conversations.find(old.id).await.unwrap().unwrap().archived);
    for other in others {
        assert!(!conversations.find(other.id).await.unwrap().unwrap().archived);
    }
    assert_eq!(service.run_as_operator(MaintenanceTask::Archive).await.unwrap(), 0);
}

/// Checklist P228–P232: a warning for what leads nowhere, and none where there is nothing.
#[tokio::test]
async fn a_look_tells_the_store_and_warns_of_orphans_only_when_there_are_any() {
    let (service, store) = maintenance(0);
    log::begin();
    let clean = service.look_as_operator().await.unwrap();
    assert_eq!((clean.orphans.conversations, clean.orphans.evaluations), (0, 0));
    assert!(log::line("Memory ping successful").is_some());
    assert_eq!(log::line("orphelines"), None);
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    let student = participant(user());
    let (whole, orphan) = (conversation(hackathon().id, student.account_id), conversation(hackathon().id, user()));
    uow.participants().put(&student).await.unwrap();
    uow.conversations().insert(&orphan).await.unwrap();
    uow.evaluations().insert(&evaluation(&whole, user())).await.unwrap();
    uow.commit().await.unwrap();
    log::begin();
    let found = service.look_as_operator().await.unwrap();
    assert_eq!((found.orphans.conversations, found.orphans.evaluations), (1, 1));
    for line in ["Conversations orphelines trouvées: 1", "Évaluations orphelines trouvées: 1"] {
        assert!(log::line(line).is_some(), "{line}");
    }
}

//! What the memory adapter promises beyond the ports.

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_memory::{MemoryAttemptLimiter, MemoryMailer, MemoryObjectStore, MemoryStore};
use atelier_domain::challenge::{ChallengeStore, Erasure};
use atelier_domain::identity::{IdentityStore, Mail, Mailer};
use atelier_domain::kernel::{AttemptLimiter, AuditEntry, EntityId, JobQueue, ObjectKey, ObjectStore, UserId};
use atelier_testkit::{
    FixedClock, claim, conversation, email, enrolment, evaluation, final_version, hackathon, job, noon, participant, published_results,
    user,
};

fn entry(number: u8, actor: UserId) -> AuditEntry {
    AuditEntry {
        id: EntityId::from_bytes([number; 12]),
        at: noon(),
        actor: Some(actor),
        action: "identity.role_changed".into(),
        subject: "user:x".to_owned(),
        details: "from=user to=admin".to_owned(),
    }
}

#[tokio::test]
async fn the_audit_trail_outlives_its_actor_without_naming_them() {
    let store = MemoryStore::new();
    let (erased, other) = (user(), user());
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    for (number, actor) in [(1, erased), (2, other)] {
        uow.audit().append(&entry(number, actor)).await.unwrap();
    }
    uow.commit().await.unwrap();
    let mut dropped = IdentityStore::begin(&store).await.unwrap();
    dropped.audit().append(&entry(3, other)).await.unwrap();
    drop(dropped);
    store.erase_kernel_rows(erased).await.unwrap();
    assert_eq!(store.audit_trail(), [AuditEntry { actor: None, ..entry(1, erased) }, entry(2, other)]);
}

#[tokio::test]
async fn what_a_challenge_holds_on_a_person_is_told() {
    let store = MemoryStore::new();
    let (student, examiner, event) = (user(), user(), hackathon());
    let mut work = conversation(event.id, student);
    work.final_version = Some(final_version());
    let mut published = published_results(event.id);
    published.content = format!(r#"{{"forgotten":"{student}"}}"#);
    let mut uow = ChallengeStore::begin(&store).await.unwrap();
    for person in [student, examiner] {
        uow.participants().put(&participant(person)).await.unwrap();
    }
    uow.hackathons().insert(&event).await.unwrap();
    uow.enrolments().insert(&enrolment(event.id, student)).await.unwrap();
    uow.conversations().insert(&work).await.unwrap();
    uow.evaluations().insert(&evaluation(&work, examiner)).await.unwrap();
    uow.assignments().put(&claim(&work, examiner)).await.unwrap();
    uow.results().insert(&published).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(store.collections_holding(student), ["participants", "enrolments", "conversations", "evaluations", "results"]);
    assert_eq!(store.collections_holding(examiner), ["participants", "evaluations", "assignments"]);

    for person in [student, examiner] {
        let erasure = Erasure { kept: vec![event.id], stand_in: user() };
        ChallengeStore::erase_rows(&store, person, &erasure).await.unwrap();
        assert_eq!(store.collections_holding(erasure.stand_in).last(), Some(&"evaluations"));
    }
    assert_eq!(store.collections_holding(student), ["results"], "a snapshot that names a person is found out");
    assert!(store.collections_holding(examiner).is_empty());
}

#[tokio::test]
async fn a_second_unit_of_work_waits_for_the_first() {
    let store = MemoryStore::new();
    let first = IdentityStore::begin(&store).await.unwrap();
    let second = tokio::spawn({
        let store = store.clone();
        async move { IdentityStore::begin(&store).await.is_ok() }
    });
    tokio::task::yield_now().await;
    assert!(!second.is_finished());
    drop(first);
    assert!(second.await.unwrap());
}

#[tokio::test]
async fn the_last_error_of_a_job_is_kept_for_the_operator() {
    let store = MemoryStore::new();
    let hopeless = job("only_here.job.fail");
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.jobs().enqueue(&hopeless).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(store.last_error(hopeless.id), None);
    for error in ["first", "second"] {
        let claimed = store.claim("w", &["only_here.job.fail"], noon(), Duration::from_secs(30)).await.unwrap().unwrap();
        store.retry(claimed.lease, noon(), error).await.unwrap();
        assert_eq!(store.last_error(hopeless.id).as_deref(), Some(error));
    }
}

#[tokio::test]
async fn a_flood_of_keys_does_not_fill_the_memory_of_the_limiter() {
    let clock = FixedClock::new();
    let limiter = MemoryAttemptLimiter::with_most_keys(Arc::new(clock.clone()), 10);
    let window = Duration::from_secs(60);
    for number in 0..100 {
        limiter.record_failure(&format!("key-{number}"), window).await;
    }
    let mut remembered = 0;
    for number in 0..100 {
        remembered += usize::from(limiter.blocked_for(&format!("key-{number}"), 1, window).await.is_some());
    }
    assert_eq!(remembered, 10);
    assert!(limiter.blocked_for("key-99", 1, window).await.is_some(), "the newest is among them");
}

#[tokio::test]
async fn mails_are_kept_in_order() {
    let mailer = MemoryMailer::new();
    let mail = |text: &str| Mail { to: email("a@example.org"), subject: "s".to_owned(), text: text.to_owned() };
    for text in ["first", "second"] {
        mailer.send(&mail(text)).await.unwrap();
    }
    assert_eq!(mailer.clone().sent(), [mail("first"), mail("second")]);
}

#[tokio::test]
async fn signed_urls_begin_with_the_base_and_the_key() {
    let objects = MemoryObjectStore::new(Arc::new(FixedClock::new()));
    let key = ObjectKey::parse("a/b c").unwrap();
    let hour = Duration::from_secs(3_600);
    assert!(objects.presign_get(&key, hour).await.unwrap().url.starts_with("/files/a/b%20c?"));
    let objects = objects.with_base_url("https://host/files");
    assert!(objects.presign_get(&key, hour).await.unwrap().url.starts_with("https://host/files/a/b%20c?"));
    assert!(objects.keys().is_empty());
}

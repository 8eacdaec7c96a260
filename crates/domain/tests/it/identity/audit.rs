//! The audit trail: sealed by a job, read by administrators, verified, and outliving people.

use std::time::Duration;

use atelier_domain::identity::{AuditService, ChangeAccount, IdentityError, Role, SealAudit};
use atelier_domain::kernel::{AuditFilter, NewJob, Page};

use super::world::World;

async fn seal(world: &World) {
    world.clock.advance(SealAudit::PERIOD);
    let job = NewJob::of(world.ports.ids.generate(), &SealAudit {}, world.ports.clock.now()).unwrap();
    let mut uow = world.ports.store.begin().await.unwrap();
    uow.jobs().enqueue(&job).await.unwrap();
    uow.commit().await.unwrap();
    world.work().await;
}

async fn verified(world: &World) -> (u64, u64) {
    let report = AuditService::new(world.ports.store.clone()).verify(None).await.unwrap();
    assert_eq!(report.fault, None);
    (report.sealed, report.unsealed)
}

#[tokio::test]
async fn what_has_settled_is_sealed_and_what_is_new_waits() {
    let world = World::new();
    let admin = world.admin("admin@example.com").await;
    let person = world.person("user@example.com").await;
    seal(&world).await;
    let (sealed, waiting) = verified(&world).await;
    assert!(sealed >= 1 && waiting == 0, "{sealed} {waiting}");
    let command = ChangeAccount { role: Some(Role::Premium), ..ChangeAccount::default() };
    world.administration.change(&admin, person.user_id, command).await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    let job = NewJob::of(world.ports.ids.generate(), &SealAudit {}, world.ports.clock.now()).unwrap();
    let mut uow = world.ports.store.begin().await.unwrap();
    uow.jobs().enqueue(&job).await.unwrap();
    uow.commit().await.unwrap();
    world.work().await;
    assert_eq!(verified(&world).await, (sealed, 1), "a unit of work that began before may still commit");
    seal(&world).await;
    assert_eq!(verified(&world).await, (sealed + 1, 0));
}

#[tokio::test]
async fn more_entries_than_a_batch_are_sealed_in_one_round() {
    let world = World::new();
    let admin = world.admin("admin@example.com").await;
    let person = world.person("user@example.com").await;
    for round in 0..450 {
        let role = if round % 2 == 0 { Role::Premium } else { Role::User };
        let command = ChangeAccount { role: Some(role), ..ChangeAccount::default() };
        world.administration.change(&admin, person.user_id, command).await.unwrap();
    }
    seal(&world).await;
    let (sealed, waiting) = verified(&world).await;
    assert!(sealed > 450 && waiting == 0, "{sealed} {waiting}");
}

#[tokio::test]
async fn an_erased_administrator_leaves_a_chain_that_fits() {
    let world = World::new();
    let (first, second) = (world.admin("first@example.com").await, world.admin("second@example.com").await);
    let person = world.person("user@example.com").await;
    let command = ChangeAccount { role: Some(Role::Premium), ..ChangeAccount::default() };
    world.administration.change(&first, person.user_id, command).await.unwrap();
    seal(&world).await;
    let before = verified(&world).await;
    for erased in [first.user_id, person.user_id] {
        world.ports.store.erase_kernel_rows(erased).await.unwrap();
        assert_eq!(verified(&world).await, before);
    }
    let changed = AuditFilter { action: Some("identity.role_changed".to_owned()), ..AuditFilter::default() };
    let found = AuditService::new(world.ports.store.clone()).list(&second, &changed, &Page::default()).await.unwrap();
    let [record] = found.items.as_slice() else { panic!("{found:?}") };
    assert_eq!((record.entry.actor, record.entry.subject.as_str()), (None, "account:erased"));
    assert!(record.seal.is_some());
}

#[tokio::test]
async fn only_administrators_read_the_trail() {
    let world = World::new();
    let person = world.person("user@example.com").await;
    let refused = AuditService::new(world.ports.store.clone()).list(&person, &AuditFilter::default(), &Page::default()).await;
    assert!(matches!(refused, Err(IdentityError::Forbidden)), "{refused:?}");
}

//! What administrators do with accounts.

use std::time::Duration;

use atelier_domain::identity::{AccountFilter, Actor, ChangeAccount, CreateAdmin, IdentityError, Role};
use atelier_domain::kernel::{EntityId, Page, UserId};

use super::world::{PASSWORD, World, client, log_in};

fn to_role(role: Role) -> ChangeAccount {
    ChangeAccount { role: Some(role), ..ChangeAccount::default() }
}

#[tokio::test]
async fn everything_needs_the_role() {
    let world = World::new();
    let admin = world.admin("admin@example.com").await;
    let person = world.person("user@example.com").await;
    for role in [Role::User, Role::Premium, Role::Student, Role::Examiner] {
        let actor = Actor { role, ..person };
        let forbidden = |outcome: Result<(), IdentityError>| assert!(matches!(outcome, Err(IdentityError::Forbidden)), "{outcome:?}");
        forbidden(world.administration.list(&actor, &AccountFilter::default(), &Page::default()).await.map(drop));
        forbidden(world.administration.stats(&actor).await.map(drop));
        forbidden(world.administration.change(&actor, admin.user_id, to_role(Role::User)).await.map(drop));
        forbidden(world.administration.deactivate(&actor, admin.user_id).await);
    }
}

#[tokio::test]
async fn accounts_are_listed_newest_first_by_role_and_page() {
    let world = World::new();
    let admin = world.admin("admin@example.com").await;
    for number in 0..5 {
        world.clock.advance(Duration::from_secs(1));
        world.sign_up(&format!("user{number}@example.com")).await;
    }
    let filter = AccountFilter { role: Some(Role::User) };
    let page = Page { limit: 2, ..Page::default() };
    let first = world.administration.list(&admin, &filter, &page).await.unwrap();
    let emails = |items: &[atelier_domain::identity::Profile]| items.iter().map(|p| p.account.email.to_string()).collect::<Vec<_>>();
    assert_eq!((emails(&first.items), first.total), (vec!["user4@example.com".to_owned(), "user3@example.com".to_owned()], 5));
    let second = world.administration.list(&admin, &filter, &Page { after: first.next, ..page }).await.unwrap();
    assert_eq!(emails(&second.items), ["user2@example.com", "user1@example.com"]);
}

#[tokio::test]
async fn the_statistics_count_roles_and_states() {
    let world = World::new();
    let admin = world.admin("admin@example.com").await;
    let person = world.person("user@example.com").await;
    world.sign_up("other@example.com").await;
    world.administration.deactivate(&admin, person.user_id).await.unwrap();
    let stats = world.administration.stats(&admin).await.unwrap();
    assert_eq!((stats.total, stats.active, stats.verified), (3, 2, 1));
    assert_eq!(stats.by_role, [(Role::User, 2), (Role::Admin, 1)]);
}

#[tokio::test]
async fn changes_are_audited_with_who_and_what() {
    let world = World::new();
    let admin = world.admin("admin@example.com").await;
    let person = world.person("user@example.com").await;
    let command = ChangeAccount { role: Some(Role::Examiner), is_active: None, email: Some("new@example.com".to_owned()) };
    let changed = world.administration.change(&admin, person.user_id, command).await.unwrap().account;
    assert_eq!((changed.role, changed.email.as_str(), changed.email_verified), (Role::Examiner, "new@example.com", false));
    assert_eq!(world.audited(), ["identity.admin_created", "identity.role_changed", "identity.email_changed"]);
    let entry = &world.store.audit_trail()[1];
    assert_eq!(entry.actor, Some(admin.user_id));
    assert_eq!(entry.subject, format!("account:{}", person.user_id));
    assert_eq!(entry.details, "from=user to=examiner");
    assert!(world.store.audit_trail().iter().all(|entry| !entry.details.contains('@')), "no address in the audit trail");
}

#[tokio::test]
async fn what_changes_nothing_is_not_audited() {
    let world = World::new();
    let admin = world.admin("admin@example.com").await;
    let person = world.person("user@example.com").await;
    let command = ChangeAccount { role: Some(Role::User), is_active: Some(true), email: Some("USER@example.com".to_owned()) };
    let account = world.administration.change(&admin, person.user_id, command).await.unwrap().account;
    assert_eq!(account.updated_at, account.created_at);
    assert_eq!(world.audited(), ["identity.admin_created"]);
}

#[tokio::test]
async fn a_taken_address_and_an_unknown_account_are_refused() {
    let world = World::new();
    let admin = world.admin("admin@example.com").await;
    let person = world.person("user@example.com").await;
    let command = ChangeAccount { email: Some("Admin@example.com".to_owned()), ..ChangeAccount::default() };
    let outcome = world.administration.change(&admin, person.user_id, command).await;
    assert!(matches!(outcome, Err(IdentityError::EmailTaken)), "{outcome:?}");
    let outcome = world.administration.change(&admin, UserId::from_bytes([9; 12]), to_role(Role::User)).await;
    assert!(matches!(outcome, Err(IdentityError::NotFound)), "{outcome:?}");
}

#[tokio::test]
async fn a_deactivated_account_is_signed_out_and_may_come_back() {
    let world = World::new();
    let admin = world.admin("admin@example.com").await;
    let device = world.sign_up("user@example.com").await;
    let id = device.profile.account.id;
    world.administration.deactivate(&admin, id).await.unwrap();
    assert!(world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.is_err());
    let activate = ChangeAccount { is_active: Some(true), ..ChangeAccount::default() };
    world.administration.change(&admin, id, activate).await.unwrap();
    assert!(world.accounts.refresh(&device.tokens.refresh_token, &client()).await.is_err(), "old devices stay signed out");
    assert!(world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.is_ok());
    assert_eq!(world.audited(), ["identity.admin_created", "identity.account_deactivated", "identity.account_activated"]);
}

#[tokio::test]
async fn the_last_active_administrator_stays() {
    let world = World::new();
    let admin = world.admin("admin@example.com").await;
    let last = |outcome: Result<(), IdentityError>| assert!(matches!(outcome, Err(IdentityError::LastAdmin)), "{outcome:?}");
    last(world.administration.change(&admin, admin.user_id, to_role(Role::User)).await.map(drop));
    last(world.administration.deactivate(&admin, admin.user_id).await);
    last(world.personal_data.request_erasure(&admin, &PASSWORD.into(), &client()).await);
    let second = world.admin("second@example.com").await;
    world.administration.deactivate(&admin, second.user_id).await.unwrap();
    last(world.administration.deactivate(&admin, admin.user_id).await);
}

#[tokio::test]
async fn of_two_administrators_who_remove_each_other_at_once_one_stays() {
    let world = World::new();
    let (a, b) = (world.admin("a@example.com").await, world.admin("b@example.com").await);
    let (first, second) =
        tokio::join!(world.administration.deactivate(&a, b.user_id), world.administration.change(&b, a.user_id, to_role(Role::User)));
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|ok| **ok).count(), 1);
}

#[tokio::test]
async fn the_operator_makes_an_administrator_with_a_confirmed_address() {
    let world = World::new();
    let command = CreateAdmin { email: "Admin@example.com".to_owned(), name: "Grace Hopper".to_owned(), password: PASSWORD.into() };
    let account = world.administration.create_admin(command.clone()).await.unwrap();
    assert_eq!((account.role, account.email_verified), (Role::Admin, true));
    assert!(matches!(world.administration.create_admin(command).await, Err(IdentityError::EmailTaken)));
    assert!(world.accounts.log_in(log_in("admin@example.com", PASSWORD), &client()).await.is_ok());
}

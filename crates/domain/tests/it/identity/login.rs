//! Logging in, and being known by an access token.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::identity::{ChangeAccount, IdentityError, IdentitySettings, Role};
use atelier_domain::kernel::{ExposeSecret, SecretGenerator};
use atelier_testkit::{PlainHasher, SeededSecrets};

use super::world::{PASSWORD, World, client, client_at, log_in};

#[tokio::test]
async fn unknown_address_wrong_password_and_impossible_input_answer_the_same_after_the_same_work() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    for (email, password) in [
        ("nobody@example.com", PASSWORD),
        ("user@example.com", "another password"),
        ("not an address", PASSWORD),
        ("user@example.com", &"x".repeat(80)),
        ("user@example.com", ""),
    ] {
        let before = world.hasher.verifications();
        let outcome = world.accounts.log_in(log_in(email, password), &client_at(email)).await;
        assert!(matches!(outcome, Err(IdentityError::BadCredentials)), "{email}: {outcome:?}");
        assert_eq!(world.hasher.verifications() - before, 1, "{email}");
    }
}

#[tokio::test]
async fn an_inactive_account_answers_as_a_wrong_password_does() {
    let world = World::new();
    let person = world.person("user@example.com").await;
    let admin = world.admin("admin@example.com").await;
    world.administration.deactivate(&admin, person.user_id).await.unwrap();
    let before = world.hasher.verifications();
    let outcome = world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::BadCredentials)), "{outcome:?}");
    assert_eq!(world.hasher.verifications() - before, 1);
}

#[tokio::test]
async fn the_letters_of_the_address_do_not_matter() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    assert!(world.accounts.log_in(log_in(" USER@example.COM", PASSWORD), &client()).await.is_ok());
}

#[tokio::test]
async fn after_five_failures_even_the_right_password_waits_fifteen_minutes() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    for _ in 0..5 {
        let outcome = world.accounts.log_in(log_in("user@example.com", "a wrong one"), &client()).await;
        assert!(matches!(outcome, Err(IdentityError::BadCredentials)), "{outcome:?}");
    }
    let before = world.hasher.verifications();
    let outcome = world.accounts.log_in(log_in("User@example.com ", PASSWORD), &client()).await;
    let Err(IdentityError::TooManyAttempts { retry_after_seconds }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(retry_after_seconds, 900);
    assert_eq!(world.hasher.verifications(), before, "a blocked try costs no hashing");
    world.clock.advance(Duration::from_secs(900));
    assert!(world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.is_ok());
}

#[tokio::test]
async fn failures_of_one_address_do_not_lock_the_owner_out_at_another() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    for _ in 0..6 {
        assert!(world.accounts.log_in(log_in("user@example.com", "a wrong one"), &client_at("198.51.100.1")).await.is_err());
    }
    assert!(world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.is_ok());
}

#[tokio::test]
async fn a_success_forgets_the_failures_on_the_account() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    for _ in 0..3 {
        for _ in 0..4 {
            assert!(world.accounts.log_in(log_in("user@example.com", "a wrong one"), &client()).await.is_err());
        }
        assert!(world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.is_ok());
    }
}

#[tokio::test]
async fn fifty_failures_of_one_address_on_many_accounts_block_the_address() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    for number in 0..50 {
        let outcome = world.accounts.log_in(log_in(&format!("guess{number}@example.com"), PASSWORD), &client()).await;
        assert!(matches!(outcome, Err(IdentityError::BadCredentials)), "{outcome:?}");
    }
    let outcome = world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::TooManyAttempts { .. })), "{outcome:?}");
    assert!(world.accounts.log_in(log_in("user@example.com", PASSWORD), &client_at("198.51.100.1")).await.is_ok());
}

#[tokio::test]
async fn a_good_password_among_many_tries_at_once_is_not_told_once_five_have_failed() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    let attempts = world.ports.secrets.digest("attempts", "user@example.com");
    let key = format!("login:{}:{attempts}", client().address);
    // The five failures arrive while the password is being checked: after the first look at the limit, before the second.
    let limiter = Arc::new(super::world::FailuresMeanwhile::new(Arc::clone(&world.ports.limiter), key));
    let ports = atelier_domain::identity::IdentityPorts { limiter, ..world.ports.clone() };
    let accounts = atelier_domain::identity::AccountService::new(ports, IdentitySettings::default());
    let outcome = accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::TooManyAttempts { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_hash_of_another_cost_is_made_anew_at_the_next_log_in() {
    let world = World::new();
    let id = world.sign_up("user@example.com").await.profile.account.id;
    let ports = atelier_domain::identity::IdentityPorts { hasher: Arc::new(PlainHasher::with_cost(12)), ..world.ports.clone() };
    let dearer = atelier_domain::identity::AccountService::new(ports, IdentitySettings::default());
    dearer.log_in(log_in("user@example.com", PASSWORD), &client()).await.unwrap();
    let stored = world.ports.store.accounts().find(id).await.unwrap().unwrap();
    assert!(stored.password_hash.expose_secret().starts_with("$2b$12$"));
    assert!(dearer.log_in(log_in("user@example.com", PASSWORD), &client()).await.is_ok());
}

#[tokio::test]
async fn an_access_token_is_good_for_fifteen_minutes_less_a_moment() {
    let world = World::new();
    let signed_in = world.sign_up("user@example.com").await;
    let token = signed_in.tokens.access_token.expose_secret();
    world.clock.advance(Duration::from_millis(899_999));
    assert!(world.accounts.authenticate(token).await.is_ok());
    world.clock.advance(Duration::from_millis(1));
    assert!(matches!(world.accounts.authenticate(token).await, Err(IdentityError::BadCredentials)));
}

#[tokio::test]
async fn the_role_of_a_caller_is_the_present_one_not_the_tokens() {
    let world = World::new();
    let signed_in = world.sign_up("user@example.com").await;
    let admin = world.admin("admin@example.com").await;
    let command = ChangeAccount { role: Some(Role::Premium), ..ChangeAccount::default() };
    world.administration.change(&admin, signed_in.profile.account.id, command).await.unwrap();
    assert_eq!(world.actor(&signed_in).await.role, Role::Premium);
}

#[tokio::test]
async fn every_token_of_a_deactivated_account_is_refused_at_once() {
    let world = World::new();
    let signed_in = world.sign_up("user@example.com").await;
    let admin = world.admin("admin@example.com").await;
    world.administration.deactivate(&admin, signed_in.profile.account.id).await.unwrap();
    let outcome = world.accounts.authenticate(signed_in.tokens.access_token.expose_secret()).await;
    assert!(matches!(outcome, Err(IdentityError::BadCredentials)), "{outcome:?}");
    assert!(world.accounts.refresh(&signed_in.tokens.refresh_token, &client()).await.is_err());
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let world = World::new();
    for token in ["", "plain", "a.b.c", SeededSecrets::new().token().expose_secret()] {
        assert!(matches!(world.accounts.authenticate(token).await, Err(IdentityError::BadCredentials)), "{token:?}");
    }
}

//! Signing up and logging in.

use atelier_domain::identity::{IdentityError, Role};

use super::world::{PASSWORD, World, client, client_at, log_in, sign_up};

#[tokio::test]
async fn signing_up_makes_an_active_unconfirmed_user_who_is_signed_in() {
    let world = World::new();
    let signed_in = world.sign_up("  User@Example.COM ").await;
    let account = &signed_in.profile.account;
    assert_eq!(account.email.as_str(), "user@example.com");
    assert_eq!((account.role, account.is_active, account.email_verified), (Role::User, true, false));
    assert_eq!(account.created_at, account.updated_at);
    assert!(signed_in.profile.avatar_url.is_none());
    assert_eq!(signed_in.tokens.expires_in_seconds, 900);
    assert_eq!(world.actor(&signed_in).await.user_id, account.id);
}

#[tokio::test]
async fn the_same_address_in_other_letters_is_taken() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    let outcome = world.accounts.sign_up(sign_up("USER@Example.com"), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::EmailTaken)), "{outcome:?}");
}

#[tokio::test]
async fn every_field_at_fault_is_named_at_once() {
    let world = World::new();
    let mut command = sign_up("no address");
    command.password = "1234567".into();
    command.name = "J".to_owned();
    let Err(IdentityError::Invalid(invalid)) = world.accounts.sign_up(command, &client()).await else { panic!("not refused") };
    let fields: Vec<_> = invalid.0.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["email", "password", "name"]);
}

#[tokio::test]
async fn unknown_address_wrong_password_and_inactive_account_answer_the_same_after_the_same_work() {
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

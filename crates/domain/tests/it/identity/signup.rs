//! Signing up.

use atelier_domain::identity::{IdentityError, Role};
use atelier_domain::kernel::ExposeSecret;

use super::world::{PASSWORD, World, client, log_in, sign_up};

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
async fn the_password_is_stored_as_a_hash_and_opens_the_account() {
    let world = World::new();
    let signed_in = world.sign_up("user@example.com").await;
    let stored = world.ports.store.accounts().find(signed_in.profile.account.id).await.unwrap().unwrap();
    assert!(stored.password_hash.expose_secret().starts_with("$2b$"));
    assert!(world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.is_ok());
}

#[tokio::test]
async fn the_same_address_in_other_letters_is_taken() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    let outcome = world.accounts.sign_up(sign_up(" USER@Example.com "), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::EmailTaken)), "{outcome:?}");
}

#[tokio::test]
async fn of_two_sign_ups_at_once_with_one_address_exactly_one_succeeds() {
    let world = World::new();
    let (client, other) = (client(), client());
    let (first, second) = tokio::join!(
        world.accounts.sign_up(sign_up("user@example.com"), &client),
        world.accounts.sign_up(sign_up("User@example.com"), &other)
    );
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|ok| **ok).count(), 1);
    let refused = first.err().or(second.err());
    assert!(matches!(refused, Some(IdentityError::EmailTaken)), "{refused:?}");
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
async fn passwords_from_eight_characters_to_seventy_two_bytes_are_taken() {
    let world = World::new();
    let cases = [
        ("1234567".to_owned(), false),
        ("12345678".to_owned(), true),
        ("x".repeat(72), true),
        ("x".repeat(73), false),
        ("é".repeat(37), false),
    ];
    for (number, (password, good)) in cases.into_iter().enumerate() {
        let mut command = sign_up(&format!("user{number}@example.com"));
        command.password = password.clone().into();
        assert_eq!(world.accounts.sign_up(command, &client()).await.is_ok(), good, "{password}");
    }
}

#[tokio::test]
async fn a_refused_sign_up_leaves_no_job_behind() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    world.work().await;
    assert!(world.accounts.sign_up(sign_up("user@example.com"), &client()).await.is_err());
    assert!(world.claim().await.is_none());
}

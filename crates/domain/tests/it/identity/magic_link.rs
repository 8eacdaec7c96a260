//! Signing in from a mailed link.

use std::time::Duration;

use atelier_domain::identity::{IdentityError, IdentitySettings, OneTimePurpose, UpdateMe};
use atelier_domain::kernel::{SecretString, StoreError};

use super::world::{PASSWORD, World, client};

async fn world_with_link() -> (World, SecretString) {
    let settings = IdentitySettings { public_url: "https://atelier.example/".to_owned(), ..IdentitySettings::default() };
    let world = World::with(settings, Vec::new(), |ports| ports);
    world.sign_up("user@example.com").await;
    world.recovery.request_magic_link("User@example.com").await.unwrap();
    world.work().await;
    assert!(world.last_mail().contains("https://atelier.example/#magic="));
    let token = SecretString::from(world.mailed_token("magic"));
    (world, token)
}

async fn assert_invalid(world: &World, token: &SecretString) {
    let outcome = world.recovery.consume_magic_link(token, &client()).await;
    assert!(matches!(outcome, Err(IdentityError::LinkInvalid)), "{outcome:?}");
}

#[tokio::test]
async fn a_link_signs_in_and_confirms_the_address() {
    let (world, token) = world_with_link().await;
    let signed_in = world.recovery.consume_magic_link(&token, &client()).await.unwrap();
    assert!(signed_in.profile.account.email_verified);
    assert_eq!(world.actor(&signed_in).await.session_id, Some(signed_in.tokens.session_id));
}

#[tokio::test]
async fn a_link_works_once() {
    let (world, token) = world_with_link().await;
    world.recovery.consume_magic_link(&token, &client()).await.unwrap();
    assert_invalid(&world, &token).await;
}

#[tokio::test]
async fn of_two_uses_at_once_exactly_one_succeeds() {
    let (world, token) = world_with_link().await;
    let (one, other) = (client(), client());
    let (a, b) = tokio::join!(world.recovery.consume_magic_link(&token, &one), world.recovery.consume_magic_link(&token, &other));
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1);
}

#[tokio::test]
async fn a_link_is_refused_at_ten_minutes() {
    let (world, token) = world_with_link().await;
    world.clock.advance(Duration::from_secs(600));
    assert_invalid(&world, &token).await;
}

#[tokio::test]
async fn using_one_link_voids_the_others() {
    let (world, first) = world_with_link().await;
    world.recovery.request_magic_link("user@example.com").await.unwrap();
    world.work().await;
    let second = SecretString::from(world.mailed_token("magic"));
    world.recovery.consume_magic_link(&second, &client()).await.unwrap();
    assert_invalid(&world, &first).await;
}

#[tokio::test]
async fn a_link_to_the_old_address_is_void_after_a_change_of_address() {
    let (world, token) = world_with_link().await;
    let signed_in = world.accounts.log_in(super::world::log_in("user@example.com", PASSWORD), &client()).await.unwrap();
    let me = world.actor(&signed_in).await;
    let command = UpdateMe { email: Some("new@example.com".to_owned()), current_password: Some(PASSWORD.into()), name: None };
    world.accounts.update_me(&me, command, &client()).await.unwrap();
    assert_invalid(&world, &token).await;
}

#[tokio::test]
async fn a_link_of_a_deactivated_account_is_refused() {
    let (world, token) = world_with_link().await;
    let admin = world.admin("admin@example.com").await;
    let page = atelier_domain::kernel::Page::default();
    let filter = atelier_domain::identity::AccountFilter { role: Some(atelier_domain::identity::Role::User) };
    let person = world.administration.list(&admin, &filter, &page).await.unwrap().items.remove(0).account;
    world.administration.deactivate(&admin, person.id).await.unwrap();
    assert_invalid(&world, &token).await;
}

#[tokio::test]
async fn an_unknown_address_gets_the_same_answer_and_no_mail() {
    let world = World::new();
    world.recovery.request_magic_link("nobody@example.com").await.unwrap();
    world.work().await;
    assert!(world.mailer.sent().is_empty());
}

#[tokio::test]
async fn fifty_wrong_tokens_block_the_address() {
    let (world, token) = world_with_link().await;
    for number in 0..50 {
        assert_invalid(&world, &SecretString::from(format!("guess {number}"))).await;
    }
    let outcome = world.recovery.consume_magic_link(&token, &client()).await;
    assert!(matches!(outcome, Err(IdentityError::TooManyAttempts { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_link_is_stored_as_a_digest_in_the_collection_of_its_purpose() -> Result<(), StoreError> {
    let (world, token) = world_with_link().await;
    use atelier_domain::kernel::ExposeSecret;
    let purpose = OneTimePurpose::MagicLink;
    let now = world.ports.clock.now();
    let mut uow = world.ports.store.begin().await?;
    assert!(uow.one_time_tokens().take(purpose, token.expose_secret(), now).await?.is_none());
    let digest = world.ports.secrets.digest("magic_links", token.expose_secret());
    assert!(uow.one_time_tokens().take(OneTimePurpose::VerifyEmail, &digest, now).await?.is_none());
    assert!(uow.one_time_tokens().take(purpose, &digest, now).await?.is_some());
    Ok(())
}

//! Confirming an address.

use std::time::Duration;

use atelier_domain::identity::{IdentityError, UpdateMe};
use atelier_domain::kernel::SecretString;

use super::world::{PASSWORD, World, client};

async fn assert_invalid(world: &World, token: &SecretString) {
    let outcome = world.recovery.verify_email(token, &client()).await;
    assert!(matches!(outcome, Err(IdentityError::LinkInvalid)), "{outcome:?}");
}

#[tokio::test]
async fn the_link_mailed_at_sign_up_confirms_the_address_once() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    world.work().await;
    let token = SecretString::from(world.mailed_token("verify"));
    world.recovery.verify_email(&token, &client()).await.unwrap();
    assert!(world.accounts.me(&me).await.unwrap().account.email_verified);
    assert_invalid(&world, &token).await;
}

#[tokio::test]
async fn a_confirmed_address_gets_no_further_mail() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    world.work().await;
    world.recovery.verify_email(&world.mailed_token("verify").into(), &client()).await.unwrap();
    world.recovery.request_verification(&me).await.unwrap();
    world.work().await;
    assert_eq!(world.mailer.sent().len(), 1);
}

#[tokio::test]
async fn a_link_confirms_only_the_address_it_was_mailed_to() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    world.work().await;
    let token = SecretString::from(world.mailed_token("verify"));
    let command = UpdateMe { email: Some("new@example.com".to_owned()), current_password: Some(PASSWORD.into()), name: None };
    world.accounts.update_me(&me, command, &client()).await.unwrap();
    assert_invalid(&world, &token).await;
    assert!(!world.accounts.me(&me).await.unwrap().account.email_verified);
}

#[tokio::test]
async fn a_link_is_refused_after_a_day() {
    let world = World::new();
    world.sign_up("user@example.com").await;
    world.work().await;
    let token = SecretString::from(world.mailed_token("verify"));
    world.clock.advance(Duration::from_secs(24 * 3600));
    assert_invalid(&world, &token).await;
}

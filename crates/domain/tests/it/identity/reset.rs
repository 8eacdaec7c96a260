//! Forgotten passwords.

use std::time::Duration;

use atelier_domain::identity::{IdentityError, ResetPassword, UpdateMe};

use super::world::{PASSWORD, World, client, client_at, log_in};

const NEW: &str = "an even better one";

fn reset(email: &str, code: &str) -> ResetPassword {
    ResetPassword { email: email.to_owned(), code: code.into(), new_password: NEW.into() }
}

/// Somebody who has asked for a code, and the code.
async fn world_with_code() -> (World, String) {
    let world = World::new();
    world.sign_up("user@example.com").await;
    world.recovery.forgot_password(" User@example.com").await.unwrap();
    world.work().await;
    let code = world.mailed_code();
    (world, code)
}

fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

async fn assert_invalid(world: &World, code: &str, address: &str) {
    let outcome = world.recovery.reset_password(reset("user@example.com", code), &client_at(address)).await;
    assert!(matches!(outcome, Err(IdentityError::ResetCodeInvalid)), "{outcome:?}");
}

#[tokio::test]
async fn a_mailed_code_sets_the_password_and_signs_every_device_out() {
    let world = World::new();
    let device = world.sign_up("user@example.com").await;
    world.recovery.forgot_password("user@example.com").await.unwrap();
    world.work().await;
    world.recovery.reset_password(reset("USER@example.com", &world.mailed_code()), &client()).await.unwrap();
    assert!(world.accounts.refresh(&device.tokens.refresh_token, &client()).await.is_err());
    assert!(world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.is_err());
    assert!(world.accounts.log_in(log_in("user@example.com", NEW), &client()).await.is_ok());
    assert_eq!(world.audited(), ["identity.password_reset"]);
}

#[tokio::test]
async fn a_code_works_once() {
    let (world, code) = world_with_code().await;
    world.recovery.reset_password(reset("user@example.com", &code), &client()).await.unwrap();
    assert_invalid(&world, &code, "192.0.2.7").await;
}

#[tokio::test]
async fn of_two_uses_at_once_exactly_one_succeeds() {
    let (world, code) = world_with_code().await;
    let (one, other) = (client(), client());
    let (a, b) = tokio::join!(
        world.recovery.reset_password(reset("user@example.com", &code), &one),
        world.recovery.reset_password(reset("user@example.com", &code), &other)
    );
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
}

#[tokio::test]
async fn a_code_works_until_just_before_ten_minutes() {
    let (world, code) = world_with_code().await;
    world.clock.advance(Duration::from_millis(599_999));
    assert!(world.recovery.reset_password(reset("user@example.com", &code), &client()).await.is_ok());
}

#[tokio::test]
async fn a_code_is_refused_at_ten_minutes_and_zero_seconds() {
    let (world, code) = world_with_code().await;
    world.clock.advance(Duration::from_secs(600));
    assert_invalid(&world, &code, "192.0.2.7").await;
}

#[tokio::test]
async fn five_wrong_tries_from_anywhere_void_the_code() {
    let (world, code) = world_with_code().await;
    for number in 0..5 {
        assert_invalid(&world, &wrong(&code), &format!("198.51.100.{number}")).await;
    }
    assert_invalid(&world, &code, "192.0.2.7").await;
}

#[tokio::test]
async fn four_wrong_tries_do_not() {
    let (world, code) = world_with_code().await;
    for _ in 0..4 {
        assert_invalid(&world, &wrong(&code), "192.0.2.7").await;
    }
    assert!(world.recovery.reset_password(reset("user@example.com", &code), &client()).await.is_ok());
}

#[tokio::test]
async fn five_failures_from_one_address_are_all_it_gets_in_fifteen_minutes_however_many_codes_it_asks_for() {
    let (world, code) = world_with_code().await;
    for _ in 0..5 {
        assert_invalid(&world, &wrong(&code), "192.0.2.7").await;
    }
    world.recovery.forgot_password("user@example.com").await.unwrap();
    world.work().await;
    let outcome = world.recovery.reset_password(reset("user@example.com", &world.mailed_code()), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::TooManyAttempts { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_new_code_voids_the_older() {
    let (world, older) = world_with_code().await;
    world.recovery.forgot_password("user@example.com").await.unwrap();
    world.work().await;
    let newer = world.mailed_code();
    assert_ne!(older, newer);
    assert_invalid(&world, &older, "192.0.2.7").await;
    assert!(world.recovery.reset_password(reset("user@example.com", &newer), &client()).await.is_ok());
}

#[tokio::test]
async fn a_code_of_one_person_opens_nobody_elses_account() {
    let (world, code) = world_with_code().await;
    world.sign_up("other@example.com").await;
    let outcome = world.recovery.reset_password(reset("other@example.com", &code), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::ResetCodeInvalid)), "{outcome:?}");
}

#[tokio::test]
async fn unknown_addresses_are_answered_like_known_ones() {
    let world = World::new();
    world.recovery.forgot_password("nobody@example.com").await.unwrap();
    let job = world.claim().await.unwrap();
    world.run(&job).await.unwrap();
    assert!(world.mailer.sent().is_empty());
    let outcome = world.recovery.reset_password(reset("nobody@example.com", "123456"), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::ResetCodeInvalid)), "{outcome:?}");
    assert!(matches!(world.recovery.forgot_password("no address").await, Err(IdentityError::Invalid(_))));
}

#[tokio::test]
async fn a_code_mailed_to_the_old_address_is_void_after_a_change_of_address() {
    let (world, code) = world_with_code().await;
    let signed_in = world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.unwrap();
    let me = world.actor(&signed_in).await;
    let command = UpdateMe { email: Some("new@example.com".to_owned()), current_password: Some(PASSWORD.into()), name: None };
    world.accounts.update_me(&me, command, &client()).await.unwrap();
    let outcome = world.recovery.reset_password(reset("new@example.com", &code), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::ResetCodeInvalid)), "{outcome:?}");
}

#[tokio::test]
async fn a_password_that_is_not_good_enough_costs_no_try() {
    let (world, code) = world_with_code().await;
    for _ in 0..6 {
        let command = ResetPassword { new_password: "short".into(), ..reset("user@example.com", &code) };
        assert!(matches!(world.recovery.reset_password(command, &client()).await, Err(IdentityError::Invalid(_))));
    }
    assert!(world.recovery.reset_password(reset("user@example.com", &code), &client()).await.is_ok());
}

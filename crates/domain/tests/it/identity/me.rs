//! One's own account: name, address, password, avatar, consent.

use std::time::Duration;

use atelier_domain::identity::{IdentityError, IdentitySettings, UpdateMe};
use atelier_domain::kernel::{ImageInput, Invalid, ObjectKey, ObjectStore, SecretString};
use atelier_testkit::PassthroughImages;

use super::world::{PASSWORD, World, client, log_in};

fn new_email(email: &str, password: Option<&str>) -> UpdateMe {
    UpdateMe { email: Some(email.to_owned()), current_password: password.map(SecretString::from), name: None }
}

fn field_of<T: std::fmt::Debug>(outcome: Result<T, IdentityError>) -> String {
    let Err(IdentityError::Invalid(Invalid(fields))) = outcome else { panic!("not invalid: {outcome:?}") };
    fields[0].field.clone()
}

#[tokio::test]
async fn the_name_changes_without_a_password_and_moves_updated_at() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    world.clock.advance(Duration::from_secs(1));
    let command = UpdateMe { name: Some(" Jane Roe ".to_owned()), ..UpdateMe::default() };
    let account = world.accounts.update_me(&me, command, &client()).await.unwrap().account;
    assert_eq!(account.name.as_str(), "Jane Roe");
    assert!(account.updated_at > account.created_at);
    assert!(world.audited().is_empty());
}

#[tokio::test]
async fn another_address_needs_the_password() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    assert_eq!(field_of(world.accounts.update_me(&me, new_email("new@example.com", None), &client()).await), "current_password");
    let outcome = world.accounts.update_me(&me, new_email("new@example.com", Some("wrong")), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::BadCredentials)), "{outcome:?}");
    assert_eq!(world.accounts.me(&me).await.unwrap().account.email.as_str(), "user@example.com");
}

#[tokio::test]
async fn the_password_is_not_guessed_through_the_address_either() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    for _ in 0..5 {
        assert!(world.accounts.update_me(&me, new_email("new@example.com", Some("wrong")), &client()).await.is_err());
    }
    let outcome = world.accounts.update_me(&me, new_email("new@example.com", Some(PASSWORD)), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::TooManyAttempts { .. })), "{outcome:?}");
}

#[tokio::test]
async fn another_address_is_unconfirmed_audited_and_mailed_a_link() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    world.work().await;
    let token = SecretString::from(world.mailed_token("verify"));
    world.recovery.verify_email(&token, &client()).await.unwrap();
    let account = world.accounts.update_me(&me, new_email("New@example.com", Some(PASSWORD)), &client()).await.unwrap().account;
    assert_eq!((account.email.as_str(), account.email_verified), ("new@example.com", false));
    assert_eq!(world.audited(), ["identity.email_changed"]);
    world.work().await;
    assert_eq!(world.mailer.sent().last().unwrap().to.as_str(), "new@example.com");
    assert!(world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.is_err());
    assert!(world.accounts.log_in(log_in("new@example.com", PASSWORD), &client()).await.is_ok());
}

#[tokio::test]
async fn ones_own_address_in_other_letters_is_no_change() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    let account = world.accounts.update_me(&me, new_email("USER@example.com", None), &client()).await.unwrap().account;
    assert_eq!(account.updated_at, account.created_at);
}

#[tokio::test]
async fn somebody_elses_address_is_taken() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    world.sign_up("other@example.com").await;
    let outcome = world.accounts.update_me(&me, new_email("Other@example.com", Some(PASSWORD)), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::EmailTaken)), "{outcome:?}");
    assert!(world.audited().is_empty(), "a change that did not happen is not audited");
}

#[tokio::test]
async fn a_new_password_signs_the_other_devices_out_and_keeps_this_one() {
    let world = World::new();
    let mine = world.sign_up("user@example.com").await;
    let other = world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.unwrap();
    let me = world.actor(&mine).await;
    world.accounts.change_password(&me, &PASSWORD.into(), "an even better one".into(), &client()).await.unwrap();
    assert!(world.accounts.refresh(&other.tokens.refresh_token, &client()).await.is_err());
    assert!(world.accounts.refresh(&mine.tokens.refresh_token, &client()).await.is_ok());
    assert!(world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.is_err());
    assert!(world.accounts.log_in(log_in("user@example.com", "an even better one"), &client()).await.is_ok());
    assert_eq!(world.audited(), ["identity.password_changed"]);
}

#[tokio::test]
async fn a_password_change_names_the_field_at_fault_and_refuses_a_wrong_password() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    assert_eq!(field_of(world.accounts.change_password(&me, &PASSWORD.into(), "short".into(), &client()).await), "new_password");
    assert_eq!(field_of(world.accounts.change_password(&me, &"".into(), "an even better one".into(), &client()).await), "current_password");
    let outcome = world.accounts.change_password(&me, &"wrong".into(), "an even better one".into(), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::BadCredentials)), "{outcome:?}");
    assert!(world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.is_ok());
}

#[tokio::test]
async fn an_avatar_is_stored_once_and_its_url_is_signed_when_read() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    for mark in ["first", "second"] {
        let image = ImageInput::Bytes(PassthroughImages::jpeg(mark));
        let profile = world.accounts.set_avatar(&me, image).await.unwrap();
        let url = profile.avatar_url.unwrap();
        assert!(url.url.contains(&format!("avatars/{}/avatar.jpg", me.user_id)), "{}", url.url);
        assert_eq!(url.expires_at - world.ports.clock.now(), chrono::TimeDelta::hours(1));
        assert_eq!(world.objects.get(&ObjectKey::avatar(me.user_id)).await.unwrap(), PassthroughImages::jpeg(mark));
    }
    assert_eq!(world.objects.keys(), [ObjectKey::avatar(me.user_id)]);
}

#[tokio::test]
async fn removing_the_avatar_removes_the_file_and_may_be_repeated() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    world.accounts.set_avatar(&me, ImageInput::Bytes(PassthroughImages::jpeg("x"))).await.unwrap();
    for _ in 0..2 {
        world.accounts.remove_avatar(&me).await.unwrap();
        assert!(world.objects.keys().is_empty());
        assert!(world.accounts.me(&me).await.unwrap().avatar_url.is_none());
    }
}

#[tokio::test]
async fn what_is_no_picture_leaves_the_avatar_as_it_was() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    let outcome = world.accounts.set_avatar(&me, ImageInput::Bytes(bytes::Bytes::from_static(b"<svg>"))).await;
    assert!(matches!(outcome, Err(IdentityError::Image(_))), "{outcome:?}");
    assert!(world.objects.keys().is_empty());
}

#[tokio::test]
async fn an_avatar_that_comes_after_the_account_died_leaves_no_file() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    world.personal_data.request_erasure(&me, &PASSWORD.into(), &client()).await.unwrap();
    world.work().await;
    let outcome = world.accounts.set_avatar(&me, ImageInput::Bytes(PassthroughImages::jpeg("late"))).await;
    assert!(matches!(outcome, Err(IdentityError::BadCredentials)), "{outcome:?}");
    assert!(world.objects.keys().is_empty());
}

#[tokio::test]
async fn consent_counts_for_the_present_version_only() {
    let settings = IdentitySettings { consent_version: Some("2026-01".to_owned()), ..IdentitySettings::default() };
    let world = World::with(settings.clone(), Vec::new(), |ports| ports);
    let me = world.person("user@example.com").await;
    assert!(!world.accounts.has_consented(me.user_id).await.unwrap());
    assert_eq!(field_of(world.accounts.give_consent(&me, "2025-07").await), "version");
    world.accounts.give_consent(&me, "2026-01").await.unwrap();
    assert!(world.accounts.has_consented(me.user_id).await.unwrap());
    assert_eq!(world.audited(), ["identity.consent_given"]);
    let newer = IdentitySettings { consent_version: Some("2027-01".to_owned()), ..settings };
    let accounts = atelier_domain::identity::AccountService::new(world.ports.clone(), newer);
    assert!(!accounts.has_consented(me.user_id).await.unwrap());
}

#[tokio::test]
async fn without_a_consent_text_everybody_has_consented() {
    let world = World::new();
    let me = world.person("user@example.com").await;
    assert!(world.accounts.has_consented(me.user_id).await.unwrap());
    assert_eq!(field_of(world.accounts.give_consent(&me, "  ").await), "version");
}

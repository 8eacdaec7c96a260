//! Refreshing, logging out, devices.

use std::time::Duration;

use atelier_domain::identity::{Client, IdentityError};
use atelier_domain::kernel::{ExposeSecret, SecretString};

use super::world::{PASSWORD, World, client, log_in};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn a_refresh_gives_new_tokens_of_the_same_session() {
    let world = World::new();
    let first = world.sign_up("user@example.com").await;
    let second = world.accounts.refresh(&first.tokens.refresh_token, &client()).await.unwrap();
    assert_eq!(second.tokens.session_id, first.tokens.session_id);
    assert_ne!(second.tokens.refresh_token.expose_secret(), first.tokens.refresh_token.expose_secret());
    assert_eq!(world.actor(&second).await.session_id, Some(first.tokens.session_id));
    assert!(world.accounts.refresh(&second.tokens.refresh_token, &client()).await.is_ok());
}

#[tokio::test]
async fn a_refresh_token_used_again_signs_its_whole_family_out_and_is_audited() {
    let world = World::new();
    let first = world.sign_up("user@example.com").await;
    let other_device = world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.unwrap();
    let second = world.accounts.refresh(&first.tokens.refresh_token, &client()).await.unwrap();
    let reuse = world.accounts.refresh(&first.tokens.refresh_token, &client()).await;
    assert!(matches!(reuse, Err(IdentityError::BadCredentials)), "{reuse:?}");
    let newest = world.accounts.refresh(&second.tokens.refresh_token, &client()).await;
    assert!(matches!(newest, Err(IdentityError::BadCredentials)), "{newest:?}");
    assert!(world.accounts.refresh(&other_device.tokens.refresh_token, &client()).await.is_ok(), "another device is another family");
    assert_eq!(world.audited(), ["identity.refresh_token_reused"]);
}

#[tokio::test]
async fn of_two_refreshes_at_once_with_one_token_at_most_one_succeeds() {
    let world = World::new();
    let first = world.sign_up("user@example.com").await;
    let (one, other) = (client(), client());
    let (a, b) = tokio::join!(
        world.accounts.refresh(&first.tokens.refresh_token, &one),
        world.accounts.refresh(&first.tokens.refresh_token, &other)
    );
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1);
}

#[tokio::test]
async fn a_session_lives_thirty_days_from_its_last_refresh() {
    let world = World::new();
    let mut signed_in = world.sign_up("user@example.com").await;
    for _ in 0..3 {
        world.clock.advance(DAY * 29);
        signed_in = world.accounts.refresh(&signed_in.tokens.refresh_token, &client()).await.unwrap();
    }
    world.clock.advance(DAY * 30);
    let outcome = world.accounts.refresh(&signed_in.tokens.refresh_token, &client()).await;
    assert!(matches!(outcome, Err(IdentityError::BadCredentials)), "{outcome:?}");
}

#[tokio::test]
async fn an_unknown_refresh_token_is_refused() {
    let world = World::new();
    let outcome = world.accounts.refresh(&SecretString::from("no such token"), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::BadCredentials)), "{outcome:?}");
}

#[tokio::test]
async fn logging_out_ends_the_session_and_may_be_repeated() {
    let world = World::new();
    let signed_in = world.sign_up("user@example.com").await;
    let actor = world.actor(&signed_in).await;
    for _ in 0..2 {
        world.accounts.log_out(&signed_in.tokens.refresh_token).await.unwrap();
        assert!(world.accounts.sessions(&actor).await.unwrap().is_empty());
    }
    assert!(world.accounts.refresh(&signed_in.tokens.refresh_token, &client()).await.is_err());
    assert!(world.accounts.log_out(&SecretString::from("no such token")).await.is_ok());
}

#[tokio::test]
async fn the_devices_are_listed_last_used_first_with_the_asking_one_marked() {
    let world = World::new();
    let first = world.sign_up("user@example.com").await;
    world.clock.advance(Duration::from_secs(1));
    let phone = Client { user_agent: format!("Phone\n{}", "x".repeat(300)), address: "198.51.100.9".to_owned() };
    let second = world.accounts.log_in(log_in("user@example.com", PASSWORD), &phone).await.unwrap();
    let listed = world.accounts.sessions(&world.actor(&first).await).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|info| (info.session.id, info.is_current)).collect();
    assert_eq!(ids, [(second.tokens.session_id, false), (first.tokens.session_id, true)]);
    assert_eq!(listed[0].session.address, "198.51.100.9");
    assert_eq!(listed[0].session.user_agent.chars().count(), 200);
    assert!(listed[0].session.user_agent.starts_with("Phonex"));
}

#[tokio::test]
async fn a_person_signs_out_their_own_devices_only() {
    let world = World::new();
    let mine = world.sign_up("user@example.com").await;
    let other = world.person("other@example.com").await;
    let session = mine.tokens.session_id;
    assert!(matches!(world.accounts.revoke_session(&other, session).await, Err(IdentityError::NotFound)));
    let me = world.actor(&mine).await;
    world.accounts.revoke_session(&me, session).await.unwrap();
    assert!(matches!(world.accounts.revoke_session(&me, session).await, Err(IdentityError::NotFound)));
    assert!(world.accounts.refresh(&mine.tokens.refresh_token, &client()).await.is_err());
}

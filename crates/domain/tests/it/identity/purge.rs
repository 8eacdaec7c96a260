//! Removing what has ended.

use std::time::Duration;

use atelier_domain::identity::{PasswordReset, PurgeTokens};
use atelier_domain::kernel::NewJob;

use super::world::{World, client};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn purge(world: &World) {
    let job = NewJob::of(world.ports.ids.generate(), &PurgeTokens {}, world.ports.clock.now()).unwrap();
    let mut uow = world.ports.store.begin().await.unwrap();
    uow.jobs().enqueue(&job).await.unwrap();
    uow.commit().await.unwrap();
    world.work().await;
}

async fn reset_of(world: &World, user_id: atelier_domain::kernel::UserId) -> Option<PasswordReset> {
    world.ports.store.begin().await.unwrap().resets().find(user_id).await.unwrap()
}

#[tokio::test]
async fn what_ended_a_day_ago_goes_and_what_lives_stays() {
    let world = World::new();
    let old = world.person("old@example.com").await;
    world.recovery.forgot_password("old@example.com").await.unwrap();
    world.recovery.request_magic_link("old@example.com").await.unwrap();
    world.tickets.issue(&old).await.unwrap();
    world.work().await;
    world.clock.advance(DAY * 32);
    let new = world.sign_up("new@example.com").await;
    world.recovery.forgot_password("new@example.com").await.unwrap();
    world.work().await;
    purge(&world).await;
    assert!(reset_of(&world, old.user_id).await.is_none());
    assert!(reset_of(&world, new.profile.account.id).await.is_some());
    assert_eq!(world.store.collections_holding(old.user_id), ["users", "jobs"]);
    assert!(world.accounts.refresh(&new.tokens.refresh_token, &client()).await.is_ok());
}

#[tokio::test]
async fn a_used_refresh_token_is_still_recognised_after_a_purge() {
    let world = World::new();
    let first = world.sign_up("user@example.com").await;
    let second = world.accounts.refresh(&first.tokens.refresh_token, &client()).await.unwrap();
    world.clock.advance(DAY * 2);
    purge(&world).await;
    assert!(world.accounts.refresh(&first.tokens.refresh_token, &client()).await.is_err());
    assert!(world.accounts.refresh(&second.tokens.refresh_token, &client()).await.is_err(), "the family is signed out");
}

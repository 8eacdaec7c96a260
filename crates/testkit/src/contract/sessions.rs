//! Sessions and refresh tokens.

use atelier_domain::identity::{RefreshToken, RefreshUse, Session};
use atelier_domain::kernel::{SessionId, UserId};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::concurrency::{TASKS, concurrently};
use crate::{noon, refresh_token, session, user};

async fn add(store: &StoreUnderTest, sessions: &[Session]) {
    let mut uow = store.identity.begin().await.unwrap();
    for session in sessions {
        uow.sessions().insert(session).await.unwrap();
    }
    uow.commit().await.unwrap();
}

async fn add_token(store: &StoreUnderTest, token: &RefreshToken) {
    let mut uow = store.identity.begin().await.unwrap();
    uow.sessions().add_token(token).await.unwrap();
    uow.commit().await.unwrap();
}

async fn live(store: &StoreUnderTest, owner: UserId) -> Vec<SessionId> {
    store.identity.sessions().live(owner, noon()).await.unwrap().iter().map(|session| session.id).collect()
}

/// Every field of a session survives the store, and so does a change of each.
pub async fn a_session_is_read_as_it_was_written(store: &StoreUnderTest) {
    let mut device = session(user());
    add(store, std::slice::from_ref(&device)).await;
    assert_eq!(store.identity.sessions().live(device.user_id, noon()).await.unwrap(), [device.clone()]);
    device.user_agent = "Firefox “ü”".to_owned();
    device.address = "2001:db8::1".to_owned();
    device.last_used_at += TimeDelta::milliseconds(1);
    device.expires_at += TimeDelta::days(1);
    device.revoked_at = Some(noon() + TimeDelta::hours(2));
    let mut uow = store.identity.begin().await.unwrap();
    uow.sessions().update(&device).await.unwrap();
    uow.commit().await.unwrap();
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.sessions().find(device.id).await.unwrap(), Some(device));
    assert_eq!(uow.sessions().find(session(user()).id).await.unwrap(), None);
}

/// Live sessions are the person's own, neither revoked nor ended, last used first.
pub async fn live_sessions_are_listed_last_used_first(store: &StoreUnderTest) {
    let owner = user();
    let old = Session { last_used_at: noon() - TimeDelta::hours(2), ..session(owner) };
    let recent = Session { last_used_at: noon() - TimeDelta::hours(1), ..session(owner) };
    let revoked = Session { revoked_at: Some(noon()), ..session(owner) };
    let ended = Session { expires_at: noon(), ..session(owner) };
    let foreign = session(user());
    add(store, &[old.clone(), recent.clone(), revoked, ended, foreign]).await;
    assert_eq!(live(store, owner).await, [recent.id, old.id]);
}

/// Revoking all spares the exception and other people's sessions, and counts only what was live.
pub async fn revoking_all_spares_the_exception(store: &StoreUnderTest) {
    let owner = user();
    let [kept, first, second] = [session(owner), session(owner), session(owner)];
    let ended = Session { expires_at: noon(), ..session(owner) };
    let earlier = noon() - TimeDelta::hours(1);
    let revoked = Session { revoked_at: Some(earlier), ..session(owner) };
    let foreign = session(user());
    add(store, &[kept.clone(), first.clone(), second, ended, revoked.clone(), foreign.clone()]).await;

    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.sessions().revoke_all(owner, Some(kept.id), noon()).await.unwrap(), 2);
    uow.commit().await.unwrap();
    assert_eq!(live(store, owner).await, [kept.id]);
    assert_eq!(live(store, foreign.user_id).await, [foreign.id]);

    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.sessions().find(first.id).await.unwrap().unwrap().revoked_at, Some(noon()));
    assert_eq!(uow.sessions().find(revoked.id).await.unwrap().unwrap().revoked_at, Some(earlier), "a revocation keeps its time");
    assert_eq!(uow.sessions().revoke_all(owner, None, noon()).await.unwrap(), 1);
    uow.commit().await.unwrap();
    assert!(live(store, owner).await.is_empty());
}

/// A refresh token is fresh once, then known as reused; another digest is unknown.
pub async fn a_refresh_token_is_good_once(store: &StoreUnderTest) {
    let device = session(user());
    add(store, std::slice::from_ref(&device)).await;
    let token = refresh_token(&device, "digest-once");
    add_token(store, &token).await;
    for expected in [RefreshUse::Fresh(token.clone()), RefreshUse::Reused(token.clone()), RefreshUse::Reused(token)] {
        let mut uow = store.identity.begin().await.unwrap();
        assert_eq!(uow.sessions().use_token("digest-once", noon()).await.unwrap(), expected);
        uow.commit().await.unwrap();
    }
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.sessions().use_token("digest-other", noon()).await.unwrap(), RefreshUse::Unknown);
}

/// A use that was not committed did not happen.
pub async fn an_uncommitted_use_of_a_token_does_not_count(store: &StoreUnderTest) {
    let device = session(user());
    add(store, std::slice::from_ref(&device)).await;
    let token = refresh_token(&device, "digest-dropped");
    add_token(store, &token).await;
    for _ in 0..2 {
        let mut uow = store.identity.begin().await.unwrap();
        assert_eq!(uow.sessions().use_token("digest-dropped", noon()).await.unwrap(), RefreshUse::Fresh(token.clone()));
    }
}

/// Of many concurrent uses of a refresh token one is fresh.
pub async fn of_concurrent_uses_of_a_token_one_is_fresh(store: &StoreUnderTest) {
    let device = session(user());
    add(store, std::slice::from_ref(&device)).await;
    add_token(store, &refresh_token(&device, "digest-race")).await;
    let outcomes = concurrently(store, |store, _| async move {
        let mut uow = store.identity.begin().await?;
        let used = uow.sessions().use_token("digest-race", noon()).await?;
        uow.commit().await?;
        Ok(used)
    })
    .await;
    let (mut fresh, mut reused) = (0, 0);
    for outcome in outcomes {
        match outcome.unwrap() {
            RefreshUse::Fresh(_) => fresh += 1,
            RefreshUse::Reused(_) => reused += 1,
            RefreshUse::Unknown => panic!("the token is there"),
        }
    }
    assert_eq!((fresh, reused), (1, TASKS - 1));
}

/// Deleting all takes the person's sessions and tokens, live or not, and nobody else's.
pub async fn deleting_all_takes_sessions_and_tokens(store: &StoreUnderTest) {
    let (mine, foreign) = (session(user()), session(user()));
    add(store, &[mine.clone(), foreign.clone()]).await;
    add_token(store, &refresh_token(&mine, "digest-mine")).await;
    add_token(store, &refresh_token(&foreign, "digest-foreign")).await;
    let mut uow = store.identity.begin().await.unwrap();
    uow.sessions().delete_all(mine.user_id).await.unwrap();
    uow.commit().await.unwrap();
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.sessions().find(mine.id).await.unwrap(), None);
    assert_eq!(uow.sessions().find(foreign.id).await.unwrap(), Some(foreign));
    assert_eq!(uow.sessions().use_token("digest-mine", noon()).await.unwrap(), RefreshUse::Unknown);
    assert!(matches!(uow.sessions().use_token("digest-foreign", noon()).await.unwrap(), RefreshUse::Fresh(_)));
}

/// Purging removes sessions that ended or were revoked long ago, and tokens that ended, and says how many rows went.
pub async fn what_ended_long_ago_is_purged(store: &StoreUnderTest) {
    let owner = user();
    let long_ago = noon() - TimeDelta::days(2);
    let before = noon() - TimeDelta::days(1);
    let live = session(owner);
    let ended = Session { expires_at: long_ago, ..session(owner) };
    let revoked = Session { revoked_at: Some(long_ago), ..session(owner) };
    let just_revoked = Session { revoked_at: Some(noon()), ..session(owner) };
    add(store, &[live.clone(), ended.clone(), revoked.clone(), just_revoked.clone()]).await;
    add_token(store, &refresh_token(&ended, "digest-ended")).await;
    add_token(store, &refresh_token(&live, "digest-live")).await;

    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.sessions().purge_ended(before).await.unwrap(), 3);
    assert_eq!(uow.sessions().purge_ended(before).await.unwrap(), 0);
    uow.commit().await.unwrap();
    let mut uow = store.identity.begin().await.unwrap();
    for (gone, id) in [(false, live.id), (true, ended.id), (true, revoked.id), (false, just_revoked.id)] {
        assert_eq!(uow.sessions().find(id).await.unwrap().is_none(), gone);
    }
    assert_eq!(uow.sessions().use_token("digest-ended", noon()).await.unwrap(), RefreshUse::Unknown);
    assert!(matches!(uow.sessions().use_token("digest-live", noon()).await.unwrap(), RefreshUse::Fresh(_)));
}

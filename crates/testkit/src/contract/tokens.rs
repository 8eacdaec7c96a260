//! Reset codes and one-time tokens.

use atelier_domain::identity::{OneTimePurpose, OneTimeToken, PasswordReset};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::concurrency::{TASKS, concurrently};
use crate::{email, noon, one_time_token, password_reset, user};

async fn add_token(store: &StoreUnderTest, token: &OneTimeToken) {
    let mut uow = store.identity.begin().await.unwrap();
    uow.one_time_tokens().insert(token).await.unwrap();
    uow.commit().await.unwrap();
}

async fn add_reset(store: &StoreUnderTest, reset: &PasswordReset) {
    let mut uow = store.identity.begin().await.unwrap();
    uow.resets().replace(reset).await.unwrap();
    uow.commit().await.unwrap();
}

/// A person has at most one reset code: the newest. It is found expired or not.
pub async fn a_new_reset_code_voids_the_older(store: &StoreUnderTest) {
    let (owner, other) = (user(), user());
    let others = password_reset(other, "code-other");
    add_reset(store, &password_reset(owner, "code-1")).await;
    add_reset(store, &others).await;
    let newest = PasswordReset { expires_at: noon() - TimeDelta::days(9), ..password_reset(owner, "code-2") };
    add_reset(store, &newest).await;
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.resets().find(owner).await.unwrap(), Some(newest));
    assert_eq!(uow.resets().find(other).await.unwrap(), Some(others));
    assert_eq!(uow.resets().find(user()).await.unwrap(), None);
}

/// Wrong tries are counted one by one, per person; a new code starts at none.
pub async fn wrong_tries_are_counted(store: &StoreUnderTest) {
    let (owner, other) = (user(), user());
    add_reset(store, &password_reset(owner, "tries-1")).await;
    add_reset(store, &password_reset(other, "tries-other")).await;
    for tries in 1..=3 {
        let mut uow = store.identity.begin().await.unwrap();
        uow.resets().count_try(owner).await.unwrap();
        uow.commit().await.unwrap();
        let mut uow = store.identity.begin().await.unwrap();
        assert_eq!(uow.resets().find(owner).await.unwrap().unwrap().tries, tries);
        assert_eq!(uow.resets().find(other).await.unwrap().unwrap().tries, 0);
    }
    add_reset(store, &password_reset(owner, "tries-2")).await;
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.resets().find(owner).await.unwrap().unwrap().tries, 0);
}

/// Of many concurrent wrong tries none is lost: a code cannot be tried more often by trying faster.
pub async fn concurrent_wrong_tries_are_all_counted(store: &StoreUnderTest) {
    let owner = user();
    add_reset(store, &password_reset(owner, "tries-race")).await;
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.identity.begin().await?;
        uow.resets().count_try(owner).await?;
        uow.commit().await
    })
    .await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.resets().find(owner).await.unwrap().unwrap().tries, u32::try_from(TASKS).unwrap());
}

/// A deleted code is gone, another person's is not; deleting none is no error.
pub async fn a_reset_code_is_deleted(store: &StoreUnderTest) {
    let (owner, other) = (user(), user());
    add_reset(store, &password_reset(owner, "delete-1")).await;
    add_reset(store, &password_reset(other, "delete-2")).await;
    for _ in 0..2 {
        let mut uow = store.identity.begin().await.unwrap();
        uow.resets().delete(owner).await.unwrap();
        uow.commit().await.unwrap();
    }
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.resets().find(owner).await.unwrap(), None);
    assert!(uow.resets().find(other).await.unwrap().is_some());
}

/// Purging removes the codes that expired before the instant.
pub async fn expired_reset_codes_are_purged(store: &StoreUnderTest) {
    let (expired, good) = (user(), user());
    add_reset(store, &PasswordReset { expires_at: noon() - TimeDelta::days(2), ..password_reset(expired, "purge-1") }).await;
    add_reset(store, &password_reset(good, "purge-2")).await;
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.resets().purge_expired(noon()).await.unwrap(), 1);
    assert_eq!(uow.resets().purge_expired(noon()).await.unwrap(), 0);
    assert_eq!(uow.resets().find(expired).await.unwrap(), None);
    assert!(uow.resets().find(good).await.unwrap().is_some());
}

/// A one-time token is taken once, as it was written, whatever its purpose.
pub async fn a_one_time_token_is_taken_once(store: &StoreUnderTest) {
    for purpose in OneTimePurpose::ALL {
        let token = OneTimeToken { email: Some(email("mailed@example.org")), ..one_time_token(purpose, user(), "taken-once") };
        add_token(store, &token).await;
        for expected in [Some(token), None] {
            let mut uow = store.identity.begin().await.unwrap();
            assert_eq!(uow.one_time_tokens().take(purpose, "taken-once", noon()).await.unwrap(), expected);
            uow.commit().await.unwrap();
        }
    }
}

/// A token of one purpose is no token of another.
pub async fn purposes_do_not_mix(store: &StoreUnderTest) {
    add_token(store, &one_time_token(OneTimePurpose::MagicLink, user(), "mixed")).await;
    let mut uow = store.identity.begin().await.unwrap();
    for purpose in [OneTimePurpose::VerifyEmail, OneTimePurpose::LiveTicket] {
        assert_eq!(uow.one_time_tokens().take(purpose, "mixed", noon()).await.unwrap(), None);
    }
    assert!(uow.one_time_tokens().take(OneTimePurpose::MagicLink, "mixed", noon()).await.unwrap().is_some());
}

/// A token works until just before it expires.
pub async fn an_expired_token_is_not_given(store: &StoreUnderTest) {
    let token = one_time_token(OneTimePurpose::LiveTicket, user(), "expiring");
    add_token(store, &token).await;
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.one_time_tokens().take(token.purpose, "expiring", token.expires_at).await.unwrap(), None);
    let just_before = token.expires_at - TimeDelta::milliseconds(1);
    drop(uow);
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.one_time_tokens().take(token.purpose, "expiring", just_before).await.unwrap(), Some(token));
}

/// Of many who take a token at the same time one gets it.
pub async fn of_concurrent_takers_one_gets_the_token(store: &StoreUnderTest) {
    add_token(store, &one_time_token(OneTimePurpose::MagicLink, user(), "raced")).await;
    let outcomes = concurrently(store, |store, _| async move {
        let mut uow = store.identity.begin().await?;
        let taken = uow.one_time_tokens().take(OneTimePurpose::MagicLink, "raced", noon()).await?;
        uow.commit().await?;
        Ok(taken)
    })
    .await;
    assert_eq!(outcomes.into_iter().filter_map(Result::unwrap).count(), 1);
}

/// Deleting takes the person's tokens of that purpose only.
pub async fn tokens_of_one_purpose_are_deleted(store: &StoreUnderTest) {
    let (owner, other) = (user(), user());
    let (link, ticket) = (OneTimePurpose::MagicLink, OneTimePurpose::LiveTicket);
    add_token(store, &one_time_token(link, owner, "delete-a")).await;
    add_token(store, &one_time_token(link, owner, "delete-b")).await;
    add_token(store, &one_time_token(ticket, owner, "delete-c")).await;
    add_token(store, &one_time_token(link, other, "delete-d")).await;
    let mut uow = store.identity.begin().await.unwrap();
    uow.one_time_tokens().delete_all(link, owner).await.unwrap();
    uow.commit().await.unwrap();
    let mut uow = store.identity.begin().await.unwrap();
    for (purpose, digest, there) in
        [(link, "delete-a", false), (link, "delete-b", false), (ticket, "delete-c", true), (link, "delete-d", true)]
    {
        assert_eq!(uow.one_time_tokens().take(purpose, digest, noon()).await.unwrap().is_some(), there, "{digest}");
    }
}

/// Purging removes expired tokens of every purpose.
pub async fn expired_tokens_of_every_purpose_are_purged(store: &StoreUnderTest) {
    for purpose in OneTimePurpose::ALL {
        add_token(store, &OneTimeToken { expires_at: noon() - TimeDelta::days(1), ..one_time_token(purpose, user(), "purge-old") }).await;
        add_token(store, &one_time_token(purpose, user(), "purge-new")).await;
    }
    let mut uow = store.identity.begin().await.unwrap();
    assert_eq!(uow.one_time_tokens().purge_expired(noon()).await.unwrap(), 3);
    assert_eq!(uow.one_time_tokens().purge_expired(noon()).await.unwrap(), 0);
    for purpose in OneTimePurpose::ALL {
        assert!(uow.one_time_tokens().take(purpose, "purge-new", noon()).await.unwrap().is_some());
    }
}

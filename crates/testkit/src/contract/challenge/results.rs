//! Published results.

use atelier_domain::challenge::results::PublishedResults;
use chrono::TimeDelta;

use super::ChallengeUnderTest;
use crate::contract::concurrency::{assert_one_succeeded, concurrently};
use crate::{hackathon, noon, published_results};

/// Results are read as they were published, to the letter, however long.
pub async fn results_are_read_as_they_were_written(store: &ChallengeUnderTest) {
    let long = format!("[{}1]", "\"Candidat-ÀÉ 李 \\u00e9 '; --\",".repeat(10_000));
    for content in ["{ \"b\":1,  \"a\":2 }".to_owned(), long] {
        let published_at = noon() + TimeDelta::milliseconds(3);
        let written = PublishedResults { content, published_at, ..published_results(hackathon().id) };
        let mut uow = store.begin().await;
        uow.results().insert(&written).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(store.challenge.results().find(written.hackathon_id).await.unwrap(), Some(written));
    }
    assert_eq!(store.challenge.results().find(hackathon().id).await.unwrap(), None);
}

/// Results published before are a conflict on `results.hackathonId`, and stay as they were.
pub async fn results_are_published_once(store: &ChallengeUnderTest) {
    let first = published_results(hackathon().id);
    let mut uow = store.begin().await;
    uow.results().insert(&first).await.unwrap();
    uow.results().insert(&published_results(hackathon().id)).await.unwrap();
    uow.commit().await.unwrap();
    let mut uow = store.begin().await;
    let again = PublishedResults { content: "[]".to_owned(), ..first.clone() };
    let clash = uow.results().insert(&again).await.unwrap_err();
    assert!(clash.is_conflict_on("results.hackathonId"), "{clash:?}");
    drop(uow);
    assert_eq!(store.challenge.results().find(first.hackathon_id).await.unwrap(), Some(first));
}

/// Of many who publish at the same time one does.
pub async fn of_concurrent_publications_one_happens(store: &ChallengeUnderTest) {
    let hackathon_id = hackathon().id;
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.challenge.begin().await?;
        uow.results().insert(&published_results(hackathon_id)).await?;
        uow.commit().await
    })
    .await;
    assert_one_succeeded(&outcomes, "results.hackathonId");
}

/// Removed results are gone, those of other hackathons stay, and removing what is not there is no error.
pub async fn removed_results_are_gone(store: &ChallengeUnderTest) {
    let (gone, kept) = (published_results(hackathon().id), published_results(hackathon().id));
    let mut uow = store.begin().await;
    uow.results().insert(&gone).await.unwrap();
    uow.results().insert(&kept).await.unwrap();
    uow.commit().await.unwrap();
    for _ in 0..2 {
        let mut uow = store.begin().await;
        uow.results().delete(gone.hackathon_id).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(store.challenge.results().find(gone.hackathon_id).await.unwrap(), None);
        assert_eq!(store.challenge.results().find(kept.hackathon_id).await.unwrap().as_ref(), Some(&kept));
    }
}

//! Direct uploads.

use atelier_domain::kernel::UploadId;
use atelier_domain::wearit::uploads::{Upload, UploadType};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::concurrency::concurrently;
use crate::{noon, upload, user};

async fn add(store: &StoreUnderTest, uploads: &[Upload]) {
    let mut uow = store.wearit.begin().await.unwrap();
    for upload in uploads {
        uow.uploads().insert(upload).await.unwrap();
    }
    uow.commit().await.unwrap();
}

/// Every field of an upload survives the store.
pub async fn an_upload_is_read_as_it_was_written(store: &StoreUnderTest) {
    let owner = user();
    for content_type in [UploadType::Jpeg, UploadType::Png, UploadType::Webp] {
        let written = Upload { content_type, size: Upload::MAX_BYTES, ..upload(owner) };
        add(store, std::slice::from_ref(&written)).await;
        let mut uow = store.wearit.begin().await.unwrap();
        assert_eq!(uow.uploads().find(owner, written.id).await.unwrap(), Some(written));
    }
}

/// Another person's upload is neither found nor deleted.
pub async fn another_persons_uploads_are_out_of_reach(store: &StoreUnderTest) {
    let (mine, stranger) = (upload(user()), user());
    add(store, std::slice::from_ref(&mine)).await;
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.uploads().find(stranger, mine.id).await.unwrap(), None);
    assert!(!uow.uploads().delete(stranger, mine.id).await.unwrap());
    uow.commit().await.unwrap();
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.uploads().find(mine.user_id, mine.id).await.unwrap(), Some(mine));
}

/// Of many who use an upload up at the same time one may.
pub async fn of_concurrent_deletes_one_succeeds(store: &StoreUnderTest) {
    let mine = upload(user());
    add(store, std::slice::from_ref(&mine)).await;
    let (owner, id) = (mine.user_id, mine.id);
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.wearit.begin().await?;
        let deleted = uow.uploads().delete(owner, id).await?;
        uow.commit().await?;
        Ok(deleted)
    })
    .await;
    assert_eq!(outcomes.into_iter().filter(|deleted| *deleted.as_ref().unwrap()).count(), 1);
}

/// Expired uploads of everyone are taken out, up to the limit, each once; good ones stay.
pub async fn expired_uploads_are_taken_once(store: &StoreUnderTest) {
    let expired: Vec<Upload> = (1..=5).map(|hours| Upload { expires_at: noon() - TimeDelta::hours(hours), ..upload(user()) }).collect();
    let at_the_instant = Upload { expires_at: noon(), ..upload(user()) };
    add(store, &expired).await;
    add(store, std::slice::from_ref(&at_the_instant)).await;
    let mut taken = Vec::new();
    for expected in [2, 2, 1, 0] {
        let mut uow = store.wearit.begin().await.unwrap();
        let batch = uow.uploads().take_expired(noon(), 2).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(batch.len(), expected);
        taken.extend(batch);
    }
    let ids = |uploads: &[Upload]| -> Vec<UploadId> {
        let mut ids: Vec<_> = uploads.iter().map(|upload| upload.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&taken), ids(&expired));
    assert!(taken.iter().all(|upload| expired.contains(upload)), "they are answered whole, so that their files are found");
    let mut uow = store.wearit.begin().await.unwrap();
    assert!(uow.uploads().find(at_the_instant.user_id, at_the_instant.id).await.unwrap().is_some());
    assert!(uow.uploads().find(expired[0].user_id, expired[0].id).await.unwrap().is_none());
}

/// What a dropped unit of work took is still there for the next.
pub async fn a_dropped_taking_takes_nothing(store: &StoreUnderTest) {
    add(store, &[Upload { expires_at: noon() - TimeDelta::hours(1), ..upload(user()) }]).await;
    for _ in 0..2 {
        let mut uow = store.wearit.begin().await.unwrap();
        assert_eq!(uow.uploads().take_expired(noon(), 10).await.unwrap().len(), 1);
    }
}

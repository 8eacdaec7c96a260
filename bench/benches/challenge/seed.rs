//! Fills the database through the store's port, many rows in a unit of work; a database that an earlier run filled is left as it is.

use std::sync::Arc;

use atelier_adapter_credentials::SystemClock;
use atelier_adapter_mongo::{MongoOptions, MongoStore};
use atelier_domain::challenge::{ChallengeStore, ChallengeUnitOfWork};
use atelier_domain::identity::{Account, IdentityStore};
use atelier_domain::kernel::SecretString;
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::school::School;

type Outcome = Result<(), atelier_domain::kernel::StoreError>;

const AT_ONCE: usize = 4;

/// Connects as the service does.
pub(crate) async fn connect(uri: &SecretString, database: &str) -> MongoStore {
    MongoStore::connect(uri, Some(database), MongoOptions::default(), Arc::new(SystemClock)).await.unwrap()
}

async fn in_batches<'r, Row: Sync>(
    store: &'r MongoStore,
    rows: &'r [Row],
    of: usize,
    put: impl for<'u> Fn(&'u mut dyn ChallengeUnitOfWork, &'u Row) -> BoxFuture<'u, Outcome> + Copy + Send + Sync,
) {
    let batch = |batch: &'r [Row]| async move {
        let mut uow = ChallengeStore::begin(store).await?;
        for row in batch {
            put(uow.as_mut(), row).await?;
        }
        uow.commit().await
    };
    let stored: Outcome = stream::iter(rows.chunks(of)).map(batch).buffer_unordered(AT_ONCE).try_collect().await;
    stored.unwrap();
}

async fn accounts(store: &MongoStore, accounts: Vec<&Account>) {
    for batch in accounts.chunks(200) {
        let mut uow = IdentityStore::begin(store).await.unwrap();
        for account in batch {
            uow.accounts().insert(account).await.unwrap();
        }
        uow.commit().await.unwrap();
    }
}

/// Stores the school; what tells that it is there, its hackathon, goes last. Answers whether there was anything to do.
pub(crate) async fn fill(store: &MongoStore, school: &School) -> bool {
    if ChallengeStore::hackathons(store).find(school.hackathon.id).await.unwrap().is_some() {
        return false;
    }
    accounts(store, school.people.iter().map(|(account, _)| account).collect()).await;
    in_batches(store, &school.people, 100, |uow, (_, participant)| Box::pin(async move { uow.participants().put(participant).await }))
        .await;
    in_batches(store, &school.enrolments, 100, |uow, row| Box::pin(async move { uow.enrolments().insert(row).await })).await;
    in_batches(store, &school.talks, 25, |uow, talk| {
        Box::pin(async move {
            uow.conversations().insert(&talk.conversation).await?;
            for message in &talk.messages {
                uow.conversations().append(talk.conversation.id, message).await?;
            }
            Ok(())
        })
    })
    .await;
    in_batches(store, &school.evaluations, 100, |uow, row| Box::pin(async move { uow.evaluations().insert(row).await })).await;
    in_batches(store, &school.claims, 100, |uow, row| Box::pin(async move { uow.assignments().put(row).await })).await;
    in_batches(store, &school.others, 100, |uow, row| Box::pin(async move { uow.hackathons().insert(row).await })).await;
    in_batches(store, std::slice::from_ref(&school.hackathon), 1, |uow, row| Box::pin(async move { uow.hackathons().insert(row).await }))
        .await;
    true
}

/// Whether examiners and leaderboard tell names.
pub(crate) async fn set_anonymous(store: &MongoStore, school: &School, anonymous: bool) {
    let mut uow = ChallengeStore::begin(store).await.unwrap();
    let mut hackathon = uow.hackathons().find(school.hackathon.id).await.unwrap().unwrap();
    hackathon.anonymous = anonymous;
    uow.hackathons().update(&hackathon).await.unwrap();
    uow.commit().await.unwrap();
}

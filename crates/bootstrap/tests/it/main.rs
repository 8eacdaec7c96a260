//! What holds only over all contexts together, on the real embedded store.

use std::collections::BTreeSet;
use std::sync::Arc;

use atelier_adapter_memory::{MemoryAttemptLimiter, MemoryMailer, MemoryObjectStore};
use atelier_adapter_sqlite::SqliteStore;
use atelier_domain::challenge::ChallengePersonalData;
use atelier_domain::identity::{IdentityPersonalData, IdentityPorts};
use atelier_domain::kernel::{Clock, PersonalData};
use atelier_domain::wearit::WearitPersonalData;
use atelier_testkit::{FixedClock, PassthroughImages, PlainHasher, PlainTokenSigner, SeededIds, SeededSecrets};

#[tokio::test]
async fn every_table_that_holds_a_persons_id_is_claimed_by_the_personal_data_of_one_context() {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::new());
    let store = SqliteStore::connect(folder.path().join("atelier.sqlite"), clock.clone()).await.unwrap();
    let objects = Arc::new(MemoryObjectStore::new(clock.clone()));
    let identity = IdentityPersonalData::new(IdentityPorts {
        store: Arc::new(store.clone()),
        events: Arc::new(store.clone()),
        objects: objects.clone(),
        images: Arc::new(PassthroughImages),
        hasher: Arc::new(PlainHasher::new()),
        signer: Arc::new(PlainTokenSigner::new()),
        secrets: Arc::new(SeededSecrets::new()),
        limiter: Arc::new(MemoryAttemptLimiter::new(clock.clone())),
        mailer: Arc::new(MemoryMailer::new()),
        clock,
        ids: Arc::new(SeededIds::new(1)),
    });
    let wearit = WearitPersonalData::new(Arc::new(store.clone()), objects);
    let challenge = ChallengePersonalData::new(Arc::new(store.clone()), Arc::new(SeededIds::new(2)));
    let claims: Vec<&str> = [identity.collections(), wearit.collections(), challenge.collections()].concat();
    let claimed: BTreeSet<&str> = claims.iter().copied().collect();
    assert_eq!(claims.len(), claimed.len(), "claimed twice: {claims:?}");
    let unclaimed: Vec<String> =
        store.tables_with_personal_data().await.unwrap().into_iter().filter(|table| !claimed.contains(table.as_str())).collect();
    assert!(unclaimed.is_empty(), "nobody exports and erases {unclaimed:?}");
    store.close().await;
}

//! Rows that own files, for the check of rows and files.

use atelier_domain::kernel::EntityId;
use atelier_domain::wearit::body::Body;
use atelier_domain::wearit::integrity::{FileKind, FileOwner};
use atelier_domain::wearit::tryon::TryOnStatus;

use super::StoreUnderTest;
use super::tryon::{brought_to, pending};
use crate::{body, clothing, user};

async fn all(store: &StoreUnderTest, kind: FileKind) -> Vec<FileOwner> {
    let mut owners = Vec::new();
    loop {
        let batch = store.wearit.file_owners(kind, owners.last().map(|owner: &FileOwner| owner.id), 2).await.unwrap();
        if batch.is_empty() {
            return owners;
        }
        assert!(batch.len() <= 2);
        owners.extend(batch);
    }
}

/// Rows of everyone come in the order of their ids, a few at a time; those without files do not come at all.
pub async fn rows_that_own_files_are_listed_by_id(store: &StoreUnderTest) {
    let people = [user(), user(), user()];
    let garments: Vec<_> = people.iter().flat_map(|owner| [clothing(*owner), clothing(*owner)]).collect();
    store.add_clothing(&garments).await;
    let mut wanted: Vec<_> = garments.iter().map(|row| FileOwner { user_id: row.user_id, id: row.id.bytes() }).collect();
    wanted.sort_by_key(|owner| owner.id);
    assert_eq!(all(store, FileKind::Clothing).await, wanted);

    let (photographed, measured) = (body(people[0]), Body { has_photo: false, ..body(people[1]) });
    store.add_body(&photographed).await;
    store.add_body(&measured).await;
    assert_eq!(all(store, FileKind::Body).await, [FileOwner { user_id: people[0], id: photographed.id.bytes() }]);

    let done = brought_to(pending(people[2]), TryOnStatus::Completed);
    let failed = brought_to(pending(people[2]), TryOnStatus::Failed);
    store.add_tryons(&[pending(people[2]), done.clone(), failed]).await;
    assert_eq!(all(store, FileKind::TryOn).await, [FileOwner { user_id: people[2], id: done.id.bytes() }]);
}

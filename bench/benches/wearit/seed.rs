//! Accounts and their garments, written through the store's ports before the service starts. Always the same, so that ids need not be kept.

use std::path::Path;
use std::sync::Arc;

use atelier_adapter_credentials::SystemClock;
use atelier_adapter_sqlite::SqliteStore;
use atelier_domain::identity::{Account, IdentityStore};
use atelier_domain::kernel::{ClothingId, Cursor, EntityId, SecretString, UserId};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::wardrobe::{Category, Clothing, ClothingName};
use atelier_testkit::{account_of, clothing, noon};
use chrono::TimeDelta;

pub(crate) const CATEGORIES: usize = Category::ALL.len();
const BATCH: u32 = 10_000;

/// The account of this number.
pub(crate) fn user(number: u32) -> UserId {
    UserId::from_bytes(id(0, number))
}

/// Its garment of this number, the later the younger.
pub(crate) fn garment(owner: u32, number: u32) -> ClothingId {
    ClothingId::from_bytes(id(owner + 1, number))
}

fn id(kind: u32, number: u32) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[4..8].copy_from_slice(&kind.to_be_bytes());
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    bytes
}

fn added(number: u32) -> TimeDelta {
    TimeDelta::seconds(i64::from(number))
}

/// Where a page ends whose last item is this one.
pub(crate) fn cursor(owner: u32, number: u32) -> String {
    let at = noon() + added(number);
    Cursor { key: at.timestamp_millis().to_string(), id: garment(owner, number).bytes() }.to_string()
}

/// A file of a new store in the data directory.
pub(crate) async fn store(data: &Path) -> SqliteStore {
    SqliteStore::connect(data.join("atelier.sqlite"), Arc::new(SystemClock)).await.unwrap()
}

/// So many accounts, whose password has this hash.
pub(crate) async fn accounts(store: &SqliteStore, count: u32, password_hash: &str) {
    let mut uow = IdentityStore::begin(store).await.unwrap();
    for number in 0..count {
        let account = account_of(user(number), &format!("bench{number}@example.com"));
        let account = Account { password_hash: SecretString::from(password_hash), ..account };
        uow.accounts().insert(&account).await.unwrap();
    }
    uow.commit().await.unwrap();
}

/// So many garments for each of so many accounts.
pub(crate) async fn garments(store: &SqliteStore, accounts: u32, each: u32) {
    let all: Vec<(u32, u32)> = (0..each).flat_map(|number| (0..accounts).map(move |owner| (owner, number))).collect();
    for batch in all.chunks(BATCH as usize) {
        let mut uow = WearitStore::begin(store).await.unwrap();
        for (owner, number) in batch {
            let at = noon() + added(*number);
            let item = Clothing {
                id: garment(*owner, *number),
                name: ClothingName::parse(&format!("Garment {number}")).unwrap(),
                category: Category::ALL[*number as usize % CATEGORIES],
                created_at: at,
                updated_at: at,
                ..clothing(user(*owner))
            };
            uow.clothing().insert(&item).await.unwrap();
        }
        uow.commit().await.unwrap();
    }
}

//! The domain inside a program of your own, with the adapters that live in memory: `cargo run -p atelier-domain --example embed`.
//!
//! A service is a struct made from ports. Replace any port with your own implementation: the trait's documentation is its contract,
//! and `atelier-testkit` has the suites that check it.

use std::sync::Arc;

use atelier_adapter_memory::{MemoryObjectStore, MemoryStore};
use atelier_domain::identity::{Actor, Role};
use atelier_domain::kernel::{Clock, IdGenerator, Page};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::uploads::{ImageSource, UploadService};
use atelier_domain::wearit::wardrobe::{AddClothing, ClothingFilter, WardrobeService};
use atelier_testkit::{FixedClock, PassthroughImages, SeededIds};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The ports. A real program takes a real clock, real ids, a database, an object store and an image pipeline.
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::new());
    let ids: Arc<dyn IdGenerator> = Arc::new(SeededIds::new(1));
    let store: Arc<dyn WearitStore> = Arc::new(MemoryStore::new());
    let objects = Arc::new(MemoryObjectStore::new(clock.clone()));

    // The use cases.
    let uploads = UploadService::new(store.clone(), objects.clone(), ids.clone(), clock.clone());
    let wardrobe = WardrobeService::new(store, objects, Arc::new(PassthroughImages), uploads, ids.clone(), clock);

    // Who acts: your program knows its people; the domain checks what they may do.
    let anna = Actor { user_id: ids.generate(), role: Role::User, session_id: None };
    let ben = Actor { user_id: ids.generate(), role: Role::User, session_id: None };

    let photo = tempfile::NamedTempFile::new()?;
    std::fs::write(photo.path(), PassthroughImages::jpeg("a T-shirt"))?;
    let command = AddClothing {
        name: Some("Tee".to_owned()),
        category: Some("tops".to_owned()),
        brand: None,
        image: Some(ImageSource::File(photo.path().to_owned())),
        ..AddClothing::default()
    };
    let tee = wardrobe.add(anna, command, None).await?;
    let page = wardrobe.list(anna, &ClothingFilter::default(), &Page::default()).await?;
    assert_eq!(page.items, std::slice::from_ref(&tee));

    // Another person's garment does not exist.
    let refused = wardrobe.get(ben, tee.id).await;
    assert!(refused.is_err());

    eprintln!("Anna's wardrobe has {} garment: {}. For Ben it does not exist.", page.total, tee.name.as_str());
    Ok(())
}

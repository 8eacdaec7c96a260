//! A database of its own for each test, on the server the tests were given.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use atelier_adapter_mongo::{MongoOptions, MongoStore};
use atelier_domain::kernel::SecretString;
use atelier_testkit::FixedClock;
use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection, Database};

/// A setting of the test run.
#[expect(clippy::disallowed_methods, reason = "a test run is configured by its environment")]
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A database nobody else uses, dropped at the end.
pub(crate) struct Place {
    pub(crate) uri: String,
    pub(crate) name: String,
}

impl Place {
    /// None when no server was given.
    pub(crate) fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let uri = setting("TEST_MONGODB_URI")?;
        let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        Some(Self { uri, name })
    }

    pub(crate) fn secret(&self) -> SecretString {
        SecretString::from(self.uri.clone())
    }

    pub(crate) async fn open(&self) -> MongoStore {
        MongoStore::connect(&self.secret(), Some(&self.name), MongoOptions::default(), Arc::new(FixedClock::new())).await.unwrap()
    }

    /// The database itself, past the store.
    pub(crate) async fn raw(&self) -> Database {
        Client::with_uri_str(&self.uri).await.unwrap().database(&self.name)
    }

    pub(crate) async fn raw_collection(&self, name: &str) -> Collection<Document> {
        self.raw().await.collection(name)
    }
}

/// The test's own runtime may be gone: a thread with another one drops the database.
impl Drop for Place {
    fn drop(&mut self) {
        let (uri, name) = (self.uri.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let dropped = async {
                    let client = Client::with_uri_str(&uri).await.ok()?;
                    client.database(&name).run_command(doc! { "dropDatabase": 1 }).await.ok()
                };
                let _too_late = tokio::time::timeout(Duration::from_secs(20), dropped).await;
            });
        });
        let _panicked = dropping.join();
    }
}

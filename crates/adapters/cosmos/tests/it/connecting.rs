//! Connecting, with what is wrong about it.

use std::time::{Duration, Instant};

use atelier_adapter_cosmos::{ConnectionString, CosmosError, CosmosOptions, CosmosStore};
use atelier_testkit::contract::present;
use secrecy::ExposeSecret;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Another key than the account's.
const WRONG: &str = "d3JvbmcgaW4gZXZlcnkgYml0IG9mIGl0";

#[tokio::test]
async fn a_wrong_key_is_refused_and_shown_nowhere() {
    let Some(account) = present(crate::account(), "a wrong key") else { return };
    let wrong: ConnectionString = format!("AccountEndpoint={};AccountKey={WRONG}", account.endpoint()).parse().unwrap();
    let error = CosmosStore::connect(&wrong, "anything", &CosmosOptions::default()).await.unwrap_err();
    assert_eq!(error, CosmosError::Unauthorized);
    let text = format!("{error} {error:?} {error:#?}");
    assert!(!text.contains(WRONG), "{text}");
}

#[tokio::test]
async fn an_account_that_does_not_answer_is_told_in_time_without_the_key() {
    let account: ConnectionString = format!("AccountEndpoint=http://127.0.0.1:1/;AccountKey={WRONG}").parse().unwrap();
    let started = Instant::now();
    let options = CosmosOptions { timeout: Duration::from_secs(4), ..CosmosOptions::default() };
    let error = CosmosStore::connect(&account, "anything", &options).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(8));
    assert!(matches!(error, CosmosError::Unavailable { .. }), "{error:?}");
    let text = format!("{error} {error:?}");
    assert!(!text.contains(WRONG), "{text}");
}

#[tokio::test]
async fn connecting_twice_finds_what_is_there() {
    let Some(account) = present(crate::account(), "connecting twice") else { return };
    let name = format!("test-{}", uuid::Uuid::new_v4());
    let one = CosmosStore::connect(&account, &name, &CosmosOptions::default()).await.unwrap();
    one.ensure_container(crate::ITEMS, "/owner").await.unwrap();
    crate::fill(&one, "ada", 1).await;
    let two = CosmosStore::connect(&account, &name, &CosmosOptions::default()).await.unwrap();
    two.ensure_container(crate::ITEMS, "/owner").await.unwrap();
    assert_eq!(crate::n_of(&two, "ada", "1").await, Some(1));
    two.ping().await.unwrap();
    two.drop_database().await.unwrap();
    assert_eq!(one.ping().await, Err(CosmosError::NotFound));
}

#[tokio::test]
async fn a_store_shows_its_database_and_no_key() {
    let Some(store) = crate::store("a store shows").await else { return };
    let text = format!("{store:#?}");
    assert!(text.contains("test-") && !text.contains("C2y6yDjf5"), "{text}");
}

/// A server in front of the real one on this port, cut off when aborted; 0 for any port.
async fn proxy(port: u16, target: String) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = tokio::spawn(async move {
        let mut open = JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = TcpStream::connect(&target).await.unwrap();
            open.spawn(async move { copy_bidirectional(&mut near, &mut far).await });
        }
    });
    (port, proxy)
}

#[tokio::test]
async fn after_the_server_was_away_the_store_goes_on_by_itself() {
    let Some(account) = present(crate::account(), "after the server was away") else { return };
    let target = format!("127.0.0.1:{}", account.endpoint().port().unwrap());
    let (port, first) = proxy(0, target.clone()).await;
    let near: ConnectionString =
        format!("AccountEndpoint=http://127.0.0.1:{port}/;AccountKey={}", account.key().expose_secret()).parse().unwrap();
    let options = CosmosOptions { timeout: Duration::from_secs(3), ..CosmosOptions::default() };
    let store = CosmosStore::connect(&near, &format!("test-{}", uuid::Uuid::new_v4()), &options).await.unwrap();
    store.ensure_container(crate::ITEMS, "/owner").await.unwrap();
    crate::fill(&store, "ada", 1).await;

    first.abort();
    let _cut = first.await;
    let started = Instant::now();
    let read = store.get(crate::ITEMS, "ada", "1").await;
    assert!(matches!(read, Err(CosmosError::Unavailable { .. })), "{read:?}");
    let write = store.batch(crate::ITEMS, "ada", vec![crate::create("ada", "2", 2)]).await.unwrap_err();
    assert!(matches!(write.error, CosmosError::Unavailable { .. }), "{write:?}");
    assert!(matches!(store.ping().await, Err(CosmosError::Unavailable { .. })));
    assert!(started.elapsed() < Duration::from_secs(15));

    let (_, _second) = proxy(port, target).await;
    let answers = async {
        while store.ping().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), answers).await.unwrap();
    assert_eq!(crate::n_of(&store, "ada", "1").await, Some(1));
    assert_eq!(crate::n_of(&store, "ada", "2").await, None, "what was refused did not happen");
}

//! What is accepted at start, what is refused, and what is said.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_mongo::{ConnectError, MongoOptions, MongoStore};
use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{SecretString, StoreError};
use atelier_testkit::contract::present;
use atelier_testkit::{FixedClock, user};
use mongodb::bson::doc;
use tokio::time::Instant;

use crate::log::Log;
use crate::place::Place;
use crate::server::Server;

/// How long a process may take to refuse.
const AT_MOST: Duration = Duration::from_secs(10);
const PASSWORD: &str = "s3cr3t-of-the-test";

async fn refusal(uri: &str, database: Option<&str>) -> ConnectError {
    let began = Instant::now();
    let uri = SecretString::from(uri.to_owned());
    let refused = MongoStore::connect(&uri, database, MongoOptions::default(), Arc::new(FixedClock::new())).await;
    assert!(began.elapsed() < AT_MOST, "{:?}", began.elapsed());
    let Err(error) = refused else { panic!("it was accepted") };
    let mut told = format!("{error} {error:?}");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        told += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    assert!(!told.contains(PASSWORD), "{told}");
    error
}

#[tokio::test]
async fn the_start_and_the_end_are_logged_and_closing_twice_is_harmless() {
    let Some(place) = present(Place::new(), "opening") else { return };
    let (log, _guard) = Log::capture();
    let store = place.open().await;
    assert!(log.text().contains(&format!("Connected to MongoDB: {}", place.name)), "{}", log.text());
    store.close().await;
    store.close().await;
    assert_eq!(log.text().matches("MongoDB connection closed").count(), 1);
    assert!(matches!(IdentityStore::accounts(&store).find(user()).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(IdentityStore::begin(&store).await.map(drop), Err(StoreError::Unavailable(_))));
}

/// P174: the database of the connection string, unless the setting names one.
#[tokio::test]
async fn the_connection_string_may_name_the_database() {
    let Some(place) = present(Place::new(), "database name") else { return };
    let uri = SecretString::from(place.uri.replace("/?", &format!("/{}?", place.name)));
    let store = MongoStore::connect(&uri, None, MongoOptions::default(), Arc::new(FixedClock::new())).await.unwrap();
    assert_eq!(store.database_name(), place.name);
}

#[tokio::test]
async fn a_standalone_server_is_refused_with_advice_and_wrong_credentials_are_told() {
    let Some(server) = present(Server::start(&[]).await, "standalone") else { return };
    let host = format!("127.0.0.1:{}", server.port);
    for uri in [format!("mongodb://{host}/"), format!("mongodb://{host}/?replicaSet=rs0")] {
        let error = refusal(&uri, Some("standalone")).await;
        assert!(matches!(&error, ConnectError::Standalone { .. }), "{error:?}");
        let text = error.to_string();
        for advice in [&host, "--replSet", "rs.initiate()", "replicaSet=rs0"] {
            assert!(text.contains(advice), "{text}");
        }
    }
    let error = refusal(&format!("mongodb://atelier:{PASSWORD}@{host}/"), Some("standalone")).await;
    assert!(matches!(&error, ConnectError::Credentials { .. }), "{error:?}");
    assert!(error.to_string().contains("authSource"), "{error}");
}

#[tokio::test]
async fn a_member_of_another_set_is_told_apart() {
    let Some(place) = present(Place::new(), "another set") else { return };
    let error = refusal(&place.uri.replace("replicaSet=rs0", "replicaSet=other"), Some(&place.name)).await;
    assert!(matches!(&error, ConnectError::OtherReplicaSet { found, .. } if found == "rs0"), "{error:?}");
}

#[tokio::test]
async fn a_login_without_rights_is_refused_though_it_can_ping() {
    let Some(server) = present(Server::start(&["--replSet", "rs0", "--keyFile", &key_file()]).await, "login") else { return };
    let config = doc! { "_id": "rs0", "members": [{ "_id": 0, "host": format!("127.0.0.1:{}", server.port) }] };
    server.client().await.database("admin").run_command(doc! { "replSetInitiate": config }).await.unwrap();
    server.until_writable().await;
    let error = refusal(&format!("mongodb://127.0.0.1:{}/?replicaSet=rs0", server.port), Some("closed")).await;
    assert!(matches!(&error, ConnectError::Credentials { database, .. } if database == "closed"), "{error:?}");
}

fn key_file() -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::temp_dir().join(format!("atelier-mongo-key-{}", std::process::id()));
    std::fs::write(&path, "c2hhcmVkIGtleSBvZiBhIHRlc3Q=").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_unreachable_server_is_refused_in_time() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refusal(&format!("mongodb://atelier:{PASSWORD}@127.0.0.1:{port}/?replicaSet=rs0"), None).await;
    assert!(matches!(&error, ConnectError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}

/// It takes connections and never says a word.
#[tokio::test]
async fn a_silent_server_is_refused_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = refusal(&format!("mongodb://{}/?serverSelectionTimeoutMS=60000", silent.local_addr().unwrap()), None).await;
    assert!(matches!(&error, ConnectError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn what_is_no_connection_string_is_refused_without_repeating_it() {
    for uri in [&format!("postgres://atelier:{PASSWORD}@localhost"), "mongodb://", &format!("mongodb://u:{PASSWORD}@@localhost/%zz")] {
        let error = refusal(uri, None).await;
        assert!(matches!(error, ConnectError::Uri), "{error:?}");
    }
}

#[tokio::test]
async fn a_name_that_is_no_database_is_refused() {
    let error = refusal("mongodb://localhost/?replicaSet=rs0", Some("my data")).await;
    assert!(matches!(error, ConnectError::DatabaseName { .. }), "{error:?}");
}

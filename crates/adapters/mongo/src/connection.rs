//! Opening the client, and refusing at once what cannot work.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::{ExposeSecret, SecretString};
use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::event::EventHandler;
use mongodb::options::{ClientOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern};
use mongodb::{Client, Database};
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::{ConnectError, is_refused_login};
use crate::monitoring::Monitor;

/// Opening takes no longer than this, whatever the connection string says.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(6);
/// A second look, for a better message, takes no longer than this.
const DIAGNOSIS_TIMEOUT: Duration = Duration::from_secs(2);
/// The wire version of MongoDB 6.0.
const WIRE_VERSION_6_0: i32 = 17;
/// The database when neither the setting nor the connection string names one (checklist W13).
const DEFAULT_DATABASE: &str = "wearit";

/// What the connection string may leave open; what it says wins. The defaults are those of the source documents (checklist P166–P175).
///
/// Retried writes, majority writes and reads from the primary are not options: the ports' promises rest on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MongoOptions {
    /// Most connections: 10 (`maxPoolSize`). The two change streams of a process use two of them.
    pub max_pool_size: u32,
    /// Connections kept open: 0 (`minPoolSize`).
    pub min_pool_size: u32,
    /// How long an operation waits for a server to send it to: 5 s (`serverSelectionTimeoutMS`). Nothing is buffered while disconnected.
    pub server_selection_timeout: Duration,
    /// How long an operation may take in all before it is given up as unavailable: 45 s (the source's `socketTimeoutMS`, CP27).
    pub operation_timeout: Duration,
    /// Commands that take longer are logged, without their values: 100 ms.
    pub slow_command: Duration,
    /// What the server's logs call this process (`appName`).
    pub app_name: String,
}

impl Default for MongoOptions {
    fn default() -> Self {
        Self {
            max_pool_size: 10,
            min_pool_size: 0,
            server_selection_timeout: Duration::from_secs(5),
            operation_timeout: Duration::from_secs(45),
            slow_command: Duration::from_millis(100),
            app_name: "atelier".to_owned(),
        }
    }
}

/// An open client on a database of a replica set.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) database: Database,
    pub(crate) monitor: Arc<Monitor>,
    pub(crate) hosts: String,
}

impl Connection {
    pub(crate) async fn open(uri: &SecretString, database: Option<&str>, options: &MongoOptions) -> Result<Self, ConnectError> {
        let deadline = Instant::now() + CONNECT_TIMEOUT;
        // Reading a mongodb+srv:// string asks the name servers.
        let reading = ClientOptions::parse(uri.expose_secret());
        let parsed = match timeout_at(deadline, reading).await {
            Ok(Ok(parsed)) => parsed,
            Ok(Err(error)) if matches!(error.kind.as_ref(), ErrorKind::DnsResolve { .. }) => return Err(unreachable_name()),
            Ok(Err(_invalid)) => return Err(ConnectError::Uri),
            Err(_elapsed) => return Err(unreachable_name()),
        };
        let monitor = Arc::new(Monitor::new(parsed.max_pool_size.unwrap_or(options.max_pool_size), options.slow_command));
        let name = database.map(str::to_owned).or_else(|| parsed.default_database.clone()).unwrap_or_else(|| DEFAULT_DATABASE.to_owned());
        if !is_database_name(&name) {
            return Err(ConnectError::DatabaseName { name });
        }
        let hosts = parsed.hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let settings = settings(parsed.clone(), options, &monitor);
        let client = Client::with_options(settings).map_err(|_invalid| ConnectError::Uri)?;
        let connection = Self { database: client.database(&name), client, monitor, hosts };
        let checked = timeout_at(deadline, connection.check()).await;
        match checked {
            Ok(Ok(())) => Ok(connection),
            Ok(Err(Refusal::Final(refusal))) => Err(refusal),
            Ok(Err(Refusal::NoServer)) | Err(_) => Err(connection.diagnosis(parsed, options).await),
        }
    }

    /// Asks the server what it is, and whether the login is good for the database: `hello` and `ping` are answered to anybody.
    async fn check(&self) -> Result<(), Refusal> {
        let hello = self.client.database("admin").run_command(doc! { "hello": 1 }).await.map_err(|error| self.refusal(error))?;
        let is_mongos = hello.get_str("msg").is_ok_and(|message| message == "isdbgrid");
        if hello.get_str("setName").is_err() && !is_mongos {
            return Err(Refusal::Final(ConnectError::Standalone { hosts: self.hosts.clone() }));
        }
        if hello.get_i32("maxWireVersion").unwrap_or(0) < WIRE_VERSION_6_0 {
            return Err(Refusal::Final(ConnectError::TooOld { hosts: self.hosts.clone() }));
        }
        let reading = self.database.collection::<Document>(crate::collections::SCHEMA_MIGRATIONS);
        reading.find_one(doc! {}).await.map_err(|error| self.refusal(error))?;
        Ok(())
    }

    fn refusal(&self, error: Error) -> Refusal {
        let hosts = self.hosts.clone();
        if is_refused_login(&error) {
            return Refusal::Final(ConnectError::Credentials { hosts, database: self.database.name().to_owned() });
        }
        match error.kind.as_ref() {
            ErrorKind::ServerSelection { .. } | ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } => Refusal::NoServer,
            _ => Refusal::Final(ConnectError::Server { hosts, source: Box::new(error) }),
        }
    }

    /// A server that is no member of the set the string names is left out by the driver: asked directly, it says why.
    async fn diagnosis(self, mut direct: ClientOptions, options: &MongoOptions) -> ConnectError {
        direct.direct_connection = Some(true);
        direct.hosts.truncate(1);
        direct.repl_set_name = None;
        direct.credential = None;
        direct.server_selection_timeout = Some(DIAGNOSIS_TIMEOUT);
        let asking = async {
            let client = Client::with_options(direct).ok()?;
            client.database("admin").run_command(doc! { "hello": 1 }).await.ok()
        };
        let hello = timeout(DIAGNOSIS_TIMEOUT, asking).await.ok().flatten();
        let unreachable = ConnectError::Unreachable { hosts: self.hosts.clone(), seconds: options.server_selection_timeout.as_secs() };
        match hello.as_ref().map(|hello| hello.get_str("setName")) {
            None => unreachable,
            Some(Err(_absent)) => ConnectError::Standalone { hosts: self.hosts },
            Some(Ok(found)) if self.monitor.replica_set() == Some(found) => unreachable,
            Some(Ok(found)) => ConnectError::OtherReplicaSet { hosts: self.hosts, found: found.to_owned() },
        }
    }
}

/// Why the check did not pass.
enum Refusal {
    Final(ConnectError),
    NoServer,
}

fn unreachable_name() -> ConnectError {
    ConnectError::Unreachable { hosts: "the name in MONGODB_URI".to_owned(), seconds: CONNECT_TIMEOUT.as_secs() }
}

fn is_database_name(name: &str) -> bool {
    (1..=63).contains(&name.len()) && !name.chars().any(|c| c.is_control() || "/\\. \"$*<>:|?".contains(c))
}

fn settings(mut parsed: ClientOptions, options: &MongoOptions, monitor: &Arc<Monitor>) -> ClientOptions {
    monitor.set_replica_set(parsed.repl_set_name.clone());
    parsed.app_name.get_or_insert_with(|| options.app_name.clone());
    parsed.max_pool_size.get_or_insert(options.max_pool_size);
    parsed.min_pool_size.get_or_insert(options.min_pool_size);
    parsed.server_selection_timeout.get_or_insert(options.server_selection_timeout);
    parsed.connect_timeout.get_or_insert(options.server_selection_timeout);
    parsed.retry_reads = Some(true);
    parsed.retry_writes = Some(true);
    parsed.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    // What a failover may take back is not read either: it could have been told to a client.
    parsed.read_concern = Some(ReadConcern::majority());
    parsed.write_concern = Some(WriteConcern::majority());
    let listener = Arc::clone(monitor);
    parsed.command_event_handler = Some(EventHandler::callback(move |event| listener.command(event)));
    let listener = Arc::clone(monitor);
    parsed.cmap_event_handler = Some(EventHandler::callback(move |event| listener.pool(&event)));
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_sources_connection_options_are_the_defaults_and_the_string_wins() {
        let monitor = Arc::new(Monitor::new(10, Duration::from_millis(100)));
        let options = MongoOptions::default();
        let parse = async |uri: &str| settings(ClientOptions::parse(uri).await.expect("a valid string"), &options, &monitor);

        let plain = parse("mongodb://localhost/?replicaSet=rs0").await;
        assert_eq!(plain.max_pool_size, Some(10));
        assert_eq!(plain.server_selection_timeout, Some(Duration::from_secs(5)));
        assert_eq!(plain.retry_writes, Some(true));
        assert_eq!(plain.write_concern, Some(WriteConcern::majority()));
        assert_eq!(plain.selection_criteria, Some(SelectionCriteria::ReadPreference(ReadPreference::Primary)));
        assert_eq!(options.operation_timeout, Duration::from_secs(45));

        let told = parse("mongodb://localhost/?maxPoolSize=50&serverSelectionTimeoutMS=2000&appName=mine").await;
        assert_eq!((told.max_pool_size, told.app_name.as_deref()), (Some(50), Some("mine")));
        assert_eq!(told.server_selection_timeout, Some(Duration::from_secs(2)));
    }

    #[test]
    fn names_that_are_no_database_are_refused() {
        for name in ["", "a b", "a/b", "a.b", "a$b", &"x".repeat(64)] {
            assert!(!is_database_name(name), "{name:?}");
        }
        assert!(is_database_name("prompt-challenge"));
    }
}

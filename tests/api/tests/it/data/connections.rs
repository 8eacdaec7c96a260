//! `/connections`, over leases kept in memory. What a leased login can do is tested on PostgreSQL and Redis.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use atelier_domain::dataservice::leases::{
    Grant, Lease, LeaseCounts, LeaseId, LeasePorts, LeaseSettings, LeaseState, LeaseStore, Leases, NewLease, ServiceRegistry,
};
use atelier_domain::dataservice::{CannotOpen, DataError, Database, Sealer};
use atelier_domain::kernel::{Clock, ExposeSecret, SecretGenerator, SecretString, Timer, Timestamp};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::app::TestApp;

pub(crate) struct Plain;

impl Sealer for Plain {
    fn seal(&self, _context: &str, plain: &[u8]) -> Vec<u8> {
        plain.to_vec()
    }

    fn open(&self, _context: &str, sealed: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        Ok(sealed.to_vec())
    }
}

#[derive(Default)]
struct Kept {
    leases: HashMap<String, (Lease, Option<String>, Vec<u8>)>,
}

impl Kept {
    fn live(&self) -> impl Iterator<Item = &(Lease, Option<String>, Vec<u8>)> {
        self.leases.values().filter(|(lease, ..)| matches!(lease.state, LeaseState::Active))
    }
}

#[derive(Default)]
pub(crate) struct MemoryLeases(Mutex<Kept>);

impl MemoryLeases {
    fn keep(&self, lease: &Lease) {
        let mut kept = self.0.lock().unwrap();
        kept.leases.get_mut(lease.id.as_str()).unwrap().0 = lease.clone();
    }
}

#[async_trait]
impl LeaseStore for MemoryLeases {
    async fn grant(&self, new: &NewLease) -> Result<Grant, DataError> {
        let mut kept = self.0.lock().unwrap();
        let used = u32::try_from(kept.live().count()).unwrap();
        let of_account: Vec<_> = kept.live().filter(|(lease, ..)| lease.account_id == new.lease.account_id).collect();
        if let Some((lease, _, sealed)) = of_account.iter().find(|(_, key, _)| key.is_some() && *key == new.idempotency_key) {
            if lease.operation != new.lease.operation {
                return Ok(Grant::KeyReused);
            }
            return Ok(Grant::Same { lease: lease.clone(), sealed: sealed.clone(), used });
        }
        if of_account.len() >= new.quota as usize {
            return Ok(Grant::QuotaExceeded { until: of_account[0].0.expires_at });
        }
        if used >= new.max {
            return Ok(Grant::Full);
        }
        let mut lease = new.lease.clone();
        lease.activate(lease.acquired_at).unwrap();
        kept.leases.insert(lease.id.to_string(), (lease.clone(), new.idempotency_key.clone(), new.sealed.clone()));
        Ok(Grant::Granted { lease, used: used + 1 })
    }

    async fn activate(&self, _lease: &Lease) -> Result<bool, DataError> {
        Ok(true)
    }

    async fn find(&self, id: &LeaseId) -> Result<Option<Lease>, DataError> {
        Ok(self.0.lock().unwrap().leases.get(id.as_str()).map(|(lease, ..)| lease.clone()))
    }

    async fn renew(&self, lease: &Lease) -> Result<bool, DataError> {
        self.keep(lease);
        Ok(true)
    }

    async fn close(&self, lease: &Lease, _claimed_until: Timestamp) -> Result<bool, DataError> {
        self.keep(lease);
        Ok(true)
    }

    async fn end(&self, lease: &Lease) -> Result<(), DataError> {
        self.keep(lease);
        Ok(())
    }

    async fn postpone(&self, _lease: &Lease, _error: &str) -> Result<(), DataError> {
        Ok(())
    }

    async fn due(&self, _now: Timestamp, _limit: u32, _claimed_until: Timestamp) -> Result<Vec<Lease>, DataError> {
        Ok(Vec::new())
    }

    async fn obstructing(&self) -> Result<Vec<Lease>, DataError> {
        Ok(Vec::new())
    }

    async fn active(&self, _database: Database, _now: Timestamp) -> Result<Vec<(Lease, Vec<u8>)>, DataError> {
        Ok(Vec::new())
    }

    async fn counts(&self, _database: Database) -> Result<LeaseCounts, DataError> {
        Ok(LeaseCounts::default())
    }

    async fn purge(&self, _before: Timestamp) -> Result<u64, DataError> {
        Ok(0)
    }

    async fn drop_strays(&self) -> Result<u64, DataError> {
        Ok(0)
    }

    fn url(&self, lease: &Lease, password: &SecretString) -> SecretString {
        format!("postgresql://{}:{}@localhost:5432/visiobook", lease.login, password.expose_secret()).into()
    }
}

/// Leases for a test's application: three places, and a service that only administrators may use.
pub(crate) fn leases(secrets: Arc<dyn SecretGenerator>, clock: Arc<dyn Clock>, timer: Arc<dyn Timer>) -> Arc<Leases> {
    leases_in(Arc::new(MemoryLeases::default()), 3, secrets, clock, timer)
}

/// The same in another store, and with as many places.
pub(crate) fn leases_in(
    store: Arc<dyn LeaseStore>,
    max: u32,
    secrets: Arc<dyn SecretGenerator>,
    clock: Arc<dyn Clock>,
    timer: Arc<dyn Timer>,
) -> Arc<Leases> {
    let services = ServiceRegistry::parse("core-user-service,maintenance:admin").unwrap();
    let settings = LeaseSettings { max, wait: Duration::ZERO, services, ..LeaseSettings::default() };
    Arc::new(Leases::new(LeasePorts { store, redis: None, sealer: Arc::new(Plain), secrets, clock, timer }, settings))
}

const ACQUIRE: &str = "/api/v1/connections/acquire";
const RELEASE: &str = "/api/v1/connections/release";
const RENEW: &str = "/api/v1/connections/renew";

fn read() -> Json {
    json!({"service_name": "core-user-service", "database_type": "postgresql", "operation_type": "read"})
}

#[tokio::test]
async fn a_connection_is_acquired_renewed_and_released_in_the_bodies_of_the_source() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let acquired = app.data(ACQUIRE, &user, read()).await;
    assert_eq!(acquired.status, 200, "{}", acquired.body);
    let mut names: Vec<_> = acquired.body.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["connection_id", "database_url", "expires_at", "pool_stats"]);
    let id = acquired.body["connection_id"].as_str().unwrap();
    assert!(id.starts_with("conn_"), "{id}");
    assert!(acquired.body["database_url"].as_str().unwrap().starts_with("postgresql://"));
    assert_eq!(acquired.body["pool_stats"], json!({"active": 1, "idle": 2, "waiting": 0}));
    let body = json!({"connection_id": id, "service_name": "core-user-service"});
    let renewed = app.data(RENEW, &user, json!({"connection_id": id, "service_name": "core-user-service", "increment": 600})).await;
    let renewed = renewed.expect(200);
    assert_eq!(renewed.body["connection_id"], id);
    assert!(renewed.body["expires_at"].as_str() > acquired.body["expires_at"].as_str());
    let released = app.data(RELEASE, &user, body.clone()).await;
    assert_eq!(released.status, 200, "{}", released.body);
    let duration = released.body["duration_ms"].as_u64().unwrap();
    assert_eq!(released.body, json!({"status": "released", "connection_id": id, "duration_ms": duration}));
    assert_eq!(app.data(RELEASE, &user, body).await.body, released.body, "again the same");
    app.data(RENEW, &user, json!({"connection_id": id, "service_name": "core-user-service"})).await.error(404, "CONNECTION_NOT_FOUND");
    app.stop().await;
}

#[tokio::test]
async fn every_refusal_has_its_code() {
    let app = TestApp::start().await;
    let (user, other, admin) = (app.user("a").await, app.user("b").await, app.admin().await);
    let with = |name: &str, value: &str| {
        let mut body = read();
        body[name] = json!(value);
        body
    };
    for (body, code) in [
        (json!({}), "VALIDATION_FAILED"),
        (with("surplus", "x"), "VALIDATION_FAILED"),
        (with("service_name", "Core"), "VALIDATION_FAILED"),
        (with("database_type", "mysql"), "VALIDATION_FAILED"),
        (with("operation_type", "drop"), "VALIDATION_FAILED"),
        (with("database_type", "vector"), "DATABASE_NOT_LEASABLE"),
        (with("database_type", "cosmosdb"), "DATABASE_NOT_LEASABLE"),
    ] {
        app.data(ACQUIRE, &user, body).await.error(400, code);
    }
    app.send(app.data_request(Method::POST, ACQUIRE, None).json(&read())).await.error(401, "TOKEN_MISSING");
    for service in ["maintenance", "unknown"] {
        app.data(ACQUIRE, &user, with("service_name", service)).await.error(403, "SERVICE_NOT_ALLOWED");
    }
    app.data(ACQUIRE, &user, with("database_type", "redis")).await.error(503, "NOT_CONFIGURED");
    let mine = app.data(ACQUIRE, &user, read()).await.body["connection_id"].clone();
    let foreign = json!({"connection_id": mine, "service_name": "core-user-service"});
    app.data(RELEASE, &other, foreign.clone()).await.error(404, "CONNECTION_NOT_FOUND");
    app.data(RELEASE, &user, json!({"connection_id": mine, "service_name": "another"})).await.error(404, "CONNECTION_NOT_FOUND");
    app.data(RELEASE, &user, json!({"connection_id": "conn_123456789", "service_name": "core-user-service"}))
        .await
        .error(404, "CONNECTION_NOT_FOUND");
    app.data(ACQUIRE, &user, read()).await;
    let quota = app.data(ACQUIRE, &user, read()).await;
    assert!(quota.headers.contains_key("retry-after"));
    quota.error(429, "LEASE_QUOTA_EXCEEDED");
    app.data(ACQUIRE, &other, read()).await;
    let full = app.data(ACQUIRE, &admin, with("service_name", "maintenance")).await;
    assert!(full.headers.contains_key("retry-after"));
    let full = full.error(503, "DATABASE_CONNECTION_FAILED");
    assert_eq!(full.body["error"]["message"], "Unable to acquire database connection");
    assert_eq!(full.body["error"]["details"], json!({"database": "postgresql", "pool_status": "exhausted", "retry_after": 5}));
    assert_eq!(app.data(RELEASE, &admin, foreign).await.status, 200, "administrators end any");
    app.stop().await;
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_connection_and_says_so() {
    let app = TestApp::start().await;
    let user = app.user("a").await;
    let send = async |body: &Json, key: &str| {
        app.send(app.data_request(Method::POST, ACQUIRE, Some(&user)).header("Idempotency-Key", key).json(body)).await
    };
    let (first, again) = (send(&read(), "key-1").await, send(&read(), "key-1").await);
    assert_eq!(first.body["database_url"], again.body["database_url"]);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert!(!first.headers.contains_key("idempotent-replayed"));
    assert_eq!(first.headers["cache-control"], "no-store");
    let mut other = read();
    other["operation_type"] = json!("write");
    send(&other, "key-1").await.error(409, "IDEMPOTENCY_KEY_REUSED");
    send(&read(), "").await.error(400, "VALIDATION_FAILED");
    app.stop().await;
}

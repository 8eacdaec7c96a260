//! The owners, always the same, and what is asked for them.

use std::path::Path;
use std::sync::Arc;

use atelier_adapter_credentials::SystemClock;
use atelier_adapter_sqlite::SqliteStore;
use atelier_bench::client::Call;
use atelier_bench::service::{SECRET, Service};
use atelier_domain::identity::{Account, IdentityStore, Role};
use atelier_domain::kernel::{UserId, data_user_id};
use atelier_testkit::{SeededIds, account_of};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const OWNERS: usize = 2_000;
pub(crate) const PROJECTS: usize = 100;

/// Accounts; no request is limited, for each may ask 300 times a minute and all take turns.
pub(crate) struct People {
    accounts: Vec<UserId>,
    pub(crate) owners: Vec<Uuid>,
}

impl People {
    pub(crate) fn new() -> Self {
        // Others each time: what Redis keeps of an earlier run is of others.
        let ids = SeededIds::new(Uuid::new_v4().as_fields().0);
        let accounts: Vec<UserId> = (0..OWNERS).map(|_| ids.make()).collect();
        let owners = accounts.iter().map(|account| data_user_id(*account)).collect();
        Self { accounts, owners }
    }

    /// Their accounts of the service, which looks each up for its role.
    pub(crate) async fn sign_up(&self, data: &Path) {
        let store = SqliteStore::connect(data.join("atelier.sqlite"), Arc::new(SystemClock)).await.unwrap();
        let mut unit_of_work = store.begin().await.unwrap();
        for (number, id) in self.accounts.iter().enumerate() {
            let account = Account { role: Role::Premium, ..account_of(*id, &format!("owner-{number}@example.com")) };
            unit_of_work.accounts().insert(&account).await.unwrap();
        }
        unit_of_work.commit().await.unwrap();
        store.close().await;
    }

    /// Tokens of the service.
    pub(crate) fn tokens(&self, service: &Service) -> Vec<String> {
        self.accounts.iter().map(|account| service.token(*account, Role::Premium)).collect()
    }

    /// Tokens of the peer: the same secret and algorithm, the owner as the subject.
    pub(crate) fn peer_tokens(&self) -> Vec<String> {
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let claims = |owner: &Uuid| json!({"sub": owner, "role": "premium", "exp": 4_000_000_000_u64, "iss": "atelier", "aud": "atelier"});
        self.owners.iter().map(|owner| jsonwebtoken::encode(&Header::default(), &claims(owner), &key).unwrap()).collect()
    }
}

fn call(path: &str, token: &str, body: &Value) -> Call {
    Call::post(path, body).bearer(token).header("x-request-id", "req_bench").header("x-client-version", "1.0.0")
}

/// The first page of the active projects: 20 of 50.
pub(crate) fn query(token: &str) -> Call {
    let body = json!({
        "database": "postgresql", "query_type": "select", "table": "projects",
        "filters": {"status": "active"}, "pagination": {"page": 1, "limit": 20},
    });
    call("/api/v1/data/query", token, &body)
}

/// The same, past the cache.
pub(crate) fn uncached(token: &str) -> Call {
    query(token).header("cache-control", "no-cache")
}

/// One row and one key of Redis.
pub(crate) fn transaction(token: &str, owner: Uuid) -> Call {
    let body = json!({"operations": [
        {"database": "postgresql", "operation": "insert", "table": "projects", "data": {"title": "Mon projet", "user_id": owner}},
        {"database": "redis", "operation": "set", "key": "project:cache:new", "value": "{\"status\": \"created\"}", "ttl": 3600},
    ]});
    call("/api/v1/data/transaction", token, &body)
}

/// A credential for reading.
pub(crate) fn acquire(token: &str) -> Call {
    let body = json!({"service_name": "ai-analysis-service", "database_type": "postgresql", "operation_type": "read"});
    call("/api/v1/connections/acquire", token, &body)
}

/// Its end.
pub(crate) fn release(token: &str, connection: &str) -> Call {
    let body = json!({"service_name": "ai-analysis-service", "connection_id": connection});
    call("/api/v1/connections/release", token, &body)
}

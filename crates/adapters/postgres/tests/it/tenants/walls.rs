//! The two walls between owners, either of which can be taken away: the predicate in statements, and row-level security.

use std::sync::Arc;

use async_trait::async_trait;
use atelier_adapter_postgres::PgRows;
use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::transactions::{
    Claim, Claimed, Coordinator, Decision, Isolation, Logged, NotDecided, Outcome, Recorded, Session, SqlWrite, TransactionId,
    TransactionPorts, Transactions, Written,
};
use atelier_domain::dataservice::{DataError, Tenant};
use uuid::Uuid;

use super::program::TABLES;
use crate::transactions::world::World;

/// What keeps owners apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walls {
    Both,
    RowLevelSecurity,
    Predicates,
    /// Nothing, for the proof that the difference would be seen.
    None,
}

/// Executes changes without the owner's predicate.
struct Unconfined(Arc<dyn Coordinator>);

struct UnconfinedSession(Box<dyn Session>);

#[async_trait]
impl Coordinator for Unconfined {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, DataError> {
        self.0.claim(claim).await
    }

    async fn begin(&self, tenant: &Tenant, isolation: Isolation) -> Result<Box<dyn Session>, DataError> {
        Ok(Box::new(UnconfinedSession(self.0.begin(tenant, isolation).await?)))
    }

    async fn resolve(&self, id: &TransactionId, owner: Uuid, code: Option<&str>, operation: Option<u32>) -> Result<Outcome, DataError> {
        self.0.resolve(id, owner, code, operation).await
    }

    async fn find(&self, id: &TransactionId) -> Result<Option<Logged>, DataError> {
        self.0.find(id).await
    }
}

#[async_trait]
impl Session for UnconfinedSession {
    async fn write(&mut self, write: &SqlWrite) -> Result<Written, DataError> {
        self.0.write(&SqlWrite { confined_to: None, ..write.clone() }).await
    }

    async fn decide(self: Box<Self>, decision: &Decision) -> Result<Recorded, NotDecided> {
        self.0.decide(decision).await
    }

    async fn rollback(self: Box<Self>) {
        self.0.rollback().await;
    }
}

impl Walls {
    /// Takes the others away.
    pub(super) async fn raise(self, world: &World<'_>) -> (PgRows, Transactions) {
        let rows = PgRows::new(world.database.store.clone(), Arc::new(Catalogue::visiobook(None)));
        let ports = world.ports.clone();
        if matches!(self, Self::Predicates | Self::None) {
            for table in &TABLES {
                let disable = format!("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", table.name);
                sqlx::query(sqlx::AssertSqlSafe(disable)).execute(&world.database.direct).await.unwrap();
            }
        }
        if matches!(self, Self::Both | Self::Predicates) {
            return (rows, Transactions::new(ports));
        }
        let coordinator = Arc::new(Unconfined(ports.coordinator.clone()));
        (rows.by_row_level_security_alone(), Transactions::new(TransactionPorts { coordinator, ..ports }))
    }
}

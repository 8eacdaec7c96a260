//! The two walls between owners, either of which can be taken away: the predicate in statements, and row-level security.

use std::sync::Arc;

use async_trait::async_trait;
use atelier_adapter_postgres::{PgCoordinator, PgRows, PgVectorParticipant};
use atelier_domain::dataservice::transactions::{
    Claim, Claimed, Coordinator, Decision, Isolation, Logged, NotDecided, Outcome, Recorded, Session, SqlWrite, TransactionId,
    Transactions, Written,
};
use atelier_domain::dataservice::{DataError, Database, Tenant};
use uuid::Uuid;

use super::program::TABLES;
use crate::search::catalogue;
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
    /// Takes the others away, from the first so many tables.
    pub(super) async fn raise(self, world: &World<'_>, tables: usize) -> (PgRows, Transactions) {
        let (store, mut ports) = (&world.database.store, world.ports.clone());
        ports.catalogue = catalogue();
        let rows = PgRows::new(store.clone(), catalogue());
        if matches!(self, Self::Predicates | Self::None) {
            for table in &TABLES[..tables] {
                let disable = format!("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", table.name);
                sqlx::query(sqlx::AssertSqlSafe(disable)).execute(&world.database.direct).await.unwrap();
            }
        }
        let (coordinator, vectors) = (PgCoordinator::new(store.clone(), catalogue()), PgVectorParticipant::new(store.clone(), catalogue()));
        if matches!(self, Self::Both | Self::Predicates) {
            ports.coordinator = Arc::new(coordinator);
            ports.participants.insert(Database::Vector, Arc::new(vectors));
            return (rows, Transactions::new(ports));
        }
        ports.coordinator = Arc::new(Unconfined(Arc::new(coordinator)));
        ports.participants.insert(Database::Vector, Arc::new(vectors.by_row_level_security_alone()));
        (rows.by_row_level_security_alone(), Transactions::new(ports))
    }
}

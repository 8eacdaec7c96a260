//! The port [`Coordinator`] over PostgreSQL.

use std::sync::Arc;

use async_trait::async_trait;
use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::transactions::{
    CLAIM_IS_STALE_AFTER, Claim, Claimed, Coordinator, Followed, Isolation, Logged, OperationState, Outcome, Session, TransactionId,
};
use atelier_domain::dataservice::{DataError, Tenant};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row, SqlSafeStr, Transaction};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::again::again;
use super::claims;
use super::session::PgSession;
use crate::error::{data_error, is_transient};
use crate::pool::PgStore;
use crate::session::{Access, GroupRoles, Scope, group_roles};

/// A beginning that met a lost connection or a starting server is tried so many times in all.
const TRIES: u32 = 3;

/// The database whose commit decides.
pub struct PgCoordinator {
    store: PgStore,
    catalogue: Arc<Catalogue>,
    roles: OnceCell<GroupRoles>,
}

impl PgCoordinator {
    /// Decides over these tables.
    pub fn new(store: PgStore, catalogue: Arc<Catalogue>) -> Self {
        for outcome in ["committed", "aborted", "in_doubt"] {
            // Shown before there is one.
            metrics::counter!("tx_total", "outcome" => outcome).increment(0);
        }
        Self { store, catalogue, roles: OnceCell::new() }
    }
}

/// Says that the transaction was aborted. A commit of it that is under way is waited for; one that comes later meets the row.
const SAY_ABORTED: &str = "
    INSERT INTO dataservice.tx_log (tx_id, owner, state, failure_code, failed_operation) VALUES ($1, $2, 'aborted', $3, $4)
    ON CONFLICT (tx_id) DO NOTHING";

const FIND: &str = "
    SELECT logged.owner, logged.state, logged.answer, logged.failure_code, logged.failed_operation,
           entry.operation, entry.state, entry.result
      FROM dataservice.tx_log AS logged LEFT JOIN dataservice.tx_outbox AS entry USING (tx_id)
     WHERE tx_id = $1 ORDER BY entry.operation";

fn outcome(row: &PgRow, from: usize) -> Result<Outcome, sqlx::Error> {
    let state: String = row.try_get(from)?;
    if state == "committed" {
        return Ok(Outcome::Committed { answer: row.try_get(from + 1)? });
    }
    let operation: Option<i32> = row.try_get(from + 3)?;
    Ok(Outcome::Aborted { code: row.try_get(from + 2)?, operation: operation.and_then(|number| u32::try_from(number).ok()) })
}

impl PgCoordinator {
    async fn logged(&self, id: &TransactionId) -> Result<Option<Logged>, sqlx::Error> {
        let rows = sqlx::query(FIND).bind(id.as_str()).fetch_all(self.store.pool()).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let mut logged = Logged { owner: first.try_get(0)?, outcome: Some(outcome(first, 1)?), followed: Vec::new() };
        for row in &rows {
            let Some(operation) = row.try_get::<Option<i32>, _>(5)? else { continue };
            let state = match row.try_get::<&str, _>(6)? {
                "applied" => OperationState::Success,
                "dead" => OperationState::Dead,
                "forgotten" => OperationState::Forgotten,
                _ => OperationState::Pending,
            };
            logged.followed.push(Followed { operation: operation.unsigned_abs(), state, result: row.try_get(7)? });
        }
        Ok(Some(logged))
    }

    /// Whose the claim of this transaction is, and whether it is stale.
    async fn claimed(&self, id: &TransactionId) -> Result<Option<(Uuid, bool)>, sqlx::Error> {
        let find = "SELECT owner, heartbeat_at < now() - make_interval(secs => $2) FROM dataservice.tx_claims WHERE tx_id = $1";
        let stale_after = CLAIM_IS_STALE_AFTER.as_secs_f64();
        sqlx::query_as(find).bind(id.as_str()).bind(stale_after).fetch_optional(self.store.pool()).await
    }
}

/// Declares that the transaction has not happened, and answers what is true.
pub(super) async fn say_aborted(
    store: &PgStore,
    id: &TransactionId,
    owner: Uuid,
    code: Option<&str>,
    operation: Option<u32>,
) -> Result<Outcome, sqlx::Error> {
    let mut transaction = store.pool().begin_with("BEGIN; SET LOCAL lock_timeout = '3s'").await?;
    let said = sqlx::query(SAY_ABORTED)
        .bind(id.as_str())
        .bind(owner)
        .bind(code)
        .bind(operation.and_then(|number| i32::try_from(number).ok()))
        .execute(&mut *transaction)
        .await?;
    let find = "SELECT state, answer, failure_code, failed_operation FROM dataservice.tx_log WHERE tx_id = $1";
    let found = outcome(&sqlx::query(find).bind(id.as_str()).fetch_one(&mut *transaction).await?, 0)?;
    transaction.commit().await?;
    let was_in_doubt = store.doubts().end(id);
    if said.rows_affected() == 1 {
        metrics::counter!("tx_total", "outcome" => "aborted").increment(1);
    } else if was_in_doubt && matches!(found, Outcome::Committed { .. }) {
        metrics::counter!("tx_total", "outcome" => "committed").increment(1);
    }
    Ok(found)
}

#[async_trait]
impl Coordinator for PgCoordinator {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, DataError> {
        claims::claim(&self.store, claim).await
    }

    async fn begin(&self, tenant: &Tenant, isolation: Isolation) -> Result<Box<dyn Session>, DataError> {
        let roles = self.roles.get_or_try_init(|| group_roles(&self.store)).await?;
        let scope = Scope { tier: tenant.tier, owner: tenant.confined_to(), statement_time: tenant.allowance().statement_time };
        let begin = roles.begin(Access::Write(isolation.as_str()), scope);
        let mut tries = 1;
        loop {
            let connection = self.store.acquire().await?;
            match Transaction::begin(connection, Some(AssertSqlSafe(begin.clone()).into_sql_str())).await {
                Ok(transaction) => {
                    return Ok(Box::new(PgSession { transaction, catalogue: self.catalogue.clone(), doubts: self.store.doubts().clone() }));
                }
                Err(error) if is_transient(&error) && tries < TRIES => tries += 1,
                Err(error) => return Err(data_error(error)),
            }
        }
    }

    async fn resolve(&self, id: &TransactionId, owner: Uuid, code: Option<&str>, operation: Option<u32>) -> Result<Outcome, DataError> {
        again(|| say_aborted(&self.store, id, owner, code, operation)).await
    }

    async fn find(&self, id: &TransactionId) -> Result<Option<Logged>, DataError> {
        if let Some(logged) = again(|| self.logged(id)).await? {
            return Ok(Some(logged));
        }
        match again(|| self.claimed(id)).await? {
            None => Ok(None),
            Some((owner, false)) => Ok(Some(Logged { owner, outcome: None, followed: Vec::new() })),
            // Whoever executed it is gone: from now on it cannot come back.
            Some((owner, true)) => {
                again(|| say_aborted(&self.store, id, owner, None, None)).await?;
                again(|| self.logged(id)).await
            }
        }
    }
}

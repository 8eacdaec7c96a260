//! One request's transaction: the caller's group role, its owner and its time, set for this transaction alone.

use std::fmt::Write as _;
use std::time::Duration;

use atelier_domain::dataservice::{DataError, Tier};
use uuid::Uuid;

use crate::error::data_error;
use crate::pool::PgStore;

/// What a transaction may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Read, in one snapshot.
    Read,
    /// Read and write, at this isolation level.
    Write(&'static str),
}

/// Who a transaction is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    pub(crate) tier: Tier,
    pub(crate) owner: Option<Uuid>,
    pub(crate) statement_time: Duration,
}

/// The group role's name on this server; one query at the start.
pub(crate) async fn group_roles(store: &PgStore) -> Result<GroupRoles, DataError> {
    let (tenant, admin): (String, String) = sqlx::query_as("SELECT dataservice.group_role('tenant'), dataservice.group_role('admin')")
        .fetch_one(store.pool())
        .await
        .map_err(data_error)?;
    Ok(GroupRoles { tenant, admin })
}

/// The roles requests step into. Their names are made by the schema: `atelier_` and hex digits.
#[derive(Debug, Clone)]
pub(crate) struct GroupRoles {
    tenant: String,
    admin: String,
}

impl GroupRoles {
    fn of(&self, tier: Tier) -> &str {
        if tier == Tier::Admin { &self.admin } else { &self.tenant }
    }

    /// Begins, in one round trip. Nothing of it outlives the transaction.
    pub(crate) fn begin(&self, access: Access, scope: Scope) -> String {
        let mut sql = match access {
            Access::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned(),
            Access::Write(isolation) => format!("BEGIN ISOLATION LEVEL {isolation}"),
        };
        let owner = scope.owner.map(|owner| owner.to_string()).unwrap_or_default();
        let millis = scope.statement_time.as_millis();
        // Role names and UUIDs hold nothing that needs quoting beyond this.
        let _infallible = write!(
            sql,
            "; SET LOCAL ROLE \"{}\"; SET LOCAL atelier.owner = '{owner}'; SET LOCAL statement_timeout = {millis}",
            self.of(scope.tier)
        );
        sql
    }
}

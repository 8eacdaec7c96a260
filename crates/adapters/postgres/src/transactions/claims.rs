//! Idempotency keys, each in a small commit of its own.

use std::time::Duration;

use async_trait::async_trait;
use atelier_domain::dataservice::DataError;
use atelier_domain::dataservice::transactions::{CLAIM_IS_STALE_AFTER, Claim, Claimed, HeldClaim, TransactionId};
use atelier_domain::kernel::IdempotencyKey;
use sqlx::{PgPool, Row};
use tokio::task::AbortHandle;

use super::again::again;
use crate::pool::PgStore;

const BEAT_EVERY: Duration = Duration::from_secs(5);

/// Takes a key nobody has. Not waited for on the disk: whatever is decided later is behind it in the server's log, and a claim lost without
/// a decision is free anyway.
const TAKE: &str = "
    INSERT INTO dataservice.tx_claims (owner, idempotency_key, body_hash, tx_id)
    SELECT $1, $2, $3, $4 WHERE set_config('synchronous_commit', 'off', true) = 'off'
    ON CONFLICT (owner, idempotency_key) DO NOTHING";

/// What the key belongs to, and whether it may be taken over.
const HOLDER: &str = "
    SELECT claim.tx_id, claim.body_hash, logged.state,
           claim.claimed_at < now() - make_interval(secs => $3) AS expired,
           claim.heartbeat_at < now() - make_interval(secs => $4) AS stale
      FROM dataservice.tx_claims AS claim
      LEFT JOIN dataservice.tx_log AS logged ON logged.tx_id = claim.tx_id
     WHERE claim.owner = $1 AND claim.idempotency_key = $2
       FOR UPDATE OF claim";

/// From here on whoever held the key before cannot commit any more: its own entry of the log would meet this one. One that is being
/// written is waited for.
const FENCE_OFF: &str = "INSERT INTO dataservice.tx_log (tx_id, owner, state) VALUES ($1, $2, 'aborted') ON CONFLICT (tx_id) DO NOTHING";

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

/// A key being executed, kept fresh until it is dropped.
struct Held {
    pool: PgPool,
    claim: Claim,
    beating: AbortHandle,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

#[async_trait]
impl HeldClaim for Held {
    async fn release(self: Box<Self>) {
        self.beating.abort();
        let delete = "DELETE FROM dataservice.tx_claims WHERE tx_id = $1";
        if let Err(error) = sqlx::query(delete).bind(self.claim.transaction_id.as_str()).execute(&self.pool).await {
            tracing::warn!(%error, "an idempotency key could not be given back: it is free in half a minute");
        }
    }
}

fn hold(store: &PgStore, claim: &Claim) -> Claimed {
    let (pool, id) = (store.pool().clone(), claim.transaction_id.clone());
    let beating = tokio::spawn(async move {
        loop {
            tokio::time::sleep(BEAT_EVERY).await;
            let beat = "UPDATE dataservice.tx_claims SET heartbeat_at = now() WHERE tx_id = $1";
            if let Err(error) = sqlx::query(beat).bind(id.as_str()).execute(&pool).await {
                tracing::debug!(%error, "the heartbeat of an idempotency key was not heard");
            }
        }
    });
    Claimed::Free(Box::new(Held { pool: store.pool().clone(), claim: claim.clone(), beating: beating.abort_handle() }))
}

async fn take(store: &PgStore, claim: &Claim) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query(TAKE)
        .bind(claim.owner)
        .bind(claim.key.as_str())
        .bind(&claim.body_hash)
        .bind(claim.transaction_id.as_str())
        .execute(store.pool())
        .await?;
    Ok(taken.rows_affected() == 1)
}

/// Takes the key, or says who has it.
pub(super) async fn claim(store: &PgStore, claim: &Claim) -> Result<Claimed, DataError> {
    if again(|| take(store, claim)).await? {
        return Ok(hold(store, claim));
    }
    again(|| take_over(store, claim)).await
}

async fn take_over(store: &PgStore, claim: &Claim) -> Result<Claimed, sqlx::Error> {
    let lifetime = f64::from(i32::try_from(IdempotencyKey::LIFETIME.num_seconds()).unwrap_or(i32::MAX));
    let mut transaction = store.pool().begin_with("BEGIN; SET LOCAL lock_timeout = '3s'").await?;
    let holder = sqlx::query(HOLDER)
        .bind(claim.owner)
        .bind(claim.key.as_str())
        .bind(lifetime)
        .bind(seconds(CLAIM_IS_STALE_AFTER))
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(holder) = holder else {
        // Given back meanwhile.
        transaction.rollback().await?;
        return match take(store, claim).await? {
            true => Ok(hold(store, claim)),
            false => Err(sqlx::Error::Protocol("an idempotency key changes hands too quickly".to_owned())),
        };
    };
    let (id, body_hash): (String, String) = (holder.try_get(0)?, holder.try_get(1)?);
    let state: Option<String> = holder.try_get(2)?;
    let (expired, stale): (bool, bool) = (holder.try_get(3)?, holder.try_get(4)?);
    if id == claim.transaction_id.as_str() {
        // Taken before, though the answer to that was lost.
        transaction.rollback().await?;
        return Ok(hold(store, claim));
    }
    let committed = state.as_deref() == Some("committed");
    if !(expired || stale && !committed || state.as_deref() == Some("aborted")) {
        transaction.rollback().await?;
        let transaction_id = TransactionId::parse(&id).ok_or_else(|| sqlx::Error::Decode("tx_claims.tx_id".into()))?;
        return Ok(Claimed::Taken { transaction_id, body_hash, committed });
    }
    if state.is_none() {
        let fenced = sqlx::query(FENCE_OFF).bind(&id).bind(claim.owner).execute(&mut *transaction).await?;
        if fenced.rows_affected() == 0 {
            // It has decided in this very moment.
            transaction.rollback().await?;
            return Box::pin(take_over(store, claim)).await;
        }
    }
    if expired {
        // The key of an old decision goes with its claim.
        let forget = "UPDATE dataservice.tx_log SET idempotency_key = NULL WHERE tx_id = $1";
        sqlx::query(forget).bind(&id).execute(&mut *transaction).await?;
    }
    let renew = "UPDATE dataservice.tx_claims
                    SET tx_id = $3, body_hash = $4, claimed_at = now(), heartbeat_at = now() WHERE owner = $1 AND idempotency_key = $2";
    sqlx::query(renew)
        .bind(claim.owner)
        .bind(claim.key.as_str())
        .bind(claim.transaction_id.as_str())
        .bind(&claim.body_hash)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(hold(store, claim))
}

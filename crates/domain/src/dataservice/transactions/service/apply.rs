//! After the decision: what follows is applied at once where it can be.

use std::collections::BTreeSet;

use super::super::super::queries::{RaisedVersion, VersionPublisher};
use super::super::super::{DataError, Database, Tenant};
use super::super::recovery::settle;
use super::super::{APPLY_WITHIN, Committed, Fence, OperationResult, OperationState, Settled, StoreWrite, TransactionId};
use super::decide::Decided;
use super::execute::Transactions;
use super::within::within;

impl Transactions {
    pub(super) async fn follow(&self, tenant: &Tenant, id: TransactionId, decided: Decided) -> Committed {
        let Decided { mut results, data_version, raised, following } = decided;
        // Embeddings raise their version when they are applied.
        let raised = raised.filter(|_| following.iter().all(|(_, write, _)| write.database() != Database::Vector));
        if !following.is_empty() {
            let mut settled: Vec<(Fence, Settled)> = Vec::with_capacity(following.len());
            let mut shown: Vec<OperationResult> = Vec::with_capacity(following.len());
            let _in_time = within(self.ports.timer.as_ref(), APPLY_WITHIN, self.apply_all(&following, &mut settled, &mut shown)).await;
            for (fence, _, ready) in &following[shown.len()..] {
                shown.push(OperationResult { operation: fence.operation, state: OperationState::Pending, data: None });
                if *ready {
                    settled.push((fence.clone(), later()));
                }
            }
            if let Err(error) = self.ports.outbox.settle(&settled).await {
                // They are applied again by whoever comes next; the fence knows that they have been.
                tracing::warn!(transaction = %id, error = %error, "the outbox could not be told what was applied");
            }
            results.extend(shown);
            results.sort_by_key(|result| result.operation);
        }
        if let Some(versions) = &self.ports.versions
            && let Some(Err(error)) = within(self.ports.timer.as_ref(), APPLY_WITHIN, tell(versions, tenant, raised)).await
        {
            // The next round of the upkeep tells it.
            tracing::warn!(transaction = %id, error = %error, "the cache could not be told what has changed");
        }
        Committed { id, results, replayed: false, data_version }
    }

    async fn apply_all(
        &self,
        following: &[(Fence, StoreWrite, bool)],
        settled: &mut Vec<(Fence, Settled)>,
        shown: &mut Vec<OperationResult>,
    ) {
        let (mut away, mut waiting) = (BTreeSet::new(), BTreeSet::new());
        for (fence, write, ready) in following {
            let database = write.database();
            let mut data = None;
            let outcome = match self.ports.participants.get(&database) {
                // Behind an older change of the same target, of this transaction or another.
                _ if !ready || waiting.contains(&write.target()) => None,
                Some(participant) if !away.contains(&database) => {
                    let applied = participant.apply(write, fence).await;
                    data = applied.as_ref().ok().cloned().flatten();
                    Some(settle(&self.seal, fence, 0, applied))
                }
                _ => Some(later()),
            };
            let state = match &outcome {
                Some(Settled::Applied(_)) => OperationState::Success,
                Some(Settled::Dead { .. }) => OperationState::Dead,
                Some(Settled::Later { .. }) | None => OperationState::Pending,
            };
            if state == OperationState::Pending {
                waiting.insert(write.target());
            }
            if matches!(outcome, Some(Settled::Later { .. })) {
                away.insert(database);
            }
            shown.push(OperationResult { operation: fence.operation, state, data });
            if *ready {
                settled.push((fence.clone(), outcome.unwrap_or_else(later)));
            }
        }
    }

    /// The answer of a transaction that was committed before.
    pub(super) fn committed(&self, id: &TransactionId, logged: &super::super::Logged, answer: &[u8]) -> Result<Committed, DataError> {
        let mut results: Vec<OperationResult> = self
            .seal
            .open_answer(id, answer)?
            .into_iter()
            .map(|stored| OperationResult { operation: stored.operation, state: OperationState::Success, data: stored.data })
            .collect();
        for followed in &logged.followed {
            let fence = Fence { transaction_id: id.clone(), operation: followed.operation };
            let data = followed.result.as_ref().map(|sealed| self.seal.open_result(&fence, sealed)).transpose()?;
            results.push(OperationResult { operation: followed.operation, state: followed.state, data });
        }
        results.sort_by_key(|result| result.operation);
        Ok(Committed { id: id.clone(), results, replayed: true, data_version: None })
    }
}

async fn tell(versions: &VersionPublisher, tenant: &Tenant, raised: Option<Vec<RaisedVersion>>) -> Result<(), DataError> {
    match raised {
        Some(raised) => {
            versions.tell_these(&raised).await;
            Ok(())
        }
        None => versions.tell(tenant.owner).await,
    }
}

/// At once, by the outbox worker.
fn later() -> Settled {
    Settled::Later { seconds: 0, reason: "NOT_TRIED".to_owned(), tried: false }
}

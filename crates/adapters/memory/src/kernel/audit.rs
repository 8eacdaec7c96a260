//! The audit trail.

use std::collections::BTreeMap;
use std::sync::Arc;

use atelier_domain::kernel::{
    AuditEntry, AuditFilter, AuditId, AuditRecord, AuditSeal, AuditTrail, AuditWriter, Page, Paged, SealedEntry, StoreError, Timestamp,
    UserId,
};

use crate::page::{Order, Position, paged};
use crate::state::State;
use crate::store::MemoryStore;
use crate::transaction::Transaction;

#[async_trait::async_trait]
impl AuditWriter for Transaction {
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.audit).push(entry.clone());
        Ok(())
    }
}

impl State {
    /// The entries with their seals, oldest first.
    fn audit_records(&self) -> Vec<AuditRecord> {
        let seals: BTreeMap<AuditId, &AuditSeal> = self.audit_seals.values().map(|seal| (seal.entry, seal)).collect();
        let record = |entry: &AuditEntry| AuditRecord { entry: entry.clone(), seal: seals.get(&entry.id).map(|seal| (*seal).clone()) };
        let mut records: Vec<AuditRecord> = self.audit.iter().map(record).collect();
        records.sort_by_key(|record| (record.entry.at, record.entry.id));
        records
    }

    /// Entries lose the person, and their seals the salts of the names they lost.
    pub(crate) fn erase_from_audit(&mut self, user_id: UserId) {
        let subject = AuditEntry::account(user_id);
        let (mut actor_of, mut subject_of) = (Vec::new(), Vec::new());
        for entry in Arc::make_mut(&mut self.audit) {
            if entry.actor == Some(user_id) {
                entry.actor = None;
                actor_of.push(entry.id);
            }
            if entry.subject == subject {
                AuditEntry::ERASED.clone_into(&mut entry.subject);
                subject_of.push(entry.id);
            }
        }
        for seal in Arc::make_mut(&mut self.audit_seals).values_mut() {
            if actor_of.contains(&seal.entry) {
                seal.actor.salt = None;
            }
            if subject_of.contains(&seal.entry) {
                seal.subject.salt = None;
            }
        }
    }
}

#[async_trait::async_trait]
impl AuditTrail for MemoryStore {
    async fn unsealed(&self, until: Timestamp, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let records = self.committed().audit_records().into_iter();
        let unsealed = records.filter(|record| record.seal.is_none() && record.entry.at <= until).map(|record| record.entry);
        Ok(unsealed.take(limit as usize).collect())
    }

    async fn last_seal(&self) -> Result<Option<AuditSeal>, StoreError> {
        Ok(self.committed().audit_seals.values().next_back().cloned())
    }

    async fn seal(&self, links: &[(AuditSeal, AuditEntry)]) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await;
        let state = &mut transaction.state;
        for (seal, entry) in links {
            let taken = |constraint: &str| StoreError::Conflict { constraint: constraint.to_owned() };
            if state.audit_seals.contains_key(&seal.seq) {
                return Err(taken("audit_seals.seq"));
            }
            if state.audit_seals.values().any(|other| other.entry == seal.entry) {
                return Err(taken("audit_seals.entry"));
            }
            if !state.audit.contains(entry) {
                return Err(StoreError::Contention("an audit entry is not as it was read".into()));
            }
            Arc::make_mut(&mut state.audit_seals).insert(seal.seq, seal.clone());
        }
        transaction.publish();
        Ok(())
    }

    async fn sealed(&self, after: u64, limit: u32) -> Result<Vec<SealedEntry>, StoreError> {
        let state = self.committed();
        let entry_of = |seal: &AuditSeal| state.audit.iter().find(|entry| entry.id == seal.entry).cloned();
        let links = state.audit_seals.range(after.saturating_add(1)..).take(limit as usize);
        Ok(links.map(|(_, seal)| SealedEntry { seal: seal.clone(), entry: entry_of(seal) }).collect())
    }

    async fn walk(&self, after: Option<(Timestamp, AuditId)>, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let mut records = self.committed().audit_records();
        records.retain(|record| after.is_none_or(|after| after < (record.entry.at, record.entry.id)));
        records.truncate(limit as usize);
        Ok(records)
    }

    async fn list(&self, filter: &AuditFilter, page: &Page) -> Result<Paged<AuditRecord>, StoreError> {
        let AuditFilter { action, subject } = filter;
        let mut records = self.committed().audit_records();
        records.retain(|AuditRecord { entry, .. }| {
            action.as_ref().is_none_or(|action| entry.action == *action) && subject.as_ref().is_none_or(|subject| entry.subject == *subject)
        });
        paged(records.iter(), page, Order::NewestFirst, |record| Position::by_time(record.entry.at, record.entry.id))
    }
}

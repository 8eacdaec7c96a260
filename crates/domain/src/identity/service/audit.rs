//! The audit trail: read by administrators, verified by the operator.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::identity::{Actor, IdentityError, IdentityStore};
use crate::kernel::{
    AuditDigest, AuditFilter, AuditId, AuditRecord, AuditSeal, AuditTrail, Page, Paged, SealFault, SealedEntry, StoreError, Timestamp,
};

/// How many links or entries are read at once.
const BATCH: u32 = 500;

/// How much younger than an entry those sealed before it may be. Entries are written by several processes with a clock each, and a unit of
/// work that is run again keeps its time.
const LATE: TimeDelta = TimeDelta::hours(1);

/// The first entry that does not fit the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("audit entry {entry} {fault}{}", .seq.map(|seq| format!(" (seal {seq})")).unwrap_or_default())]
pub struct AuditFault {
    /// The entry.
    pub entry: AuditId,
    /// The number of its seal; none when it has none.
    pub seq: Option<u64>,
    /// What is wrong with it.
    pub fault: SealFault,
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Links that fit.
    pub sealed: u64,
    /// Entries that wait for their seal.
    pub unsealed: u64,
    /// Number and digest of the last link that fits. Whoever writes them down elsewhere can tell later that the chain was cut off behind
    /// them, or made anew.
    pub head: Option<(u64, AuditDigest)>,
    /// The first entry that does not fit; behind it nothing was looked at.
    pub fault: Option<AuditFault>,
}

/// A link that somebody wrote down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownSeal {
    /// Its number.
    pub seq: u64,
    /// Its digest.
    pub digest: AuditDigest,
}

/// Reads and verifies the audit trail.
#[derive(Clone)]
pub struct AuditService {
    store: Arc<dyn IdentityStore>,
}

impl AuditService {
    /// Makes the service.
    pub fn new(store: Arc<dyn IdentityStore>) -> Self {
        Self { store }
    }

    /// A page of entries, newest first. For administrators.
    ///
    /// # Errors
    /// [`IdentityError::Forbidden`] without the role.
    #[tracing::instrument(name = "identity.audit.list", skip_all, err(level = "debug"))]
    pub async fn list(&self, actor: &Actor, filter: &AuditFilter, page: &Page) -> Result<Paged<AuditRecord>, IdentityError> {
        if !actor.is_admin() {
            return Err(IdentityError::Forbidden);
        }
        page.check_sorted_by_time()?;
        Ok(self.trail().list(filter, page).await?)
    }

    /// Walks the chain from its beginning, then all entries. Entries that are not sealed yet are counted and nothing else. Only for the
    /// operator's command line: it asks for no actor.
    ///
    /// # Errors
    /// The store's.
    #[tracing::instrument(name = "identity.audit.verify", skip_all, err(level = "debug"))]
    pub async fn verify(&self, known: Option<KnownSeal>) -> Result<AuditReport, StoreError> {
        let mut walk = Walk::default();
        let found = match self.links(&mut walk, known).await? {
            None => self.entries(&mut walk).await?,
            found => found,
        };
        let head = walk.last.as_ref().map(|seal| (seal.seq, seal.digest));
        Ok(AuditReport { sealed: head.map_or(0, |(seq, _)| seq), unsealed: walk.unsealed, head, fault: found })
    }

    async fn links(&self, walk: &mut Walk, known: Option<KnownSeal>) -> Result<Option<AuditFault>, StoreError> {
        loop {
            let links = self.trail().sealed(walk.seq(), BATCH).await?;
            if links.is_empty() {
                break;
            }
            for link in links {
                if walk.take(&link, known).is_ok() {
                    continue;
                }
                // An erasure that runs beside this may have changed the entry after its seal was read: they are read once more.
                let again = self.trail().sealed(walk.seq(), 1).await?.pop().unwrap_or(link);
                if let Err(fault) = walk.take(&again, known) {
                    return Ok(Some(AuditFault { entry: again.seal.entry, seq: Some(again.seal.seq), fault }));
                }
            }
        }
        // A chain that ends before the link that somebody saw was cut off.
        let cut_off = known.filter(|known| known.seq > walk.seq()).zip(walk.last.as_ref());
        Ok(cut_off.map(|(_, last)| AuditFault { entry: last.entry, seq: Some(last.seq), fault: SealFault::CutOff }))
    }

    /// Finds entries past which the chain went without sealing them.
    async fn entries(&self, walk: &mut Walk) -> Result<Option<AuditFault>, StoreError> {
        let mut after = None;
        loop {
            let records = self.trail().walk(after, BATCH).await?;
            let Some(last) = records.last() else { return Ok(None) };
            after = Some((last.entry.at, last.entry.id));
            for record in records.iter().filter(|record| record.seal.is_none()) {
                if walk.is_late(record.entry.at) {
                    return Ok(Some(AuditFault { entry: record.entry.id, seq: None, fault: SealFault::Inserted }));
                }
                walk.unsealed += 1;
            }
        }
    }

    fn trail(&self) -> &dyn AuditTrail {
        self.store.audit()
    }
}

#[derive(Default)]
struct Walk {
    last: Option<AuditSeal>,
    youngest: Option<Timestamp>,
    unsealed: u64,
}

impl Walk {
    fn seq(&self) -> u64 {
        self.last.as_ref().map_or(0, |last| last.seq)
    }

    fn is_late(&self, at: Timestamp) -> bool {
        self.youngest.is_some_and(|youngest| at + LATE < youngest)
    }

    fn take(&mut self, link: &SealedEntry, known: Option<KnownSeal>) -> Result<(), SealFault> {
        let SealedEntry { seal, entry } = link;
        seal.check(self.last.as_ref(), entry.as_ref())?;
        if known.is_some_and(|known| known.seq == seal.seq && known.digest != seal.digest) {
            return Err(SealFault::Other);
        }
        if let Some(entry) = entry {
            if self.is_late(entry.at) {
                return Err(SealFault::Inserted);
            }
            self.youngest = self.youngest.max(Some(entry.at));
        }
        self.last = Some(seal.clone());
        Ok(())
    }
}

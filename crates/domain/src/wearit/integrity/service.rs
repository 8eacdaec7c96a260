//! The walk over rows and files.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::kernel::{Clock, ClothingId, EntityId, ObjectInfo, ObjectKey, ObjectStore, StoreError, TryOnId, UserId};
use crate::wearit::WearitStore;

use super::{FileKind, FileOwner, Findings, IntegrityError, Phase, Step};

/// Compares rows with files, a piece at a time.
#[derive(Clone)]
pub struct IntegrityService {
    store: Arc<dyn WearitStore>,
    objects: Arc<dyn ObjectStore>,
    clock: Arc<dyn Clock>,
}

impl IntegrityService {
    /// Rows or files looked at in one step.
    pub const BATCH: u32 = 500;

    /// Over its ports.
    pub fn new(store: Arc<dyn WearitStore>, objects: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, objects, clock }
    }

    /// Looks at the next piece of a phase. Files younger than `grace` are left alone: their row may be about to be committed.
    ///
    /// # Errors
    /// [`IntegrityError`] when store or object store do not answer; a step may be repeated.
    pub async fn step(&self, phase: Phase, after: Option<&str>, grace: TimeDelta) -> Result<Step, IntegrityError> {
        match phase {
            Phase::Rows(kind) => self.rows(kind, after).await,
            Phase::Files(kind) => self.files(kind, after, grace).await,
        }
    }

    /// Removes files that no row owns; answers how many went.
    ///
    /// # Errors
    /// [`IntegrityError`] at the first file that cannot be removed.
    pub async fn remove(&self, orphans: &[ObjectKey]) -> Result<u64, IntegrityError> {
        let mut removed = 0;
        for key in orphans {
            self.objects.delete(key).await?;
            removed += 1;
        }
        Ok(removed)
    }

    async fn rows(&self, kind: FileKind, after: Option<&str>) -> Result<Step, IntegrityError> {
        let after = after.and_then(|text| text.parse::<TryOnId>().ok()).map(|id| id.bytes());
        let owners = self.store.file_owners(kind, after, Self::BATCH).await?;
        let mut findings = Findings { rows: owners.len() as u64, ..Findings::default() };
        for owner in &owners {
            for key in kind.files(owner) {
                // Asked again after the file was found missing: the row may have gone meanwhile, and its files with it.
                if self.objects.head(&key).await?.is_none() && self.owns(kind, owner.user_id, &[*owner]).await?.contains(&owner.id) {
                    findings.missing.push(key);
                }
            }
        }
        let next = owners.last().filter(|_| owners.len() == Self::BATCH as usize);
        Ok(Step { findings, next: next.map(|owner| TryOnId::from_bytes(owner.id).to_string()) })
    }

    async fn files(&self, kind: FileKind, after: Option<&str>, grace: TimeDelta) -> Result<Step, IntegrityError> {
        let Some(prefix) = kind.prefix() else { return Ok(Step::default()) };
        let after = after.and_then(|text| ObjectKey::parse(text).ok());
        let listed = self.objects.list(&prefix, after, Self::BATCH as usize).await?;
        let next = listed.last().filter(|_| listed.len() == Self::BATCH as usize).map(|info| info.key.to_string());
        let mut findings = Findings { files: listed.len() as u64, ..Findings::default() };
        let before = self.clock.now() - grace;
        let old: Vec<(ObjectInfo, FileOwner)> = listed
            .into_iter()
            .filter(|info| info.modified_at <= before)
            .filter_map(|info| kind.owner(&info.key).map(|owner| (info, owner)))
            .collect();
        for of_person in old.chunk_by(|(_, one), (_, other)| one.user_id == other.user_id) {
            let Some((_, first)) = of_person.first() else { continue };
            let owners: Vec<FileOwner> = of_person.iter().map(|(_, owner)| *owner).collect();
            let owned = self.owns(kind, first.user_id, &owners).await?;
            let orphans = of_person.iter().filter(|(_, owner)| !owned.contains(&owner.id));
            findings.orphans.extend(orphans.map(|(info, _)| info.key.clone()));
        }
        Ok(Step { findings, next })
    }

    /// Which of the person's rows exist and own files.
    async fn owns(&self, kind: FileKind, user_id: UserId, owners: &[FileOwner]) -> Result<Vec<[u8; 12]>, StoreError> {
        let mut ids: Vec<[u8; 12]> = owners.iter().map(|owner| owner.id).collect();
        ids.dedup();
        Ok(match kind {
            FileKind::Clothing => {
                let ids: Vec<_> = ids.into_iter().map(ClothingId::from_bytes).collect();
                self.store.clothing().find_many(user_id, &ids).await?.iter().map(|row| row.id.bytes()).collect()
            }
            FileKind::Body => {
                let body = self.store.bodies().find(user_id).await?.filter(|body| body.has_photo);
                body.iter().map(|body| body.id.bytes()).collect()
            }
            FileKind::TryOn => {
                let ids: Vec<_> = ids.into_iter().map(TryOnId::from_bytes).collect();
                let rows = self.store.tryons().find_many(user_id, &ids).await?;
                rows.iter().filter(|row| row.outcome.is_some()).map(|row| row.id.bytes()).collect()
            }
        })
    }
}

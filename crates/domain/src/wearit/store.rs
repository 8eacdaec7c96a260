//! WearIT's store and unit of work: one accessor per feature.

use crate::kernel::{StoreError, UnitOfWork, UserId};

use super::body::{BodyQueries, BodyRepository};
use super::favorites::{FavoriteQueries, FavoriteRepository};
use super::integrity::{FileKind, FileOwner};
use super::quotas::{UsageQueries, UsageRepository};
use super::tryon::{TryOnQueries, TryOnRepository};
use super::uploads::UploadRepository;
use super::wardrobe::{ClothingQueries, ClothingRepository};
use super::webhooks::{WebhookQueries, WebhookRepository};

/// WearIT's unit of work.
pub trait WearitUnitOfWork: UnitOfWork {
    /// Garments.
    fn clothing(&mut self) -> &mut dyn ClothingRepository;
    /// Bodies.
    fn bodies(&mut self) -> &mut dyn BodyRepository;
    /// Try-ons.
    fn tryons(&mut self) -> &mut dyn TryOnRepository;
    /// Favourites.
    fn favorites(&mut self) -> &mut dyn FavoriteRepository;
    /// Direct uploads.
    fn uploads(&mut self) -> &mut dyn UploadRepository;
    /// What people used of their quotas.
    fn usage(&mut self) -> &mut dyn UsageRepository;
    /// Webhook endpoints and deliveries.
    fn webhooks(&mut self) -> &mut dyn WebhookRepository;
}

/// WearIT's store. Every query carries the owner, so that the data can be sharded by person.
#[async_trait::async_trait]
pub trait WearitStore: Send + Sync {
    /// Begins a unit of work.
    async fn begin(&self) -> Result<Box<dyn WearitUnitOfWork>, StoreError>;
    /// Reads garments.
    fn clothing(&self) -> &dyn ClothingQueries;
    /// Reads bodies.
    fn bodies(&self) -> &dyn BodyQueries;
    /// Reads try-ons.
    fn tryons(&self) -> &dyn TryOnQueries;
    /// Reads favourites.
    fn favorites(&self) -> &dyn FavoriteQueries;
    /// Reads what people used of their quotas.
    fn usage(&self) -> &dyn UsageQueries;
    /// Reads webhook endpoints and deliveries.
    fn webhooks(&self) -> &dyn WebhookQueries;
    /// Rows of every owner that own files, by id after `after`, at most `limit`: for the check of rows and files alone.
    async fn file_owners(&self, kind: FileKind, after: Option<[u8; 12]>, limit: u32) -> Result<Vec<FileOwner>, StoreError>;
    /// Removes every row of the person in WearIT's collections; repeatable.
    async fn erase_rows(&self, user_id: UserId) -> Result<(), StoreError>;
}

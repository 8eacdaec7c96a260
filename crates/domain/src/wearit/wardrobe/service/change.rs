//! Changing and deleting a garment.

use crate::identity::Actor;
use crate::kernel::{ClothingId, NewJob, retry_on_contention};
use crate::wearit::WearitUnitOfWork;
use crate::wearit::cascade::cancel_unfinished;
use crate::wearit::quotas::{self, StoredItem};
use crate::wearit::uploads::{ImageSource, Upload};

use super::super::command::CheckedUpdate;
use super::super::{Clothing, UpdateClothing, WardrobeError};
use super::{WardrobeService, pictures};

impl WardrobeService {
    /// Changes name, category or brand, and answers the garment after the change (W83–W85). Id, owner, files and `created_at` stay.
    ///
    /// # Errors
    /// [`WardrobeError::Invalid`] with every field at fault; [`WardrobeError::NotFound`].
    #[tracing::instrument(name = "wearit.wardrobe.update", skip_all, fields(user_id = %actor.user_id, clothing_id = %id))]
    pub async fn update(&self, actor: Actor, id: ClothingId, command: &UpdateClothing) -> Result<Clothing, WardrobeError> {
        let update = command.check()?;
        if update.is_empty() {
            return self.get(actor, id).await;
        }
        retry_on_contention(|| self.write_update(actor, id, &update), WardrobeError::store).await
    }

    async fn write_update(&self, actor: Actor, id: ClothingId, update: &CheckedUpdate) -> Result<Clothing, WardrobeError> {
        let mut uow = self.store.begin().await?;
        let mut clothing = uow.clothing().find(actor.user_id, id).await?.ok_or(WardrobeError::NotFound)?;
        if let Some(name) = &update.name {
            clothing.name = name.clone();
        }
        if let Some(category) = update.category {
            clothing.category = category;
        }
        if let Some(brand) = &update.brand {
            clothing.brand.clone_from(brand);
        }
        if let Some(chart) = &update.size_chart {
            clothing.size_chart.clone_from(chart);
        }
        self.touch(uow.as_mut(), &mut clothing).await?;
        uow.commit().await?;
        Ok(clothing)
    }

    /// Replaces the photo; the garment keeps its id and its keys.
    ///
    /// # Errors
    /// [`WardrobeError::NotFound`], [`WardrobeError::Image`] when the photo is not taken, [`WardrobeError::UploadNotReady`].
    #[tracing::instrument(name = "wearit.wardrobe.replace_image", skip_all, fields(user_id = %actor.user_id, clothing_id = %id))]
    pub async fn replace_image(&self, actor: Actor, id: ClothingId, image: ImageSource) -> Result<Clothing, WardrobeError> {
        self.get(actor, id).await?;
        let opened = self.uploads.open(actor, image).await?;
        let image = self.images.process(opened.input).await?;
        self.write_pictures(actor.user_id, id, &image).await?;
        let replaced = retry_on_contention(
            || self.write_replacement(actor, id, pictures::bytes(&image), opened.upload.as_ref()),
            WardrobeError::store,
        )
        .await;
        if let Err(WardrobeError::NotFound) = &replaced {
            // Deleted meanwhile: the job that removes its files may have run before these were written.
            self.discard_pictures(actor.user_id, id).await;
        }
        replaced
    }

    /// A photo in place of another is taken also when the storage is used up.
    async fn write_replacement(
        &self,
        actor: Actor,
        id: ClothingId,
        bytes: u64,
        upload: Option<&Upload>,
    ) -> Result<Clothing, WardrobeError> {
        let mut uow = self.store.begin().await?;
        let mut clothing = uow.clothing().find(actor.user_id, id).await?.ok_or(WardrobeError::NotFound)?;
        self.uploads.spend(uow.as_mut(), upload).await?;
        quotas::store(uow.as_mut(), actor.user_id, (&StoredItem::clothing(id), bytes), self.clock.now()).await?;
        self.touch(uow.as_mut(), &mut clothing).await?;
        uow.commit().await?;
        Ok(clothing)
    }

    async fn touch(&self, uow: &mut dyn WearitUnitOfWork, clothing: &mut Clothing) -> Result<(), WardrobeError> {
        clothing.updated_at = self.clock.now().max(clothing.created_at);
        if uow.clothing().update(clothing).await? { Ok(()) } else { Err(WardrobeError::NotFound) }
    }

    /// Deletes a garment (W86): its unfinished try-ons are cancelled, finished ones keep their result and lose the reference (CW8),
    /// its files go by a job; all of it at once or not at all.
    ///
    /// # Errors
    /// [`WardrobeError::NotFound`].
    #[tracing::instrument(name = "wearit.wardrobe.delete", skip_all, fields(user_id = %actor.user_id, clothing_id = %id))]
    pub async fn delete(&self, actor: Actor, id: ClothingId) -> Result<(), WardrobeError> {
        retry_on_contention(|| self.write_deletion(actor, id), WardrobeError::store).await
    }

    async fn write_deletion(&self, actor: Actor, id: ClothingId) -> Result<(), WardrobeError> {
        let now = self.clock.now();
        let mut uow = self.store.begin().await?;
        if !uow.clothing().delete(actor.user_id, id).await? {
            return Err(WardrobeError::NotFound);
        }
        let unfinished = uow.tryons().unfinished_with_clothing(actor.user_id, id).await?;
        cancel_unfinished(uow.as_mut(), unfinished, "clothing_deleted", self.ids.as_ref(), now).await?;
        uow.tryons().forget_clothing(actor.user_id, id).await?;
        quotas::free(uow.as_mut(), actor.user_id, &StoredItem::clothing(id)).await?;
        let job = NewJob::of(self.ids.generate(), &pictures::deletion(actor.user_id, id), now)?.for_user(actor.user_id);
        uow.jobs().enqueue(&job).await?;
        Ok(uow.commit().await?)
    }
}

//! Adding a garment.

use crate::identity::Actor;
use crate::kernel::{ClothingId, Coded, ErrorKind, Idempotency, IdempotentRequest, retry_on_contention};
use crate::wearit::quotas::{self, StoredItem};
use crate::wearit::uploads::Upload;

use super::super::command::CheckedClothing;
use super::super::{AddClothing, Clothing, WardrobeError};
use super::{WardrobeService, pictures};

impl WardrobeService {
    /// Adds a garment with its photo (W76). A repeat with the same idempotency key answers the garment the first request made.
    ///
    /// # Errors
    /// [`WardrobeError::Invalid`] with every field at fault, [`WardrobeError::Image`] when the photo is not taken,
    /// [`WardrobeError::UploadNotReady`], [`WardrobeError::Quota`], [`WardrobeError::IdempotencyMismatch`], or the stores' errors. Nothing is left behind then.
    #[tracing::instrument(name = "wearit.wardrobe.add", skip_all, fields(user_id = %actor.user_id))]
    pub async fn add(&self, actor: Actor, command: AddClothing, request: Option<&IdempotentRequest>) -> Result<Clothing, WardrobeError> {
        let idempotency = Idempotency { operation: "wearit.wardrobe.add", user_id: actor.user_id, request, now: self.clock.now() };
        let added = match self.try_to_add(actor, command, idempotency).await {
            // A concurrent request with the same key may have used the upload up a moment ago.
            Err(WardrobeError::UploadNotReady) => match self.added_earlier(actor, idempotency).await? {
                Some(clothing) => Ok(clothing),
                None => Err(WardrobeError::UploadNotReady),
            },
            settled => settled,
        };
        added.inspect_err(|error| {
            if matches!(error.kind(), ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::Timeout) {
                tracing::error!("Error creating clothing: {error}");
            }
        })
    }

    async fn try_to_add(&self, actor: Actor, command: AddClothing, idempotency: Idempotency<'_>) -> Result<Clothing, WardrobeError> {
        let CheckedClothing { name, category, brand, size_chart, image } = command.check()?;
        if let Some(earlier) = self.added_earlier(actor, idempotency).await? {
            return Ok(earlier);
        }
        let opened = self.uploads.open(actor, image).await?;
        let image = self.images.process(opened.input).await?;
        let now = idempotency.now;
        let clothing = Clothing {
            id: self.ids.generate(),
            user_id: actor.user_id,
            name,
            category,
            brand,
            size_chart,
            created_at: now,
            updated_at: now,
        };

        let stored = match self.write_pictures(actor.user_id, clothing.id, &image).await {
            Ok(()) => {
                let stored = pictures::bytes(&image);
                retry_on_contention(|| self.insert(actor, &clothing, stored, opened.upload.as_ref(), idempotency), WardrobeError::store)
                    .await
            }
            Err(error) => Err(error.into()),
        };
        match stored {
            Ok(None) => {
                tracing::info!("Clothing created: {}", clothing.id);
                Ok(clothing)
            }
            Ok(Some(earlier)) => {
                self.discard_pictures(actor.user_id, clothing.id).await;
                self.get(actor, earlier).await
            }
            Err(error) => {
                // A commit whose answer was lost may have happened all the same: then the files belong to a garment.
                if !matches!(self.store.clothing().find(actor.user_id, clothing.id).await, Ok(Some(_))) {
                    self.discard_pictures(actor.user_id, clothing.id).await;
                }
                Err(error)
            }
        }
    }

    /// The garment an earlier request with this key made.
    async fn added_earlier(&self, actor: Actor, idempotency: Idempotency<'_>) -> Result<Option<Clothing>, WardrobeError> {
        if idempotency.request.is_none() {
            return Ok(None);
        }
        let earlier: Option<ClothingId> = idempotency.earlier(self.store.begin().await?.idempotency()).await?;
        match earlier {
            Some(id) => self.get(actor, id).await.map(Some),
            None => Ok(None),
        }
    }

    /// Stores the garment, or answers the id of the one a faster request with the same key made.
    async fn insert(
        &self,
        actor: Actor,
        clothing: &Clothing,
        bytes: u64,
        upload: Option<&Upload>,
        idempotency: Idempotency<'_>,
    ) -> Result<Option<ClothingId>, WardrobeError> {
        let mut uow = self.store.begin().await?;
        if let Some(earlier) = idempotency.claim(uow.idempotency(), clothing.id).await? {
            return Ok(Some(earlier));
        }
        let item = StoredItem::clothing(clothing.id);
        quotas::reserve_space::<WardrobeError>(uow.as_mut(), actor, &self.quotas, (&item, bytes), clothing.created_at).await?;
        self.uploads.spend(uow.as_mut(), upload).await?;
        uow.clothing().insert(clothing).await?;
        uow.commit().await?;
        Ok(None)
    }
}

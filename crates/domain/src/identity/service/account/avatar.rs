//! The picture of an account.

use crate::identity::service::Profile;
use crate::identity::service::wiring::store_error;
use crate::identity::{Account, Actor, IdentityError};
use crate::kernel::{ImageInput, ObjectKey, retry_on_contention};

use super::AccountService;

impl AccountService {
    /// Sets the avatar: 200×200, without metadata.
    ///
    /// # Errors
    /// [`IdentityError::Image`] when the picture is not taken.
    #[tracing::instrument(name = "identity.account.set_avatar", skip_all, err(level = "debug"))]
    pub async fn set_avatar(&self, actor: &Actor, image: ImageInput) -> Result<Profile, IdentityError> {
        let key = ObjectKey::avatar(actor.user_id);
        let processed = self.ports.images.process(image).await?;
        self.ports.objects.put(&key, processed.thumbnail, "image/jpeg").await?;
        match self.mark_avatar(actor, true).await {
            Ok(account) => self.ports.profile(account).await,
            // The account died meanwhile, perhaps after its files were erased: nobody else would remove this one.
            Err(IdentityError::BadCredentials) => {
                self.ports.objects.delete(&key).await?;
                Err(IdentityError::BadCredentials)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes the avatar; none is removed already.
    ///
    /// # Errors
    /// [`IdentityError::Objects`] when the file stays; trying again removes it.
    #[tracing::instrument(name = "identity.account.remove_avatar", skip_all, err(level = "debug"))]
    pub async fn remove_avatar(&self, actor: &Actor) -> Result<(), IdentityError> {
        self.mark_avatar(actor, false).await?;
        Ok(self.ports.objects.delete(&ObjectKey::avatar(actor.user_id)).await?)
    }

    async fn mark_avatar(&self, actor: &Actor, has_avatar: bool) -> Result<Account, IdentityError> {
        let now = self.now();
        retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                let account = uow.accounts().find(actor.user_id).await?.filter(|account| account.is_active);
                let mut account = account.ok_or(IdentityError::BadCredentials)?;
                account.has_avatar = has_avatar;
                account.updated_at = now;
                uow.accounts().update(&account).await?;
                uow.commit().await?;
                Ok(account)
            },
            store_error,
        )
        .await
    }
}

//! An account as its owner sees it.

use std::time::Duration;

use crate::identity::{Account, IdentityError};
use crate::kernel::{ObjectKey, SignedUrl};

use super::IdentityPorts;

/// How long the URL of an avatar works (W20, CW1: made when read, never stored).
const AVATAR_URL_LIFETIME: Duration = Duration::from_secs(3600);

/// An account and the signed URL of its avatar.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The account.
    pub account: Account,
    /// Where the avatar is, when there is one.
    pub avatar_url: Option<SignedUrl>,
}

impl IdentityPorts {
    pub(crate) async fn profile(&self, account: Account) -> Result<Profile, IdentityError> {
        let avatar_url = if account.has_avatar {
            Some(self.objects.presign_get(&ObjectKey::avatar(account.id), AVATAR_URL_LIFETIME).await?)
        } else {
            None
        };
        Ok(Profile { account, avatar_url })
    }
}

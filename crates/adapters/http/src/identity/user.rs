//! An account on the wire.

use atelier_domain::identity::Profile;
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::{Success, time};

/// An account, as its owner and administrators see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    /// The account's id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f0")]
    id: String,
    /// The owner id of the person's rows in the Core Database Service.
    #[schema(format = "uuid", example = "0b7d3a52-6a3e-5a0c-9d1e-3f6c7c0f9a11")]
    data_user_id: String,
    /// The address.
    #[schema(format = Email, example = "user@example.com")]
    email: String,
    /// The display name.
    #[schema(example = "John Doe")]
    name: String,
    /// `user`, `premium`, `student`, `examiner` or `admin`.
    #[schema(example = "user")]
    role: &'static str,
    /// Where the avatar is, signed for an hour; null without one.
    avatar_url: Option<String>,
    /// Whether the account may sign in.
    #[schema(example = true)]
    is_active: bool,
    /// Whether the address was confirmed.
    #[schema(example = false)]
    email_verified: bool,
    /// When it was made.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    updated_at: String,
}

impl From<Profile> for User {
    fn from(profile: Profile) -> Self {
        let account = profile.account;
        Self {
            id: account.id.to_string(),
            data_user_id: account.data_user_id().to_string(),
            email: account.email.to_string(),
            name: account.name.as_str().to_owned(),
            role: account.role.as_str(),
            avatar_url: profile.avatar_url.map(|signed| signed.url),
            is_active: account.is_active,
            email_verified: account.email_verified,
            created_at: time(account.created_at),
            updated_at: time(account.updated_at),
        }
    }
}

/// An account as the data of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserData {
    /// The account.
    pub(super) user: User,
}

impl UserData {
    /// Wraps an account for an answer.
    pub(super) fn answer(profile: Profile) -> Success<Self> {
        Success::new(Self { user: profile.into() })
    }
}

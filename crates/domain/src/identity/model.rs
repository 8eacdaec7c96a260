//! Accounts, sessions and the secrets that are sent by mail.

use crate::kernel::{Email, ExposeSecret, Invalid, ResetId, SecretString, SessionId, Timestamp, TokenId, UserId, data_user_id};

use super::Role;

/// A person's display name: 2–100 characters after trimming, no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Checks a name.
    ///
    /// # Errors
    /// [`Invalid`] on field `name`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.trim();
        let length = name.chars().count();
        if !(2..=100).contains(&length) || name.chars().any(char::is_control) {
            return Err(Invalid::field("name", "must have 2 to 100 characters"));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password as typed: at least 8 characters, at most 72 bytes (bcrypt reads no more, so more is refused rather than ignored).
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    /// Checks a new password.
    ///
    /// # Errors
    /// [`Invalid`] on the given field.
    pub fn parse(field: &str, secret: SecretString) -> Result<Self, Invalid> {
        let text = secret.expose_secret();
        if text.chars().count() < 8 {
            return Err(Invalid::field(field, "must have at least 8 characters"));
        }
        if text.len() > 72 {
            return Err(Invalid::field(field, "must have at most 72 bytes"));
        }
        if text.contains('\0') {
            return Err(Invalid::field(field, "must not contain a NUL character"));
        }
        Ok(Self(secret))
    }

    /// The password itself.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }
}

/// Consent to the processing of body photos.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The version of the text agreed to.
    pub version: String,
    /// When.
    pub at: Timestamp,
}

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// The normalised address, unique.
    pub email: Email,
    /// The bcrypt hash (`$2b$…`); never leaves the service.
    pub password_hash: SecretString,
    /// The display name.
    pub name: Name,
    /// What it may do.
    pub role: Role,
    /// Whether an avatar is stored at [`crate::kernel::ObjectKey::avatar`] (CW31).
    pub has_avatar: bool,
    /// False: sign-in and every token are refused.
    pub is_active: bool,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// Consent to photo processing, when given.
    pub consent: Option<Consent>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Set when the person asked for erasure: the account is dead and will be gone.
    pub erasure_requested_at: Option<Timestamp>,
}

impl Account {
    /// The owner id of the person's relational rows: UUIDv5 of the account id.
    pub fn data_user_id(&self) -> uuid::Uuid {
        data_user_id(self.id)
    }
}

/// Which accounts an administrator wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Only this role.
    pub role: Option<Role>,
}

/// Accounts by role and state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountStats {
    /// All accounts.
    pub total: u64,
    /// Those that may sign in.
    pub active: u64,
    /// Those with a confirmed address.
    pub verified: u64,
    /// How many of each role, roles without accounts left out.
    pub by_role: Vec<(Role, u64)>,
}

/// A signed-in device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// The device's `User-Agent`, cut to 200 characters.
    pub user_agent: String,
    /// The address it last came from.
    pub address: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it last refreshed.
    pub last_used_at: Timestamp,
    /// When it ends unless refreshed.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Session {
    /// Whether its tokens are accepted at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// A refresh token, stored by digest. Each is good for one refresh; the family shares a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The digest of the token.
    pub digest: String,
    /// The family.
    pub session_id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// When it stops being good.
    pub expires_at: Timestamp,
}

/// What became of presenting a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefreshUse {
    /// It was good, and is used up now.
    Fresh(RefreshToken),
    /// It was used before: somebody else may have it.
    Reused(RefreshToken),
    /// No such token.
    Unknown,
}

/// A password reset code, stored by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordReset {
    /// Its id.
    pub id: ResetId,
    /// Whose password.
    pub user_id: UserId,
    /// The digest of the six digits.
    pub code_digest: String,
    /// Wrong tries so far.
    pub tries: u32,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Ten minutes later.
    pub expires_at: Timestamp,
}

impl PasswordReset {
    /// How long a code is valid.
    pub const LIFETIME: chrono::TimeDelta = chrono::TimeDelta::minutes(10);
    /// Wrong tries after which a code is void.
    pub const MAX_TRIES: u32 = 5;
}

/// What a one-time token is for; each purpose has a collection of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OneTimePurpose {
    /// Signing in from a mailed link; collection `magic_links`.
    MagicLink,
    /// Confirming an address; collection `email_verifications`.
    VerifyEmail,
    /// Opening a live connection from a browser; collection `ws_tickets`.
    LiveTicket,
}

impl OneTimePurpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::MagicLink, Self::VerifyEmail, Self::LiveTicket];

    /// The collection that holds the tokens, also the purpose under which they are digested.
    pub fn collection(self) -> &'static str {
        match self {
            Self::MagicLink => "magic_links",
            Self::VerifyEmail => "email_verifications",
            Self::LiveTicket => "ws_tickets",
        }
    }
}

/// A token that works once, stored by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeToken {
    /// Its id.
    pub id: TokenId,
    /// What for.
    pub purpose: OneTimePurpose,
    /// Whose.
    pub user_id: UserId,
    /// The digest of the token.
    pub digest: String,
    /// The address it was mailed to: a confirmation counts only for that one.
    pub email: Option<Email>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

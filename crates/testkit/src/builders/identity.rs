//! Accounts and what belongs to them.

use std::sync::LazyLock;

use atelier_domain::identity::{Account, Name, OneTimePurpose, OneTimeToken, PasswordReset, RefreshToken, Role, Session};
use atelier_domain::kernel::{Email, EntityId, UserId};
use chrono::TimeDelta;

use crate::builders::noon;
use crate::fakes::SeededIds;

/// An id nobody else in this process has.
pub(super) fn fresh<T: EntityId>() -> T {
    static IDS: LazyLock<SeededIds> = LazyLock::new(|| SeededIds::new(0x00bd_0000));
    IDS.make()
}

/// A person nobody else in this process is.
pub fn user() -> UserId {
    fresh()
}

/// An address.
pub fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// A name.
pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// An active account of role `user` with this address, made at [`noon`], with a fresh id.
pub fn account(address: &str) -> Account {
    account_of(fresh(), address)
}

/// As [`account`], with this id.
pub fn account_of(id: UserId, address: &str) -> Account {
    Account {
        id,
        email: email(address),
        password_hash: "$2b$04$correct horse".to_owned().into(),
        name: name("Ada Lovelace"),
        role: Role::User,
        has_avatar: false,
        is_active: true,
        email_verified: false,
        consent: None,
        created_at: noon(),
        updated_at: noon(),
        erasure_requested_at: None,
    }
}

/// A live session, begun at [`noon`], that ends 30 days later.
pub fn session(user_id: UserId) -> Session {
    Session {
        id: fresh(),
        user_id,
        user_agent: "curl/8".to_owned(),
        address: "192.0.2.1".to_owned(),
        created_at: noon(),
        last_used_at: noon(),
        expires_at: noon() + TimeDelta::days(30),
        revoked_at: None,
    }
}

/// A refresh token of the session with this digest, good as long as the session.
pub fn refresh_token(session: &Session, digest: &str) -> RefreshToken {
    RefreshToken { digest: digest.to_owned(), session_id: session.id, user_id: session.user_id, expires_at: session.expires_at }
}

/// A reset code with this digest, asked for at [`noon`].
pub fn password_reset(user_id: UserId, code_digest: &str) -> PasswordReset {
    PasswordReset {
        id: fresh(),
        user_id,
        code_digest: code_digest.to_owned(),
        tries: 0,
        created_at: noon(),
        expires_at: noon() + PasswordReset::LIFETIME,
    }
}

/// A one-time token with this digest, made at [`noon`], good for ten minutes.
pub fn one_time_token(purpose: OneTimePurpose, user_id: UserId, digest: &str) -> OneTimeToken {
    OneTimeToken {
        id: fresh(),
        purpose,
        user_id,
        digest: digest.to_owned(),
        email: None,
        created_at: noon(),
        expires_at: noon() + TimeDelta::minutes(10),
    }
}

//! Who acts.

use std::fmt;
use std::str::FromStr;

use crate::kernel::{SessionId, UserId};

/// The text names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role: one of user, premium, student, examiner, admin")]
pub struct UnknownRole;

/// What an account may do; one per account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// What sign-up gives.
    User,
    /// A paying user.
    Premium,
    /// Takes part in prompt challenges.
    Student,
    /// Grades prompt challenges.
    Examiner,
    /// Acts everywhere.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::User, Self::Premium, Self::Student, Self::Examiner, Self::Admin];

    /// The canonical name, as stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Premium => "premium",
            Self::Student => "student",
            Self::Examiner => "examiner",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Accepts the canonical names and the French and plural forms of the source documents.
impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        match text.trim().to_lowercase().as_str() {
            "user" | "users" | "utilisateur" | "utilisateurs" => Ok(Self::User),
            "premium" => Ok(Self::Premium),
            "student" | "students" | "etudiant" | "étudiant" | "etudiants" | "étudiants" => Ok(Self::Student),
            "examiner" | "examiners" | "examinateur" | "examinateurs" | "jury" => Ok(Self::Examiner),
            "admin" | "admins" | "administrateur" | "administrateurs" => Ok(Self::Admin),
            _ => Err(UnknownRole),
        }
    }
}

/// The authenticated caller of a use case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub user_id: UserId,
    /// Its role now, not when the token was made.
    pub role: Role,
    /// The device, when the token belongs to one.
    pub session_id: Option<SessionId>,
}

impl Actor {
    /// Whether the actor is an administrator.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }
}

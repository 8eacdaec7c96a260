//! Direct uploads.

use crate::kernel::{Invalid, ObjectKey, Timestamp, UploadId, UserId};

/// Which content types may be announced; the content itself decides later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadType {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/webp`
    Webp,
}

impl UploadType {
    /// Reads a content type.
    ///
    /// # Errors
    /// [`Invalid`] on field `content_type`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "image/jpeg" => Ok(Self::Jpeg),
            "image/png" => Ok(Self::Png),
            "image/webp" => Ok(Self::Webp),
            _ => Err(Invalid::field("content_type", "must be image/jpeg, image/png or image/webp")),
        }
    }

    /// The content type's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

/// A file somebody may put to the object store directly. Its bytes are at [`ObjectKey::temp`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// Whose.
    pub user_id: UserId,
    /// The type announced.
    pub content_type: UploadType,
    /// The size announced, in bytes.
    pub size: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when the URL and the file are good.
    pub expires_at: Timestamp,
}

impl Upload {
    /// How long a URL works: one hour. The file is swept a day later at the latest.
    pub const LIFETIME: chrono::TimeDelta = chrono::TimeDelta::hours(1);
    /// Largest file, in bytes: 10 MiB.
    pub const MAX_BYTES: u64 = 10 * 1024 * 1024;

    /// Where the bytes are.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::temp(self.user_id, self.id)
    }
}

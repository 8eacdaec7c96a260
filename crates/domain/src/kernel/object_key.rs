//! Where files live: the key layout of the storage document (checklist W174–W184, CW2).

use std::fmt;

use super::{BodyId, ClothingId, TryOnId, UploadId, UserId};

/// The text cannot be an object key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid object key")]
pub struct InvalidObjectKey;

/// The key of one object: non-empty parts joined by `/`, none of them `.` or `..`, no control character, no backslash, at most 512 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey(String);

/// A folder of objects; always ends with `/`, so that user `1` never matches user `12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPrefix(String);

impl ObjectKey {
    /// Checks a key.
    ///
    /// # Errors
    /// [`InvalidObjectKey`] when a part is empty, `.` or `..`, or holds a control character or a backslash.
    pub fn parse(text: &str) -> Result<Self, InvalidObjectKey> {
        let part_ok = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.chars().any(|c| c.is_control() || c == '\\');
        if text.len() <= 512 && text.split('/').all(part_ok) { Ok(Self(text.to_owned())) } else { Err(InvalidObjectKey) }
    }

    /// `clothing/{user_id}/{clothing_id}.jpg`
    pub fn clothing(user: UserId, clothing: ClothingId) -> Self {
        Self(format!("clothing/{user}/{clothing}.jpg"))
    }

    /// `clothing/{user_id}/{clothing_id}_thumb.jpg`
    pub fn clothing_thumbnail(user: UserId, clothing: ClothingId) -> Self {
        Self(format!("clothing/{user}/{clothing}_thumb.jpg"))
    }

    /// `clothing/{user_id}/{clothing_id}_source.jpg`, what the try-on engine reads
    pub fn clothing_source(user: UserId, clothing: ClothingId) -> Self {
        Self(format!("clothing/{user}/{clothing}_source.jpg"))
    }

    /// `body/{user_id}/{body_id}.jpg`
    pub fn body(user: UserId, body: BodyId) -> Self {
        Self(format!("body/{user}/{body}.jpg"))
    }

    /// `body/{user_id}/{body_id}_source.jpg`, what the try-on engine reads
    pub fn body_source(user: UserId, body: BodyId) -> Self {
        Self(format!("body/{user}/{body}_source.jpg"))
    }

    /// `tryon/{user_id}/{tryon_id}.jpg`
    pub fn tryon(user: UserId, tryon: TryOnId) -> Self {
        Self(format!("tryon/{user}/{tryon}.jpg"))
    }

    /// `tryon/{user_id}/{tryon_id}_heard.json`, what a provider told of a try-on under way
    pub fn tryon_heard(user: UserId, tryon: TryOnId) -> Self {
        Self(format!("tryon/{user}/{tryon}_heard.json"))
    }

    /// `tryon/{user_id}/{tryon_id}_thumb.jpg`
    pub fn tryon_thumbnail(user: UserId, tryon: TryOnId) -> Self {
        Self(format!("tryon/{user}/{tryon}_thumb.jpg"))
    }

    /// `avatars/{user_id}/avatar.jpg`
    pub fn avatar(user: UserId) -> Self {
        Self(format!("avatars/{user}/avatar.jpg"))
    }

    /// `temp/{user_id}/{upload_id}.tmp`; the person is the session, so that erasure finds it
    pub fn temp(user: UserId, upload: UploadId) -> Self {
        Self(format!("temp/{user}/{upload}.tmp"))
    }

    /// Builder of the storage document: `clothing/{user_id}/{clothing_id}/{filename}`.
    ///
    /// # Errors
    /// [`InvalidObjectKey`] when `filename` is not one plain part.
    pub fn clothing_path(user: UserId, clothing: ClothingId, filename: &str) -> Result<Self, InvalidObjectKey> {
        Self::with_filename(&format!("clothing/{user}/{clothing}"), filename)
    }

    /// Builder of the storage document: `body/{user_id}/{body_id}/{filename}`.
    ///
    /// # Errors
    /// [`InvalidObjectKey`] when `filename` is not one plain part.
    pub fn body_path(user: UserId, body: BodyId, filename: &str) -> Result<Self, InvalidObjectKey> {
        Self::with_filename(&format!("body/{user}/{body}"), filename)
    }

    /// Builder of the storage document: `tryon/{user_id}/{tryon_id}/{filename}`.
    ///
    /// # Errors
    /// [`InvalidObjectKey`] when `filename` is not one plain part.
    pub fn tryon_path(user: UserId, tryon: TryOnId, filename: &str) -> Result<Self, InvalidObjectKey> {
        Self::with_filename(&format!("tryon/{user}/{tryon}"), filename)
    }

    /// Builder of the storage document: `avatars/{user_id}/{filename}`.
    ///
    /// # Errors
    /// [`InvalidObjectKey`] when `filename` is not one plain part.
    pub fn avatar_path(user: UserId, filename: &str) -> Result<Self, InvalidObjectKey> {
        Self::with_filename(&format!("avatars/{user}"), filename)
    }

    /// Builder of the storage document: `temp/{session_id}/{filename}`.
    ///
    /// # Errors
    /// [`InvalidObjectKey`] when a part is not one plain part.
    pub fn temp_path(session: &str, filename: &str) -> Result<Self, InvalidObjectKey> {
        if session.contains('/') {
            return Err(InvalidObjectKey);
        }
        Self::with_filename(&format!("temp/{session}"), filename)
    }

    fn with_filename(folder: &str, filename: &str) -> Result<Self, InvalidObjectKey> {
        if filename.contains('/') {
            return Err(InvalidObjectKey);
        }
        Self::parse(&format!("{folder}/{filename}"))
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ObjectPrefix {
    /// Every folder that holds a person's files, temporary uploads included (CW26).
    pub fn of_user(user: UserId) -> [Self; 5] {
        ["clothing", "body", "tryon", "avatars", "temp"].map(|kind| Self(format!("{kind}/{user}/")))
    }

    /// Uploads in progress, of everyone.
    pub fn temp() -> Self {
        Self("temp/".to_owned())
    }

    /// Checks a prefix: a key and a final `/`.
    ///
    /// # Errors
    /// [`InvalidObjectKey`] when it does not end with `/` or the rest is no key.
    pub fn parse(text: &str) -> Result<Self, InvalidObjectKey> {
        let folder = text.strip_suffix('/').ok_or(InvalidObjectKey)?;
        ObjectKey::parse(folder)?;
        Ok(Self(text.to_owned()))
    }

    /// The prefix's text, with the final `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::EntityId;
    use super::*;

    #[test]
    fn keys_follow_the_documented_layout() {
        let (user, id) = (UserId::from_bytes([0x11; 12]), ClothingId::from_bytes([0x22; 12]));
        let (u, c) = ("11".repeat(12), "22".repeat(12));
        assert_eq!(ObjectKey::clothing(user, id).as_str(), format!("clothing/{u}/{c}.jpg"));
        assert_eq!(ObjectKey::clothing_thumbnail(user, id).as_str(), format!("clothing/{u}/{c}_thumb.jpg"));
        assert_eq!(ObjectKey::clothing_path(user, id, "a.jpg").map(|k| k.to_string()), Ok(format!("clothing/{u}/{c}/a.jpg")));
        assert_eq!(ObjectKey::avatar(user).as_str(), format!("avatars/{u}/avatar.jpg"));
    }

    #[test]
    fn a_key_cannot_leave_its_folder() {
        let user = UserId::from_bytes([1; 12]);
        for filename in ["..", ".", "", "a/b", "a\0b", "a\\b"] {
            assert!(ObjectKey::avatar_path(user, filename).is_err(), "{filename:?}");
        }
        assert!(ObjectKey::temp_path("../x", "f").is_err());
        assert!(ObjectPrefix::parse("clothing/1").is_err());
    }
}

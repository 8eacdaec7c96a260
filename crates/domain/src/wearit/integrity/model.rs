//! What is walked over, and what was found.

use crate::kernel::{BodyId, ClothingId, EntityId, InvalidId, ObjectKey, ObjectPrefix, ObjectStoreError, StoreError, TryOnId, UserId};

/// The check did not go on; it may be repeated.
#[derive(Debug, thiserror::Error)]
pub enum IntegrityError {
    /// The rows cannot be read.
    #[error("the rows cannot be read")]
    Store(#[from] StoreError),
    /// The files cannot be looked at or removed.
    #[error("the files cannot be looked at")]
    Objects(#[from] ObjectStoreError),
}

/// What a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A garment: picture, thumbnail, the engine's source.
    Clothing,
    /// A body with a photo: picture, the engine's source.
    Body,
    /// A completed try-on: picture, thumbnail.
    TryOn,
}

/// A row that owns files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileOwner {
    /// Whose.
    pub user_id: UserId,
    /// The row's id.
    pub id: [u8; 12],
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Clothing, Self::Body, Self::TryOn];

    fn folder(self) -> &'static str {
        match self {
            Self::Clothing => "clothing/",
            Self::Body => "body/",
            Self::TryOn => "tryon/",
        }
    }

    pub(super) fn prefix(self) -> Option<ObjectPrefix> {
        ObjectPrefix::parse(self.folder()).ok()
    }

    /// The files that a row owns.
    pub(super) fn files(self, owner: &FileOwner) -> Vec<ObjectKey> {
        let (user, id) = (owner.user_id, owner.id);
        match self {
            Self::Clothing => {
                let id = ClothingId::from_bytes(id);
                vec![ObjectKey::clothing(user, id), ObjectKey::clothing_thumbnail(user, id), ObjectKey::clothing_source(user, id)]
            }
            Self::Body => {
                let id = BodyId::from_bytes(id);
                vec![ObjectKey::body(user, id), ObjectKey::body_source(user, id)]
            }
            Self::TryOn => {
                let id = TryOnId::from_bytes(id);
                vec![ObjectKey::tryon(user, id), ObjectKey::tryon_thumbnail(user, id)]
            }
        }
    }

    /// Whose file this is, in either key scheme: `{folder}{user}/{id}[_suffix].jpg` or `{folder}{user}/{id}/{filename}` (checklist CW2).
    pub(super) fn owner(self, key: &ObjectKey) -> Option<FileOwner> {
        let (user, rest) = key.as_str().strip_prefix(self.folder())?.split_once('/')?;
        let id = rest.split(['.', '_', '/']).next()?;
        let id: Result<TryOnId, InvalidId> = id.parse();
        Some(FileOwner { user_id: user.parse().ok()?, id: id.ok()?.bytes() })
    }
}

/// One part of the walk: the rows of a kind, or its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Rows, for each of which its files must be there.
    Rows(FileKind),
    /// Files, for each of which its row must be there.
    Files(FileKind),
}

impl Phase {
    /// The whole walk, in order.
    pub const ALL: [Self; 6] = [
        Self::Rows(FileKind::Clothing),
        Self::Rows(FileKind::Body),
        Self::Rows(FileKind::TryOn),
        Self::Files(FileKind::Clothing),
        Self::Files(FileKind::Body),
        Self::Files(FileKind::TryOn),
    ];
}

/// What was found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Rows looked at.
    pub rows: u64,
    /// Files looked at.
    pub files: u64,
    /// Files that are not there although a row owns them.
    pub missing: Vec<ObjectKey>,
    /// Files that no row owns.
    pub orphans: Vec<ObjectKey>,
}

/// A piece of the walk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// What it found.
    pub findings: Findings,
    /// Where the phase goes on; none when it is over.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_read_from_either_key_scheme() {
        let owner = FileOwner { user_id: UserId::from_bytes([1; 12]), id: [2; 12] };
        let (user, id) = ("01".repeat(12), "02".repeat(12));
        for text in [format!("clothing/{user}/{id}.jpg"), format!("clothing/{user}/{id}_thumb.jpg"), format!("clothing/{user}/{id}/a.jpg")]
        {
            assert_eq!(ObjectKey::parse(&text).ok().and_then(|key| FileKind::Clothing.owner(&key)), Some(owner), "{text}");
        }
        for kind in FileKind::ALL {
            assert!(kind.files(&owner).iter().all(|key| kind.owner(key) == Some(owner)), "{kind:?}");
        }
        for text in ["clothing/x/y.jpg".to_owned(), format!("body/{user}/{id}.jpg"), format!("clothing/{user}")] {
            assert_eq!(ObjectKey::parse(&text).ok().and_then(|key| FileKind::Clothing.owner(&key)), None, "{text}");
        }
    }
}

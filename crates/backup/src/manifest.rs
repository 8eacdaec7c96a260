//! The manifest: the first file of every archive.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use atelier_domain::kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this format.
    pub format: u16,
    /// The store it was taken from.
    pub engine: EngineKind,
    /// All of it, a part, or the changes.
    pub kind: Kind,
    /// The database's name.
    pub database: String,
    /// When it was begun.
    pub taken_at: Timestamp,
    /// For changes: the name of the backup that they follow.
    pub parent: Option<String>,
    /// The store's own clock at the instant that is backed up; changes go on after it. In the store's notation.
    pub position: Option<String>,
    /// Whether everything is of one instant. When not, the changes that follow make it so.
    pub consistent: bool,
    /// The collections or tables, with their documents or rows at that instant.
    pub collections: Vec<CollectionEntry>,
    /// The objects that belong to the data, where they are not in the archive themselves.
    pub objects: Option<ObjectInventory>,
    /// What only a backup of PostgreSQL has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgresql: Option<PostgresqlFacts>,
    /// Every file of the archive but this one.
    pub files: Vec<FileEntry>,
}

/// What a restore has to know of the PostgreSQL database that was backed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostgresqlFacts {
    /// The server's major version.
    pub server: u32,
    /// The newest migration applied.
    pub migration: Option<String>,
    /// What the names of the database's group roles begin with.
    pub role_prefix: String,
    /// The login that owned the tables.
    pub login: String,
    /// Every role that a grant or policy names.
    pub roles: Vec<String>,
}

/// A store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    /// A MongoDB database.
    Mongodb,
    /// The embedded store: a SQLite file and the object files.
    Embedded,
    /// The PostgreSQL database of the Core Database Service, sealed.
    Postgresql,
}

/// How much of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Everything.
    Full,
    /// One collection.
    Collection,
    /// What changed since another backup.
    Incremental,
}

/// A collection or table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionEntry {
    /// Its name.
    pub name: String,
    /// Its documents or rows.
    pub documents: u64,
    /// What the store itself calls it: another one when it was made anew under the same name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path in the archive, with `/`.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
}

/// Objects that are kept elsewhere (under versions of their own), as they were listed after the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectInventory {
    /// The file that lists them, one JSON object a line: `key`, `bytes`, `etag`, `version`.
    pub listing: String,
    /// Sums by the first part of the key.
    pub prefixes: BTreeMap<String, PrefixTotals>,
}

/// What the objects of a prefix add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixTotals {
    /// How many.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Manifest {
    /// The version that this program writes.
    pub const FORMAT: u16 = 1;
    /// Its name in the archive.
    pub const FILE: &'static str = "manifest.json";

    /// A manifest without files; they are added when the backup is packed.
    pub fn new(engine: EngineKind, kind: Kind, database: &str, taken_at: Timestamp) -> Self {
        Self {
            format: Self::FORMAT,
            engine,
            kind,
            database: database.to_owned(),
            taken_at,
            parent: None,
            position: None,
            consistent: true,
            collections: Vec::new(),
            objects: None,
            postgresql: None,
            files: Vec::new(),
        }
    }

    /// A file's entry.
    pub fn file(&self, path: &str) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Reads the text of a manifest.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            format: u16,
        }
        let version: Version = serde_json::from_slice(text).map_err(|error| format!("its manifest cannot be read ({error})"))?;
        if version.format != Self::FORMAT {
            return Err(format!("its format is {}, this program knows {}", version.format, Self::FORMAT));
        }
        let manifest: Self = serde_json::from_slice(text).map_err(|error| format!("its manifest cannot be read ({error})"))?;
        match manifest.files.iter().find(|file| !is_plain(&file.path)) {
            None => Ok(manifest),
            Some(file) => Err(format!("its manifest names a file outside it, {:?}", file.path)),
        }
    }
}

/// Whether a path stays below where it begins.
fn is_plain(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_archive_are_not_plain() {
        assert!(["/etc/passwd", "../x", "a/../../x", ""].iter().all(|path| !is_plain(path)));
        assert!(["wearit/users.bson", "objects/clothing/a.jpg"].iter().all(|path| is_plain(path)));
    }
}

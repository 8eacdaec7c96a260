//! The list of the objects that belong to the data but are kept elsewhere.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::BackupError;
use crate::manifest::{ObjectInventory, PrefixTotals};

/// An object as its store tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedObject {
    /// Its key.
    pub key: String,
    /// Its size.
    pub bytes: u64,
    /// Its entity tag.
    pub etag: Option<String>,
    /// The version that readers see: it can be fetched by this even after it was replaced or deleted.
    pub version: Option<String>,
}

/// Lists the objects that readers see.
#[async_trait::async_trait]
pub trait ObjectLister: Send + Sync {
    /// Adds every object.
    ///
    /// # Errors
    /// [`BackupError`] when the listing fails: a part of it is no inventory.
    async fn list(&self, into: &mut Listing) -> Result<(), BackupError>;
}

/// A listing being written, one JSON object a line: as many objects as there are, without holding them.
pub struct Listing {
    file: BufWriter<File>,
    prefixes: BTreeMap<String, PrefixTotals>,
}

impl Listing {
    /// Its name in a backup.
    pub const FILE: &'static str = "objects.jsonl";

    /// A listing in this folder.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub fn create(folder: &Path) -> Result<Self, BackupError> {
        let path = folder.join(Self::FILE);
        let file = File::create(&path).map_err(BackupError::file(&path, "write it"))?;
        Ok(Self { file: BufWriter::new(file), prefixes: BTreeMap::new() })
    }

    /// Adds an object.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub fn add(&mut self, object: &ListedObject) -> Result<(), BackupError> {
        let written = serde_json::to_writer(&mut self.file, object).map_err(std::io::Error::from).and_then(|()| self.file.write_all(b"\n"));
        written.map_err(BackupError::file(Path::new(Self::FILE), "write it"))?;
        let prefix = object.key.split_once('/').map_or("", |(prefix, _)| prefix);
        let totals = self.prefixes.entry(format!("{prefix}/")).or_default();
        totals.objects += 1;
        totals.bytes += object.bytes;
        Ok(())
    }

    /// The listing, done.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub fn finish(mut self) -> Result<ObjectInventory, BackupError> {
        self.file.flush().map_err(BackupError::file(Path::new(Self::FILE), "write it"))?;
        Ok(ObjectInventory { listing: Self::FILE.to_owned(), prefixes: self.prefixes })
    }
}

impl std::fmt::Debug for Listing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listing").field("prefixes", &self.prefixes).finish_non_exhaustive()
    }
}

//! Backups as files: what an archive holds, how one comes into being whole or not at all, and how long it is kept.
//!
//! The stores know how to write themselves down into a folder and how to read themselves back; this crate knows nothing of them. It packs
//! such a folder with a [`Manifest`] that carries the SHA-256 of every file, gives it its final name only when it is on the disk, checks
//! every byte before a store may read it again, and removes what is too old. [`BackupEngine`] is what a store offers on top.
//!
//! # Names
//! `20260131_020000.tar.gz` is a whole backup, `20260131_030000.incr.tar.gz` the changes since the one before,
//! `20260131_020000.collection-users.tar.gz` a single collection, and the folder `20260131` a whole backup left uncompressed
//! (checklist W109, W111, P217, CX6). Times are UTC. Names that begin with a dot are under way, or left by a process that died.
//!
//! # Map
//! `engine` is the trait and its requests and answers, `manifest` the file format, `name` names, `folder` the backup directory, `pack` and
//! `unpack` the archive, `checksum` the sums, `listing` the objects that are kept elsewhere, `retention` what is removed, `record` the last verification, `error` what can go wrong.

mod checksum;
mod engine;
mod error;
mod folder;
mod listing;
mod manifest;
mod name;
mod pack;
mod record;
mod retention;
mod unpack;

pub use checksum::Checksum;
pub use engine::{BackUp, BackupEngine, Restore, Restored, Selection, Taken};
pub use error::BackupError;
pub use folder::{Archive, BackupFolder, Layout, Staging};
pub use listing::{ListedObject, Listing, ObjectLister};
pub use manifest::{CollectionEntry, EngineKind, FileEntry, Kind, Manifest, ObjectInventory, PostgresqlFacts, PrefixTotals};
pub use record::{Proofs, Verification};
pub use unpack::Unpacked;

//! Backup and restore of a database (checklist W104–W112, CW11, P217–P219).
//!
//! # A whole backup
//! is what `mongodump` writes: `<database>/<collection>.bson`, the documents one after the other, and
//! `<database>/<collection>.metadata.json` with options and indexes in Extended JSON; MongoDB's own tools can read it. All collections are
//! read at one instant, in a snapshot session, in the order of `_id`, so that what was restored can be compared byte by byte. The server
//! keeps the past for `minSnapshotHistoryWindowInSeconds` (5 minutes unless changed); a dump that takes longer is done again without a
//! common instant, and says so.
//!
//! # Changes
//! An incremental backup is `changes.bson`: the events of the database's change stream from the instant of the backup it follows to its
//! own. They begin exactly where the other one ended, so each is applied to the very state that it changed, and a restore can stop at any
//! second. Indexes are not in the stream: their present definitions go with the changes.
//!
//! # Map
//! `engine` is the trait, `chain` finds the backups that belong together, `listing` collections and indexes (`extended_json` writes them), `dump` and `capture` write,
//! `load`, `replay` and `compare` build a database from it, `replace` puts one in another's place.

mod capture;
mod chain;
mod compare;
mod dump;
mod engine;
mod extended_json;
mod listing;
mod load;
mod replace;
mod replay;
mod stream;

pub use engine::MongoBackups;

//! What the store is made of.

use crate::challenge::Orphans;

/// The store's size, as it says itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Its product's name, e.g. `MongoDB`.
    pub engine: &'static str,
    /// Collections or tables.
    pub collections: u64,
    /// Documents or rows in all of them.
    pub documents: u64,
    /// Bytes of data, without indexes where the store tells them apart.
    pub data_bytes: u64,
    /// Indexes.
    pub indexes: u64,
}

impl Diagnosis {
    /// What is said of a store that answers.
    pub fn ping(&self) -> String {
        format!("{} ping successful", self.engine)
    }
}

/// What was found of the store and of the references in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// The store.
    pub diagnosis: Diagnosis,
    /// References that lead nowhere.
    pub orphans: Orphans,
}

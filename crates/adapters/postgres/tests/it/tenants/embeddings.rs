//! What the programs' embeddings come to by the rules of the domain over rows in memory.

use std::collections::BTreeMap;

use atelier_adapter_memory::MemoryRows;
use atelier_domain::dataservice::catalogue::Value;
use atelier_domain::dataservice::queries::{Neighbours, RowStore, Search};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::search::{catalogue, embeddings};

/// pgvector counts with 32 bits.
const AS_GOOD_AS_EQUAL: f64 = 1e-5;

/// One embedding.
#[derive(Debug, Clone)]
struct Embedding {
    owner: Uuid,
    kind: String,
    metadata: Json,
    vector: Vec<f32>,
}

/// The embeddings of both owners of one execution, and the first time the database said something else.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    rows: BTreeMap<Uuid, Embedding>,
    pub(super) contradicted: Option<String>,
}

impl Model {
    /// An operation or statement that has succeeded.
    pub(super) fn put(&mut self, owner: Uuid, data: &Json) {
        let vector: Vec<f32> = serde_json::from_value(data["embedding"].clone()).unwrap();
        let kind = data["kind"].as_str().unwrap().to_owned();
        let id = data["id"].as_str().unwrap().parse().unwrap();
        let metadata = data["metadata"].clone();
        self.rows.insert(id, Embedding { owner, kind, metadata, vector });
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, owner: Uuid, id: Uuid) -> bool {
        self.owns(owner, id) && self.rows.remove(&id).is_some()
    }

    pub(super) fn owns(&self, owner: Uuid, id: Uuid) -> bool {
        self.rows.get(&id).is_some_and(|row| row.owner == owner)
    }

    /// Gives the owner's rows, or one of them, another kind, and answers which those are.
    pub(super) fn rename(&mut self, owner: Uuid, only: Option<Uuid>, kind: &str) -> Vec<Uuid> {
        let own = self.rows.iter_mut().filter(|(id, row)| row.owner == owner && only.is_none_or(|only| only == **id));
        own.map(|(id, row)| {
            kind.clone_into(&mut row.kind);
            *id
        })
        .collect()
    }

    /// What a search finds.
    pub(super) async fn search(&self, plan: &Search) -> Neighbours {
        let (table, memory) = (embeddings(), MemoryRows::new(catalogue()));
        for (id, row) in &self.rows {
            let (kind, metadata) = (Value::Text(row.kind.clone()), Value::Json(row.metadata.clone()));
            let cells = vec![Value::Uuid(*id), Value::Uuid(row.owner), kind, metadata, Value::Vector(row.vector.clone()), Value::Null];
            memory.insert(&table, cells);
        }
        memory.search(plan).await.unwrap()
    }

    /// An owner's ids.
    pub(super) fn of(&self, owner: Uuid) -> Vec<Uuid> {
        self.rows.iter().filter(|(_, row)| row.owner == owner).map(|(id, _)| *id).collect()
    }

    pub(super) fn compare<T: std::fmt::Debug + PartialEq>(&mut self, what: &str, found: &T, expected: &T) {
        if found != expected && self.contradicted.is_none() {
            self.contradicted = Some(format!("{what}: {found:?}\nbut by the model\n{expected:?}"));
        }
    }
}

/// The same rows in the same order, as near as the other says.
pub(super) fn agree(found: &Neighbours, expected: &Neighbours) -> bool {
    let both = || found.rows.iter().zip(&expected.rows);
    found.rows.len() == expected.rows.len()
        && both().all(|(found, expected)| found.cells == expected.cells && (found.score - expected.score).abs() < AS_GOOD_AS_EQUAL)
}

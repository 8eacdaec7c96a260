//! Tables and columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::{Database, Tier};
use super::ColumnType;

/// A column's place in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(pub usize);

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnType,
    /// Whether it may be empty.
    pub nullable: bool,
    /// From which level on it may be read; none: never by a client.
    pub readable_from: Option<Tier>,
    /// From which level on it may be set when a row is made; none: never by a client.
    pub insertable_from: Option<Tier>,
    /// From which level on it may be changed; none: never by a client.
    pub updatable_from: Option<Tier>,
}

impl Column {
    /// Whether the level may read it.
    pub fn is_readable_by(&self, tier: Tier) -> bool {
        self.readable_from.is_some_and(|from| tier >= from)
    }
}

/// Whose a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// The owner's id is in this column. Rows without one are seen by administrators only.
    Column(ColumnId),
    /// The row belongs to whoever owns the row of `parent` this column points to.
    Through {
        /// The column that points there.
        column: ColumnId,
        /// The table it points into, by its key.
        parent: &'static str,
    },
}

/// A table, container or collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its store.
    pub database: Database,
    /// Its name.
    pub name: &'static str,
    /// Its columns, in the order answers show them.
    pub columns: Vec<Column>,
    /// The primary key.
    pub key: ColumnId,
    /// Whose rows it holds.
    pub ownership: Ownership,
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<ColumnId> {
        self.columns.iter().position(|column| column.name == name).map(ColumnId)
    }

    /// The column at this place.
    ///
    /// # Panics
    /// When the id is of another table.
    pub fn at(&self, id: ColumnId) -> &Column {
        &self.columns[id.0]
    }

    /// What the level sees of a row, in order.
    pub fn readable_by(&self, tier: Tier) -> Vec<ColumnId> {
        (0..self.columns.len()).map(ColumnId).filter(|id| self.at(*id).is_readable_by(tier)).collect()
    }
}

/// Every table a request can point to.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    tables: BTreeMap<(Database, &'static str), Arc<Table>>,
}

impl Catalogue {
    /// A catalogue of these tables.
    pub fn of(tables: impl IntoIterator<Item = Table>) -> Self {
        Self { tables: tables.into_iter().map(|table| ((table.database, table.name), Arc::new(table))).collect() }
    }

    /// The table of this name.
    pub fn table(&self, database: Database, name: &str) -> Option<Arc<Table>> {
        self.tables.get(&(database, name)).cloned()
    }

    /// How many numbers the embeddings of a table have.
    pub fn dimensions(&self, name: &str) -> Option<usize> {
        self.table(Database::Vector, name)?.columns.iter().find_map(|column| match column.kind {
            ColumnType::Vector { dimensions } => Some(dimensions),
            _ => None,
        })
    }

    /// Every table of a store, by name.
    pub fn tables(&self, database: Database) -> impl Iterator<Item = &Arc<Table>> {
        self.tables.iter().filter(move |((of, _), _)| *of == database).map(|(_, table)| table)
    }
}

//! Tables as lists of rows.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use atelier_domain::dataservice::DataError;
use atelier_domain::dataservice::catalogue::{Catalogue, ColumnId, Ownership, Table, Value};
use atelier_domain::dataservice::queries::{Direction, Neighbour, Neighbours, Predicate, RowStore, Rows, Search, Select, SortKey};
use uuid::Uuid;

type Row = Vec<Value>;

/// Rows of every table of a catalogue, read as the real stores read them. There is no other version of an owner's rows than their number of
/// [inserts](MemoryRows::insert).
#[derive(Clone)]
pub struct MemoryRows {
    catalogue: Arc<Catalogue>,
    tables: Arc<Mutex<BTreeMap<&'static str, Vec<Row>>>>,
}

impl MemoryRows {
    /// Empty tables.
    pub fn new(catalogue: Arc<Catalogue>) -> Self {
        Self { catalogue, tables: Arc::default() }
    }

    /// Adds a row with a value for each column of the table.
    ///
    /// # Panics
    /// When there are not as many values as columns.
    pub fn insert(&self, table: &Table, row: Vec<Value>) {
        assert_eq!(row.len(), table.columns.len(), "a row of {} has a value for each column", table.name);
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).entry(table.name).or_default().push(row);
    }
}

fn holds(predicate: &Predicate, row: &Row) -> bool {
    predicate.matches(&|column: ColumnId| &row[column.0]) == Some(true)
}

fn owner_of(catalogue: &Catalogue, tables: &BTreeMap<&'static str, Vec<Row>>, table: &Table, row: &Row) -> Option<Uuid> {
    match table.ownership {
        Ownership::Column(column) => match row[column.0] {
            Value::Uuid(owner) => Some(owner),
            _ => None,
        },
        Ownership::Through { column, parent } => {
            let parent = catalogue.table(table.database, parent)?;
            let of = tables.get(parent.name)?.iter().find(|of| of[parent.key.0] == row[column.0])?;
            owner_of(catalogue, tables, &parent, of)
        }
    }
}

/// Empty values last, whichever way.
fn sorted(keys: &[SortKey], left: &Row, right: &Row) -> Ordering {
    let by_key = |key: &SortKey| {
        let (left, right) = (&left[key.column.0], &right[key.column.0]);
        match (left == &Value::Null, right == &Value::Null) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let order = left.compare(right).unwrap_or(Ordering::Equal);
                if key.direction == Direction::Descending { order.reverse() } else { order }
            }
        }
    };
    keys.iter().map(by_key).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[async_trait]
impl RowStore for MemoryRows {
    async fn select(&self, plan: &Select) -> Result<Rows, DataError> {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let all = tables.get(plan.table.name).map(Vec::as_slice).unwrap_or_default();
        let own = |row: &&Row| plan.confined_to.is_none_or(|owner| owner_of(&self.catalogue, &tables, &plan.table, row) == Some(owner));
        let mine: Vec<_> = all.iter().filter(own).collect();
        let version = plan.confined_to.map(|_| mine.len() as u64);
        let mut found: Vec<_> = mine.into_iter().filter(|row| holds(&plan.filter, row)).collect();
        let total = found.len() as u64;
        found.sort_by(|left, right| sorted(&plan.order, left, right));
        let behind = found.into_iter().filter(|row| plan.after.as_ref().is_none_or(|after| holds(after, row)));
        let page = behind.skip(usize::try_from(plan.offset).unwrap_or(usize::MAX)).take(plan.limit as usize + 1);
        let shown = |row: &Row| plan.columns.iter().map(|column| row[column.0].clone()).collect();
        let rows = if plan.counts_only() { Vec::new() } else { page.map(shown).collect() };
        Ok(Rows { rows, total, version, continuation: None })
    }

    async fn search(&self, plan: &Search) -> Result<Neighbours, DataError> {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let all = tables.get(plan.table.name).map(Vec::as_slice).unwrap_or_default();
        let own = |row: &&Row| plan.confined_to.is_none_or(|owner| owner_of(&self.catalogue, &tables, &plan.table, row) == Some(owner));
        let mine: Vec<_> = all.iter().filter(own).collect();
        let version = plan.confined_to.map(|_| mine.len() as u64);
        let score = |row: &Row| match &row[plan.column.0] {
            Value::Vector(embedding) => plan.score(embedding).filter(|score| plan.min_score.is_none_or(|least| *score >= least)),
            _ => None,
        };
        let key = plan.table.key.0;
        let mut found: Vec<_> =
            mine.into_iter().filter(|row| holds(&plan.filter, row)).filter_map(|row| Some((score(row)?, row))).collect();
        found.sort_by(|(left, left_row), (right, right_row)| {
            right.total_cmp(left).then(left_row[key].compare(&right_row[key]).unwrap_or(Ordering::Equal))
        });
        found.truncate(plan.top_k as usize);
        let shown = |row: &Row| plan.columns.iter().map(|column| row[column.0].clone()).collect();
        let rows = found.into_iter().map(|(score, row)| Neighbour { cells: shown(row), score }).collect();
        Ok(Neighbours { rows, version })
    }
}

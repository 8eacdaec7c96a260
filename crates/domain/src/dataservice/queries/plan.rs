//! A checked query: what a store is asked for.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::super::catalogue::{Column, ColumnId, Ownership, Table, Value};
use super::super::{DataError, Database, Rejected, Tenant, Tier};
use super::parse::readable;
use super::{Comparison, FilterLimits, Predicate, QueryRequest, QueryType, cursor, parse_filters};

/// Which way a column is sorted. Empty ones come last either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// One column of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SortKey {
    /// The column.
    pub column: ColumnId,
    /// Which way.
    pub direction: Direction,
}

/// A query whose every identifier is the catalogue's and whose every value has its column's type.
#[derive(Debug, Clone)]
pub struct Select {
    /// The table.
    pub table: Arc<Table>,
    /// The columns to read, in this order. Empty when only the total is wanted.
    pub columns: Vec<ColumnId>,
    /// How many of them the client asked for; those behind are read for the cursor.
    pub shown: usize,
    /// Which rows.
    pub filter: Predicate,
    /// The only owner whose rows may be seen; none for administrators. Stores MUST add it to the filter, whatever else keeps owners apart.
    pub confined_to: Option<Uuid>,
    /// The order; total, since the primary key ends it.
    pub order: Vec<SortKey>,
    /// Rows to continue behind; not part of the total.
    pub after: Option<Predicate>,
    /// Where a store that remembers pages itself goes on; not part of the total.
    pub continuation: Option<String>,
    /// Rows to leave out first.
    pub offset: u64,
    /// The page, counted from 1.
    pub page: u64,
    /// Most rows.
    pub limit: u32,
    /// The level of the caller.
    pub tier: Tier,
    /// How long the statement may run.
    pub statement_time: Duration,
}

/// What a store answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// The rows, each with the plan's columns.
    pub rows: Vec<Vec<Value>>,
    /// How many rows fulfil the filter, counted in the same snapshot.
    pub total: u64,
    /// The version of the owner's rows of the table in the same snapshot, where the store keeps one.
    pub version: Option<u64>,
    /// Where the next page begins, from a store that remembers pages itself.
    pub continuation: Option<String>,
}

const USUAL_LIMIT: u64 = 20;
const MOST_SORT_KEYS: usize = 3;
/// Beyond it a client should follow the cursor.
const DEEPEST_OFFSET: u64 = 100_000;

impl Select {
    /// Checks a request against its table.
    ///
    /// # Errors
    /// [`DataError::Invalid`] with the code of the first fault, [`DataError::Forbidden`] when another owner is asked for.
    pub fn check(table: Arc<Table>, tenant: &Tenant, request: &QueryRequest) -> Result<Self, DataError> {
        let most = tenant.allowance().rows_per_page;
        let page = request.pagination.page.unwrap_or(1);
        if page == 0 {
            return Err(DataError::invalid("VALIDATION_FAILED", "pagination.page: pages are counted from 1"));
        }
        let limit = match request.pagination.limit.unwrap_or(USUAL_LIMIT) {
            0 => return Err(DataError::invalid("VALIDATION_FAILED", "pagination.limit: at least 1 row")),
            limit => u32::try_from(limit).ok().filter(|limit| *limit <= most).ok_or_else(|| {
                let message = format!("pagination.limit: your role may ask for at most {most} rows a page");
                DataError::Invalid(Rejected::new("LIMIT_EXCEEDED", message).with("limit", most))
            })?,
        };
        let offset = (page - 1).checked_mul(u64::from(limit)).filter(|offset| *offset <= DEEPEST_OFFSET).ok_or_else(|| {
            let message = format!("pagination.page: at most {DEEPEST_OFFSET} rows can be skipped; follow pagination.next instead");
            DataError::Invalid(Rejected::new("LIMIT_EXCEEDED", message).with("limit", DEEPEST_OFFSET))
        })?;
        let filter = parse_filters(&table, tenant, &request.filters, FilterLimits::SERVICE)?;
        let order = order(&table, tenant, &request.order)?;
        let remembers_pages = table.database == Database::CosmosDb;
        if remembers_pages && page > 1 {
            return Err(DataError::invalid("VALIDATION_FAILED", "pagination.page: Cosmos DB is read on from pagination.next only"));
        }
        let after = match &request.pagination.after {
            Some(_) if request.pagination.page.is_some() => {
                return Err(DataError::invalid("VALIDATION_FAILED", "pagination: page or after, not both"));
            }
            Some(text) if !remembers_pages => Some(cursor::after(&table, &order, text)?),
            _ => None,
        };
        let mut columns = match (&request.select, request.query_type) {
            (_, QueryType::Count) => Vec::new(),
            (None, QueryType::Select) => table.readable_by(tenant.tier),
            (Some(names), QueryType::Select) => names.iter().map(|name| readable(&table, tenant, name)).collect::<Result<_, _>>()?,
        };
        let shown = columns.len();
        if request.query_type == QueryType::Select {
            if shown == 0 {
                return Err(DataError::invalid("VALIDATION_FAILED", "select: at least one column"));
            }
            columns.sort_unstable();
            columns.dedup();
            if columns.len() < shown {
                return Err(DataError::invalid("VALIDATION_FAILED", "select: a column is named twice"));
            }
            // A store that remembers pages needs no cursor made of their values.
            let hidden: Vec<_> =
                order.iter().map(|key| key.column).filter(|column| !columns.contains(column) && !remembers_pages).collect();
            columns.extend(hidden);
        }
        let mut plan = Self {
            columns,
            shown,
            filter,
            confined_to: tenant.confined_to(),
            order,
            after,
            continuation: None,
            offset,
            page,
            limit,
            tier: tenant.tier,
            statement_time: tenant.allowance().statement_time,
            table,
        };
        if remembers_pages {
            if plan.partition().is_none() {
                let message =
                    format!("filters: name the owner, as in {{\"{}\": \"…\"}}: a query of Cosmos DB is of one", plan.owner_name());
                return Err(DataError::invalid("VALIDATION_FAILED", message));
            }
            let text = request.pagination.after.as_deref();
            plan.continuation = text.map(|text| cursor::read_continuation(&plan.identity(), text)).transpose()?;
        }
        Ok(plan)
    }

    /// The one owner whose rows can be found: the caller, or whoever the filter demands. Stores that are partitioned by the owner are asked
    /// for this partition.
    pub fn partition(&self) -> Option<Uuid> {
        let Ownership::Column(owner) = self.table.ownership else { return self.confined_to };
        let demanded = |one: &Predicate| match one {
            Predicate::Compare { column, how: Comparison::Eq, value: Value::Uuid(uuid) } if *column == owner => Some(*uuid),
            _ => None,
        };
        self.confined_to.or_else(|| match &self.filter {
            Predicate::All(all) => all.iter().find_map(demanded),
            one => demanded(one),
        })
    }

    fn owner_name(&self) -> &'static str {
        match self.table.ownership {
            Ownership::Column(owner) | Ownership::Through { column: owner, .. } => self.table.at(owner).name,
        }
    }

    /// What makes two pages pages of the same query.
    fn identity(&self) -> String {
        format!("{}|{:?}|{:?}|{:?}", self.table.name, self.partition(), self.filter, self.order)
    }

    /// Whether only the total is wanted.
    pub fn counts_only(&self) -> bool {
        self.columns.is_empty()
    }

    /// The columns the client sees, in order.
    pub fn shown(&self) -> impl Iterator<Item = &Column> {
        self.columns[..self.shown].iter().map(|column| self.table.at(*column))
    }

    /// The cursor of the page after this one, of a store that remembers pages itself.
    pub fn continued(&self, continuation: &str) -> String {
        cursor::write_continuation(&self.identity(), continuation)
    }

    /// The cursor of the page after this one, which ended with `row`.
    pub fn cursor(&self, row: &[Value]) -> String {
        let at = |wanted: ColumnId| self.columns.iter().position(|column| *column == wanted);
        cursor::write_cursor(self.order.iter().filter_map(|key| at(key.column)).filter_map(|at| row.get(at)))
    }
}

fn order(table: &Table, tenant: &Tenant, names: &[String]) -> Result<Vec<SortKey>, DataError> {
    if names.len() > MOST_SORT_KEYS {
        let message = format!("order: at most {MOST_SORT_KEYS} columns");
        return Err(DataError::Invalid(Rejected::new("LIMIT_EXCEEDED", message).with("limit", MOST_SORT_KEYS)));
    }
    let mut keys: Vec<SortKey> = Vec::new();
    for name in names {
        let (name, direction) = match name.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (name.as_str(), Direction::Ascending),
        };
        let column = readable(table, tenant, name)?;
        if !table.at(column).kind.is_ordered() {
            return Err(DataError::invalid("VALIDATION_FAILED", format!("order: {name} has no order")));
        }
        if keys.iter().any(|key| key.column == column) {
            return Err(DataError::invalid("VALIDATION_FAILED", format!("order: {name} is named twice")));
        }
        keys.push(SortKey { column, direction });
    }
    if let (true, Some(column)) = (keys.is_empty(), table.column("created_at")) {
        keys.push(SortKey { column, direction: Direction::Descending });
    }
    if keys.iter().all(|key| key.column != table.key) {
        let direction = keys.last().map_or(Direction::Ascending, |key| key.direction);
        keys.push(SortKey { column: table.key, direction });
    }
    Ok(keys)
}

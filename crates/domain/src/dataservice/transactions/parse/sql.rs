//! Operations on tables.

use serde_json::{Map, Value as Json};

use super::super::super::catalogue::{Catalogue, Column, ColumnId, ColumnType, Ownership, Table, Value};
use super::super::super::queries::{FilterLimits, Predicate, parse_filters};
use super::super::super::{DataError, Database, Rejected, Tenant, Tier};
use super::super::{Assignment, SqlChange, SqlWrite};
use super::fields::{Fields, malformed};

/// Most rows an update or delete changes unless told otherwise, and the most it can be told.
const MAX_AFFECTED: u64 = 1000;
const MOST_AFFECTED: u64 = 100_000;

pub(super) fn parse(catalogue: &Catalogue, tenant: &Tenant, verb: &str, fields: &mut Fields<'_>) -> Result<SqlWrite, DataError> {
    let named = fields.text("table")?;
    let table = table(catalogue, Database::PostgreSql, named)?;
    let mut max_affected = MAX_AFFECTED;
    let change = match verb {
        "insert" => SqlChange::Insert { values: new_row(&table, tenant, fields.object("data")?)? },
        "upsert" => {
            let values = new_row(&table, tenant, fields.object("data")?)?;
            if values.iter().all(|(column, _)| *column != table.key) {
                return Err(malformed("data", &format!("{}, the key", table.at(table.key).name)));
            }
            let replaced: Vec<_> =
                values.iter().map(|(id, _)| *id).filter(|id| reaches(table.at(*id).updatable_from, tenant.tier)).collect();
            if replaced.is_empty() {
                return Err(malformed("data", "at least one column that can be changed"));
            }
            SqlChange::Upsert { values, replaced }
        }
        "update" => {
            let values = changes(&table, tenant, fields.object("data")?)?;
            max_affected = fields.number_if_any("max_affected", MOST_AFFECTED)?.unwrap_or(MAX_AFFECTED);
            SqlChange::Update { values, filter: filter(&table, tenant, fields)? }
        }
        "delete" => {
            may_make_rows(&table, tenant)?;
            max_affected = fields.number_if_any("max_affected", MOST_AFFECTED)?.unwrap_or(MAX_AFFECTED);
            SqlChange::Delete { filter: filter(&table, tenant, fields)? }
        }
        _ => return Err(malformed("operation", "insert, upsert, update or delete")),
    };
    Ok(SqlWrite { table, change, confined_to: tenant.confined_to(), max_affected })
}

/// The table of this name.
pub(super) fn table(catalogue: &Catalogue, database: Database, name: &str) -> Result<std::sync::Arc<Table>, DataError> {
    catalogue.table(database, name).ok_or_else(|| {
        DataError::NotFound(Rejected::new("TABLE_NOT_FOUND", format!("{database} has no table of that name")).with("table", name))
    })
}

fn reaches(from: Option<Tier>, tier: Tier) -> bool {
    from.is_some_and(|from| tier >= from)
}

fn not_writable(table: &Table, column: &str) -> DataError {
    let message = format!("{column} of {} cannot be written", table.name);
    DataError::Forbidden(Rejected::new("COLUMN_NOT_WRITABLE", message).with("table", table.name).with("column", column))
}

/// Rows of a table of which no column can be set are made and removed by the service alone.
fn may_make_rows(table: &Table, tenant: &Tenant) -> Result<(), DataError> {
    match table.columns.iter().any(|column| reaches(column.insertable_from, tenant.tier)) {
        true => Ok(()),
        false => Err(not_writable(table, table.at(table.key).name)),
    }
}

/// The column and whose it must be allowed to be.
fn column(table: &Table, name: &str) -> Result<ColumnId, DataError> {
    table.column(name).ok_or_else(|| {
        let message = format!("{} has no column of that name", table.name);
        DataError::Invalid(Rejected::new("UNKNOWN_COLUMN", message).with("table", table.name).with("column", name))
    })
}

fn value(column: &Column, json: &Json) -> Result<Value, DataError> {
    let invalid = |expected: &str| {
        let message = format!("{}: {expected} is expected", column.name);
        DataError::Invalid(Rejected::new("INVALID_VALUE", message).with("column", column.name).with("type", column.kind.name()))
    };
    match column.kind.parse(json).map_err(|error| invalid(error.0))? {
        Value::Null if !column.nullable => Err(invalid("a value")),
        value => Ok(value),
    }
}

fn check_owner(tenant: &Tenant, value: &Value) -> Result<(), DataError> {
    let allowed = match value {
        Value::Uuid(owner) => tenant.confined_to().is_none_or(|own| own == *owner),
        _ => tenant.is_admin(),
    };
    if allowed {
        return Ok(());
    }
    Err(DataError::Forbidden(Rejected::new("OWNERSHIP_VIOLATION", "this row would belong to somebody else: leave the owner out")))
}

/// A new row's columns, with its owner.
pub(super) fn new_row(table: &Table, tenant: &Tenant, data: &Map<String, Json>) -> Result<Vec<(ColumnId, Value)>, DataError> {
    may_make_rows(table, tenant)?;
    let mut values = Vec::with_capacity(data.len() + 1);
    for (name, json) in data {
        let id = column(table, name)?;
        let described = table.at(id);
        if !reaches(described.insertable_from, tenant.tier) {
            return Err(not_writable(table, name));
        }
        let value = value(described, json)?;
        if table.ownership == Ownership::Column(id) {
            check_owner(tenant, &value)?;
        }
        values.push((id, value));
    }
    match table.ownership {
        Ownership::Column(owner) if values.iter().all(|(id, _)| *id != owner) => values.push((owner, Value::Uuid(tenant.owner))),
        Ownership::Through { column, .. } => {
            let given = values.iter().find(|(id, _)| *id == column).is_some_and(|(_, value)| *value != Value::Null);
            if !given {
                return Err(malformed(table.at(column).name, "the row this one belongs to"));
            }
        }
        Ownership::Column(_) => {}
    }
    Ok(values)
}

fn changes(table: &Table, tenant: &Tenant, data: &Map<String, Json>) -> Result<Vec<(ColumnId, Assignment)>, DataError> {
    data.iter()
        .map(|(name, json)| {
            let id = column(table, name)?;
            let described = table.at(id);
            if !reaches(described.updatable_from, tenant.tier) {
                if table.ownership == Ownership::Column(id) {
                    check_owner(tenant, &value(described, json)?)?;
                }
                return Err(not_writable(table, name));
            }
            let countable = matches!(described.kind, ColumnType::Integer | ColumnType::BigInt | ColumnType::Decimal { .. });
            match json {
                Json::Object(operators) if countable => match operators.iter().next() {
                    Some((operator, by)) if operators.len() == 1 && operator == "increment" && !by.is_null() => {
                        Ok((id, Assignment::Add(value(described, by)?)))
                    }
                    _ => Err(malformed(name, "a number or {\"increment\": number}")),
                },
                literal => Ok((id, Assignment::Set(value(described, literal)?))),
            }
        })
        .collect()
}

/// Fails unless a document's column may be changed so, as a whole or `inside` its JSON.
pub(super) fn patchable(table: &Table, tenant: &Tenant, name: &str, inside: bool, change: (&str, Option<&Json>)) -> Result<(), DataError> {
    let described = table.at(column(table, name)?);
    if !reaches(described.updatable_from, tenant.tier) {
        return Err(not_writable(table, name));
    }
    match (described.kind, change) {
        (ColumnType::Json, _) => Ok(()),
        _ if inside => Err(malformed("patch.path", &format!("a path that ends at {name}, which is no JSON,"))),
        (ColumnType::Integer | ColumnType::BigInt, ("incr", Some(by))) => value(described, by).map(drop),
        (_, ("incr", _)) => Err(malformed("patch.op", &format!("another op for {name}, which is no number,"))),
        (_, (_, given)) => value(described, given.unwrap_or(&Json::Null)).map(drop),
    }
}

/// The rows an update or delete is about: never simply all.
fn filter(table: &Table, tenant: &Tenant, fields: &mut Fields<'_>) -> Result<Predicate, DataError> {
    fn compares(predicate: &Predicate) -> bool {
        match predicate {
            Predicate::All(parts) | Predicate::Any(parts) => parts.iter().any(compares),
            Predicate::Not(one) => compares(one),
            _ => true,
        }
    }
    let json = fields.get("filters").ok_or_else(|| malformed("filters", "which rows"))?;
    let filter = parse_filters(table, tenant, json, FilterLimits::SERVICE)?;
    if compares(&filter) { Ok(filter) } else { Err(malformed("filters", "at least one comparison")) }
}

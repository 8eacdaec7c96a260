//! Values on their way to PostgreSQL and back.

use atelier_domain::dataservice::catalogue::{ColumnType, Value};
use chrono::NaiveDateTime;
use sea_query::{Expr, ExprTrait, SimpleExpr};
use serde_json::Value as Json;
use sqlx::postgres::PgRow;
use sqlx::types::BigDecimal;
use sqlx::{Row, ValueRef};
use uuid::Uuid;

/// The value as a bound parameter; never as text of the statement.
pub(crate) fn bound(value: &Value, kind: ColumnType) -> SimpleExpr {
    match value {
        Value::Null => Expr::null().cast_as(pg_type(kind)),
        Value::Boolean(value) => Expr::val(*value),
        Value::Integer(number) => Expr::val(*number),
        Value::Decimal(number) => Expr::val(number.clone()),
        Value::Text(text) => Expr::val(text.clone()),
        Value::Uuid(uuid) => Expr::val(*uuid),
        Value::Timestamp(time) => Expr::val(time.naive_utc()),
        Value::Json(json) => Expr::val(json.clone()),
        Value::Vector(numbers) => Expr::val(vector_text(numbers)).cast_as(pg_type(kind)),
    }
}

/// An embedding as pgvector reads it.
pub(crate) fn vector_text(numbers: &[f32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(f32::to_string).collect();
    format!("[{}]", numbers.join(","))
}

fn pg_type(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Uuid => "uuid",
        ColumnType::Text { .. } => "text",
        ColumnType::Integer => "integer",
        ColumnType::BigInt => "bigint",
        ColumnType::Decimal { .. } => "numeric",
        ColumnType::Boolean => "boolean",
        ColumnType::Timestamp => "timestamp",
        ColumnType::Json => "jsonb",
        ColumnType::Vector { .. } => "vector",
    }
}

/// Reads the column at this place.
pub(crate) fn read(row: &PgRow, at: usize, kind: ColumnType) -> Result<Value, sqlx::Error> {
    if row.try_get_raw(at)?.is_null() {
        return Ok(Value::Null);
    }
    Ok(match kind {
        ColumnType::Uuid => Value::Uuid(row.try_get::<Uuid, _>(at)?),
        ColumnType::Text { .. } => Value::Text(row.try_get(at)?),
        ColumnType::Integer => Value::Integer(row.try_get::<i32, _>(at)?.into()),
        ColumnType::BigInt => Value::Integer(row.try_get(at)?),
        ColumnType::Decimal { scale, .. } => Value::Decimal(row.try_get::<BigDecimal, _>(at)?.with_scale(i64::from(scale))),
        ColumnType::Boolean => Value::Boolean(row.try_get(at)?),
        ColumnType::Timestamp => Value::Timestamp(row.try_get::<NaiveDateTime, _>(at)?.and_utc()),
        ColumnType::Json => Value::Json(row.try_get::<Json, _>(at)?),
        ColumnType::Vector { .. } => Value::Vector(row.try_get::<pgvector::Vector, _>(at)?.to_vec()),
    })
}

//! Typed values: what a column holds and how it is written in JSON.

use std::cmp::Ordering;

use bigdecimal::BigDecimal;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// A UUID, as text.
    Uuid,
    /// Text of at most so many characters; unbounded when none.
    Text {
        /// The most characters.
        max: Option<usize>,
    },
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits. In answers those beyond ±(2⁵³−1) are strings, since JavaScript's numbers would lose digits.
    BigInt,
    /// A decimal number, rounded half away from zero to its scale as PostgreSQL's `NUMERIC(precision, scale)` does.
    Decimal {
        /// All digits.
        precision: u32,
        /// Those after the point.
        scale: u32,
    },
    /// True or false.
    Boolean,
    /// An instant: RFC 3339, answered in UTC with milliseconds and `Z`.
    Timestamp,
    /// Any JSON value.
    Json,
    /// An embedding of so many numbers.
    Vector {
        /// How many.
        dimensions: usize,
    },
}

impl ColumnType {
    /// The type's name in error messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Text { .. } => "text",
            Self::Integer => "integer",
            Self::BigInt => "bigint",
            Self::Decimal { .. } => "decimal",
            Self::Boolean => "boolean",
            Self::Timestamp => "timestamp",
            Self::Json => "json",
            Self::Vector { .. } => "vector",
        }
    }

    /// Whether values of the type have an order.
    pub fn is_ordered(self) -> bool {
        !matches!(self, Self::Json | Self::Vector { .. })
    }

    /// Reads a JSON value as one of this type; `null` is [`Value::Null`].
    ///
    /// # Errors
    /// [`InvalidValue`], which says what was expected.
    pub fn parse(self, json: &Json) -> Result<Value, InvalidValue> {
        if json.is_null() {
            return Ok(Value::Null);
        }
        match self {
            Self::Uuid => text(json, "a UUID")?.parse().map(Value::Uuid).map_err(|_invalid| InvalidValue("a UUID")),
            Self::Text { max } => {
                let text = text(json, "a string")?;
                if text.contains('\0') {
                    return Err(InvalidValue("text without NUL characters"));
                }
                if max.is_some_and(|max| text.chars().count() > max) {
                    return Err(InvalidValue("a shorter text"));
                }
                Ok(Value::Text(text.to_owned()))
            }
            Self::Integer => integer(json)
                .filter(|number| i32::try_from(*number).is_ok())
                .map(Value::Integer)
                .ok_or(InvalidValue("a whole number of 32 bits")),
            Self::BigInt => integer(json).map(Value::Integer).ok_or(InvalidValue("a whole number of 64 bits")),
            Self::Decimal { precision, scale } => decimal(json, precision, scale),
            Self::Boolean => json.as_bool().map(Value::Boolean).ok_or(InvalidValue("true or false")),
            Self::Timestamp => DateTime::parse_from_rfc3339(text(json, "a time such as 2026-01-15T10:30:00Z")?)
                .map(|time| Value::Timestamp(time.with_timezone(&Utc)))
                .map_err(|_invalid| InvalidValue("a time such as 2026-01-15T10:30:00Z")),
            Self::Json => {
                if holds_nul(json) {
                    return Err(InvalidValue("JSON without NUL characters"));
                }
                Ok(Value::Json(json.clone()))
            }
            Self::Vector { dimensions } => vector(json, dimensions),
        }
    }
}

fn text<'j>(json: &'j Json, expected: &'static str) -> Result<&'j str, InvalidValue> {
    json.as_str().ok_or(InvalidValue(expected))
}

/// Numbers, and the strings this service itself answers for those JavaScript cannot hold.
fn integer(json: &Json) -> Option<i64> {
    json.as_i64().or_else(|| json.as_str()?.parse().ok())
}

fn decimal(json: &Json, precision: u32, scale: u32) -> Result<Value, InvalidValue> {
    const EXPECTED: InvalidValue = InvalidValue("a decimal number that fits the column");
    let written = match json {
        Json::Number(number) => number.to_string(),
        Json::String(text) if text.len() <= 64 => text.clone(),
        _ => return Err(EXPECTED),
    };
    let number: BigDecimal = written.parse().map_err(|_invalid| EXPECTED)?;
    // An exponent of millions would be written out digit by digit.
    if number.order_of_magnitude().abs() > 1000 {
        return Err(EXPECTED);
    }
    let rounded = number.with_scale_round(i64::from(scale), bigdecimal::RoundingMode::HalfUp);
    let digits = rounded.digits();
    if rounded != 0 && digits > u64::from(precision) {
        return Err(EXPECTED);
    }
    Ok(Value::Decimal(rounded))
}

fn vector(json: &Json, dimensions: usize) -> Result<Value, InvalidValue> {
    const EXPECTED: InvalidValue = InvalidValue("a list of as many finite numbers as the column has dimensions");
    let numbers = json.as_array().filter(|numbers| numbers.len() == dimensions).ok_or(EXPECTED)?;
    #[expect(clippy::cast_possible_truncation, reason = "vectors are stored with 32-bit numbers")]
    let numbers = numbers.iter().map(|number| number.as_f64().map(|number| number as f32).filter(|number| number.is_finite()));
    numbers.collect::<Option<Vec<f32>>>().map(Value::Vector).ok_or(EXPECTED)
}

fn holds_nul(json: &Json) -> bool {
    match json {
        Json::String(text) => text.contains('\0'),
        Json::Array(items) => items.iter().any(holds_nul),
        Json::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// The value is not one of the column's type; the text says what is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is expected")]
pub struct InvalidValue(pub &'static str);

/// A value of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Decimal(BigDecimal),
    /// Text.
    Text(String),
    /// A UUID.
    Uuid(Uuid),
    /// An instant.
    Timestamp(DateTime<Utc>),
    /// JSON.
    Json(Json),
    /// An embedding.
    Vector(Vec<f32>),
}

/// The largest whole number every JSON reader keeps exactly: 2⁵³ − 1.
const SAFE_INTEGER: u64 = (1 << 53) - 1;

impl Value {
    /// The order of two values of one ordered type; none when they have none. Text is ordered by its bytes, as PostgreSQL's collation `C`
    /// has it.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Boolean(left), Self::Boolean(right)) => Some(left.cmp(right)),
            (Self::Integer(left), Self::Integer(right)) => Some(left.cmp(right)),
            (Self::Decimal(left), Self::Decimal(right)) => Some(left.cmp(right)),
            (Self::Text(left), Self::Text(right)) => Some(left.cmp(right)),
            (Self::Uuid(left), Self::Uuid(right)) => Some(left.cmp(right)),
            (Self::Timestamp(left), Self::Timestamp(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }

    /// The value as answers show it.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Boolean(value) => Json::Bool(*value),
            Self::Integer(number) if number.unsigned_abs() <= SAFE_INTEGER => Json::from(*number),
            Self::Integer(number) => Json::String(number.to_string()),
            // Up to 15 digits a double keeps every one.
            Self::Decimal(number) if number.digits() <= 15 => {
                number.to_string().parse().map_or_else(|_invalid| Json::String(number.to_string()), Json::Number)
            }
            Self::Decimal(number) => Json::String(number.to_string()),
            Self::Text(text) => Json::String(text.clone()),
            Self::Uuid(uuid) => Json::String(uuid.to_string()),
            Self::Timestamp(time) => Json::String(time.to_rfc3339_opts(SecondsFormat::Millis, true)),
            Self::Json(json) => json.clone(),
            Self::Vector(numbers) => Json::from(numbers.as_slice()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_survive_json_and_back() {
        let uuid = "8f1b6d0e-9a7c-4e52-b3d1-f0a98c7e6d5b";
        for (kind, json) in [
            (ColumnType::Uuid, json!(uuid)),
            (ColumnType::Text { max: Some(3) }, json!("éàü")),
            (ColumnType::Integer, json!(-7)),
            (ColumnType::BigInt, json!(9_007_199_254_740_991_i64)),
            (ColumnType::BigInt, json!("9223372036854775807")),
            (ColumnType::Decimal { precision: 3, scale: 2 }, json!(9.99)),
            (ColumnType::Boolean, json!(true)),
            (ColumnType::Timestamp, json!("2024-01-15T10:30:00.250Z")),
            (ColumnType::Json, json!({"a": [1, null]})),
            (ColumnType::Vector { dimensions: 2 }, json!([0.5, -1.0])),
            (ColumnType::Uuid, Json::Null),
        ] {
            assert_eq!(kind.parse(&json).map(|value| value.to_json()), Ok(json), "{kind:?}");
        }
    }

    #[test]
    fn what_is_not_of_the_type_is_refused() {
        for (kind, json) in [
            (ColumnType::Uuid, json!("user_123")),
            (ColumnType::Text { max: Some(3) }, json!("four")),
            (ColumnType::Text { max: None }, json!("a\0b")),
            (ColumnType::Text { max: None }, json!(1)),
            (ColumnType::Integer, json!(2_147_483_648_i64)),
            (ColumnType::Integer, json!(1.5)),
            (ColumnType::BigInt, json!(9.3e18)),
            (ColumnType::Decimal { precision: 3, scale: 2 }, json!(10)),
            (ColumnType::Decimal { precision: 3, scale: 2 }, json!("1e999999999")),
            (ColumnType::Boolean, json!("true")),
            (ColumnType::Timestamp, json!("yesterday")),
            (ColumnType::Json, json!({"a\0": 1})),
            (ColumnType::Vector { dimensions: 2 }, json!([1.0])),
            (ColumnType::Vector { dimensions: 1 }, json!([1e300])),
        ] {
            assert!(kind.parse(&json).is_err(), "{kind:?} {json}");
        }
    }

    #[test]
    fn decimals_are_rounded_to_the_columns_scale() {
        let kind = ColumnType::Decimal { precision: 3, scale: 2 };
        assert_eq!(kind.parse(&json!(0.855)).map(|value| value.to_json().to_string()), Ok("0.86".to_owned()));
        assert_eq!(kind.parse(&json!("-0.855")).map(|value| value.to_json().to_string()), Ok("-0.86".to_owned()));
        assert!(kind.parse(&json!(9.996)).is_err(), "rounded up it has four digits");
    }
}

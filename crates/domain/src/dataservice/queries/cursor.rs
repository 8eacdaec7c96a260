//! Cursors: where a page ended, as the values of its sort keys.

use chrono::SecondsFormat;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::super::DataError;
use super::super::catalogue::{ColumnType, Table, Value};
use super::{Comparison, Direction, Predicate, SortKey};
use crate::kernel::Fingerprint;

/// Writes the values of a row's sort keys. The text is opaque to clients, and holds nothing they have not been shown.
pub fn write_cursor<'v>(values: impl Iterator<Item = &'v Value>) -> String {
    let exact = |value: &Value| match value {
        // Answers show milliseconds; the store keeps microseconds, and rows between two milliseconds must not be lost or repeated.
        Value::Timestamp(time) => Json::String(time.to_rfc3339_opts(SecondsFormat::Micros, true)),
        Value::Decimal(number) => Json::String(number.to_string()),
        Value::Integer(number) => Json::String(number.to_string()),
        other => other.to_json(),
    };
    let values: Vec<Json> = values.map(exact).collect();
    values_to_text(&values)
}

/// Writes where a store goes on, for pages of this query alone.
pub(super) fn write_continuation(query: &str, continuation: &str) -> String {
    values_to_text(&[Json::from(fingerprint(query)), Json::from(continuation)])
}

/// Reads what [`write_continuation`] has written.
pub(super) fn read_continuation(query: &str, text: &str) -> Result<String, DataError> {
    let read = values_from_text(text).and_then(|values| match values.as_slice() {
        [Json::String(of), Json::String(continuation)] if *of == fingerprint(query) => Some(continuation.clone()),
        _ => None,
    });
    let message = "pagination.after: use the value of pagination.next with the same filters and order";
    read.ok_or_else(|| DataError::invalid("VALIDATION_FAILED", message))
}

fn fingerprint(query: &str) -> String {
    Fingerprint(Sha256::digest(query).into()).to_string()
}

fn values_to_text(values: &[Json]) -> String {
    let text = Json::from(values).to_string();
    text.bytes().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

fn values_from_text(text: &str) -> Option<Vec<Json>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits?;
    if digits.len() % 2 == 1 {
        return None;
    }
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    serde_json::from_slice(&bytes).ok()
}

/// What the rows behind the cursor fulfil, in the order of `keys`, where empty values come last.
///
/// # Errors
/// [`DataError::Invalid`] when the text is not a cursor of this order.
pub fn after(table: &Table, keys: &[SortKey], text: &str) -> Result<Predicate, DataError> {
    let invalid = || DataError::invalid("VALIDATION_FAILED", "pagination.after: use the value of pagination.next with the same order");
    let values = values_from_text(text).filter(|values| values.len() == keys.len()).ok_or_else(invalid)?;
    let mut behind = Predicate::Any(Vec::new());
    for (key, json) in keys.iter().zip(&values).rev() {
        let kind = match table.at(key.column).kind {
            ColumnType::Text { .. } => ColumnType::Text { max: None },
            kind => kind,
        };
        let value = kind.parse(json).map_err(|_invalid| invalid())?;
        let column = key.column;
        behind = match value {
            Value::Null => Predicate::All(vec![Predicate::IsNull { column, is: true }, behind]),
            value => {
                let how = match key.direction {
                    Direction::Ascending => Comparison::Gt,
                    Direction::Descending => Comparison::Lt,
                };
                let mut any = vec![Predicate::Compare { column, how, value: value.clone() }];
                if table.at(column).nullable {
                    any.push(Predicate::IsNull { column, is: true });
                }
                any.push(Predicate::All(vec![Predicate::Compare { column, how: Comparison::Eq, value }, behind]));
                Predicate::Any(any)
            }
        };
    }
    Ok(behind)
}

//! Reading rows: whatever cannot be read as the entity's field is [`StoreError::Corrupt`], naming entity, id and field.

use std::str::FromStr;

use atelier_domain::kernel::{StoreError, Timestamp};
use chrono::DateTime;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

/// A row of one entity.
pub(crate) struct Columns<'r> {
    row: &'r SqliteRow,
    entity: &'static str,
    key: &'static str,
}

impl<'r> Columns<'r> {
    /// A row of an entity whose key is `_id`.
    pub(crate) fn of(entity: &'static str, row: &'r SqliteRow) -> Self {
        Self { row, entity, key: "_id" }
    }

    /// A row of an entity with another key.
    pub(crate) fn keyed(entity: &'static str, key: &'static str, row: &'r SqliteRow) -> Self {
        Self { row, entity, key }
    }

    /// The error that the field cannot be read.
    pub(crate) fn corrupt(&self, field: &'static str) -> StoreError {
        let id = self.row.try_get_unchecked::<String, _>(self.key).unwrap_or_default();
        StoreError::Corrupt { entity: self.entity, id, field }
    }

    /// The value as SQLite has it; a null is none.
    pub(crate) fn optional<T: Decode<'r, Sqlite> + Type<Sqlite>>(&self, field: &'static str) -> Result<Option<T>, StoreError> {
        self.row.try_get(field).map_err(|error| match error {
            sqlx::Error::ColumnNotFound(_) => StoreError::Other(error.into()),
            _ => self.corrupt(field),
        })
    }

    /// The value as SQLite has it, which must not be null: sqlx alone would read a null as zero.
    pub(crate) fn get<T: Decode<'r, Sqlite> + Type<Sqlite>>(&self, field: &'static str) -> Result<T, StoreError> {
        self.optional(field)?.ok_or_else(|| self.corrupt(field))
    }

    /// A text that stands for a value: an id, a name, a status.
    pub(crate) fn parse<T: FromStr>(&self, field: &'static str) -> Result<T, StoreError> {
        self.get::<&str>(field)?.parse().map_err(|_unreadable| self.corrupt(field))
    }

    /// As [`parse`](Columns::parse), null allowed.
    pub(crate) fn parse_optional<T: FromStr>(&self, field: &'static str) -> Result<Option<T>, StoreError> {
        self.optional::<&str>(field)?.map(|text| text.parse().map_err(|_unreadable| self.corrupt(field))).transpose()
    }

    /// A text checked by a constructor of the domain.
    pub(crate) fn check<T, E>(&self, field: &'static str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, StoreError> {
        parse(self.get(field)?).map_err(|_refused| self.corrupt(field))
    }

    /// As [`check`](Columns::check), null allowed.
    pub(crate) fn check_optional<T, E>(
        &self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, StoreError> {
        self.optional::<&str>(field)?.map(parse).transpose().map_err(|_refused| self.corrupt(field))
    }

    /// A whole number that fits `T`.
    pub(crate) fn number<T: TryFrom<i64>>(&self, field: &'static str) -> Result<T, StoreError> {
        T::try_from(self.get::<i64>(field)?).map_err(|_out_of_range| self.corrupt(field))
    }

    /// As [`number`](Columns::number), null allowed.
    pub(crate) fn number_optional<T: TryFrom<i64>>(&self, field: &'static str) -> Result<Option<T>, StoreError> {
        let number: Option<i64> = self.optional(field)?;
        number.map(|number| T::try_from(number).map_err(|_out_of_range| self.corrupt(field))).transpose()
    }

    /// An instant.
    pub(crate) fn time(&self, field: &'static str) -> Result<Timestamp, StoreError> {
        DateTime::from_timestamp_millis(self.get(field)?).ok_or_else(|| self.corrupt(field))
    }

    /// As [`time`](Columns::time), null allowed.
    pub(crate) fn time_optional(&self, field: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let millis: Option<i64> = self.optional(field)?;
        millis.map(|millis| DateTime::from_timestamp_millis(millis).ok_or_else(|| self.corrupt(field))).transpose()
    }

    /// A JSON text.
    pub(crate) fn json<T: DeserializeOwned>(&self, field: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(self.get(field)?).map_err(|_unreadable| self.corrupt(field))
    }

    /// As [`json`](Columns::json), null allowed.
    pub(crate) fn json_optional<T: DeserializeOwned>(&self, field: &'static str) -> Result<Option<T>, StoreError> {
        let text: Option<&str> = self.optional(field)?;
        text.map(|text| serde_json::from_str(text).map_err(|_unreadable| self.corrupt(field))).transpose()
    }
}

/// An instant as stored.
pub(crate) fn millis(at: Timestamp) -> i64 {
    at.timestamp_millis()
}

/// A value as JSON text.
pub(crate) fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Other(error.into()))
}

/// A number as SQLite keeps it: 63 bits.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Ids as a JSON array, for `IN (SELECT value FROM json_each(?))`: one statement text for any number of them.
pub(crate) fn id_list<T: ToString>(ids: &[T]) -> Result<String, StoreError> {
    to_json(&ids.iter().map(ToString::to_string).collect::<Vec<_>>())
}

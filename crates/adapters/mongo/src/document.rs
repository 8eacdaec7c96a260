//! Reading and writing fields. What cannot be read as the entity's field is [`StoreError::Corrupt`], naming entity, id and field; fields
//! the entity does not have are ignored and survive updates (checklist W2).

use std::str::FromStr;

use atelier_domain::kernel::{EntityId, StoreError, Timestamp};
use chrono::DateTime;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};

/// Counts the units of work that read the document by its key, so that two of them conflict.
pub(crate) const LOCKS: &str = "locks";

/// A document of one entity, or a part of one.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'d> {
    whole: &'d Document,
    part: &'d Document,
    entity: &'static str,
}

impl<'d> Fields<'d> {
    /// A document of an entity.
    pub(crate) fn of(entity: &'static str, document: &'d Document) -> Self {
        Self { whole: document, part: document, entity }
    }

    /// The error that the field cannot be read. Only ids are told: a key of another type may be a secret's digest.
    pub(crate) fn corrupt(&self, field: &'static str) -> StoreError {
        let id = self.whole.get_object_id("_id").map(|id| id.to_hex()).unwrap_or_default();
        StoreError::Corrupt { entity: self.entity, id, field }
    }

    /// The value, unless it is absent or null.
    fn value(&self, field: &'static str) -> Option<&'d Bson> {
        self.part.get(field).filter(|value| !matches!(value, Bson::Null | Bson::Undefined))
    }

    fn read<T>(&self, field: &'static str, read: impl FnOnce(&'d Bson) -> Option<T>) -> Result<Option<T>, StoreError> {
        self.value(field).map(|value| read(value).ok_or_else(|| self.corrupt(field))).transpose()
    }

    fn required<T>(&self, field: &'static str, read: impl FnOnce(&'d Bson) -> Option<T>) -> Result<T, StoreError> {
        self.read(field, read)?.ok_or_else(|| self.corrupt(field))
    }

    pub(crate) fn id<T: EntityId>(&self, field: &'static str) -> Result<T, StoreError> {
        self.required(field, entity_id)
    }

    pub(crate) fn id_optional<T: EntityId>(&self, field: &'static str) -> Result<Option<T>, StoreError> {
        self.read(field, entity_id)
    }

    /// Ids in their order; none when the field is absent.
    pub(crate) fn ids<T: EntityId>(&self, field: &'static str) -> Result<Option<Vec<T>>, StoreError> {
        self.read(field, |value| value.as_array()?.iter().map(entity_id).collect())
    }

    pub(crate) fn text(&self, field: &'static str) -> Result<&'d str, StoreError> {
        self.required(field, Bson::as_str)
    }

    pub(crate) fn text_optional(&self, field: &'static str) -> Result<Option<&'d str>, StoreError> {
        self.read(field, Bson::as_str)
    }

    /// Texts in their order; none when the field is absent.
    pub(crate) fn texts(&self, field: &'static str) -> Result<Vec<String>, StoreError> {
        let read = |value: &'d Bson| value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect();
        Ok(self.read(field, read)?.unwrap_or_default())
    }

    /// A text that stands for a value: a name, a status.
    pub(crate) fn parse<T: FromStr>(&self, field: &'static str) -> Result<T, StoreError> {
        self.required(field, |value| value.as_str()?.parse().ok())
    }

    pub(crate) fn parse_optional<T: FromStr>(&self, field: &'static str) -> Result<Option<T>, StoreError> {
        self.read(field, |value| value.as_str()?.parse().ok())
    }

    /// A text checked by a constructor of the domain.
    pub(crate) fn check<T, E>(&self, field: &'static str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, StoreError> {
        self.required(field, |value| parse(value.as_str()?).ok())
    }

    pub(crate) fn check_optional<T, E>(
        &self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, StoreError> {
        self.read(field, |value| parse(value.as_str()?).ok())
    }

    pub(crate) fn flag(&self, field: &'static str, absent: bool) -> Result<bool, StoreError> {
        Ok(self.read(field, Bson::as_bool)?.unwrap_or(absent))
    }

    /// A whole number that fits `T`, of whichever numeric type.
    pub(crate) fn number<T: TryFrom<i64>>(&self, field: &'static str) -> Result<T, StoreError> {
        self.required(field, |value| T::try_from(whole(value)?).ok())
    }

    pub(crate) fn number_optional<T: TryFrom<i64>>(&self, field: &'static str) -> Result<Option<T>, StoreError> {
        self.read(field, |value| T::try_from(whole(value)?).ok())
    }

    /// A number of whichever numeric type.
    pub(crate) fn float_optional(&self, field: &'static str) -> Result<Option<f64>, StoreError> {
        self.read(field, |value| match value {
            Bson::Double(number) => Some(*number),
            Bson::Int32(number) => Some(f64::from(*number)),
            Bson::Int64(number) => Some(*number as f64),
            _ => None,
        })
    }

    pub(crate) fn time(&self, field: &'static str) -> Result<Timestamp, StoreError> {
        self.required(field, instant)
    }

    pub(crate) fn time_optional(&self, field: &'static str) -> Result<Option<Timestamp>, StoreError> {
        self.read(field, instant)
    }

    /// A nested document.
    pub(crate) fn nested(&self, field: &'static str) -> Result<Option<Self>, StoreError> {
        let part = self.read(field, Bson::as_document)?;
        Ok(part.map(|part| Self { part, ..*self }))
    }

    /// Nested documents in their order; none when the field is absent.
    pub(crate) fn list(&self, field: &'static str) -> Result<Vec<Self>, StoreError> {
        let read = |value: &'d Bson| value.as_array()?.iter().map(Bson::as_document).collect::<Option<Vec<_>>>();
        let parts = self.read(field, read)?.unwrap_or_default();
        Ok(parts.into_iter().map(|part| Self { part, ..*self }).collect())
    }

    /// The value itself.
    pub(crate) fn raw(&self, field: &'static str) -> Result<&'d Bson, StoreError> {
        self.required(field, Some)
    }
}

fn entity_id<T: EntityId>(value: &Bson) -> Option<T> {
    value.as_object_id().map(|id| T::from_bytes(id.bytes()))
}

fn whole(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        Bson::Double(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
        _ => None,
    }
}

fn instant(value: &Bson) -> Option<Timestamp> {
    DateTime::from_timestamp_millis(value.as_datetime()?.timestamp_millis())
}

/// An id as stored.
pub(crate) fn oid<T: EntityId>(id: T) -> Bson {
    Bson::ObjectId(ObjectId::from_bytes(id.bytes()))
}

/// Ids as stored.
pub(crate) fn oids<T: EntityId>(ids: &[T]) -> Vec<Bson> {
    ids.iter().map(|id| oid(*id)).collect()
}

/// An id as the source of Prompt Challenge stores what it calls a reference: a string of 24 hex digits.
pub(crate) fn reference<T: EntityId>(id: T) -> Bson {
    Bson::String(id.to_string())
}

/// An instant as stored: milliseconds, UTC.
pub(crate) fn date(at: Timestamp) -> Bson {
    Bson::DateTime(mongodb::bson::DateTime::from_millis(at.timestamp_millis()))
}

/// A number as stored: 63 bits.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A document as stored: what has no value is left out, so that partial indexes and other programs see it as absent.
pub(crate) fn stored(document: Document) -> Document {
    document.into_iter().filter(|(_, value)| *value != Bson::Null).collect()
}

/// The update that brings these fields to these values and removes those without a value; all others stay.
pub(crate) fn replacing(fields: Document) -> Document {
    let (gone, set): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(_, value)| *value == Bson::Null);
    let mut update = Document::new();
    if !set.is_empty() {
        update.insert("$set", set.into_iter().collect::<Document>());
    }
    if !gone.is_empty() {
        update.insert("$unset", gone.into_iter().map(|(field, _)| (field, Bson::from(""))).collect::<Document>());
    }
    update
}

/// The update that locks a document for the unit of work that reads it.
pub(crate) fn lock() -> Document {
    doc! { "$inc": { LOCKS: 1_i64 } }
}

//! Canonical Extended JSON with its fields in their order, which is what an index is made of. The driver's own text keeps either the order
//! or the types.

use mongodb::bson::{Bson, Document};
use serde::{Serialize, Serializer};

/// Serialises a document.
pub(super) fn document<S: Serializer>(document: &Document, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(document.iter().map(|(name, value)| (name, Value(value))))
}

/// Serialises a list of documents.
pub(super) fn documents<S: Serializer>(documents: &[Document], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(documents.iter().map(Fields))
}

struct Fields<'a>(&'a Document);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        document(self.0, serializer)
    }
}

struct Value<'a>(&'a Bson);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Bson::Document(inner) => document(inner, serializer),
            Bson::Array(values) => serializer.collect_seq(values.iter().map(Value)),
            Bson::Int32(number) => serializer.collect_map([("$numberInt", number.to_string())]),
            Bson::Int64(number) => serializer.collect_map([("$numberLong", number.to_string())]),
            Bson::Double(number) if number.is_finite() => serializer.collect_map([("$numberDouble", format!("{number:?}"))]),
            // Whose text the driver writes with its type.
            other => other.serialize(serializer),
        }
    }
}

//! Reading a JSON object of which every field must be known.

use serde_json::{Map, Value as Json};

use super::super::super::{DataError, Rejected};

/// The fields of an object that have not been read yet.
pub(super) struct Fields<'j> {
    object: &'j Map<String, Json>,
    known: Vec<&'static str>,
}

/// A malformed field.
pub(super) fn malformed(field: &str, expected: &str) -> DataError {
    DataError::Invalid(Rejected::new("VALIDATION_FAILED", format!("{field}: {expected} is expected")).with("field", field))
}

/// A field whose value is not of its type.
pub(super) fn invalid(field: &str, expected: &str) -> DataError {
    DataError::Invalid(Rejected::new("INVALID_VALUE", format!("{field}: {expected} is expected")).with("field", field))
}

/// A field that holds more than it may.
pub(super) fn exceeded(field: &str, limit: u64, unit: &str) -> DataError {
    let message = format!("{field}: at most {limit} {unit}");
    DataError::Invalid(Rejected::new("LIMIT_EXCEEDED", message).with("field", field).with("limit", limit))
}

impl<'j> Fields<'j> {
    pub(super) fn of(json: &'j Json, what: &str) -> Result<Self, DataError> {
        let object = json.as_object().ok_or_else(|| malformed(what, "an object"))?;
        Ok(Self { object, known: Vec::new() })
    }

    /// The field's value; `null` is as good as absent.
    pub(super) fn get(&mut self, name: &'static str) -> Option<&'j Json> {
        self.known.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<&'j str, DataError> {
        self.get(name).and_then(Json::as_str).ok_or_else(|| malformed(name, "a string"))
    }

    pub(super) fn text_if_any(&mut self, name: &'static str) -> Result<Option<&'j str>, DataError> {
        self.get(name).map(|value| value.as_str().ok_or_else(|| malformed(name, "a string"))).transpose()
    }

    pub(super) fn object(&mut self, name: &'static str) -> Result<&'j Map<String, Json>, DataError> {
        self.get(name).and_then(Json::as_object).filter(|fields| !fields.is_empty()).ok_or_else(|| malformed(name, "an object with fields"))
    }

    /// A whole number from 1 to `most`.
    pub(super) fn number_if_any(&mut self, name: &'static str, most: u64) -> Result<Option<u64>, DataError> {
        let expected = || invalid(name, &format!("a whole number from 1 to {most}"));
        self.get(name).map(|value| value.as_u64().filter(|number| (1..=most).contains(number)).ok_or_else(expected)).transpose()
    }

    /// Fails when a field was not asked for.
    pub(super) fn end(self) -> Result<(), DataError> {
        match self.object.keys().find(|name| !self.known.contains(&name.as_str())) {
            Some(stranger) => {
                let message = format!("{stranger}: there is no such field; there are {}", self.known.join(", "));
                Err(DataError::Invalid(Rejected::new("VALIDATION_FAILED", message).with("field", stranger.as_str())))
            }
            None => Ok(()),
        }
    }
}

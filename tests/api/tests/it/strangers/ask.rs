//! A request, as a step puts it together.

use reqwest::Method;
use serde_json::{Value, json};

/// A request.
#[derive(Default)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) json: Option<Value>,
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) photo: Option<String>,
    pub(super) key: Option<u8>,
}

impl Ask {
    pub(super) fn new(method: &str, path: impl Into<String>) -> Self {
        Self { method: method.parse().unwrap(), path: path.into(), ..Self::default() }
    }

    pub(super) fn json(self, json: Value) -> Self {
        Self { json: Some(json), ..self }
    }

    pub(super) fn photo(self, photo: String) -> Self {
        Self { photo: Some(photo), ..self }
    }

    pub(super) fn field(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }

    pub(super) fn key(self, key: Option<u8>) -> Self {
        Self { key, ..self }
    }

    /// Photo of an upload as JSON, or sent with a form.
    pub(super) fn of(method: &str, path: &str, photo: Option<&str>, mark: &str, mut fields: Vec<(&'static str, Value)>) -> Self {
        let ask = Self::new(method, path);
        if let Some(upload) = photo {
            fields.push(("upload_id", json!(upload)));
            return ask.json(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
        }
        let plain = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        fields.into_iter().fold(ask.photo(mark.to_owned()), |ask, (name, value)| ask.field(name, plain(value)))
    }
}

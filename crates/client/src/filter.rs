//! Which rows.

use std::ops::Not;

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

/// A condition on rows. Comparisons follow SQL: what is compared with an empty column is not found.
///
/// ```
/// use atelier_client::Filter;
/// let recent = Filter::eq("status", "active").and(Filter::gte("created_at", "2026-01-01T00:00:00Z"));
/// let named = Filter::ilike("title", "%livre%").or(Filter::one_of("id", ["0190b0b0-0000-7000-8000-000000000000"]));
/// assert_eq!(serde_json::to_value(recent.and(!named)).unwrap()["and"].as_array().unwrap().len(), 3);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Filter(Json);

/// A value of a column: text, a number, `true`, a JSON value. Times are RFC 3339 texts.
fn condition(column: &str, operator: &str, value: Json) -> Filter {
    let mut compared = Map::new();
    compared.insert(operator.to_owned(), value);
    let mut columns = Map::new();
    columns.insert(column.to_owned(), Json::Object(compared));
    Filter(Json::Object(columns))
}

impl Filter {
    /// Equal.
    pub fn eq(column: &str, value: impl Into<Json>) -> Self {
        condition(column, "eq", value.into())
    }

    /// Not equal.
    pub fn ne(column: &str, value: impl Into<Json>) -> Self {
        condition(column, "ne", value.into())
    }

    /// Greater.
    pub fn gt(column: &str, value: impl Into<Json>) -> Self {
        condition(column, "gt", value.into())
    }

    /// Greater or equal.
    pub fn gte(column: &str, value: impl Into<Json>) -> Self {
        condition(column, "gte", value.into())
    }

    /// Less.
    pub fn lt(column: &str, value: impl Into<Json>) -> Self {
        condition(column, "lt", value.into())
    }

    /// Less or equal.
    pub fn lte(column: &str, value: impl Into<Json>) -> Self {
        condition(column, "lte", value.into())
    }

    /// One of these, of which there may be a hundred.
    pub fn one_of<V: Into<Json>>(column: &str, values: impl IntoIterator<Item = V>) -> Self {
        condition(column, "in", values.into_iter().map(Into::into).collect())
    }

    /// None of these.
    pub fn none_of<V: Into<Json>>(column: &str, values: impl IntoIterator<Item = V>) -> Self {
        condition(column, "nin", values.into_iter().map(Into::into).collect())
    }

    /// Fits the pattern: `%` stands for any text, `_` for any character.
    pub fn like(column: &str, pattern: &str) -> Self {
        condition(column, "like", pattern.into())
    }

    /// As [`like`](Filter::like), capital letters or not.
    pub fn ilike(column: &str, pattern: &str) -> Self {
        condition(column, "ilike", pattern.into())
    }

    /// Empty, or not empty.
    pub fn is_null(column: &str, is_null: bool) -> Self {
        condition(column, "is_null", is_null.into())
    }

    /// Between these two, themselves included.
    pub fn between(column: &str, from: impl Into<Json>, to: impl Into<Json>) -> Self {
        condition(column, "between", json!([from.into(), to.into()]))
    }

    /// A JSON column that contains this value.
    pub fn contains(column: &str, value: impl Into<Json>) -> Self {
        condition(column, "contains", value.into())
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.joined("and", other)
    }

    /// One of them, or both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.joined("or", other)
    }

    /// In one list where that means the same: the service takes three levels.
    fn joined(self, how: &str, other: Self) -> Self {
        let parts = |filter: Json| match filter {
            Json::Object(mut fields) if fields.len() == 1 && fields.get(how).is_some_and(Json::is_array) => match fields.remove(how) {
                Some(Json::Array(parts)) => parts,
                _ => Vec::new(),
            },
            other => vec![other],
        };
        let all: Vec<Json> = parts(self.0).into_iter().chain(parts(other.0)).collect();
        let mut fields = Map::new();
        fields.insert(how.to_owned(), Json::Array(all));
        Self(Json::Object(fields))
    }
}

impl Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        Self(json!({ "not": self.0 }))
    }
}

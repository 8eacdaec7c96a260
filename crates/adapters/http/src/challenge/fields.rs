//! Fields of a JSON body that are read one by one, so that everything wrong with a body is told at once, each under its name.

use std::collections::BTreeMap;

use atelier_domain::kernel::{FieldError, Timestamp};
use chrono::{DateTime, Datelike, SubsecRound, Utc};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

/// Adds to the list of what is wrong.
pub(crate) fn refuse(problems: &mut Vec<FieldError>, field: &str, message: impl Into<String>) {
    problems.push(FieldError { field: field.to_owned(), message: message.into() });
}

/// What a field takes, as words for `must be …`. Structures whose fields are all [`Sent`] take every object.
pub(crate) trait Taken: DeserializeOwned {
    /// The words.
    const AS: &'static str;
}

impl Taken for String {
    const AS: &'static str = "a text";
}

impl Taken for bool {
    const AS: &'static str = "true or false";
}

impl Taken for u8 {
    const AS: &'static str = "a whole number";
}

impl Taken for u32 {
    const AS: &'static str = "a whole number from 0 to 4294967295";
}

/// A number of things, no larger than what every JSON reader takes exactly: 2⁵³ − 1 (RFC 8259, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) u64);

impl Count {
    const MOST: u64 = (1 << 53) - 1;
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        if number <= Self::MOST { Ok(Self(number)) } else { Err(serde::de::Error::custom(Self::AS)) }
    }
}

impl Taken for Count {
    const AS: &'static str = "a whole number from 0 to 9007199254740991";
}

impl Taken for f64 {
    const AS: &'static str = "a number";
}

impl<T: Taken> Taken for Vec<Sent<T>> {
    const AS: &'static str = "a list";
}

/// A field as it was sent. A body's structure has only such fields, each with `#[serde(default)]`, and [`Unknown`].
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Sent<T> {
    /// Not there.
    #[default]
    Absent,
    /// There, and null.
    Null,
    /// There, and of its type.
    Given(T),
    /// There, and of another type.
    Wrong,
}

impl<'de, T: Taken> Deserialize<'de> for Sent<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Null => Self::Null,
            value => serde_json::from_value(value).map_or(Self::Wrong, Self::Given),
        })
    }
}

impl<T: Taken> Sent<T> {
    /// The value; absent and null are refused.
    pub(crate) fn required(self, field: &str, problems: &mut Vec<FieldError>) -> Option<T> {
        if matches!(self, Self::Absent | Self::Null) {
            refuse(problems, field, "is required");
        }
        self.optional(field, problems)
    }

    /// The value, when there is one; null is as absent.
    pub(crate) fn optional(self, field: &str, problems: &mut Vec<FieldError>) -> Option<T> {
        self.nullable(field, problems).flatten()
    }

    /// The value, when there is one; null is refused.
    pub(crate) fn changed(self, field: &str, problems: &mut Vec<FieldError>) -> Option<T> {
        if matches!(self, Self::Null) {
            refuse(problems, field, "must not be null: leave it out to keep it");
        }
        self.optional(field, problems)
    }

    /// Whether the field is there, and its value; the inner none is null.
    pub(crate) fn nullable(self, field: &str, problems: &mut Vec<FieldError>) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Given(value) => Some(Some(value)),
            Self::Wrong => {
                refuse(problems, field, format!("must be {}", T::AS));
                None
            }
        }
    }
}

/// Fields a body does not have, as `#[serde(flatten)]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Unknown(BTreeMap<String, IgnoredAny>);

impl Unknown {
    /// Refuses each; `within` is empty, or the name of the object with a dot.
    pub(crate) fn refuse(&self, within: &str, problems: &mut Vec<FieldError>) {
        for name in self.0.keys() {
            refuse(problems, &format!("{within}{name}"), "is not a field of this");
        }
    }
}

/// The texts of a list; each wrong one is told with its position.
pub(crate) fn texts(field: &str, list: Vec<Sent<String>>, problems: &mut Vec<FieldError>) -> Vec<String> {
    let mut text = |(index, sent): (usize, Sent<String>)| sent.required(&format!("{field}.{index}"), problems);
    list.into_iter().enumerate().filter_map(&mut text).collect()
}

/// An instant, RFC 3339 with any offset, to the millisecond.
pub(crate) fn instant(field: &str, text: &str, problems: &mut Vec<FieldError>) -> Option<Timestamp> {
    let read = DateTime::parse_from_rfc3339(text.trim()).ok().map(|at| at.with_timezone(&Utc).trunc_subsecs(3));
    let at = read.filter(|at| (1970..=9999).contains(&at.year()));
    if at.is_none() {
        refuse(problems, field, "must be an instant of RFC 3339, e.g. 2026-11-21T10:00:00.000Z");
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Body {
        #[serde(default)]
        text: Sent<String>,
        #[serde(default)]
        count: Sent<Count>,
        #[serde(default)]
        list: Sent<Vec<Sent<String>>>,
        #[serde(flatten)]
        others: Unknown,
    }

    fn told(problems: Vec<FieldError>) -> Vec<String> {
        problems.into_iter().map(|fault| format!("{}: {}", fault.field, fault.message)).collect()
    }

    #[test]
    fn absent_null_given_and_wrong_are_told_apart() -> Result<(), serde_json::Error> {
        let read = |json: &str| serde_json::from_str::<Body>(json).map(|body| body.text);
        assert_eq!(read("{}")?, Sent::Absent);
        assert_eq!(read(r#"{"text": null}"#)?, Sent::Null);
        assert_eq!(read(r#"{"text": "a"}"#)?, Sent::Given("a".to_owned()));
        assert_eq!(read(r#"{"text": 3}"#)?, Sent::Wrong);
        Ok(())
    }

    #[test]
    fn everything_wrong_is_told_under_its_name() -> Result<(), serde_json::Error> {
        let body: Body = serde_json::from_str(r#"{"text": [], "count": 9007199254740992, "list": ["a", 1, null], "role": "admin"}"#)?;
        let mut problems = Vec::new();
        body.others.refuse("within.", &mut problems);
        assert_eq!(body.text.required("text", &mut problems), None);
        assert_eq!(body.count.optional("count", &mut problems), None);
        let list = body.list.required("list", &mut problems).unwrap_or_default();
        assert_eq!(texts("list", list, &mut problems), ["a"]);
        let expected = [
            "within.role: is not a field of this",
            "text: must be a text",
            "count: must be a whole number from 0 to 9007199254740991",
            "list.1: must be a text",
            "list.2: is required",
        ];
        assert_eq!(told(problems), expected);
        Ok(())
    }

    #[test]
    fn null_is_a_value_only_where_it_can_be_one() {
        let mut problems = Vec::new();
        assert_eq!(Sent::<bool>::Null.nullable("a", &mut problems), Some(None));
        assert_eq!(Sent::<bool>::Null.optional("b", &mut problems), None);
        assert_eq!(Sent::<bool>::Null.changed("c", &mut problems), None);
        assert_eq!(Sent::<bool>::Null.required("d", &mut problems), None);
        assert_eq!(told(problems), ["c: must not be null: leave it out to keep it", "d: is required"]);
    }

    #[test]
    fn instants_are_read_with_any_offset_and_kept_to_the_millisecond() {
        let mut problems = Vec::new();
        let at = instant("at", "2026-11-21T12:00:00.1239+02:00", &mut problems);
        assert_eq!(at.map(crate::envelope::time).as_deref(), Some("2026-11-21T10:00:00.123Z"));
        for wrong in ["2026-11-21", "2026-11-21T10:00:00", "9999-12-31T23:59:59-01:00", "1969-12-31T23:59:59Z", "demain"] {
            assert_eq!(instant(wrong, wrong, &mut problems), None);
        }
        assert_eq!(problems.len(), 5);
    }
}

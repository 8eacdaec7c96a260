//! Predicates over a row, with SQL's three-valued logic.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::super::catalogue::{ColumnId, Value};

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
}

/// A condition on a row. What is compared with an empty column is unknown, and a row is found only when its condition is true.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// Every one; true when there is none.
    All(Vec<Self>),
    /// At least one; false when there is none.
    Any(Vec<Self>),
    /// The opposite; unknown stays unknown.
    Not(Box<Self>),
    /// The column compared with a value.
    Compare {
        /// The column.
        column: ColumnId,
        /// How.
        how: Comparison,
        /// The value, never [`Value::Null`].
        value: Value,
    },
    /// The column is one of these, or none of them.
    In {
        /// The column.
        column: ColumnId,
        /// The values, none of them [`Value::Null`].
        values: Vec<Value>,
        /// Whether it must be none of them.
        negated: bool,
    },
    /// The column's text matches the pattern: `%` any characters, `_` one, `\` takes the next one literally.
    Like {
        /// The column.
        column: ColumnId,
        /// The pattern.
        pattern: String,
        /// Whether upper and lower case are the same; beyond ASCII as the database's locale has it.
        insensitive: bool,
    },
    /// The column is empty, or is not.
    IsNull {
        /// The column.
        column: ColumnId,
        /// Which of the two.
        is: bool,
    },
    /// The column's JSON contains this JSON, as PostgreSQL's `@>` has it.
    Contains {
        /// The column.
        column: ColumnId,
        /// What it must contain.
        json: Json,
    },
}

impl Predicate {
    /// What every row fulfils.
    pub const TRUE: Self = Self::All(Vec::new());

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All(mut all), Self::All(more)) => {
                all.extend(more);
                Self::All(all)
            }
            (Self::All(mut all), other) => {
                all.push(other);
                Self::All(all)
            }
            (one, other) => Self::All(vec![one, other]),
        }
    }

    /// Whether the row, read through `cell`, fulfils the condition; none when that is unknown.
    pub fn matches<'r>(&self, cell: &impl Fn(ColumnId) -> &'r Value) -> Option<bool> {
        match self {
            Self::All(all) => all
                .iter()
                .try_fold(Some(true), |known, one| match (known, one.matches(cell)) {
                    (_, Some(false)) => Err(()),
                    (Some(true), Some(true)) => Ok(Some(true)),
                    _ => Ok(None),
                })
                .unwrap_or(Some(false)),
            Self::Any(any) => any
                .iter()
                .try_fold(Some(false), |known, one| match (known, one.matches(cell)) {
                    (_, Some(true)) => Err(()),
                    (Some(false), Some(false)) => Ok(Some(false)),
                    _ => Ok(None),
                })
                .unwrap_or(Some(true)),
            Self::Not(one) => one.matches(cell).map(|known| !known),
            Self::Compare { column, how, value } => how.holds(cell(*column), value),
            Self::In { column, values, negated } => {
                let cell = cell(*column);
                if *cell == Value::Null {
                    return if values.is_empty() { Some(*negated) } else { None };
                }
                Some(values.iter().any(|value| Comparison::Eq.holds(cell, value) == Some(true)) != *negated)
            }
            Self::Like { column, pattern, insensitive } => match cell(*column) {
                Value::Text(text) if *insensitive => Some(like(&text.to_lowercase(), &pattern.to_lowercase())),
                Value::Text(text) => Some(like(text, pattern)),
                _ => None,
            },
            Self::IsNull { column, is } => Some((*cell(*column) == Value::Null) == *is),
            Self::Contains { column, json } => match cell(*column) {
                Value::Json(held) => Some(contains(held, json) || contains_element(held, json)),
                _ => None,
            },
        }
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> Option<bool> {
        if matches!((left, right), (Value::Null, _) | (_, Value::Null)) {
            return None;
        }
        if let (Value::Json(left), Value::Json(right)) = (left, right) {
            return match self {
                Self::Eq => Some(left == right),
                Self::Ne => Some(left != right),
                _ => None,
            };
        }
        let order = left.compare(right)?;
        Some(match self {
            Self::Eq => order == Ordering::Equal,
            Self::Ne => order != Ordering::Equal,
            Self::Gt => order == Ordering::Greater,
            Self::Gte => order != Ordering::Less,
            Self::Lt => order == Ordering::Less,
            Self::Lte => order != Ordering::Greater,
        })
    }
}

/// SQL's `LIKE`, in time proportional to the product of the two lengths at worst.
fn like(text: &str, pattern: &str) -> bool {
    enum Token {
        Any,
        One,
        Literal(char),
    }
    let mut tokens = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            '%' => Token::Any,
            '_' => Token::One,
            '\\' => Token::Literal(characters.next().unwrap_or('\\')),
            other => Token::Literal(other),
        });
    }
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut token, mut retry) = (0, 0, None);
    while at < text.len() {
        match tokens.get(token) {
            Some(Token::Any) => {
                retry = Some((at, token));
                token += 1;
                continue;
            }
            Some(Token::One) => {
                (at, token) = (at + 1, token + 1);
                continue;
            }
            Some(Token::Literal(wanted)) if *wanted == text[at] => {
                (at, token) = (at + 1, token + 1);
                continue;
            }
            _ => {}
        }
        // The last `%` takes one character more.
        let Some((from, any)) = retry else { return false };
        retry = Some((from + 1, any));
        (at, token) = (from + 1, any + 1);
    }
    tokens[token.min(tokens.len())..].iter().all(|token| matches!(token, Token::Any))
}

fn contains(held: &Json, wanted: &Json) -> bool {
    match (held, wanted) {
        (Json::Object(held), Json::Object(wanted)) => {
            wanted.iter().all(|(name, value)| held.get(name).is_some_and(|held| contains(held, value)))
        }
        (Json::Array(held), Json::Array(wanted)) => wanted.iter().all(|value| held.iter().any(|held| contains(held, value))),
        (held, wanted) => held == wanted,
    }
}

/// PostgreSQL's one exception at the top: an array contains a bare scalar that is one of its elements.
fn contains_element(held: &Json, wanted: &Json) -> bool {
    !wanted.is_array() && !wanted.is_object() && held.as_array().is_some_and(|held| held.contains(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_sql_has_it() {
        for (text, pattern, expected) in [
            ("abc", "abc", true),
            ("abc", "a%", true),
            ("abc", "%c", true),
            ("abc", "a_c", true),
            ("abc", "a_", false),
            ("a%c", r"a\%c", true),
            ("abc", r"a\%c", false),
            ("", "%", true),
            ("", "_", false),
            ("aaaaaaaaab", "%a%a%a%b", true),
            ("é", "_", true),
        ] {
            assert_eq!(like(text, pattern), expected, "{text:?} LIKE {pattern:?}");
        }
    }

    #[test]
    fn what_is_unknown_stays_unknown() {
        let row = [Value::Null, Value::Integer(1)];
        let cell = |column: ColumnId| &row[column.0];
        let on = |column, value| Predicate::Compare { column: ColumnId(column), how: Comparison::Eq, value: Value::Integer(value) };
        assert_eq!(on(0, 1).matches(&cell), None);
        assert_eq!(Predicate::Not(Box::new(on(0, 1))).matches(&cell), None);
        assert_eq!(Predicate::Any(vec![on(0, 1), on(1, 1)]).matches(&cell), Some(true));
        assert_eq!(Predicate::All(vec![on(0, 1), on(1, 2)]).matches(&cell), Some(false));
        assert_eq!(Predicate::All(vec![on(0, 1), on(1, 1)]).matches(&cell), None);
        assert_eq!(Predicate::TRUE.matches(&cell), Some(true));
    }
}

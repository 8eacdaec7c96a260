//! Predicates as Cosmos DB's SQL: every identifier the catalogue's, every value a parameter.
//!
//! Cosmos DB has a third truth value too, but another than SQL's: what is not there is `undefined`, `null` is a value, and what does not fit
//! together compares as it likes. So a predicate is written twice, as what makes it true and as what makes it false, and every comparison
//! first asks whether there is a value of the column's type; nothing is ever negated that could be unknown.

use atelier_domain::dataservice::catalogue::{ColumnId, ColumnType, Table, Value};
use atelier_domain::dataservice::queries::{Comparison, Predicate};
use atelier_domain::dataservice::{DataError, Rejected};

use crate::Parameter;

/// What a `LIKE` takes literally stands behind it.
const ESCAPE: char = '!';

/// A condition as it grows.
pub(crate) struct Conditions<'a> {
    table: &'a Table,
    parameters: Vec<Parameter>,
}

/// The property of a column.
pub(crate) fn property(table: &Table, id: ColumnId) -> String {
    format!("c['{}']", table.at(id).name)
}

fn joined(parts: &[String], every: bool) -> String {
    match (parts.is_empty(), every) {
        (true, true) => "true".to_owned(),
        (true, false) => "false".to_owned(),
        (false, true) => format!("({})", parts.join(" AND ")),
        (false, false) => format!("({})", parts.join(" OR ")),
    }
}

impl<'a> Conditions<'a> {
    pub(crate) fn of(table: &'a Table) -> Self {
        Self { table, parameters: Vec::new() }
    }

    pub(crate) fn parameters(self) -> Vec<Parameter> {
        self.parameters
    }

    pub(crate) fn bind(&mut self, value: impl Into<serde_json::Value>) -> String {
        let name = format!("@p{}", self.parameters.len());
        self.parameters.push(Parameter::new(name.as_str(), value));
        name
    }

    /// What holds exactly where the predicate is `truth`.
    pub(crate) fn holds(&mut self, predicate: &Predicate, truth: bool) -> Result<String, DataError> {
        let table = self.table;
        match predicate {
            Predicate::All(parts) => self.parts(parts, truth, truth),
            Predicate::Any(parts) => self.parts(parts, truth, !truth),
            Predicate::Not(one) => self.holds(one, !truth),
            Predicate::IsNull { column, is } if *is == truth => Ok(format!("(NOT {})", present(table, *column))),
            Predicate::IsNull { column, .. } => Ok(present(table, *column)),
            Predicate::Compare { column, how, value } => {
                self.comparable(*column, "a comparison")?;
                let sign = sign(if truth { *how } else { opposite(*how) });
                let bound = self.bind(value.to_json());
                Ok(format!("({} AND {} {sign} {bound})", present(table, *column), property(table, *column)))
            }
            // Of none at all, that is known even of what is not there.
            Predicate::In { values, negated, .. } if values.is_empty() => Ok((*negated == truth).to_string()),
            Predicate::In { column, values, negated } => {
                self.comparable(*column, "in")?;
                let bound: Vec<String> = values.iter().map(|value| self.bind(value.to_json())).collect();
                let not = if *negated == truth { "NOT " } else { "" };
                Ok(format!("({} AND {} {not}IN ({}))", present(table, *column), property(table, *column), bound.join(", ")))
            }
            Predicate::Like { column, pattern, insensitive } => {
                let (pattern, property) = if *insensitive {
                    (like(&pattern.to_lowercase()), format!("LOWER({})", property(table, *column)))
                } else {
                    (like(pattern), property(table, *column))
                };
                let (bound, not) = (self.bind(pattern), if truth { "" } else { "NOT " });
                Ok(format!("({} AND {property} {not}LIKE {bound} ESCAPE '{ESCAPE}')", present(table, *column)))
            }
            Predicate::Contains { column, .. } => Err(self.unsupported(*column, "contains")),
        }
    }

    fn parts(&mut self, parts: &[Predicate], truth: bool, every: bool) -> Result<String, DataError> {
        let parts: Vec<_> = parts.iter().map(|one| self.holds(one, truth)).collect::<Result<_, _>>()?;
        Ok(joined(&parts, every))
    }

    /// What is inside a document's JSON is compared neither by value nor by order: what of it were equal to what differs between stores.
    fn comparable(&self, column: ColumnId, operator: &str) -> Result<(), DataError> {
        if self.table.at(column).kind.is_ordered() { Ok(()) } else { Err(self.unsupported(column, operator)) }
    }

    fn unsupported(&self, column: ColumnId, operator: &str) -> DataError {
        let column = self.table.at(column);
        let message = format!("{}: on Cosmos DB {} columns have is_null alone, not {operator}", column.name, column.kind.name());
        DataError::Invalid(Rejected::new("UNSUPPORTED_OPERATOR", message).with("column", column.name).with("operator", operator))
    }
}

/// That there is a value of the column's type. Whatever else is there counts as empty.
fn present(table: &Table, id: ColumnId) -> String {
    let property = property(table, id);
    match table.at(id).kind {
        ColumnType::Uuid | ColumnType::Text { .. } | ColumnType::Timestamp => format!("IS_STRING({property})"),
        ColumnType::Integer | ColumnType::BigInt | ColumnType::Decimal { .. } => format!("IS_NUMBER({property})"),
        ColumnType::Boolean => format!("IS_BOOL({property})"),
        ColumnType::Json | ColumnType::Vector { .. } => format!("(IS_DEFINED({property}) AND NOT IS_NULL({property}))"),
    }
}

fn opposite(how: Comparison) -> Comparison {
    match how {
        Comparison::Eq => Comparison::Ne,
        Comparison::Ne => Comparison::Eq,
        Comparison::Gt => Comparison::Lte,
        Comparison::Gte => Comparison::Lt,
        Comparison::Lt => Comparison::Gte,
        Comparison::Lte => Comparison::Gt,
    }
}

fn sign(how: Comparison) -> &'static str {
    match how {
        Comparison::Eq => "=",
        Comparison::Ne => "!=",
        Comparison::Gt => ">",
        Comparison::Gte => ">=",
        Comparison::Lt => "<",
        Comparison::Lte => "<=",
    }
}

/// A pattern of the grammar in the words of Cosmos DB, where brackets are special too:
/// <https://learn.microsoft.com/en-us/cosmos-db/query/keywords#like>.
fn like(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '%' | '_' => {
                written.push(character);
                continue;
            }
            '\\' => characters.next().unwrap_or('\\'),
            other => other,
        };
        if "%_[]^-".contains(literal) || literal == ESCAPE {
            written.push(ESCAPE);
        }
        written.push(literal);
    }
    written
}

/// A document's property as a column's value; what is of another type counts as empty.
pub(crate) fn value(kind: ColumnType, json: &serde_json::Value) -> Value {
    // What was stored may be longer than what may be stored now.
    let kind = if matches!(kind, ColumnType::Text { .. }) { ColumnType::Text { max: None } } else { kind };
    kind.parse(json).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use atelier_domain::dataservice::Database;
    use atelier_domain::dataservice::catalogue::Catalogue;

    use super::*;

    #[test]
    fn values_never_reach_the_text() {
        let table = Catalogue::visiobook(None).table(Database::CosmosDb, "documents").unwrap_or_else(|| unreachable!());
        let evil = "x' OR 1=1 --";
        let kind = table.column("kind").unwrap_or(table.key);
        let mut conditions = Conditions::of(&table);
        let leaf = Predicate::Compare { column: kind, how: Comparison::Eq, value: Value::Text(evil.to_owned()) };
        let like = Predicate::Like { column: kind, pattern: evil.to_owned(), insensitive: true };
        let text = conditions.holds(&Predicate::Not(Box::new(Predicate::Any(vec![leaf, like]))), true).unwrap_or_default();
        assert!(!text.contains("1=1") && text.contains("c['kind'] != @p0") && text.contains("NOT LIKE @p1"), "{text}");
        assert_eq!(conditions.parameters().len(), 2);
    }

    #[test]
    fn a_pattern_keeps_its_meaning() {
        for (ours, theirs) in [("a%", "a%"), (r"a\%_", "a!%_"), ("[a]!", "![a!]!!"), (r"\\", r"\")] {
            assert_eq!(like(ours), theirs);
        }
    }
}

//! From a client's JSON to a [`Predicate`]: identifiers from the catalogue only, values typed by their column.

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::catalogue::{ColumnId, ColumnType, Ownership, Table, Value};
use super::super::{DataError, Rejected, Tenant};
use super::{Comparison, Predicate};

/// How much a filter may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterLimits {
    /// How deep `and`, `or`, `not` may be nested.
    pub depth: usize,
    /// How many comparisons.
    pub predicates: usize,
    /// How many values of `in` and `nin`.
    pub values: usize,
    /// How many characters of a pattern.
    pub pattern: usize,
}

impl FilterLimits {
    /// What the service allows.
    pub const SERVICE: Self = Self { depth: 3, predicates: 20, values: 100, pattern: 256 };
}

const OPERATORS: &str = "eq, ne, gt, gte, lt, lte, in, nin, like, ilike, is_null, between, contains";

/// Reads `filters`: `{"column": value}`, `{"column": {"operator": value, …}}`, and `and`, `or` (lists), `not` (one), all of which must hold.
///
/// # Errors
/// [`DataError::Invalid`] with `UNKNOWN_COLUMN` (also for a column the caller may not read), `INVALID_VALUE`, `UNSUPPORTED_OPERATOR`,
/// `LIMIT_EXCEEDED` or `VALIDATION_FAILED`; [`DataError::Forbidden`] with `OWNERSHIP_VIOLATION` when another owner is asked for.
pub fn parse_filters(table: &Table, tenant: &Tenant, filters: &Json, limits: FilterLimits) -> Result<Predicate, DataError> {
    let mut parser = Parser { table, tenant, limits, predicates: 0 };
    match filters {
        Json::Null => Ok(Predicate::TRUE),
        Json::Object(fields) => parser.all(fields, 0),
        _ => Err(malformed("filters must be an object")),
    }
}

struct Parser<'a> {
    table: &'a Table,
    tenant: &'a Tenant,
    limits: FilterLimits,
    predicates: usize,
}

fn malformed(message: impl Into<String>) -> DataError {
    DataError::invalid("VALIDATION_FAILED", message)
}

fn exceeded(what: &str, limit: usize) -> DataError {
    DataError::Invalid(Rejected::new("LIMIT_EXCEEDED", format!("a filter may hold at most {limit} {what}")).with("limit", limit))
}

impl Parser<'_> {
    fn all(&mut self, fields: &Map<String, Json>, depth: usize) -> Result<Predicate, DataError> {
        let mut all = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("and", value) => all.push(Predicate::All(self.list(value, depth)?)),
                ("or", value) => all.push(Predicate::Any(self.list(value, depth)?)),
                ("not", Json::Object(one)) => all.push(Predicate::Not(Box::new(self.nested(one, depth)?))),
                ("not", _) => return Err(malformed("not takes an object")),
                (column, value) => self.column(column, value, &mut all)?,
            }
        }
        Ok(Predicate::All(all))
    }

    fn nested(&mut self, fields: &Map<String, Json>, depth: usize) -> Result<Predicate, DataError> {
        if depth >= self.limits.depth {
            return Err(exceeded("levels of and, or, not", self.limits.depth));
        }
        self.all(fields, depth + 1)
    }

    fn list(&mut self, value: &Json, depth: usize) -> Result<Vec<Predicate>, DataError> {
        let items = value
            .as_array()
            .filter(|items| !items.is_empty())
            .ok_or_else(|| malformed("and, or take a list of objects that is not empty"))?;
        items.iter().map(|item| self.nested(item.as_object().ok_or_else(|| malformed("and, or take a list of objects"))?, depth)).collect()
    }

    fn column(&mut self, name: &str, value: &Json, all: &mut Vec<Predicate>) -> Result<(), DataError> {
        let column = readable(self.table, self.tenant, name)?;
        match value {
            Json::Object(operators) => {
                if operators.is_empty() {
                    return Err(malformed(format!("{name}: an operator is expected, one of {OPERATORS}")));
                }
                for (operator, value) in operators {
                    self.count()?;
                    all.push(self.operator(column, operator, value)?);
                }
            }
            literal => {
                self.count()?;
                all.push(self.operator(column, "eq", literal)?);
            }
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), DataError> {
        self.predicates += 1;
        if self.predicates > self.limits.predicates { Err(exceeded("comparisons", self.limits.predicates)) } else { Ok(()) }
    }

    fn operator(&self, column: ColumnId, operator: &str, json: &Json) -> Result<Predicate, DataError> {
        let kind = self.table.at(column).kind;
        let how = match operator {
            "eq" => Comparison::Eq,
            "ne" => Comparison::Ne,
            "gt" => Comparison::Gt,
            "gte" => Comparison::Gte,
            "lt" => Comparison::Lt,
            "lte" => Comparison::Lte,
            "in" | "nin" => return Ok(Predicate::In { column, values: self.values(column, json)?, negated: operator == "nin" }),
            "between" => return self.between(column, json),
            "like" | "ilike" => return self.like(column, json, operator == "ilike"),
            "is_null" => {
                let is = json.as_bool().ok_or_else(|| self.invalid(column, "true or false"))?;
                return Ok(Predicate::IsNull { column, is });
            }
            "contains" if kind == ColumnType::Json => return Ok(Predicate::Contains { column, json: self.json(column, json)? }),
            _ => return Err(self.unsupported(column, operator)),
        };
        let comparable = kind.is_ordered() || kind == ColumnType::Json && matches!(how, Comparison::Eq | Comparison::Ne);
        if !comparable {
            return Err(self.unsupported(column, operator));
        }
        match (self.value(column, json)?, how) {
            (Value::Null, Comparison::Eq) => Ok(Predicate::IsNull { column, is: true }),
            (Value::Null, Comparison::Ne) => Ok(Predicate::IsNull { column, is: false }),
            (Value::Null, _) => Err(self.invalid(column, "a value")),
            (value, how) => Ok(Predicate::Compare { column, how, value }),
        }
    }

    fn values(&self, column: ColumnId, json: &Json) -> Result<Vec<Value>, DataError> {
        let items = json.as_array().ok_or_else(|| self.invalid(column, "a list"))?;
        if items.len() > self.limits.values {
            return Err(exceeded("values of in", self.limits.values));
        }
        if !self.table.at(column).kind.is_ordered() {
            return Err(self.unsupported(column, "in"));
        }
        items.iter().map(|item| self.present(column, item)).collect()
    }

    fn between(&self, column: ColumnId, json: &Json) -> Result<Predicate, DataError> {
        let Some([low, high]) = json.as_array().map(Vec::as_slice) else { return Err(self.invalid(column, "a list of two values")) };
        if !self.table.at(column).kind.is_ordered() {
            return Err(self.unsupported(column, "between"));
        }
        let (low, high) = (self.present(column, low)?, self.present(column, high)?);
        Ok(Predicate::All(vec![
            Predicate::Compare { column, how: Comparison::Gte, value: low },
            Predicate::Compare { column, how: Comparison::Lte, value: high },
        ]))
    }

    fn like(&self, column: ColumnId, json: &Json, insensitive: bool) -> Result<Predicate, DataError> {
        if !matches!(self.table.at(column).kind, ColumnType::Text { .. }) {
            return Err(self.unsupported(column, "like"));
        }
        let pattern = json.as_str().filter(|text| !text.contains('\0')).ok_or_else(|| self.invalid(column, "a pattern"))?;
        if pattern.chars().count() > self.limits.pattern {
            return Err(exceeded("characters of a pattern", self.limits.pattern));
        }
        // A lone escape at the end is an error in PostgreSQL.
        if pattern.chars().rev().take_while(|character| *character == '\\').count() % 2 == 1 {
            return Err(self.invalid(column, r"a pattern whose last \ escapes something"));
        }
        Ok(Predicate::Like { column, pattern: pattern.to_owned(), insensitive })
    }

    fn json(&self, column: ColumnId, json: &Json) -> Result<Json, DataError> {
        match ColumnType::Json.parse(json) {
            Ok(Value::Json(json)) => Ok(json),
            _ => Err(self.invalid(column, "JSON that is not null")),
        }
    }

    fn present(&self, column: ColumnId, json: &Json) -> Result<Value, DataError> {
        match self.value(column, json)? {
            Value::Null => Err(self.invalid(column, "a value")),
            value => Ok(value),
        }
    }

    fn value(&self, column: ColumnId, json: &Json) -> Result<Value, DataError> {
        // Text longer than the column holds is simply not there.
        let kind = match self.table.at(column).kind {
            ColumnType::Text { .. } => ColumnType::Text { max: None },
            kind => kind,
        };
        let value = kind.parse(json).map_err(|error| self.invalid(column, error.0))?;
        if let (Ownership::Column(of), Value::Uuid(owner)) = (self.table.ownership, &value)
            && of == column
        {
            check_owner(self.tenant, *owner)?;
        }
        Ok(value)
    }

    fn invalid(&self, column: ColumnId, expected: &str) -> DataError {
        let column = self.table.at(column);
        DataError::Invalid(invalid_value(column.name, column.kind, expected))
    }

    fn unsupported(&self, column: ColumnId, operator: &str) -> DataError {
        let column = self.table.at(column);
        let message = format!("{}: {operator:?} is no operator of {} columns; there are {OPERATORS}", column.name, column.kind.name());
        DataError::Invalid(Rejected::new("UNSUPPORTED_OPERATOR", message).with("column", column.name).with("operator", operator))
    }
}

/// The rejection of a value that is not one of its column's type.
pub(crate) fn invalid_value(column: &str, kind: ColumnType, expected: &str) -> Rejected {
    Rejected::new("INVALID_VALUE", format!("{column}: {expected} is expected")).with("column", column).with("type", kind.name())
}

/// The column of this name, if the caller may read it. The same answer for one that is hidden and one that is not there.
pub(crate) fn readable(table: &Table, tenant: &Tenant, name: &str) -> Result<ColumnId, DataError> {
    let column = table.column(name).filter(|column| table.at(*column).is_readable_by(tenant.tier));
    column.ok_or_else(|| {
        let message = format!("{} has no column of that name", table.name);
        DataError::Invalid(Rejected::new("UNKNOWN_COLUMN", message).with("table", table.name).with("column", name))
    })
}

/// Fails when somebody who sees only own rows names another owner.
pub(crate) fn check_owner(tenant: &Tenant, owner: Uuid) -> Result<(), DataError> {
    match tenant.confined_to() {
        Some(own) if own != owner => {
            Err(DataError::Forbidden(Rejected::new("OWNERSHIP_VIOLATION", "these rows belong to somebody else: leave the owner out")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dataservice::catalogue::Catalogue;
    use crate::dataservice::{Database, Tier};
    use crate::kernel::{EntityId, UserId};

    fn tenant(tier: Tier) -> Tenant {
        Tenant { account_id: UserId::from_bytes([1; 12]), owner: Uuid::from_u128(7), tier }
    }

    fn parse(tier: Tier, filters: &Json) -> Result<Predicate, String> {
        let table = Catalogue::visiobook(None).table(Database::PostgreSql, "projects").unwrap_or_else(|| unreachable!());
        parse_filters(&table, &tenant(tier), filters, FilterLimits::SERVICE)
            .map_err(|error| error.rejected().map_or("", |rejected| rejected.code).to_owned())
    }

    #[test]
    fn the_samples_filters_are_read() {
        let own = Uuid::from_u128(7).to_string();
        let all = parse(Tier::User, &json!({"user_id": own, "status": "active"}));
        assert!(matches!(all, Ok(Predicate::All(all)) if all.len() == 2));
        assert_eq!(parse(Tier::User, &Json::Null), Ok(Predicate::TRUE));
        assert!(parse(Tier::User, &json!({"or": [{"title": {"like": "a%"}}, {"not": {"status": {"in": ["draft"]}}}]})).is_ok());
        assert!(parse(Tier::User, &json!({"created_at": {"gte": "2024-01-01T00:00:00Z", "lt": "2025-01-01T00:00:00Z"}})).is_ok());
    }

    #[test]
    fn each_fault_has_its_code() {
        let deep = json!({"not": {"not": {"not": {"not": {"status": "a"}}}}});
        let many: Vec<_> = (0..21).map(|_| json!({"status": "a"})).collect();
        for (filters, code) in [
            (json!([]), "VALIDATION_FAILED"),
            (json!({"or": []}), "VALIDATION_FAILED"),
            (json!({"status": {}}), "VALIDATION_FAILED"),
            (json!({"id; DROP TABLE users": 1}), "UNKNOWN_COLUMN"),
            (json!({"id": "user_123"}), "INVALID_VALUE"),
            (json!({"title": {"like": r"a\"}}), "INVALID_VALUE"),
            (json!({"created_at": {"gt": null}}), "INVALID_VALUE"),
            (json!({"title": {"regex": "a"}}), "UNSUPPORTED_OPERATOR"),
            (json!({"title": {"contains": "a"}}), "UNSUPPORTED_OPERATOR"),
            (json!({"created_at": {"like": "2"}}), "UNSUPPORTED_OPERATOR"),
            (deep, "LIMIT_EXCEEDED"),
            (json!({ "or": many }), "LIMIT_EXCEEDED"),
            (json!({"status": {"in": vec!["a"; 101]}}), "LIMIT_EXCEEDED"),
            (json!({"title": {"like": "a".repeat(257)}}), "LIMIT_EXCEEDED"),
            (json!({"user_id": Uuid::from_u128(8).to_string()}), "OWNERSHIP_VIOLATION"),
            (json!({"not": {"user_id": {"in": [Uuid::from_u128(8).to_string()]}}}), "OWNERSHIP_VIOLATION"),
        ] {
            assert_eq!(parse(Tier::User, &filters), Err(code.to_owned()), "{filters}");
        }
    }

    #[test]
    fn an_administrator_may_ask_for_any_owner() {
        assert!(parse(Tier::Admin, &json!({"user_id": Uuid::from_u128(8).to_string()})).is_ok());
    }
}

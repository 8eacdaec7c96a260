//! The nearest embeddings: what a client asks for, the checked plan, what a store answers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use uuid::Uuid;

use super::super::catalogue::{Column, ColumnId, ColumnType, Table, Value};
use super::super::{DataError, Rejected, Tenant, Tier};
use super::parse::{invalid_value, readable};
use super::{FilterLimits, Predicate, parse_filters};

/// A search as it came in: nothing of it is trusted yet.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchRequest {
    /// The table.
    pub table: String,
    /// What the embeddings are compared with: a list of numbers.
    pub vector: Json,
    /// How many of the nearest; 10 unless told.
    pub top_k: Option<u64>,
    /// The least score an answer has.
    pub min_score: Option<f64>,
    /// Which rows are looked at, see [`super::parse_filters`].
    pub filters: Json,
    /// The columns wanted; all readable ones but the embedding itself when none is named.
    pub select: Option<Vec<String>>,
}

/// A search whose every identifier is the catalogue's and whose every value has its column's type.
///
/// Embeddings are compared by the cosine of the angle between them: the score is 1 for the same direction, 0 for a right angle, −1 for the
/// opposite. One without a direction, all zeros, is never found.
#[derive(Debug, Clone)]
pub struct Search {
    /// The table.
    pub table: Arc<Table>,
    /// The embeddings.
    pub column: ColumnId,
    /// What they are compared with; not all zeros.
    pub to: Vec<f32>,
    /// Most rows.
    pub top_k: u32,
    /// The least score of a row.
    pub min_score: Option<f64>,
    /// The columns to read, in this order.
    pub columns: Vec<ColumnId>,
    /// Which rows.
    pub filter: Predicate,
    /// As [`Select::confined_to`](super::Select::confined_to).
    pub confined_to: Option<Uuid>,
    /// The level of the caller.
    pub tier: Tier,
    /// How long a statement may run.
    pub statement_time: Duration,
}

/// A row that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// The plan's columns.
    pub cells: Vec<Value>,
    /// The cosine of the angle between its embedding and the one asked for.
    pub score: f64,
}

/// What a store answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    /// The nearest first, of the same distance by their key.
    pub rows: Vec<Neighbour>,
    /// As [`Rows::version`](super::Rows::version).
    pub version: Option<u64>,
}

const USUAL_TOP_K: u64 = 10;
const MOST_TOP_K: u32 = 100;

impl Search {
    /// Checks a request against its table.
    ///
    /// # Errors
    /// [`DataError::Invalid`] with the code of the first fault, [`DataError::Forbidden`] when another owner is asked for.
    pub fn check(table: Arc<Table>, tenant: &Tenant, request: &SearchRequest) -> Result<Self, DataError> {
        let embeddings = table.columns.iter().enumerate().find_map(|(at, column)| match column.kind {
            ColumnType::Vector { dimensions } if column.is_readable_by(tenant.tier) => Some((ColumnId(at), dimensions)),
            _ => None,
        });
        let Some((column, dimensions)) = embeddings else {
            return Err(DataError::invalid("UNSUPPORTED_QUERY_TYPE", format!("{} has no embeddings to search", table.name)));
        };
        let to = direction(&request.vector, dimensions)?;
        let top_k = match request.top_k.unwrap_or(USUAL_TOP_K) {
            0 => return Err(DataError::invalid("VALIDATION_FAILED", "top_k: at least 1 row")),
            top_k => u32::try_from(top_k).ok().filter(|top_k| *top_k <= MOST_TOP_K).ok_or_else(|| {
                let message = format!("top_k: at most the {MOST_TOP_K} nearest can be asked for");
                DataError::Invalid(Rejected::new("LIMIT_EXCEEDED", message).with("limit", MOST_TOP_K))
            })?,
        };
        if request.min_score.is_some_and(|score| !(-1.0..=1.0).contains(&score)) {
            return Err(DataError::invalid("VALIDATION_FAILED", "min_score: a number from -1 to 1"));
        }
        let columns: Vec<ColumnId> = match &request.select {
            None => table.readable_by(tenant.tier).into_iter().filter(|id| *id != column).collect(),
            Some(names) => names.iter().map(|name| readable(&table, tenant, name)).collect::<Result<_, _>>()?,
        };
        let twice = columns.iter().enumerate().any(|(at, id)| columns[..at].contains(id));
        if columns.is_empty() || twice {
            return Err(DataError::invalid("VALIDATION_FAILED", "select: at least one column, none twice"));
        }
        Ok(Self {
            filter: parse_filters(&table, tenant, &request.filters, FilterLimits::SERVICE)?,
            column,
            to,
            top_k,
            min_score: request.min_score,
            columns,
            confined_to: tenant.confined_to(),
            tier: tenant.tier,
            statement_time: tenant.allowance().statement_time,
            table,
        })
    }

    /// How many numbers an embedding has.
    pub fn dimensions(&self) -> usize {
        self.to.len()
    }

    /// The columns the client sees, in order.
    pub fn shown(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().map(|column| self.table.at(*column))
    }

    /// The score of an embedding; none when it has no direction or other dimensions.
    pub fn score(&self, embedding: &[f32]) -> Option<f64> {
        if embedding.len() != self.to.len() {
            return None;
        }
        let dot = |left: &[f32], right: &[f32]| -> f64 { left.iter().zip(right).map(|(l, r)| f64::from(*l) * f64::from(*r)).sum() };
        let norms = (dot(embedding, embedding) * dot(&self.to, &self.to)).sqrt();
        (norms > 0.0).then(|| (dot(embedding, &self.to) / norms).clamp(-1.0, 1.0))
    }
}

fn direction(json: &Json, dimensions: usize) -> Result<Vec<f32>, DataError> {
    let kind = ColumnType::Vector { dimensions };
    let invalid = |expected: &str| DataError::Invalid(invalid_value("vector", kind, expected).with("dimensions", dimensions));
    match kind.parse(json) {
        Ok(Value::Vector(numbers)) if numbers.iter().any(|number| *number != 0.0) => Ok(numbers),
        Ok(Value::Vector(_)) => Err(invalid("a vector that is not all zeros")),
        Ok(_) | Err(_) => Err(invalid(&format!("a list of {dimensions} finite numbers"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dataservice::Database;
    use crate::dataservice::catalogue::Catalogue;
    use crate::kernel::{EntityId, UserId};

    fn request(vector: Json) -> SearchRequest {
        SearchRequest { table: "embeddings".to_owned(), vector, top_k: None, min_score: None, filters: Json::Null, select: None }
    }

    fn check(tier: Tier, request: &SearchRequest) -> Result<Search, String> {
        let catalogue = Catalogue::visiobook(Some(2));
        let table = [Database::Vector, Database::PostgreSql].into_iter().find_map(|database| catalogue.table(database, &request.table));
        let tenant = Tenant { account_id: UserId::from_bytes([1; 12]), owner: Uuid::from_u128(7), tier };
        Search::check(table.unwrap_or_else(|| unreachable!()), &tenant, request)
            .map_err(|error| error.rejected().map_or("", |rejected| rejected.code).to_owned())
    }

    #[test]
    fn a_search_asks_for_the_ten_nearest_and_shows_all_but_the_embedding() {
        let plan = check(Tier::User, &request(json!([1, 0.5]))).unwrap_or_else(|code| unreachable!("{code}"));
        assert_eq!((plan.top_k, plan.to.clone(), plan.confined_to), (10, vec![1.0, 0.5], Some(Uuid::from_u128(7))));
        let shown: Vec<_> = plan.shown().map(|column| column.name).collect();
        assert_eq!(shown, ["id", "user_id", "kind", "metadata", "created_at"]);
        let admin = check(Tier::Admin, &request(json!([1, 0.5]))).map(|plan| plan.confined_to);
        assert_eq!(admin, Ok(None));
    }

    #[test]
    fn each_fault_has_its_code() {
        let good = || request(json!([1, 0]));
        let with = |change: &dyn Fn(&mut SearchRequest)| {
            let mut changed = good();
            change(&mut changed);
            changed
        };
        let named = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        for (request, code) in [
            (request(json!([1])), "INVALID_VALUE"),
            (request(json!([1, 2, 3])), "INVALID_VALUE"),
            (request(json!([1, "2"])), "INVALID_VALUE"),
            (request(json!([1, 1e300])), "INVALID_VALUE"),
            (request(json!([0, 0.0])), "INVALID_VALUE"),
            (request(json!([null, 1])), "INVALID_VALUE"),
            (request(Json::Null), "INVALID_VALUE"),
            (with(&|request| request.top_k = Some(0)), "VALIDATION_FAILED"),
            (with(&|request| request.top_k = Some(101)), "LIMIT_EXCEEDED"),
            (with(&|request| request.min_score = Some(1.5)), "VALIDATION_FAILED"),
            (with(&|request| request.min_score = Some(f64::NAN)), "VALIDATION_FAILED"),
            (with(&|request| request.select = named(&[])), "VALIDATION_FAILED"),
            (with(&|request| request.select = named(&["id", "id"])), "VALIDATION_FAILED"),
            (with(&|request| request.select = named(&["nothing"])), "UNKNOWN_COLUMN"),
            (with(&|request| request.filters = json!({"embedding": [1, 0]})), "UNSUPPORTED_OPERATOR"),
            (with(&|request| request.filters = json!({"user_id": Uuid::from_u128(8).to_string()})), "OWNERSHIP_VIOLATION"),
            (with(&|request| request.table = "projects".to_owned()), "UNSUPPORTED_QUERY_TYPE"),
        ] {
            assert_eq!(check(Tier::User, &request).map(drop), Err(code.to_owned()), "{request:?}");
        }
    }

    #[test]
    fn the_score_is_the_cosine() {
        let plan = check(Tier::User, &request(json!([3, 4]))).unwrap_or_else(|code| unreachable!("{code}"));
        assert_eq!(plan.score(&[30.0, 40.0]), Some(1.0));
        assert_eq!(plan.score(&[-3.0, -4.0]), Some(-1.0));
        assert_eq!(plan.score(&[4.0, -3.0]), Some(0.0));
        assert_eq!((plan.score(&[0.0, 0.0]), plan.score(&[1.0])), (None, None));
    }
}

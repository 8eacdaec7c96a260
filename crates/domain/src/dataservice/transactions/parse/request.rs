//! The whole request.

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::super::super::catalogue::Catalogue;
use super::super::super::{DataError, Database, Tenant};
use super::super::{Isolation, Operation, TransactionId};
use super::fields::{Fields, exceeded, malformed};
use super::{sql, stores};

/// A request whose every operation has been checked.
#[derive(Debug, Clone, PartialEq)]
pub struct TransactionRequest {
    /// The operations, in order.
    pub operations: Vec<Operation>,
    /// The isolation of the PostgreSQL part.
    pub isolation: Isolation,
    /// The digest of what is asked for, the same however the fields are ordered.
    pub body_hash: String,
}

/// Reads `{"operations": […], "isolation"?: "…"}`. `id` is the transaction the operations will belong to: rows whose id must be known
/// before the decision are named after it.
///
/// # Errors
/// [`DataError::Invalid`], [`DataError::Forbidden`] or [`DataError::NotFound`] with `details.operation`, counted from 1.
pub fn parse_transaction(catalogue: &Catalogue, tenant: &Tenant, id: &TransactionId, body: &Json) -> Result<TransactionRequest, DataError> {
    let mut fields = Fields::of(body, "the body")?;
    let listed = fields.get("operations").and_then(Json::as_array).filter(|listed| !listed.is_empty());
    let listed = listed.ok_or_else(|| malformed("operations", "a list of at least one operation"))?;
    let isolation = match fields.text_if_any("isolation")? {
        None => Isolation::default(),
        Some(text) => {
            let known = Isolation::ALL.into_iter().find(|level| level.as_str() == text);
            known.ok_or_else(|| malformed("isolation", "READ COMMITTED, REPEATABLE READ or SERIALIZABLE"))?
        }
    };
    fields.end()?;
    let most = tenant.allowance().operations;
    if listed.len() > most {
        return Err(exceeded("operations", most as u64, "operations in one transaction of your role"));
    }
    let mut operations = Vec::with_capacity(listed.len());
    for (number, json) in (1_u32..).zip(listed) {
        let parsed = operation(catalogue, tenant, id, number, json);
        operations.push(parsed.map_err(|error| at(number, error))?);
    }
    Ok(TransactionRequest { operations, isolation, body_hash: digest(body) })
}

fn operation(catalogue: &Catalogue, tenant: &Tenant, id: &TransactionId, number: u32, json: &Json) -> Result<Operation, DataError> {
    let mut fields = Fields::of(json, "an operation")?;
    let named = fields.text("database")?;
    let database: Database = named.parse().map_err(|_unknown| malformed("database", "postgresql, redis, cosmosdb or vector"))?;
    let verb = fields.text("operation")?;
    let parsed = match database {
        Database::PostgreSql => Operation::Sql(sql::parse(catalogue, tenant, verb, &mut fields)?),
        Database::Redis => Operation::Store(stores::redis(tenant, verb, &mut fields)?),
        Database::CosmosDb => Operation::Store(stores::cosmos(catalogue, tenant, verb, &mut fields)?),
        Database::Vector => Operation::Store(stores::vector(catalogue, tenant, id, number, verb, &mut fields)?),
    };
    fields.end()?;
    Ok(parsed)
}

/// Adds which operation it is about.
pub(in super::super) fn at(number: u32, error: DataError) -> DataError {
    error.with("operation", number)
}

/// The digest of the body with the fields of every object in order.
fn digest(body: &Json) -> String {
    fn feed(hasher: &mut Sha256, json: &Json) {
        match json {
            Json::Object(fields) => {
                let mut sorted: Vec<_> = fields.iter().collect();
                sorted.sort_by_key(|(name, _)| *name);
                hasher.update(b"{");
                for (name, value) in sorted {
                    hasher.update(Json::String(name.clone()).to_string());
                    hasher.update(b":");
                    feed(hasher, value);
                    hasher.update(b",");
                }
                hasher.update(b"}");
            }
            Json::Array(items) => {
                hasher.update(b"[");
                for item in items {
                    feed(hasher, item);
                    hasher.update(b",");
                }
                hasher.update(b"]");
            }
            leaf => hasher.update(leaf.to_string()),
        }
    }
    let mut hasher = Sha256::new();
    feed(&mut hasher, body);
    hasher.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        text.extend([byte >> 4, byte & 15].into_iter().filter_map(|digit| char::from_digit(u32::from(digit), 16)));
        text
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_digest_is_of_the_content_not_of_the_writing() {
        let one: Json = serde_json::from_str(r#"{"a":1,"b":[{"x":null,"y":"z"}]}"#).unwrap_or_default();
        let other: Json = serde_json::from_str(r#"{ "b": [ {"y": "z", "x": null} ], "a": 1 }"#).unwrap_or_default();
        assert_eq!(digest(&one), digest(&other));
        assert_ne!(digest(&json!(["a", "b"])), digest(&json!(["a,b"])));
        assert_ne!(digest(&json!(["1"])), digest(&json!([1])));
    }
}

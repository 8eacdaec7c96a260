//! Operations on the stores beside PostgreSQL.

use serde_json::Value as Json;
use uuid::Uuid;

use super::super::super::catalogue::{Catalogue, ColumnId, Ownership, Table, Value};
use super::super::super::{DataError, Database, Rejected, Tenant};
use super::super::{CosmosCommand, CosmosWrite, RedisCommand, RedisWrite, StoreWrite, TransactionId, VectorWrite};
use super::fields::{Fields, exceeded, invalid, malformed};
use super::sql;

const LONGEST_KEY: usize = 512;
const LARGEST_VALUE: usize = 512 * 1024;
/// A year of seconds.
const LONGEST_TTL: u64 = 365 * 24 * 3600;
/// Cosmos DB's own limit for an id.
const LONGEST_ID: usize = 255;
const MOST_PATCHES: usize = 10;

pub(super) fn redis(tenant: &Tenant, verb: &str, fields: &mut Fields<'_>) -> Result<StoreWrite, DataError> {
    let key = fields.text("key")?;
    if key.is_empty() || key.chars().any(char::is_control) {
        return Err(invalid("key", "a text of 1 to 512 bytes without control characters"));
    }
    if key.len() > LONGEST_KEY {
        return Err(exceeded("key", LONGEST_KEY as u64, "bytes"));
    }
    if key.starts_with(RedisWrite::RESERVED) {
        let message = format!("key: what begins with {} is the service's own", RedisWrite::RESERVED);
        return Err(DataError::Forbidden(Rejected::new("OWNERSHIP_VIOLATION", message).with("field", "key")));
    }
    let command = match verb {
        "set" => {
            let value = fields.text("value")?;
            if value.len() > LARGEST_VALUE {
                return Err(exceeded("value", LARGEST_VALUE as u64, "bytes"));
            }
            RedisCommand::Set { value: value.to_owned(), ttl: fields.number_if_any("ttl", LONGEST_TTL)? }
        }
        "del" => RedisCommand::Del,
        "incrby" => {
            let by = fields.get("by").map(|by| by.as_i64().ok_or_else(|| invalid("by", "a whole number of 64 bits"))).transpose()?;
            RedisCommand::IncrBy(by.unwrap_or(1))
        }
        "expire" => {
            let ttl = fields.number_if_any("ttl", LONGEST_TTL)?.ok_or_else(|| malformed("ttl", "a number of seconds"))?;
            RedisCommand::Expire { ttl }
        }
        _ => return Err(malformed("operation", "set, del, incrby or expire")),
    };
    Ok(StoreWrite::Redis(RedisWrite { owner: tenant.owner, key: key.to_owned(), command }))
}

pub(super) fn cosmos(catalogue: &Catalogue, tenant: &Tenant, verb: &str, fields: &mut Fields<'_>) -> Result<StoreWrite, DataError> {
    let table = sql::table(catalogue, Database::CosmosDb, fields.text("table")?)?;
    let Ownership::Column(owner) = table.ownership else {
        return Err(DataError::Internal(format!("the container {} is not partitioned by its owner", table.name).into()));
    };
    let owner_field = table.at(owner).name;
    let with_document = matches!(verb, "create" | "replace" | "upsert");
    let (id, document) = if with_document {
        let mut given = fields.object("data")?.clone();
        let named = given.get("id").and_then(Json::as_str).ok_or_else(|| malformed("data.id", "a string"))?.to_owned();
        own(tenant, owner_field, &mut given)?;
        let values = sql::new_row(&table, tenant, &given)?;
        complete(&table, &values)?;
        (named, values.iter().map(|(column, value)| (table.at(*column).name.to_owned(), value.to_json())).collect())
    } else {
        (fields.text("id")?.to_owned(), Json::Null)
    };
    if id.is_empty() || id.len() > LONGEST_ID || id.chars().any(|character| character.is_control() || "/\\?#".contains(character)) {
        return Err(invalid("id", "a text of 1 to 255 bytes without / \\ ? #"));
    }
    // Fences are documents beside the client's.
    if id.starts_with(CosmosWrite::RESERVED) {
        let message = format!("id: what begins with {} is the service's own", CosmosWrite::RESERVED);
        return Err(DataError::Forbidden(Rejected::new("OWNERSHIP_VIOLATION", message).with("field", "id")));
    }
    let command = match verb {
        "create" => CosmosCommand::Create(document),
        "replace" => CosmosCommand::Replace(document),
        "upsert" => CosmosCommand::Upsert(document),
        "delete" => CosmosCommand::Delete,
        "patch" => CosmosCommand::Patch(patches(&table, tenant, fields)?),
        _ => return Err(malformed("operation", "create, replace, upsert, delete or patch")),
    };
    let if_match = if verb == "create" { None } else { fields.text_if_any("if_match")?.map(str::to_owned) };
    Ok(StoreWrite::CosmosDb(CosmosWrite {
        owner: tenant.owner,
        owner_field: owner_field.to_owned(),
        container: table.name.to_owned(),
        id,
        if_match,
        command,
    }))
}

/// The document says whose it is; the partition is the same.
fn own(tenant: &Tenant, owner_field: &str, document: &mut serde_json::Map<String, Json>) -> Result<(), DataError> {
    let own = Json::String(tenant.owner.to_string());
    match document.insert(owner_field.to_owned(), own.clone()) {
        Some(other) if other != own => {
            let message = "this document would belong to somebody else: leave the owner out";
            Err(DataError::Forbidden(Rejected::new("OWNERSHIP_VIOLATION", message)))
        }
        _ => Ok(()),
    }
}

/// Stores without columns of their own would take a row that lacks some.
fn complete(table: &Table, values: &[(ColumnId, Value)]) -> Result<(), DataError> {
    let missing = table.columns.iter().enumerate().find(|(at, column)| {
        !column.nullable && column.insertable_from.is_some() && column.name != "id" && values.iter().all(|(id, _)| id.0 != *at)
    });
    missing.map_or(Ok(()), |(_, column)| Err(invalid(column.name, "a value")))
}

fn patches(table: &Table, tenant: &Tenant, fields: &mut Fields<'_>) -> Result<Json, DataError> {
    let listed = fields.get("patch").and_then(Json::as_array).filter(|listed| !listed.is_empty());
    let listed = listed.ok_or_else(|| malformed("patch", "a list of {op, path, value}"))?;
    // https://learn.microsoft.com/azure/cosmos-db/partial-document-update
    if listed.len() > MOST_PATCHES {
        return Err(exceeded("patch", MOST_PATCHES as u64, "changes"));
    }
    for json in listed {
        let mut one = Fields::of(json, "patch")?;
        let op = one.text("op")?;
        let path = one.text("path")?;
        let value = json.get("value");
        let _read = one.get("value");
        one.end()?;
        let complete = match op {
            "add" | "set" | "replace" => value.is_some(),
            "incr" => value.is_some_and(Json::is_number),
            "remove" => value.is_none(),
            _ => return Err(malformed("patch.op", "add, set, replace, incr or remove")),
        };
        if !complete {
            return Err(malformed("patch.value", "a value that fits the op"));
        }
        if !path.starts_with('/') || path.len() > 256 {
            return Err(malformed("patch.path", "a path that begins with /"));
        }
        let (top, inside) = path[1..].split_once('/').map_or((&path[1..], false), |(top, _)| (top, true));
        sql::patchable(table, tenant, top, inside, (op, value))?;
    }
    Ok(Json::Array(listed.clone()))
}

pub(super) fn vector(
    catalogue: &Catalogue,
    tenant: &Tenant,
    transaction: &TransactionId,
    number: u32,
    verb: &str,
    fields: &mut Fields<'_>,
) -> Result<StoreWrite, DataError> {
    let table = sql::table(catalogue, Database::Vector, fields.text("table")?)?;
    let mut owner = tenant.owner;
    let (id, columns) = match verb {
        "upsert" => {
            let values = sql::new_row(&table, tenant, fields.object("data")?)?;
            complete(&table, &values)?;
            let (mut id, mut columns) = (None, Vec::with_capacity(values.len()));
            for (column, value) in values {
                match value {
                    Value::Uuid(uuid) if column == table.key => id = Some(uuid),
                    Value::Uuid(uuid) if table.ownership == Ownership::Column(column) => owner = uuid,
                    value => columns.push((table.at(column).name.to_owned(), value.to_json())),
                }
            }
            let named_after = || Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{transaction}/{number}").as_bytes());
            (id.unwrap_or_else(named_after), Some(columns))
        }
        "delete" => (fields.text("id")?.parse().map_err(|_invalid| invalid("id", "a UUID"))?, None),
        _ => return Err(malformed("operation", "upsert or delete")),
    };
    Ok(StoreWrite::Vector(VectorWrite { owner, confined: !tenant.is_admin(), table: table.name.to_owned(), id, columns }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::super::Tier;
    use super::*;
    use crate::kernel::{EntityId, UserId};

    fn parse(verb: &str, json: &Json) -> Result<CosmosCommand, &'static str> {
        let tenant = Tenant { account_id: UserId::from_bytes([1; 12]), owner: Uuid::from_u128(7), tier: Tier::User };
        let mut fields = Fields::of(json, "an operation").unwrap_or_else(|_| unreachable!());
        match cosmos(&Catalogue::visiobook(None), &tenant, verb, &mut fields) {
            Ok(StoreWrite::CosmosDb(write)) => Ok(write.command),
            Ok(other) => unreachable!("{other:?}"),
            Err(error) => Err(error.rejected().map_or("", |rejected| rejected.code)),
        }
    }

    fn document(change: &[(&str, Json)]) -> Json {
        let mut data = json!({"id": "d1", "kind": "scene", "version": 1, "data": {"free": [1, {}]}});
        for (name, value) in change {
            data[*name] = value.clone();
        }
        json!({"table": "documents", "data": data})
    }

    #[test]
    fn a_document_has_the_catalogues_columns_and_its_owner() {
        let expected =
            json!({"id": "d1", "kind": "scene", "version": 1, "data": {"free": [1, {}]}, "user_id": Uuid::from_u128(7).to_string()});
        assert_eq!(parse("create", &document(&[])), Ok(CosmosCommand::Create(expected)));
        for (change, code) in [
            (("surprise", json!(1)), "UNKNOWN_COLUMN"),
            // Documents that expire by themselves are the service's alone.
            (("ttl", json!(1)), "UNKNOWN_COLUMN"),
            (("_etag", json!("x")), "COLUMN_NOT_WRITABLE"),
            (("kind", Json::Null), "INVALID_VALUE"),
            (("version", json!("one")), "INVALID_VALUE"),
            (("id", json!(5)), "VALIDATION_FAILED"),
            (("id", json!("a/b")), "INVALID_VALUE"),
            (("id", json!("~fence:tx_1:1")), "OWNERSHIP_VIOLATION"),
            (("user_id", json!(Uuid::from_u128(8).to_string())), "OWNERSHIP_VIOLATION"),
        ] {
            assert_eq!(parse("upsert", &document(std::slice::from_ref(&change))), Err(code), "{change:?}");
        }
    }

    #[test]
    fn a_patch_leaves_every_column_with_a_value_of_its_type() {
        for (op, path, value, code) in [
            ("set", "/kind", json!("shot"), None),
            ("incr", "/version", json!(2), None),
            ("remove", "/title", Json::Null, None),
            ("add", "/data/free/-", json!({"any": 1}), None),
            ("incr", "/data/count", json!(1), None),
            ("set", "/kind", json!(5), Some("INVALID_VALUE")),
            ("remove", "/kind", Json::Null, Some("INVALID_VALUE")),
            ("incr", "/kind", json!(1), Some("VALIDATION_FAILED")),
            ("set", "/kind/deeper", json!(1), Some("VALIDATION_FAILED")),
            ("set", "kind", json!("a"), Some("VALIDATION_FAILED")),
            ("set", "/surprise", json!(1), Some("UNKNOWN_COLUMN")),
            ("set", "/ttl", json!(1), Some("UNKNOWN_COLUMN")),
            ("set", "/id", json!("d2"), Some("COLUMN_NOT_WRITABLE")),
            ("set", "/user_id", json!(Uuid::from_u128(7).to_string()), Some("COLUMN_NOT_WRITABLE")),
            ("set", "/_etag", json!("x"), Some("COLUMN_NOT_WRITABLE")),
        ] {
            let mut patch = json!({"op": op, "path": path});
            if !value.is_null() {
                patch["value"] = value;
            }
            let parsed = parse("patch", &json!({"table": "documents", "id": "d1", "patch": [patch]}));
            assert_eq!(parsed.err(), code, "{op} {path}");
        }
    }
}

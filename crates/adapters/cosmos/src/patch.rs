//! Partial updates of a document, as Cosmos DB means them:
//! <https://learn.microsoft.com/en-us/azure/cosmos-db/partial-document-update#supported-operations>.
//!
//! They are carried out here and the whole document is written, if it is still the one that was read: so they fit into a batch with others.

use serde_json::{Map, Value, json};

/// A patch does not fit the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DoesNotFit;

/// Applies a list of `{op, path, value}`: all of them, or none.
pub(crate) fn patched(document: &Value, patch: &Value) -> Result<Value, DoesNotFit> {
    let mut changed = document.clone();
    for one in patch.as_array().ok_or(DoesNotFit)? {
        let op = one["op"].as_str().ok_or(DoesNotFit)?;
        let path = one["path"].as_str().ok_or(DoesNotFit)?;
        let (parent, name) = path.rsplit_once('/').ok_or(DoesNotFit)?;
        let name = name.replace("~1", "/").replace("~0", "~");
        match changed.pointer_mut(parent).ok_or(DoesNotFit)? {
            Value::Object(fields) => in_object(fields, op, name, one.get("value"))?,
            Value::Array(items) => in_array(items, op, &name, one.get("value"))?,
            _ => return Err(DoesNotFit),
        }
    }
    Ok(changed)
}

fn in_object(fields: &mut Map<String, Value>, op: &str, name: String, value: Option<&Value>) -> Result<(), DoesNotFit> {
    match (op, value) {
        ("add" | "set", Some(value)) => {
            fields.insert(name, value.clone());
        }
        ("replace", Some(value)) => *fields.get_mut(&name).ok_or(DoesNotFit)? = value.clone(),
        ("incr", Some(by)) => {
            let sum = sum(fields.get(&name).unwrap_or(&json!(0)), by)?;
            fields.insert(name, sum);
        }
        ("remove", _) => {
            fields.remove(&name).ok_or(DoesNotFit)?;
        }
        _ => return Err(DoesNotFit),
    }
    Ok(())
}

fn in_array(items: &mut Vec<Value>, op: &str, name: &str, value: Option<&Value>) -> Result<(), DoesNotFit> {
    let place = if name == "-" { items.len() } else { name.parse().map_err(|_invalid| DoesNotFit)? };
    match (op, value) {
        ("add", Some(value)) if place <= items.len() => items.insert(place, value.clone()),
        ("set", Some(value)) if place == items.len() => items.push(value.clone()),
        ("set" | "replace", Some(value)) => *items.get_mut(place).ok_or(DoesNotFit)? = value.clone(),
        ("incr", Some(by)) => {
            let item = items.get_mut(place).ok_or(DoesNotFit)?;
            *item = sum(item, by)?;
        }
        ("remove", _) if place < items.len() => {
            items.remove(place);
        }
        _ => return Err(DoesNotFit),
    }
    Ok(())
}

fn sum(number: &Value, by: &Value) -> Result<Value, DoesNotFit> {
    if let (Some(number), Some(by)) = (number.as_i64(), by.as_i64()) {
        return number.checked_add(by).map(Value::from).ok_or(DoesNotFit);
    }
    let sum = number.as_f64().ok_or(DoesNotFit)? + by.as_f64().ok_or(DoesNotFit)?;
    serde_json::Number::from_f64(sum).map(Value::Number).ok_or(DoesNotFit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_does_what_its_page_says() {
        let document = json!({"n": 1, "f": 0.5, "list": [1, 2], "deep": {"a/b": 1}});
        for (op, path, value, expected) in [
            ("add", "/new", Some(json!(1)), Some(json!({"n": 1, "f": 0.5, "list": [1, 2], "deep": {"a/b": 1}, "new": 1}))),
            ("add", "/list/0", Some(json!(0)), Some(json!({"n": 1, "f": 0.5, "list": [0, 1, 2], "deep": {"a/b": 1}}))),
            ("add", "/list/-", Some(json!(3)), Some(json!({"n": 1, "f": 0.5, "list": [1, 2, 3], "deep": {"a/b": 1}}))),
            ("set", "/list/0", Some(json!(9)), Some(json!({"n": 1, "f": 0.5, "list": [9, 2], "deep": {"a/b": 1}}))),
            ("replace", "/deep/a~1b", Some(json!(2)), Some(json!({"n": 1, "f": 0.5, "list": [1, 2], "deep": {"a/b": 2}}))),
            ("incr", "/n", Some(json!(-3)), Some(json!({"n": -2, "f": 0.5, "list": [1, 2], "deep": {"a/b": 1}}))),
            ("incr", "/f", Some(json!(1)), Some(json!({"n": 1, "f": 1.5, "list": [1, 2], "deep": {"a/b": 1}}))),
            ("remove", "/list/1", None, Some(json!({"n": 1, "f": 0.5, "list": [1], "deep": {"a/b": 1}}))),
            ("replace", "/new", Some(json!(1)), None),
            ("remove", "/new", None, None),
            ("remove", "/list/2", None, None),
            ("add", "/list/4", Some(json!(1)), None),
            ("add", "/n/m", Some(json!(1)), None),
            ("set", "/no/where", Some(json!(1)), None),
            ("incr", "/list", Some(json!(1)), None),
            ("incr", "/n", Some(json!(i64::MAX)), None),
            ("move", "/n", Some(json!(1)), None),
        ] {
            let mut one = json!({"op": op, "path": path});
            if let Some(value) = &value {
                one["value"] = value.clone();
            }
            assert_eq!(patched(&document, &json!([one])).ok(), expected, "{op} {path}");
        }
    }
}

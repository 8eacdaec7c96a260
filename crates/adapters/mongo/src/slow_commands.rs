//! What of a slow command may be logged: its form, never a value. Field names are our own, values are people's.

use std::fmt::Write;

use mongodb::bson::{Bson, Document};

/// Longest form logged, in bytes.
const LONGEST: usize = 2_000;
/// What the driver adds to every command.
const PLUMBING: [&str; 10] = [
    "$clusterTime",
    "$db",
    "$readPreference",
    "apiVersion",
    "autocommit",
    "lsid",
    "readConcern",
    "startTransaction",
    "txnNumber",
    "writeConcern",
];

/// The collection the command is for.
pub(crate) fn collection<'c>(command: &'c Document, name: &str) -> Option<&'c str> {
    command.get_str(name).ok()
}

/// The command's fields and operators, each value replaced by `?`.
pub(crate) fn shape(command: &Document) -> String {
    let mut text = String::new();
    document(&mut text, command, true);
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

fn document(text: &mut String, document: &Document, outermost: bool) {
    text.push('{');
    let fields = document.iter().filter(|(field, _)| !outermost || !PLUMBING.contains(&field.as_str()));
    for (number, (field, value)) in fields.enumerate() {
        let _infallible = write!(text, "{}{field}: ", if number > 0 { ", " } else { "" });
        redacted(text, value);
        if text.len() > LONGEST {
            break;
        }
    }
    text.push('}');
}

fn redacted(text: &mut String, value: &Bson) {
    match value {
        Bson::Document(nested) => document(text, nested, false),
        // One element tells the form of a list of values; a pipeline's stages each have their own.
        Bson::Array(elements) if elements.iter().all(|element| matches!(element, Bson::Document(_))) => {
            text.push('[');
            for (number, element) in elements.iter().enumerate() {
                if number > 0 {
                    text.push_str(", ");
                }
                redacted(text, element);
                if text.len() > LONGEST {
                    break;
                }
            }
            text.push(']');
        }
        Bson::Array(_) => text.push_str("[?]"),
        _ => text.push('?'),
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;

    #[test]
    fn the_form_of_a_command_is_told_and_no_value() {
        let command = doc! {
            "find": "users",
            "filter": { "email": "ada@example.org", "$or": [{ "role": { "$in": ["admin", "user"] } }, { "n": 7 }] },
            "limit": 1,
            "lsid": { "id": "session" },
            "$db": "wearit",
        };
        let shape = shape(&command);
        assert_eq!(shape, "{find: ?, filter: {email: ?, $or: [{role: {$in: [?]}}, {n: ?}]}, limit: ?}");
        assert_eq!(collection(&command, "find"), Some("users"));
    }

    #[test]
    fn a_long_command_is_cut() {
        let many: Vec<_> = (0..1_000).map(|number| Bson::Document(doc! { "field": number })).collect();
        assert!(shape(&doc! { "documents": many }).len() <= LONGEST + '…'.len_utf8() + 2);
    }
}

//! What a person should have by what was answered, and what the export says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Everything of one person.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Belongings {
    pub(super) name: String,
    pub(super) avatar: Option<String>,
    pub(super) sessions: usize,
    /// Name and picture.
    pub(super) clothing: BTreeMap<String, (String, String)>,
    /// Id, height and picture.
    pub(super) body: Option<(String, f64, String)>,
    pub(super) tryons: BTreeSet<String>,
    /// The try-ons marked.
    pub(super) favorites: BTreeSet<String>,
    /// The sizes of files that were put and not used.
    pub(super) uploads: BTreeMap<String, usize>,
    /// Their addresses.
    pub(super) endpoints: BTreeMap<String, String>,
}

/// The text at this path of an answer.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}")).iter()
}

impl Belongings {
    /// What an export says; the pictures are the texts behind the links, as they were fetched.
    pub(super) fn of(export: &Value, pictures: &BTreeMap<String, String>) -> Self {
        let (identity, wearit) = (&export["data"]["contexts"]["identity"], &export["data"]["contexts"]["wearit"]);
        let picture = |url: &Value| pictures[url.as_str().unwrap()].clone();
        let file = |url: &Value| text(url).split(".tmp").next().and_then(|path| path.rsplit('/').next()).unwrap().to_owned();
        Self {
            name: text(&identity["account"]["name"]),
            avatar: Some(&identity["account"]["avatar_url"]).filter(|url| url.is_string()).map(picture),
            sessions: rows(&identity["sessions"]).count(),
            clothing: rows(&wearit["clothing"]).map(|row| (text(&row["id"]), (text(&row["name"]), picture(&row["image_url"])))).collect(),
            body: Some(&wearit["body"])
                .filter(|body| body.is_object())
                .map(|body| (text(&body["id"]), body["height"].as_f64().unwrap(), picture(&body["image_url"]))),
            tryons: rows(&wearit["tryons"]).map(|row| text(&row["id"])).collect(),
            favorites: rows(&wearit["favorites"]).map(|row| text(&row["tryon_id"])).collect(),
            uploads: rows(&wearit["uploads"])
                .map(|row| (file(&row["url"]), usize::try_from(row["size"].as_u64().unwrap()).unwrap()))
                .collect(),
            endpoints: rows(&wearit["webhooks"]["endpoints"]).map(|row| (text(&row["id"]), text(&row["url"]))).collect(),
        }
    }

    /// Whether every message to an endpoint is to one of these about one of these.
    pub(super) fn explain(&self, export: &Value, made: &BTreeSet<String>) -> bool {
        rows(&export["data"]["contexts"]["wearit"]["webhooks"]["deliveries"]).all(|delivery| {
            let payload: Value =
                serde_json::from_str(delivery["payload"].as_str().unwrap_or("null")).unwrap_or_else(|_| delivery["payload"].clone());
            let about = payload["data"]["tryon_id"].as_str().is_none_or(|id| made.contains(id));
            self.endpoints.contains_key(delivery["endpoint_id"].as_str().unwrap()) && about
        })
    }
}

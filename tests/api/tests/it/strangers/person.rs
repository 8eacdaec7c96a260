//! What a person under way knows, and should have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::belongings::{Belongings, text};
use super::ear::{Marks, Names, without_chance};
use super::program::{Id, Kind, Route, Step, Who};
use crate::app::User;
use crate::live::Socket;

/// One of those under way.
pub(super) struct Person {
    pub(super) who: Who,
    pub(super) marks: Marks,
    pub(super) client: reqwest::Client,
    pub(super) user: User,
    pub(super) ids: BTreeMap<Kind, Vec<String>>,
    /// Where files of one's own can be put, by upload.
    pub(super) puts: BTreeMap<String, String>,
    /// Queries of signed links of one's own.
    pub(super) signatures: Vec<String>,
    pub(super) cursors: Vec<String>,
    pub(super) names: Names,
    pub(super) should_have: Belongings,
    /// Everything ever made.
    pub(super) made: BTreeSet<String>,
    pub(super) socket: Option<Socket>,
    /// Uploads used up, whose files go with the next jobs, whatever is put there before.
    pub(super) spent: BTreeSet<String>,
}

/// What came back.
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) text: String,
}

/// The picture put to uploads.
pub(super) fn uploaded(mark: &str) -> String {
    format!("{mark} upload")
}

/// Every signed link.
pub(super) fn links(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("http") && text.contains("/files/") => found.push(text.clone()),
        Value::Object(fields) => fields.values().for_each(|value| links(value, found)),
        Value::Array(items) => items.iter().for_each(|value| links(value, found)),
        _ => {}
    }
}

impl Person {
    /// Remembers ids, links and cursors out of an answer.
    pub(super) fn learn(&mut self, body: &Value) {
        if let Some(cursor) = body["pagination"]["next"].as_str() {
            self.cursors.push(cursor.to_owned());
        }
        let mut urls = Vec::new();
        links(body, &mut urls);
        self.signatures
            .extend(urls.iter().filter(|url| !url.contains("/temp/")).filter_map(|url| url.split('?').nth(1)).map(str::to_owned));
        let data = &body["data"];
        let singles = [
            (Kind::Clothing, &data["clothing"]["id"]),
            (Kind::Body, &data["body"]["id"]),
            (Kind::TryOn, &data["tryon"]["id"]),
            (Kind::Favorite, &data["favorite"]["id"]),
            (Kind::Upload, &data["upload_id"]),
            (Kind::Endpoint, &data["endpoint"]["id"]),
            (Kind::Delivery, &data["delivery"]["id"]),
        ];
        let lists = [(Kind::Session, &data["sessions"]), (Kind::Delivery, &data["deliveries"])];
        let of_lists = lists.into_iter().flat_map(|(kind, list)| list.as_array().into_iter().flatten().map(move |row| (kind, &row["id"])));
        for (kind, id) in singles.into_iter().chain(of_lists) {
            let Some(id) = id.as_str() else { continue };
            let known = self.ids.entry(kind).or_default();
            if !known.iter().any(|known| known == id) {
                known.push(id.to_owned());
            }
        }
    }

    /// What was told, comparable with what is told in another run.
    pub(super) fn plain(&mut self, told: &Told, base: &str) -> String {
        let mut body = told.body.clone();
        without_chance(&mut body);
        let text = if body.is_null() { told.text.clone() } else { body.to_string() };
        format!("{} {}", told.status, self.names.plain(&self.marks.without_number(self.who, &text.replace(base, ""))))
    }

    /// What the person should have after this answer.
    pub(super) fn note(&mut self, step: &Step, told: &Told) {
        if !(200..300).contains(&told.status) {
            return;
        }
        let (mark, data) = (self.marks.of(self.who), &told.body["data"]);
        let should_have = &mut self.should_have;
        let photo_of = |photo: &Option<Id>, sent: String| if photo.is_some() { uploaded(&mark) } else { sent };
        let upload_of = |photo: &Option<Id>| {
            let ids = self.ids.get(&Kind::Upload)?;
            photo.filter(|id| id.kind == Kind::Upload).map(|id| ids[usize::from(id.slot) % ids.len()].clone())
        };
        match step {
            Step::AddClothing { slot, photo, .. } => {
                let id = text(&data["clothing"]["id"]);
                if self.made.insert(id.clone()) {
                    should_have.clothing.insert(id, (format!("{mark} garment {slot}"), photo_of(photo, format!("{mark} photo {slot}"))));
                    self.spent.extend(upload_of(photo));
                }
            }
            Step::ChangePhoto { photo, .. } => {
                let garment = should_have.clothing.get_mut(data["clothing"]["id"].as_str().unwrap()).unwrap();
                garment.1 = photo_of(photo, format!("{mark} other photo"));
                self.spent.extend(upload_of(photo));
            }
            Step::PutBody { photo, height } => {
                should_have.body = Some((text(&data["body"]["id"]), f64::from(*height), photo_of(photo, format!("{mark} body"))));
                self.spent.extend(upload_of(photo));
            }
            Step::ChangeBody { height, .. } => should_have.body.as_mut().unwrap().1 = f64::from(*height),
            Step::Announce { .. } => {
                self.puts.insert(text(&data["upload_id"]), text(&data["url"]));
            }
            Step::TryOn { .. } | Step::Item(Route("POST", "/tryon/{id}/retry", _), _) => {
                let id = text(&data["tryon"]["id"]);
                self.made.insert(id.clone());
                should_have.tryons.insert(id);
            }
            Step::Favor { .. } => {
                should_have.favorites.insert(text(&data["favorite"]["tryon_id"]));
            }
            Step::AddEndpoint { slot, .. } => {
                let id = text(&data["endpoint"]["id"]);
                if self.made.insert(id.clone()) {
                    should_have.endpoints.insert(id, format!("https://{mark}.example.org/{slot}"));
                }
            }
            Step::Item(Route("PATCH", "/clothing/{id}", _), _) => {
                should_have.clothing.get_mut(data["clothing"]["id"].as_str().unwrap()).unwrap().0 = format!("{mark} renamed");
            }
            Step::Item(Route("PATCH", "/webhooks/endpoints/{id}", _), _) => {
                should_have.endpoints.insert(text(&data["endpoint"]["id"]), format!("https://{mark}.example.org/moved"));
            }
            Step::Item(Route("DELETE", path, _), id) => {
                let id = self.ids[&id.kind][usize::from(id.slot) % self.ids[&id.kind].len()].clone();
                match *path {
                    "/clothing/{id}" => {
                        should_have.clothing.remove(&id);
                    }
                    "/tryon/{id}" => {
                        should_have.tryons.remove(&id);
                        should_have.favorites.remove(&id);
                    }
                    "/favorites/{id}" => {
                        should_have.favorites.remove(&id);
                    }
                    "/webhooks/endpoints/{id}" => {
                        should_have.endpoints.remove(&id);
                    }
                    _ => should_have.sessions -= 1,
                }
            }
            Step::Plain("DELETE", "/body") => should_have.body = None,
            Step::Plain("DELETE", "/users/me/avatar") => should_have.avatar = None,
            Step::Avatar { slot } => should_have.avatar = Some(format!("{mark} avatar {slot}")),
            Step::Rename { slot } => should_have.name = format!("{mark} named {slot}"),
            Step::LogIn => should_have.sessions += 1,
            Step::Refresh => {
                self.user.token = text(&told.body["access_token"]);
                self.user.refresh_token = text(&told.body["refresh_token"]);
            }
            _ => {}
        }
    }
}

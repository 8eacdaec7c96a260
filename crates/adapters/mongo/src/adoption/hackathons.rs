//! Hackathons: the source has labels of tasks only.

use std::collections::HashMap;

use atelier_domain::challenge::hackathons::{Task, TaskId, tasks_of};
use atelier_domain::challenge::words::folded;
use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};

use super::{Adopted, AdoptionError, batch, made_at, set, value};
use crate::challenge::searched_words;
use crate::collections::HACKATHONS;

pub(super) async fn adopt(database: &Database) -> Result<Adopted, AdoptionError> {
    let of_source = doc! { "tacheIds": Bson::Null };
    let (mut adopted, mut after) = (Adopted::default(), None);
    loop {
        let hackathons = batch(database, HACKATHONS, &of_source, after.as_ref()).await?;
        let Some(last) = hackathons.last() else { return Ok(adopted) };
        after = last.get("_id").cloned();
        for hackathon in &hackathons {
            let completed = complete(hackathon);
            adopted.count(completed.is_some());
            if let Some(completed) = completed {
                set(database, HACKATHONS, hackathon, doc! { "$set": completed }).await?;
            }
        }
    }
}

fn complete(hackathon: &Document) -> Option<Document> {
    let tasks = tasks_of(&labels(hackathon)?, &[]);
    let text = |field| hackathon.get_str(field).unwrap_or_default();
    let mut completed = doc! {
        "taches": tasks.iter().map(|task| task.label.as_str()).collect::<Vec<_>>(),
        "tacheIds": tasks.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(),
        "mots": searched_words([text("nom"), text("description")]),
    };
    if value(hackathon, "createdAt").is_none() {
        completed.insert("createdAt", made_at(hackathon));
    }
    Some(completed)
}

fn labels(hackathon: &Document) -> Option<Vec<String>> {
    let Some(labels) = value(hackathon, "taches") else { return Some(Vec::new()) };
    labels.as_array()?.iter().map(|label| label.as_str().map(str::to_owned)).collect()
}

/// The tasks of every hackathon, to find what conversations call them.
pub(super) struct Tasks(HashMap<String, Vec<Task>>);

impl Tasks {
    pub(super) async fn read(database: &Database) -> Result<Self, AdoptionError> {
        let (mut all, mut after) = (HashMap::new(), None);
        loop {
            let hackathons = batch(database, HACKATHONS, &Document::new(), after.as_ref()).await?;
            let Some(last) = hackathons.last() else { return Ok(Self(all)) };
            after = last.get("_id").cloned();
            for hackathon in &hackathons {
                let ids = hackathon.get_array("tacheIds").into_iter().flatten().filter_map(|id| id.as_str()?.parse::<TaskId>().ok());
                let tasks = labels(hackathon).unwrap_or_default().into_iter().zip(ids).map(|(label, id)| Task { id, label }).collect();
                if let Ok(id) = hackathon.get_object_id("_id") {
                    all.insert(id.to_hex(), tasks);
                }
            }
        }
    }

    /// The id of what a conversation calls its task: an id, or a label however it is written. What is neither keeps its words; nothing at
    /// all is the only task of the hackathon, or [`WITHOUT_TASK`].
    pub(super) fn id_of(&self, hackathon: &str, named: Option<&str>) -> TaskId {
        let tasks = self.0.get(hackathon).map(Vec::as_slice).unwrap_or_default();
        let found = match named {
            Some(named) => tasks.iter().find(|task| task.id.as_str() == named || folded(&task.label) == folded(named)),
            None if tasks.len() == 1 => tasks.first(),
            None => None,
        };
        match (found, named) {
            (Some(task), _) => task.id.clone(),
            (None, named) => named.and_then(|named| named.parse().ok()).unwrap_or_else(|| {
                let made = tasks_of(&[named.unwrap_or(WITHOUT_TASK).to_owned()], &[]);
                made.into_iter().next().map_or_else(|| unreachable!("a label makes a task"), |task| task.id)
            }),
        }
    }
}

/// What a conversation on no task is said to be about.
pub(super) const WITHOUT_TASK: &str = "sans tâche";

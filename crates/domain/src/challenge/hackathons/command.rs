//! What administrators say of a hackathon.

use crate::challenge::words::words;
use crate::kernel::{FieldError, Timestamp};

use super::model::faults;
use super::{Hackathon, HackathonDates, Quotas, Task, TaskId};

/// A new hackathon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHackathon {
    /// `nom`.
    pub name: String,
    /// `description`.
    pub description: String,
    /// `objectifs`.
    pub objectives: String,
    /// `dates`.
    pub dates: HackathonDates,
    /// `anonymatActif`.
    pub anonymous: bool,
    /// `quotas`.
    pub quotas: Quotas,
    /// `taches`, as labels.
    pub tasks: Vec<String>,
}

impl NewHackathon {
    /// What is wrong with it.
    pub fn problems(&self) -> Vec<FieldError> {
        let labels: Vec<&str> = self.tasks.iter().map(String::as_str).collect();
        faults(&self.name, &self.description, &self.objectives, self.dates, &labels)
    }
}

/// Changes to a hackathon; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeHackathon {
    /// `nom`.
    pub name: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `objectifs`.
    pub objectives: Option<String>,
    /// `dates.debut`.
    pub starts_at: Option<Timestamp>,
    /// `dates.fin`.
    pub ends_at: Option<Timestamp>,
    /// `dates.archiveLe`; the inner none takes it away.
    pub archive_at: Option<Option<Timestamp>>,
    /// `anonymatActif`.
    pub anonymous: Option<bool>,
    /// `quotas`.
    pub quotas: Option<Quotas>,
    /// `taches`, as labels.
    pub tasks: Option<Vec<String>>,
    /// The version the changes are made to (`If-Match`).
    pub expected_version: Option<u32>,
}

/// The tasks of these labels. A label that was there keeps its id; a new one gets the slug of its text, numbered where that is taken. Of
/// more than a hackathon can have, no more are made than it takes to refuse them.
pub fn tasks_of(labels: &[String], before: &[Task]) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::with_capacity(labels.len());
    let known = |label: &str| before.iter().find(|task| task.label == label);
    for label in labels.iter().take(Hackathon::MOST_TASKS + 1).map(|label| label.trim()) {
        let id = match known(label).filter(|known| tasks.iter().all(|task| task.id != known.id)) {
            Some(known) => known.id.clone(),
            None => new_id(label, &tasks.iter().chain(before.iter().filter(|task| labels.iter().any(|kept| kept.trim() == task.label)))),
        };
        tasks.push(Task { id, label: label.to_owned() });
    }
    tasks
}

fn new_id<'a>(label: &str, taken: &(impl Iterator<Item = &'a Task> + Clone)) -> TaskId {
    let slug = slug(label);
    let numbered = |number: u32| if number == 1 { slug.clone() } else { format!("{slug}-{number}") };
    let free = (1..).map(numbered).filter_map(|text| text.parse::<TaskId>().ok()).find(|id| taken.clone().all(|task| task.id != *id));
    free.unwrap_or_else(|| unreachable!("there is always a number that is not taken"))
}

/// The label's words in ASCII, with hyphens; room is left for a number.
fn slug(label: &str) -> String {
    let mut slug = String::new();
    for word in words(label) {
        let word: String = word.folded.chars().filter(char::is_ascii_alphanumeric).collect();
        if word.is_empty() {
            continue;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(&word);
    }
    slug.truncate(TaskId::LONGEST - 8);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "tache".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(tasks: &[Task]) -> Vec<&str> {
        tasks.iter().map(|task| task.id.as_str()).collect()
    }

    fn labels(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|&label| label.to_owned()).collect()
    }

    #[test]
    fn ids_are_slugs_of_the_labels_unique_and_stable() {
        let tasks = tasks_of(&labels(&["Analyse de données avec IA", "Création de chatbot", "création de Chatbot", "日本"]), &[]);
        assert_eq!(ids(&tasks), ["analyse-de-donnees-avec-ia", "creation-de-chatbot", "creation-de-chatbot-2", "tache"]);

        let reordered = tasks_of(&labels(&["création de Chatbot", "Analyse de données avec IA", "Analyse de données avec l'IA"]), &tasks);
        assert_eq!(ids(&reordered), ["creation-de-chatbot-2", "analyse-de-donnees-avec-ia", "analyse-de-donnees-avec-l-ia"]);
    }

    #[test]
    fn long_labels_and_equal_ones_still_have_ids_of_their_own() {
        let long = "tres long ".repeat(19);
        let tasks = tasks_of(&[long.clone(), long], &[]);
        assert_ne!(tasks[0].id, tasks[1].id);
        assert!(tasks.iter().all(|task| task.id.as_str().len() <= TaskId::LONGEST));
    }
}

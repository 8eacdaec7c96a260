//! One model of the table, and what makes an entry wrong.

use std::collections::BTreeMap;

use atelier_domain::wearit::tryon::Capability;
use atelier_domain::wearit::wardrobe::Category;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Which adapter a model belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// A model behind Cog.
    Cog,
    /// A model, version or deployment at Replicate.
    Replicate,
    /// A model of FASHN.
    Fashn,
}

/// A model: what it is called, what it takes, what it serves.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::tryon) struct Model {
    /// As `options.model` names it.
    pub(in crate::tryon) name: String,
    pub(in crate::tryon) provider: ProviderKind,
    /// As its vendor names it: `owner/name`, `owner/name:version` or `deployments/owner/name` at Replicate, `model_name` at FASHN.
    pub(in crate::tryon) target: Option<String>,
    /// Where the names come from, for people.
    #[serde(rename = "source")]
    _source: Option<String>,
    /// Under which terms the model may be used, for people.
    #[serde(rename = "licence")]
    _licence: String,
    #[serde(default)]
    preview: bool,
    #[serde(default = "one")]
    pub(super) max_garments: usize,
    categories: BTreeMap<String, Served>,
    pub(super) inputs: Inputs,
    pub(super) seed: Option<Seed>,
    #[serde(default)]
    texts: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) parameters: Map<String, Value>,
    #[serde(default)]
    parameters_for: BTreeMap<String, Map<String, Value>>,
}

fn one() -> usize {
    1
}

/// What the inputs are called.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Inputs {
    pub(super) person: String,
    /// Takes one picture.
    pub(super) garment: Option<String>,
    /// Takes a list.
    pub(super) garments: Option<String>,
    pub(super) category: Option<String>,
    pub(super) text: Option<String>,
}

/// The seeds a model takes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    pub(super) input: String,
    pub(super) min: u64,
    pub(super) max: u64,
}

/// How a category is served.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum Served {
    /// Under this name.
    As(String),
    /// Without being told.
    Untold(bool),
}

impl Model {
    pub(super) fn serves(&self, category: Category) -> bool {
        self.categories.get(category.as_str()).is_some_and(|served| *served != Served::Untold(false))
    }

    pub(super) fn category(&self, category: Category) -> Option<&str> {
        match self.categories.get(category.as_str()) {
            Some(Served::As(name)) => Some(name),
            _ => None,
        }
    }

    pub(super) fn text(&self, category: Category) -> Option<&str> {
        self.texts.get(category.as_str()).map(String::as_str)
    }

    pub(super) fn parameters_for(&self, category: Category) -> Option<&Map<String, Value>> {
        self.parameters_for.get(category.as_str())
    }

    pub(in crate::tryon) fn capability(&self) -> Capability {
        Capability {
            model: self.name.clone(),
            categories: Category::ALL.into_iter().filter(|category| self.serves(*category)).collect(),
            max_garments: self.max_garments,
            seed: self.seed.is_some(),
            preview: self.preview,
        }
    }

    /// The field that is wrong and why, if one is.
    pub(super) fn wrong(&self) -> Option<(String, String)> {
        let wrong = |field: &str, why: &str| Some((field.to_owned(), why.to_owned()));
        if self.name.is_empty() || !self.name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            return wrong("name", "letters, digits, `-`, `_` and `.` only");
        }
        if self.max_garments == 0 {
            return wrong("max_garments", "at least 1");
        }
        let Inputs { garment, garments, category, text, .. } = &self.inputs;
        if garment.is_some() == garments.is_some() {
            return wrong("inputs", "either `garment` (takes one picture) or `garments` (takes a list)");
        }
        if self.max_garments > 1 && garments.is_none() {
            return wrong("max_garments", "more than 1 needs `inputs.garments`");
        }
        if self.target.is_none() && self.provider != ProviderKind::Cog {
            return wrong("target", "needed: the vendor's name of the model");
        }
        if self.provider == ProviderKind::Replicate && !self.target.as_deref().is_some_and(is_replicate_target) {
            return wrong("target", "`owner/name`, `owner/name:version` or `deployments/owner/name`");
        }
        if self.seed.as_ref().is_some_and(|seed| seed.min > seed.max) {
            return wrong("seed", "`min` is above `max`");
        }
        let known = |name: &String| Category::ALL.iter().any(|category| category.as_str() == name);
        for (field, mut names) in [
            ("categories", self.categories.keys().collect::<Vec<_>>()),
            ("texts", self.texts.keys().collect()),
            ("parameters_for", self.parameters_for.keys().collect()),
        ] {
            names.retain(|name| !known(name));
            if let Some(name) = names.first() {
                let all = Category::ALL.map(Category::as_str).join(", ");
                return Some((format!("{field}.{name}"), format!("no category; there are {all}")));
            }
        }
        let served: Vec<_> = Category::ALL.into_iter().filter(|category| self.serves(*category)).collect();
        if served.is_empty() {
            return wrong("categories", "at least one");
        }
        for served in served {
            let field = |table: &str| format!("{table}.{}", served.as_str());
            match (category, self.category(served)) {
                (Some(_), None) => return Some((field("categories"), "a name is needed, because `inputs.category` takes one".to_owned())),
                (None, Some(_)) => return Some((field("categories"), "`true`, because there is no `inputs.category`".to_owned())),
                _ => {}
            }
            if text.is_some() && self.text(served).is_none() {
                return Some((field("texts"), "needed, because `inputs.text` takes one".to_owned()));
            }
        }
        None
    }
}

fn is_replicate_target(target: &str) -> bool {
    let name = target.strip_prefix("deployments/").unwrap_or(target);
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let versioned = |name: &str| match name.split_once(':') {
        Some((name, version)) => plain(name) && plain(version) && !target.starts_with("deployments/"),
        None => plain(name),
    };
    matches!(name.split_once('/'), Some((owner, name)) if plain(owner) && versioned(name))
}

//! Every model of every configured provider, by name.

use std::sync::Arc;

use super::{ChatModel, ModelSpec};

/// Two providers serve a model of one name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the model {0} is served by two providers: rename it in one of them")]
pub struct DuplicateModel(pub String);

/// No provider serves a model of this name, or it is switched off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no model {name}; there are: {}", .available.join(", "))]
pub struct NoSuchModel {
    /// What was asked for.
    pub name: String,
    /// The names there are.
    pub available: Vec<String>,
}

/// The models that can be asked.
#[derive(Clone)]
pub struct ChatModels {
    providers: Vec<Arc<dyn ChatModel>>,
}

impl ChatModels {
    /// The models of these providers, in this order.
    ///
    /// # Errors
    /// [`DuplicateModel`] when a name is served twice.
    pub fn of(providers: Vec<Arc<dyn ChatModel>>) -> Result<Self, DuplicateModel> {
        let mut names: Vec<&str> = providers.iter().flat_map(|provider| provider.models()).map(|spec| spec.name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(DuplicateModel(pair[0].to_owned())),
            None => Ok(Self { providers }),
        }
    }

    /// The models people may choose.
    pub fn enabled(&self) -> impl Iterator<Item = &ModelSpec> {
        self.providers.iter().flat_map(|provider| provider.models()).filter(|spec| spec.enabled)
    }

    /// The model of this name, with its provider.
    ///
    /// # Errors
    /// [`NoSuchModel`], with the names there are.
    pub fn find(&self, name: &str) -> Result<(&ModelSpec, &Arc<dyn ChatModel>), NoSuchModel> {
        self.providers
            .iter()
            .flat_map(|provider| provider.models().iter().map(move |spec| (spec, provider)))
            .find(|(spec, _)| spec.enabled && spec.name == name)
            .ok_or_else(|| NoSuchModel { name: name.to_owned(), available: self.enabled().map(|spec| spec.name.clone()).collect() })
    }
}

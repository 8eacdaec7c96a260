//! Reading the table.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Model, ProviderKind};

const BUILT_IN: &str = include_str!("models.toml");
const BUILT_IN_NAME: &str = "models.toml";

/// Why a table of models cannot be used: which file, which model, which field.
#[derive(Debug, thiserror::Error)]
pub enum ModelTableError {
    /// The file cannot be read.
    #[error("{} cannot be read: {error}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is not TOML of the table's form.
    #[error("{file}: {message}")]
    Malformed {
        /// The file.
        file: String,
        /// Where and why.
        message: String,
    },
    /// An entry has a field that is missing, unknown or of another type.
    #[error("{file}: model {model}: {message}")]
    Entry {
        /// The file.
        file: String,
        /// The model's name, or its number in the file.
        model: String,
        /// The field and what is wrong with it.
        message: String,
    },
    /// No model of the table has this name.
    #[error("no model of {provider:?} is called {name:?}; there are: {known}")]
    Unknown {
        /// The provider.
        provider: ProviderKind,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}

/// The models that are known, of every provider.
#[derive(Debug, Clone)]
pub struct TryOnModels {
    models: Vec<Model>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    model: Vec<toml::Table>,
}

impl TryOnModels {
    /// The built-in table, with what `file` adds and replaces.
    ///
    /// # Errors
    /// [`ModelTableError`]: the file cannot be read, or an entry is wrong.
    pub fn load(file: Option<&Path>) -> Result<Self, ModelTableError> {
        let mut models = Self { models: Vec::new() };
        models.extend(BUILT_IN_NAME, BUILT_IN)?;
        if let Some(file) = file {
            let text = std::fs::read_to_string(file).map_err(|error| ModelTableError::Unreadable { file: file.to_owned(), error })?;
            models.extend(&file.display().to_string(), &text)?;
        }
        Ok(models)
    }

    /// Adds the models of a table, replacing those of the same provider and name.
    ///
    /// # Errors
    /// [`ModelTableError`] naming `file`, the model and the field.
    pub fn extend(&mut self, file: &str, text: &str) -> Result<(), ModelTableError> {
        let malformed = |error: toml::de::Error| ModelTableError::Malformed { file: file.to_owned(), message: error.to_string() };
        let mut read: Vec<Model> = Vec::new();
        for (number, table) in toml::from_str::<File>(text).map_err(malformed)?.model.into_iter().enumerate() {
            let name = table
                .get("name")
                .and_then(toml::Value::as_str)
                .map_or_else(|| format!("number {}", number + 1), |name| format!("{name:?}"));
            let wrong = |message: String| ModelTableError::Entry { file: file.to_owned(), model: name.clone(), message };
            let model: Model = table.try_into().map_err(|error: toml::de::Error| wrong(error.to_string().trim().replace('\n', " ")))?;
            if let Some((field, why)) = model.wrong() {
                return Err(wrong(format!("`{field}`: {why}")));
            }
            if read.iter().any(|other| same(other, &model)) {
                return Err(wrong("`name`: there are two of this provider and name".to_owned()));
            }
            read.push(model);
        }
        self.models.retain(|old| !read.iter().any(|new| same(old, new)));
        self.models.extend(read);
        Ok(())
    }

    /// The models of these names, in this order; every model of the provider when no name is given.
    ///
    /// # Errors
    /// [`ModelTableError::Unknown`].
    pub(in crate::tryon) fn of(&self, provider: ProviderKind, names: &[String]) -> Result<Vec<Model>, ModelTableError> {
        let all: Vec<_> = self.models.iter().filter(|model| model.provider == provider).collect();
        if names.is_empty() {
            return Ok(all.into_iter().cloned().collect());
        }
        let find = |name: &String| {
            all.iter().find(|model| model.name == *name).map(|model| (*model).clone()).ok_or_else(|| {
                let known = all.iter().map(|model| model.name.as_str()).collect::<Vec<_>>().join(", ");
                ModelTableError::Unknown { provider, name: name.clone(), known }
            })
        };
        names.iter().map(find).collect()
    }
}

fn same(one: &Model, other: &Model) -> bool {
    (one.provider, &one.name) == (other.provider, &other.name)
}

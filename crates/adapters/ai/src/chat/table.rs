//! The table of models: built in, and changed by an operator's file of the same form.

use atelier_domain::challenge::chat::{InvalidModelSpec, ModelSpec, Price};
use chrono::NaiveDate;
use serde::Deserialize;

use super::dialect::Dialect;

const BUILT_IN: &str = include_str!("models.toml");

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelTableError {
    /// It is not of the form.
    #[error("the table of models cannot be read: {0}")]
    Form(#[from] toml::de::Error),
    /// A row lacks a field that no other row of its name has.
    #[error("the model {model} has no {field}")]
    Missing {
        /// The model's name.
        model: String,
        /// The field.
        field: &'static str,
    },
    /// A row breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidModelSpec),
    /// A date is none, or has a time of day.
    #[error("the model {model} has a price from {date}, which is no date: write 2026-01-31")]
    Date {
        /// The model's name.
        model: String,
        /// What stands there.
        date: String,
    },
    /// A row or provider names what is not there.
    #[error("{what} {name} is unknown; there are: {known}")]
    Unknown {
        /// Kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
        /// What there is instead.
        known: String,
    },
}

/// A further provider, in an operator's file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderRow {
    pub(super) name: String,
    pub(super) base_url: String,
    /// A file that holds the key; a server without keys needs none.
    pub(super) key_file: Option<std::path::PathBuf>,
    #[serde(default = "compatible")]
    dialect: String,
}

fn compatible() -> String {
    Dialect::COMPATIBLE.name.to_owned()
}

impl ProviderRow {
    pub(super) fn dialect(&self) -> Result<Dialect, ModelTableError> {
        Dialect::named(&self.dialect).ok_or_else(|| ModelTableError::Unknown {
            what: "the dialect",
            name: self.dialect.clone(),
            known: Dialect::ALL.map(|dialect| dialect.name).join(", "),
        })
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceRow {
    from: toml::value::Datetime,
    input: u64,
    cached_input: Option<u64>,
    output: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelRow {
    name: String,
    provider: Option<String>,
    upstream: Option<String>,
    context_window: Option<u32>,
    max_output: Option<u32>,
    /// `[lowest, highest]`; empty for a model that takes none.
    temperature: Option<Vec<f64>>,
    enabled: Option<bool>,
    price: Option<Vec<PriceRow>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    #[serde(default)]
    provider: Vec<ProviderRow>,
    #[serde(default)]
    model: Vec<ModelRow>,
}

/// The table.
#[derive(Debug)]
pub(super) struct ModelTable {
    pub(super) providers: Vec<ProviderRow>,
    /// Each model with its provider's name.
    models: Vec<(String, ModelSpec)>,
}

impl ModelTable {
    /// The built-in table, with what the operator's file adds and changes.
    pub(super) fn read(operators: Option<&str>) -> Result<Self, ModelTableError> {
        let mut table: TableFile = toml::from_str(BUILT_IN)?;
        let added: TableFile = operators.map(toml::from_str).transpose()?.unwrap_or(TableFile { provider: vec![], model: vec![] });
        table.provider.extend(added.provider);
        for row in added.model {
            match table.model.iter_mut().find(|known| known.name == row.name) {
                Some(known) => known.change(row),
                None => table.model.push(row),
            }
        }
        let mut known = vec![Dialect::OPENAI.name, Dialect::MISTRAL.name];
        known.extend(table.provider.iter().map(|provider| provider.name.as_str()));
        let mut models = vec![];
        for row in table.model {
            let (provider, spec) = row.complete()?;
            if !known.contains(&provider.as_str()) {
                return Err(ModelTableError::Unknown { what: "the provider", name: provider, known: known.join(", ") });
            }
            models.push((provider, spec));
        }
        Ok(Self { models, providers: table.provider })
    }

    /// The models of a provider.
    pub(super) fn of(&self, provider: &str) -> Vec<ModelSpec> {
        self.models.iter().filter(|(name, _)| name == provider).map(|(_, spec)| spec.clone()).collect()
    }
}

impl ModelRow {
    fn change(&mut self, row: Self) {
        self.provider = row.provider.or(self.provider.take());
        self.upstream = row.upstream.or(self.upstream.take());
        self.context_window = row.context_window.or(self.context_window);
        self.max_output = row.max_output.or(self.max_output);
        self.temperature = row.temperature.or(self.temperature.take());
        self.enabled = row.enabled.or(self.enabled);
        self.price = row.price.or(self.price.take());
    }

    fn complete(self) -> Result<(String, ModelSpec), ModelTableError> {
        let missing = |field| ModelTableError::Missing { model: self.name.clone(), field };
        let provider = self.provider.clone().ok_or_else(|| missing("provider"))?;
        let temperature = match self.temperature.as_deref().ok_or_else(|| missing("temperature"))? {
            [] => None,
            [lowest, highest] => Some(*lowest..=*highest),
            _ => {
                return Err(
                    InvalidModelSpec { model: self.name, problem: "temperature is [lowest, highest], or [] for none".into() }.into()
                );
            }
        };
        let prices =
            self.price.as_ref().ok_or_else(|| missing("price"))?.iter().map(|row| row.price(&self.name)).collect::<Result<_, _>>()?;
        let spec = ModelSpec {
            upstream: self.upstream.clone().unwrap_or_else(|| self.name.clone()),
            context_window: self.context_window.ok_or_else(|| missing("context_window"))?,
            max_output: self.max_output.ok_or_else(|| missing("max_output"))?,
            temperature,
            enabled: self.enabled.unwrap_or(true),
            prices,
            name: self.name,
        };
        Ok((provider, spec.checked()?))
    }
}

impl PriceRow {
    fn price(&self, model: &str) -> Result<Price, ModelTableError> {
        let day = self.from.date.filter(|_| self.from.time.is_none());
        let valid_from = day.and_then(|day| NaiveDate::from_ymd_opt(day.year.into(), day.month.into(), day.day.into()));
        let valid_from = valid_from.ok_or_else(|| ModelTableError::Date { model: model.to_owned(), date: self.from.to_string() })?;
        Ok(Price { valid_from, input: self.input, cached_input: self.cached_input.unwrap_or(self.input), output: self.output })
    }
}

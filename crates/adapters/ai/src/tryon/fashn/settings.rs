//! What an operator says of FASHN.

use atelier_domain::kernel::SecretString;

use crate::tryon::InputMode;

/// An account at FASHN.
#[derive(Debug, Clone)]
pub struct FashnSettings {
    /// The API's address.
    pub url: String,
    /// The account's API key.
    pub key: SecretString,
    /// The models, as the table names them, preferred ones first.
    pub models: Vec<String>,
    /// How pictures reach it.
    pub inputs: InputMode,
}

impl FashnSettings {
    /// The public API with signed addresses as inputs and all models of the table.
    pub fn new(key: SecretString) -> Self {
        Self { url: "https://api.fashn.ai/v1".to_owned(), key, models: Vec::new(), inputs: InputMode::default() }
    }
}

//! What each model's inputs are called, as a table that an operator extends: `models.toml` and a file of the same form.

mod entry;
mod mapping;
mod table;

pub use entry::ProviderKind;
pub use table::{ModelTableError, TryOnModels};

pub(super) use entry::Model;
pub(super) use mapping::{Mapped, choose};

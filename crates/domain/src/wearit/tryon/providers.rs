//! Which provider serves a request: the configured ones, in the operator's order of preference.

use std::sync::Arc;

use crate::wearit::wardrobe::Category;

use super::{Capability, FailureCode, TryOnOptions, TryOnProvider};

/// A model and who runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedModel {
    /// The provider's name.
    pub provider: &'static str,
    /// What the model serves.
    pub capability: Capability,
}

/// Why no provider serves a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unserved {
    /// No model serves one of the categories.
    Category,
    /// Models serve the categories, but none with these options or this many garments.
    Options,
}

/// The configured providers, preferred ones first.
#[derive(Clone)]
pub struct ProviderChain {
    providers: Vec<Arc<dyn TryOnProvider>>,
}

impl ProviderChain {
    /// A chain of these providers, in this order.
    pub fn new(providers: Vec<Arc<dyn TryOnProvider>>) -> Self {
        Self { providers }
    }

    /// Every model of every provider, in order of preference.
    pub fn models(&self) -> Vec<ServedModel> {
        let of = |provider: &Arc<dyn TryOnProvider>| {
            let name = provider.name();
            provider.capabilities().into_iter().map(move |capability| ServedModel { provider: name, capability })
        };
        self.providers.iter().flat_map(of).collect()
    }

    /// The provider of this name.
    pub fn named(&self, name: &str) -> Option<Arc<dyn TryOnProvider>> {
        self.providers.iter().find(|provider| provider.name() == name).cloned()
    }

    /// The providers with a model for these garments and options, in order of preference; never empty.
    ///
    /// # Errors
    /// [`Unserved`] when there is none.
    pub fn candidates(&self, categories: &[Category], options: &TryOnOptions) -> Result<Vec<Arc<dyn TryOnProvider>>, Unserved> {
        let models = self.models();
        let some_model_has = |category: &Category| models.iter().any(|model| model.capability.categories.contains(category));
        if !categories.iter().all(some_model_has) {
            return Err(Unserved::Category);
        }
        let serves = |provider: &&Arc<dyn TryOnProvider>| provider.capabilities().iter().any(|model| fits(model, categories, options));
        let candidates: Vec<_> = self.providers.iter().filter(serves).cloned().collect();
        if candidates.is_empty() { Err(Unserved::Options) } else { Ok(candidates) }
    }
}

impl ProviderChain {
    /// The provider for the next attempt, after these failures: an available one, then one that failed least, then the preferred one. One that
    /// is out of credits comes last.
    ///
    /// # Errors
    /// [`Unserved`] when there is none.
    pub fn choose(
        &self,
        categories: &[Category],
        options: &TryOnOptions,
        failures: &[(&str, FailureCode)],
    ) -> Result<Arc<dyn TryOnProvider>, Unserved> {
        let candidates = self.candidates(categories, options)?;
        let cost = |provider: &Arc<dyn TryOnProvider>| {
            let codes: Vec<_> = failures.iter().filter(|(of, _)| *of == provider.name()).map(|(_, code)| *code).collect();
            (codes.contains(&FailureCode::ProviderExhausted), !provider.is_available(), codes.len())
        };
        candidates.into_iter().min_by_key(cost).ok_or(Unserved::Options)
    }
}

fn fits(model: &Capability, categories: &[Category], options: &TryOnOptions) -> bool {
    categories.len() <= model.max_garments
        && categories.iter().all(|category| model.categories.contains(category))
        && options.model.as_ref().is_none_or(|wanted| *wanted == model.model)
        && (options.seed.is_none() || model.seed)
}

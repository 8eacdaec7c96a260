//! From what is asked for to the inputs of a model.

use atelier_domain::wearit::tryon::{MadeWith, ProviderFailure, TryOnInputs};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Model;
use crate::tryon::failures::{NOT_SERVED, SEED_RANGE};

/// The inputs of a model, as the provider gets them.
#[derive(Debug)]
pub(in crate::tryon) struct Mapped {
    /// With the pictures' addresses.
    pub(in crate::tryon) input: Map<String, Value>,
    /// Without.
    pub(in crate::tryon) made_with: MadeWith,
}

/// The model that serves a request: the one it names, or the first that can.
pub(in crate::tryon) fn choose<'a>(models: &'a [Model], inputs: &TryOnInputs) -> Result<&'a Model, ProviderFailure> {
    let fits = |model: &&Model| {
        inputs.options.model.as_ref().is_none_or(|wanted| *wanted == model.name)
            && (1..=model.max_garments).contains(&inputs.garments.len())
            && inputs.garments.iter().all(|(category, _)| model.serves(*category))
            && (inputs.options.seed.is_none() || model.seed.is_some())
    };
    models.iter().find(fits).ok_or_else(|| NOT_SERVED.failed())
}

impl Model {
    /// The inputs, with the pictures at these addresses.
    pub(in crate::tryon) fn map(&self, inputs: &TryOnInputs, person: &str, garments: Vec<String>) -> Result<Mapped, ProviderFailure> {
        let mut parameters = self.parameters.clone();
        if let Some((category, _)) = inputs.garments.first() {
            parameters.extend(self.parameters_for(*category).into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
            if let (Some(input), Some(name)) = (&self.inputs.category, self.category(*category)) {
                parameters.insert(input.clone(), json!(name));
            }
            if let (Some(input), Some(text)) = (&self.inputs.text, self.text(*category)) {
                parameters.insert(input.clone(), json!(text));
            }
        }
        let seed = self.seed_for(inputs)?;
        if let (Some(seed), Some(takes)) = (seed, &self.seed) {
            parameters.insert(takes.input.clone(), json!(seed));
        }
        let mut input = parameters.clone();
        input.insert(self.inputs.person.clone(), json!(person));
        if let Some(name) = &self.inputs.garments {
            input.insert(name.clone(), json!(garments));
        } else if let (Some(name), Some(garment)) = (&self.inputs.garment, garments.into_iter().next()) {
            input.insert(name.clone(), json!(garment));
        }
        Ok(Mapped { input, made_with: MadeWith { seed, parameters, cost: None } })
    }

    /// The seed: the caller's, or one of ours, so that the same picture can be asked for again.
    fn seed_for(&self, inputs: &TryOnInputs) -> Result<Option<u64>, ProviderFailure> {
        let Some(takes) = &self.seed else { return Ok(None) };
        match inputs.options.seed {
            Some(seed) if (takes.min..=takes.max).contains(&seed) => Ok(Some(seed)),
            Some(_) => Err(SEED_RANGE.failed()),
            None => {
                let digest = Sha256::digest(inputs.reference.as_bytes());
                let drawn = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
                Ok(Some(takes.min + drawn.checked_rem((takes.max - takes.min).saturating_add(1)).unwrap_or(drawn)))
            }
        }
    }
}

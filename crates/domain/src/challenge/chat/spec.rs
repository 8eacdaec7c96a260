//! The table of models: limits and dated prices.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use super::{ChatError, ChatErrorKind, ChatMessage, ChatUsage};

const TOKENS_PER_PRICE: u128 = 1_000_000;

/// A millionth of a credit. With a rate of one it is a millionth of the currency that prices are given in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct MicroCredits(pub u64);

/// What a model costs from a day on, in micro-credits per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// The first day, UTC.
    pub valid_from: NaiveDate,
    /// Of the prompt.
    pub input: u64,
    /// Of that part of the prompt which the provider had in its cache.
    pub cached_input: u64,
    /// Of the answer.
    pub output: u64,
}

impl Price {
    /// What an exchange costs, rounded up to a whole micro-credit once.
    pub fn cost(&self, usage: &ChatUsage) -> MicroCredits {
        let cached = usage.cached.min(usage.prompt);
        let sum = u128::from(usage.prompt - cached) * u128::from(self.input)
            + u128::from(cached) * u128::from(self.cached_input)
            + u128::from(usage.completion) * u128::from(self.output);
        MicroCredits(u64::try_from(sum.div_ceil(TOKENS_PER_PRICE)).unwrap_or(u64::MAX))
    }
}

/// A row of the table breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the model {model}: {problem}")]
pub struct InvalidModelSpec {
    /// The model's name.
    pub model: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

/// A model: its names, limits and prices.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSpec {
    /// The name by which people choose it.
    pub name: String,
    /// The provider's own name of it.
    pub upstream: String,
    /// Most tokens of prompt and answer together.
    pub context_window: u32,
    /// Most tokens of an answer.
    pub max_output: u32,
    /// The temperatures it takes; none when it takes no temperature at all.
    pub temperature: Option<RangeInclusive<f64>>,
    /// Whether people may choose it.
    pub enabled: bool,
    /// Its prices, the oldest first.
    pub prices: Vec<Price>,
}

/// What is really asked for, after fitting to the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// The temperature; none when the model takes none.
    pub temperature: Option<f64>,
    /// Most tokens of the answer.
    pub max_output_tokens: u32,
}

impl ModelSpec {
    /// Checks a row and puts its prices in order.
    ///
    /// # Errors
    /// [`InvalidModelSpec`] for the first rule that is broken.
    pub fn checked(mut self) -> Result<Self, InvalidModelSpec> {
        let problem = if self.name.trim().is_empty() || self.upstream.trim().is_empty() {
            Some("a model needs a name, here and at its provider")
        } else if self.context_window == 0 || self.max_output == 0 || self.max_output > self.context_window {
            Some("max_output must be at least 1 and at most the context window")
        } else if self.temperature.as_ref().is_some_and(|range| !(*range.start() >= 0.0 && range.start() <= range.end())) {
            Some("temperature must be a range [lowest, highest] of numbers from 0")
        } else if self.prices.is_empty() {
            Some("a model needs a price (0 for one that costs nothing)")
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(InvalidModelSpec { model: self.name, problem: problem.to_owned() });
        }
        self.prices.sort_by_key(|price| price.valid_from);
        if let Some(twice) = self.prices.windows(2).find(|pair| pair[0].valid_from == pair[1].valid_from) {
            return Err(InvalidModelSpec { problem: format!("two prices from {}", twice[0].valid_from), model: self.name });
        }
        Ok(self)
    }

    /// The price on a day. Days before the oldest price have the oldest.
    pub fn price_on(&self, day: NaiveDate) -> Option<&Price> {
        self.prices.iter().rev().find(|price| price.valid_from <= day).or(self.prices.first())
    }

    /// Fits what a person asked for to what the model takes and to the room its context window leaves; the room is an estimate.
    ///
    /// # Errors
    /// [`ChatErrorKind::ContextTooLong`] when the messages leave no room for an answer.
    pub fn fit(&self, messages: &[ChatMessage], temperature: f64, max_output_tokens: u32) -> Result<Fitted, ChatError> {
        let room = u64::from(self.context_window).saturating_sub(ChatUsage::of_prompt(messages));
        let room = u32::try_from(room).unwrap_or(u32::MAX);
        if room == 0 {
            let detail = format!("the messages fill the context window of {} tokens", self.context_window);
            return Err(ChatError::refused(ChatErrorKind::ContextTooLong, detail));
        }
        Ok(Fitted {
            temperature: self.temperature.as_ref().map(|range| temperature.clamp(*range.start(), *range.end())),
            max_output_tokens: max_output_tokens.clamp(1, self.max_output.min(room)),
        })
    }
}

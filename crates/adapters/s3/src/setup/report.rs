//! What became of each step.

use std::fmt;

/// The outcome of every step, in order. Displayed, one line a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetupReport {
    /// The steps.
    pub steps: Vec<Step>,
}

/// One step of the setup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it is about.
    pub name: &'static str,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The bucket was as it should be.
    Unchanged,
    /// The bucket has been changed.
    Applied,
    /// The bucket is not as it should be: what it has instead.
    Differs(String),
    /// The server does not know the request.
    Unsupported(String),
    /// Nothing is asked for.
    Skipped(&'static str),
    /// The server refused, or did not answer.
    Failed(String),
}

impl SetupReport {
    /// Whether nothing failed and nothing differs. What the server does not know is no failure: it cannot be helped.
    pub fn is_ok(&self) -> bool {
        !self.steps.iter().any(|step| matches!(step.outcome, Outcome::Differs(_) | Outcome::Failed(_)))
    }
}

impl fmt::Display for SetupReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        match &self.outcome {
            Outcome::Unchanged => f.write_str("as it should be"),
            Outcome::Applied => f.write_str("applied"),
            Outcome::Differs(found) => write!(f, "differs: {found}"),
            Outcome::Unsupported(cause) => write!(f, "this server does not support it ({cause})"),
            Outcome::Skipped(reason) => write!(f, "skipped: {reason}"),
            Outcome::Failed(cause) => write!(f, "failed: {cause}"),
        }
    }
}

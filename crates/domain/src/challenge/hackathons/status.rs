//! Where a hackathon is in its life, and the transitions there are (checklist P117–P125).

use std::fmt;
use std::str::FromStr;

/// The text names no status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown statut: one of Brouillon, En cours, Test, Terminé, Archivé")]
pub struct UnknownHackathonStatus;

/// Where a hackathon is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HackathonStatus {
    /// In preparation.
    Draft,
    /// Open to students.
    Running,
    /// Open for trials; nothing of it counts.
    Test,
    /// Over; the jury goes on.
    Finished,
    /// Read-only.
    Archived,
}

impl HackathonStatus {
    /// Every status, in the source document's order.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Running, Self::Test, Self::Finished, Self::Archived];

    /// The source document's name, in NFC, as stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "Brouillon",
            Self::Running => "En cours",
            Self::Test => "Test",
            Self::Finished => "Terminé",
            Self::Archived => "Archivé",
        }
    }

    /// The statuses that may follow.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Draft => &[Self::Running, Self::Test],
            Self::Test => &[Self::Running, Self::Draft],
            Self::Running => &[Self::Finished],
            Self::Finished => &[Self::Archived],
            Self::Archived => &[],
        }
    }

    /// Checks that `to` may follow.
    ///
    /// # Errors
    /// [`InvalidTransition`], with those that may.
    pub fn check(self, to: Self) -> Result<(), InvalidTransition> {
        if self.next().contains(&to) { Ok(()) } else { Err(InvalidTransition { from: self, to, because: None }) }
    }

    /// Whether students may have conversations.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Test)
    }
}

impl fmt::Display for HackathonStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Accepts the stored names, with composed or decomposed accents, and the codes `draft`, `running`, `test`, `finished`, `archived` (CP21).
impl FromStr for HackathonStatus {
    type Err = UnknownHackathonStatus;
    fn from_str(text: &str) -> Result<Self, UnknownHackathonStatus> {
        let text = text.trim().replace("e\u{301}", "é");
        let code = |status: &Self| match status {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Test => "test",
            Self::Finished => "finished",
            Self::Archived => "archived",
        };
        Self::ALL.into_iter().find(|status| status.as_str() == text || code(status) == text).ok_or(UnknownHackathonStatus)
    }
}

/// The transition is not in the table, or what it needs is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("from {from} to {to} there is no way{}; allowed: {}", .because.as_ref().map(|why| format!(" ({why})")).unwrap_or_default(), names(.from.next()))]
pub struct InvalidTransition {
    /// The present status.
    pub from: HackathonStatus,
    /// The status asked for.
    pub to: HackathonStatus,
    /// What the guard of an existing transition asks for.
    pub because: Option<&'static str>,
}

fn names(statuses: &[HackathonStatus]) -> String {
    let names: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::HackathonStatus::{Archived, Draft, Finished, Running, Test};
    use super::*;

    #[test]
    fn of_the_25_pairs_exactly_those_of_the_source_are_transitions() {
        let allowed = [(Draft, Running), (Draft, Test), (Test, Running), (Test, Draft), (Running, Finished), (Finished, Archived)];
        for from in HackathonStatus::ALL {
            for to in HackathonStatus::ALL {
                assert_eq!(from.check(to).is_ok(), allowed.contains(&(from, to)), "{from} to {to}");
            }
        }
    }

    #[test]
    fn names_are_read_composed_decomposed_and_as_codes() {
        assert_eq!("Termine\u{301}".parse(), Ok(Finished));
        assert_eq!("Archivé".parse(), Ok(Archived));
        assert_eq!("running".parse(), Ok(Running));
        assert_eq!(" En cours ".parse(), Ok(Running));
        assert!("Termin√©".parse::<HackathonStatus>().is_err());
    }
}

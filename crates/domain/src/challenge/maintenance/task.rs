//! The tasks by name.

use std::fmt;
use std::str::FromStr;

/// The text names no task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown task: one of consentement-rgpd, profils-etudiants, liens-expires, archivage")]
pub struct UnknownTask;

/// One task. Each may be run again at any time and then finds nothing more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MaintenanceTask {
    /// `consentementRGPD: false` where the field is missing.
    Consents,
    /// An empty `profilEtudiant` for students who have none.
    StudentProfiles,
    /// Expired links and other one-time tokens are removed; people stay.
    ExpiredLinks,
    /// Conversations older than six months are archived, of archived hackathons only.
    Archive,
}

impl MaintenanceTask {
    /// Every task.
    pub const ALL: [Self; 4] = [Self::Consents, Self::StudentProfiles, Self::ExpiredLinks, Self::Archive];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consents => "consentement-rgpd",
            Self::StudentProfiles => "profils-etudiants",
            Self::ExpiredLinks => "liens-expires",
            Self::Archive => "archivage",
        }
    }
}

impl fmt::Display for MaintenanceTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MaintenanceTask {
    type Err = UnknownTask;
    fn from_str(text: &str) -> Result<Self, UnknownTask> {
        Self::ALL.into_iter().find(|task| task.as_str() == text).ok_or(UnknownTask)
    }
}

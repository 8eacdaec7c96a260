//! A migration as a file: comments that describe it, then SQL.

use std::time::Duration;

use atelier_domain::kernel::Fingerprint;
use sha2::{Digest, Sha256};

/// One migration. The header's lines are `-- description: …`, `-- estimated: 2 minutes`, `-- no-transaction` (then the file holds one
/// statement) and `-- requires: <extension>` (then it is left out where the server has not that extension installed).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigrationFile {
    /// The version, `YYYYMMDD_NNN`.
    pub version: &'static str,
    /// The file's text.
    pub text: &'static str,
}

impl MigrationFile {
    fn header(&self) -> impl Iterator<Item = &'static str> {
        self.text.lines().map_while(|line| line.trim().strip_prefix("--")).map(str::trim)
    }

    fn field(&self, name: &str) -> Option<&'static str> {
        self.header().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    }

    /// What it does.
    pub(super) fn description(&self) -> &'static str {
        self.field("description").unwrap_or_default()
    }

    /// How long its author thinks it takes.
    pub(super) fn estimated(&self) -> Option<Duration> {
        let (number, unit) = self.field("estimated")?.split_once(' ')?;
        let seconds = match unit.trim_end_matches('s') {
            "second" => 1,
            "minute" => 60,
            "hour" => 3600,
            _ => return None,
        };
        Some(Duration::from_secs(number.parse::<u64>().ok()? * seconds))
    }

    /// The extension it cannot do without.
    pub(super) fn requires(&self) -> Option<&'static str> {
        self.field("requires")
    }

    /// Whether it runs inside a transaction.
    pub(super) fn is_transactional(&self) -> bool {
        self.header().all(|line| line != "no-transaction")
    }

    /// SHA-256 of the text with the line ends of Unix and without blanks at the ends of lines, so that an editor's or a checkout's habits
    /// change nothing.
    pub(super) fn checksum(&self) -> String {
        let mut digest = Sha256::new();
        for line in self.text.trim_end().lines() {
            digest.update(line.trim_end());
            digest.update("\n");
        }
        Fingerprint(digest.finalize().into()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_describes_the_file() {
        let file = MigrationFile {
            version: "20240101_001",
            text: "-- description: Does it\n-- estimated: 2 minutes\n-- no-transaction\n-- requires: vector\n\nSELECT 1;\n-- estimated: 3 hours\n",
        };
        assert_eq!((file.description(), file.estimated()), ("Does it", Some(Duration::from_secs(120))));
        assert!(!file.is_transactional() && file.requires() == Some("vector"));
    }

    #[test]
    fn line_ends_and_trailing_blanks_do_not_change_the_checksum_and_words_do() {
        let of = |text| MigrationFile { version: "20240101_001", text }.checksum();
        assert_eq!(of("SELECT 1;\nSELECT 2;"), of("SELECT 1;  \r\nSELECT 2;\n\n"));
        assert_ne!(of("SELECT 1;"), of("SELECT 2;"));
    }
}

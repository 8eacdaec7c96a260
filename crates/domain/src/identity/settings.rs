//! What an operator decides about accounts.

use chrono::TimeDelta;

/// Identity's settings, validated by whoever reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentitySettings {
    /// How long an access token is good, in minutes (W133: 15).
    pub access_token_minutes: u32,
    /// How long a device stays signed in without a refresh, in days.
    pub refresh_token_days: u32,
    /// Where people reach this installation, for the links in mails; a final `/` does not matter.
    pub public_url: String,
    /// The version of the consent text people must have agreed to before a try-on; `None` when no consent is asked for.
    pub consent_version: Option<String>,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self { access_token_minutes: 15, refresh_token_days: 30, public_url: "http://localhost:8000".to_owned(), consent_version: None }
    }
}

impl IdentitySettings {
    pub(crate) fn access_token_lifetime(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.access_token_minutes))
    }

    pub(crate) fn session_lifetime(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.refresh_token_days))
    }

    /// A link into the page at the root. What follows `#` never reaches a server or its logs, and no GET ever uses a token up.
    pub(crate) fn link(&self, parameter: &str, token: &str) -> String {
        format!("{}/#{parameter}={token}", self.public_url.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_carry_the_token_behind_the_hash_whatever_the_url_ends_with() {
        for public_url in ["https://a.example", "https://a.example/"] {
            let settings = IdentitySettings { public_url: public_url.to_owned(), ..IdentitySettings::default() };
            assert_eq!(settings.link("magic", "T"), "https://a.example/#magic=T");
        }
    }
}

//! What a client connects by.

use atelier_domain::kernel::{ExposeSecret, SecretString};
use url::Url;

/// The address clients are given cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("LEASE_DATABASE_URL (or DATABASE_URL in its place) must look like postgresql://host:5432/database")]
pub struct InvalidLeaseUrl;

/// Parameters that tell clients how to connect; all others are the service's own, and may be secret.
const KEPT: [&str; 3] = ["sslmode", "host", "port"];

/// Where clients connect, without who they are.
pub(super) struct LeaseAddress(Url);

impl LeaseAddress {
    /// From the service's own URL, or one that says where clients find the same database.
    pub(super) fn of(text: &str) -> Result<Self, InvalidLeaseUrl> {
        let mut url = Url::parse(text).map_err(|_none| InvalidLeaseUrl)?;
        if !matches!(url.scheme(), "postgresql" | "postgres") || url.set_username("").is_err() || url.set_password(None).is_err() {
            return Err(InvalidLeaseUrl);
        }
        let kept: Vec<(String, String)> =
            url.query_pairs().filter(|(name, _)| KEPT.contains(&&**name)).map(|(n, v)| (n.into(), v.into())).collect();
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
        Ok(Self(url))
    }

    /// With this login.
    pub(super) fn with(&self, login: &str, password: &SecretString) -> SecretString {
        let mut url = self.0.clone();
        // A URL that could be made without them can be made with them.
        let _always_possible = (url.set_username(login), url.set_password(Some(password.expose_secret())));
        String::from(url).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_s_own_login_and_settings_never_show() {
        let address = LeaseAddress::of("postgresql://atelier:secret@db:5433/visio?sslmode=require&password=secret&sslkey=/k").unwrap();
        let url = address.with("lease_1", &"pass-_word".into());
        assert_eq!(url.expose_secret(), "postgresql://lease_1:pass-_word@db:5433/visio?sslmode=require");
        assert_eq!(LeaseAddress::of("postgresql://db/x").unwrap().with("a", &"b".into()).expose_secret(), "postgresql://a:b@db/x");
        for wrong in ["", "db:5432", "redis://db/0", "postgresql:///x"] {
            assert!(LeaseAddress::of(wrong).is_err(), "{wrong:?}");
        }
    }
}

//! E-mail addresses, normalised so that one person has one account.

use std::fmt;

/// The text is not an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid e-mail address")]
pub struct InvalidEmail;

/// An e-mail address, trimmed and lower-cased (checklist CW14): `A@x.org` and `a@x.org` are the same account.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

impl Email {
    /// Longest address accepted, in bytes (RFC 5321, 4.5.3.1.3).
    pub const MAX_BYTES: usize = 254;

    /// Normalises and checks an address.
    ///
    /// # Errors
    /// [`InvalidEmail`] unless there is one `@` with a local part of 1–64 bytes and a dotted domain of letters, digits and hyphens.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let address = text.trim().to_lowercase();
        let (local, domain) = address.rsplit_once('@').ok_or(InvalidEmail)?;
        let local_ok = (1..=64).contains(&local.len())
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
        let label_ok = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let domain_ok = domain.contains('.') && domain.split('.').all(label_ok);
        if local_ok && domain_ok && address.len() <= Self::MAX_BYTES { Ok(Self(address)) } else { Err(InvalidEmail) }
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Never prints the address: e-mail addresses do not belong in logs.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_surrounding_space_do_not_matter() {
        assert_eq!(Email::parse("  User@Example.COM "), Email::parse("user@example.com"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "a", "@b.c", "a@", "a@b", "a b@c.de", "a@b..c", "a@-b.c", ".a@b.c", "a..b@c.de", "a@b@c.de"] {
            assert_eq!(Email::parse(text), Err(InvalidEmail), "{text:?}");
        }
    }
}

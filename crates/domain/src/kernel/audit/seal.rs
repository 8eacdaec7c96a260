//! The chain: what of an entry is sealed, and how it is looked at again.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::AuditEntry;
use crate::kernel::{AuditId, EntityId, InvalidId};

/// Opens what is digested, so that no digest of one kind is one of another kind or of another format.
const SEAL: &[u8] = b"atelier.audit.seal.1";
const NAME: &[u8] = b"atelier.audit.name.1";

/// SHA-256, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AuditDigest(pub [u8; 32]);

impl fmt::Display for AuditDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for AuditDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditDigest({self})")
    }
}

impl FromStr for AuditDigest {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { entity: "audit digest" };
        if text.len() != 64 || !text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(invalid);
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_no_hex| invalid.clone())?;
        }
        Ok(Self(bytes))
    }
}

/// Digests fields so that no two lists of fields give the same bytes: each after its length.
struct Fields(Sha256);

impl Fields {
    fn of(kind: &[u8]) -> Self {
        Self(Sha256::new()).and(kind)
    }

    fn and(mut self, field: &[u8]) -> Self {
        self.0.update((field.len() as u64).to_be_bytes());
        self.0.update(field);
        self
    }

    fn digest(self) -> AuditDigest {
        AuditDigest(self.0.finalize().into())
    }
}

/// A name in an entry, sealed so that it can be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameSeal {
    /// What the name was digested with; none once the person was erased.
    pub salt: Option<String>,
    /// The digest of salt and name.
    pub digest: AuditDigest,
}

impl NameSeal {
    fn of(name: &str, salt: String) -> Self {
        let digest = Self::digest(name, &salt);
        Self { salt: Some(salt), digest }
    }

    fn digest(name: &str, salt: &str) -> AuditDigest {
        Fields::of(NAME).and(salt.as_bytes()).and(name.as_bytes()).digest()
    }

    /// Whether the entry names who it named, or nobody any more.
    fn fits(&self, name: &str, erased: &str) -> bool {
        match &self.salt {
            Some(salt) => Self::digest(name, salt) == self.digest,
            None => name == erased,
        }
    }
}

/// What a chain has against an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// What the entry says, or its seal, is not what was sealed.
    #[error("was changed")]
    Changed,
    /// The seal is there, its entry is not.
    #[error("was removed")]
    Removed,
    /// The seal before this one is not there.
    #[error("follows a seal that was removed")]
    Gap,
    /// It came to the trail long after entries that are younger.
    #[error("was inserted")]
    Inserted,
    /// Links that somebody saw behind it are not there.
    #[error("is the last one sealed, and was not")]
    CutOff,
    /// A seal that somebody wrote down is not that of the chain.
    #[error("has another seal than the one given")]
    Other,
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSeal {
    /// Its number: 1, 2, 3 and so on.
    pub seq: u64,
    /// The entry it seals.
    pub entry: AuditId,
    /// Who acted; the empty name where the system did.
    pub actor: NameSeal,
    /// To what.
    pub subject: NameSeal,
    /// SHA-256 of the digest before it, `seq`, the entry's id, time, action and details, and the digests of both names.
    pub digest: AuditDigest,
}

impl AuditSeal {
    /// The seal that follows `previous`; `salts` are 256 random bits each, for the actor and for the subject.
    pub fn after(previous: Option<&Self>, entry: &AuditEntry, salts: [String; 2]) -> Self {
        let [of_actor, of_subject] = salts;
        let actor = NameSeal::of(&actor_name(entry), of_actor);
        let subject = NameSeal::of(&entry.subject, of_subject);
        let seq = previous.map_or(0, |previous| previous.seq) + 1;
        let digest = chained(previous, seq, entry, &actor, &subject);
        Self { seq, entry: entry.id, actor, subject, digest }
    }

    /// Looks whether the seal follows `previous` and the entry is what was sealed.
    ///
    /// # Errors
    /// [`SealFault`].
    pub fn check(&self, previous: Option<&Self>, entry: Option<&AuditEntry>) -> Result<(), SealFault> {
        if self.seq != previous.map_or(0, |previous| previous.seq) + 1 {
            return Err(SealFault::Gap);
        }
        let entry = entry.ok_or(SealFault::Removed)?;
        let fits = entry.id == self.entry
            && self.actor.fits(&actor_name(entry), "")
            && self.subject.fits(&entry.subject, AuditEntry::ERASED)
            && self.digest == chained(previous, self.seq, entry, &self.actor, &self.subject);
        if fits { Ok(()) } else { Err(SealFault::Changed) }
    }
}

fn actor_name(entry: &AuditEntry) -> String {
    entry.actor.map(|actor| actor.to_string()).unwrap_or_default()
}

fn chained(previous: Option<&AuditSeal>, seq: u64, entry: &AuditEntry, actor: &NameSeal, subject: &NameSeal) -> AuditDigest {
    let before = previous.map_or([0; 32], |previous| previous.digest.0);
    Fields::of(SEAL)
        .and(&before)
        .and(&seq.to_be_bytes())
        .and(&entry.id.bytes())
        .and(&entry.at.timestamp_millis().to_be_bytes())
        .and(entry.action.as_bytes())
        .and(entry.details.as_bytes())
        .and(&actor.digest.0)
        .and(&subject.digest.0)
        .digest()
}

#[cfg(test)]
mod tests {

    use chrono::DateTime;

    use super::*;
    use crate::kernel::UserId;

    fn entry(number: u8) -> AuditEntry {
        AuditEntry {
            id: AuditId::from_bytes([number; 12]),
            at: DateTime::from_timestamp_millis(1_700_000_000_000 + i64::from(number)).unwrap(),
            actor: Some(UserId::from_bytes([number; 12])),
            action: "contract.audited".into(),
            subject: AuditEntry::account(UserId::from_bytes([100 + number; 12])),
            details: "from=user to=admin".to_owned(),
        }
    }

    fn seal(previous: Option<&AuditSeal>, number: u8) -> AuditSeal {
        AuditSeal::after(previous, &entry(number), [format!("a{number}"), format!("s{number}")])
    }

    #[test]
    fn a_digest_survives_text_and_back() {
        let digest = seal(None, 1).digest;
        assert_eq!(digest.to_string().parse(), Ok(digest));
        let upper_case = digest.to_string().to_uppercase();
        for text in ["", "00", upper_case.as_str(), &"é".repeat(32)] {
            assert!(text.parse::<AuditDigest>().is_err(), "{text:?}");
        }
    }

    /// The format is for ever: with another one no chain in the world would fit any more. Computed independently.
    #[test]
    fn the_digest_is_of_the_documented_bytes() {
        assert_eq!(seal(None, 1).digest.to_string(), "162db4e05511f35a2a1c7924b196775676e283796476d6a11bde146cf8d5fb1c");
    }

    #[test]
    fn every_field_is_sealed() {
        let sealed = seal(None, 1);
        assert_eq!(sealed.check(None, Some(&entry(1))), Ok(()));
        let changes: [fn(&mut AuditEntry); 8] = [
            |entry| entry.id = AuditId::from_bytes([9; 12]),
            |entry| entry.at += chrono::TimeDelta::milliseconds(1),
            |entry| entry.actor = Some(UserId::from_bytes([9; 12])),
            |entry| entry.actor = None,
            |entry| entry.action = "contract.other".into(),
            |entry| entry.subject = AuditEntry::account(UserId::from_bytes([9; 12])),
            |entry| AuditEntry::ERASED.clone_into(&mut entry.subject),
            |entry| entry.details.push(' '),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = entry(1);
            change(&mut changed);
            assert_eq!(sealed.check(None, Some(&changed)), Err(SealFault::Changed), "change {number}");
        }
        assert_eq!(sealed.check(None, None), Err(SealFault::Removed));
    }

    #[test]
    fn a_seal_fits_behind_its_predecessor_only() {
        let first = seal(None, 1);
        let second = seal(Some(&first), 2);
        assert_eq!(second.seq, 2);
        assert_eq!(second.check(Some(&first), Some(&entry(2))), Ok(()));
        assert_eq!(second.check(None, Some(&entry(2))), Err(SealFault::Gap));
        let other = AuditSeal::after(None, &entry(3), ["a".to_owned(), "s".to_owned()]);
        assert_eq!(second.check(Some(&other), Some(&entry(2))), Err(SealFault::Changed));
    }

    /// With its salt a name is forgotten; then the entry may name nobody, and nobody else. The other name stays sealed.
    #[test]
    fn an_erased_name_fits_and_another_in_its_place_does_not() {
        let mut sealed = seal(None, 1);
        sealed.subject.salt = None;
        assert_eq!(sealed.check(None, Some(&entry(1))), Err(SealFault::Changed));
        let erased = AuditEntry { subject: AuditEntry::ERASED.to_owned(), ..entry(1) };
        assert_eq!(sealed.check(None, Some(&erased)), Ok(()));
        let another = AuditEntry { actor: None, ..erased.clone() };
        assert_eq!(sealed.check(None, Some(&another)), Err(SealFault::Changed));
        sealed.actor.salt = None;
        assert_eq!(sealed.check(None, Some(&another)), Ok(()));
        assert_eq!(sealed.check(None, Some(&erased)), Err(SealFault::Changed));
    }
}

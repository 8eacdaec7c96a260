//! Names and orders that tell nothing about the person, from keyed digests.

/// Crockford's base 32: no I, L, O or U, so that no character is taken for another when read aloud or copied
/// (<https://www.crockford.com/base32.html>).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Hex digits to four characters of five bits.
const WINDOW: usize = 5;

/// Hex digits of an order key: 48 bits, exact in a JSON number and in a signed column of any store.
const ORDER_DIGITS: usize = 12;

/// A digest is not hex, or too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest of at least 12 hex digits is expected")]
pub struct InvalidDigest;

/// The name a student bears in a hackathon: `Candidat-` and four characters.
///
/// `digest` is hex, keyed with a secret and taken over hackathon and student, so that the same student bears another name in another
/// hackathon. Four characters are about a million names: when one is taken, the caller asks again with the next `reroll` from 0. Different
/// rerolls of one digest reach every name in the end.
///
/// # Errors
/// [`InvalidDigest`] of fewer than 12 digits or of anything but hex.
pub fn pseudonym(digest: &str, reroll: u32) -> Result<String, InvalidDigest> {
    let windows = u32::try_from(checked(digest)?.len() / WINDOW).map_err(|_too_long| InvalidDigest)?;
    let start = (reroll % windows) as usize * WINDOW;
    let drawn = number(&digest[start..start + WINDOW])? + u64::from(reroll / windows);
    let characters = [15, 10, 5, 0].map(|shift| char::from(ALPHABET[(drawn >> shift & 31) as usize]));
    Ok(format!("Candidat-{}", String::from_iter(characters)))
}

/// Where a conversation stands in an examiner's list: below 2⁴⁸, as good as random, the same at each reading.
///
/// `digest` is hex, keyed with a secret and taken over examiner and conversation. Equal keys are to be ordered by the alias.
///
/// # Errors
/// [`InvalidDigest`] of fewer than 12 digits or of anything but hex.
pub fn order_key(digest: &str) -> Result<u64, InvalidDigest> {
    number(&checked(digest)?[..ORDER_DIGITS])
}

fn checked(digest: &str) -> Result<&str, InvalidDigest> {
    let is_hex = digest.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_hex && digest.len() >= ORDER_DIGITS { Ok(digest) } else { Err(InvalidDigest) }
}

fn number(digits: &str) -> Result<u64, InvalidDigest> {
    u64::from_str_radix(digits, 16).map_err(|_not_hex| InvalidDigest)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const DIGEST: &str = "00000fffff0842108421c0ffee00d1e5deadbeef0123456789abcdef01234567";

    #[test]
    fn a_pseudonym_has_four_characters_that_cannot_be_confused() {
        assert_eq!(pseudonym(DIGEST, 0).unwrap(), "Candidat-0000");
        assert_eq!(pseudonym(DIGEST, 1).unwrap(), "Candidat-ZZZZ");
        assert_eq!(pseudonym(DIGEST, 2).unwrap(), "Candidat-1111");
        assert!(ALPHABET.iter().all(|character| !b"ILOU".contains(character)));
    }

    #[test]
    fn rerolls_give_other_names_and_never_end() {
        let empty_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let names: HashSet<String> = (0..24).map(|reroll| pseudonym(empty_sha256, reroll).unwrap()).collect();
        assert_eq!(names.len(), 24);
        assert!(pseudonym(DIGEST, u32::MAX).is_ok());
        assert_eq!(pseudonym(DIGEST, 7), pseudonym(&DIGEST.to_uppercase(), 7));
    }

    #[test]
    fn an_order_key_is_the_digests_and_fits_a_json_number() {
        assert_eq!(order_key(DIGEST), Ok(0x0000_0fff_ff08));
        assert_eq!(order_key("ffffffffffff0"), Ok((1 << 48) - 1));
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        for digest in ["", "0123456789a", "xyz456789012", "+12345678901", "éééééé", "0123 4567 89ab"] {
            assert_eq!((pseudonym(digest, 0), order_key(digest)), (Err(InvalidDigest), Err(InvalidDigest)), "{digest:?}");
        }
    }
}

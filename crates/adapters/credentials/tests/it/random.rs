use std::collections::HashSet;

use atelier_adapter_credentials::RandomSecrets;
use atelier_domain::kernel::{ExposeSecret, SecretGenerator};
use proptest::prelude::*;

fn secrets() -> RandomSecrets {
    RandomSecrets::new(&"key".into())
}

#[test]
fn tokens_are_256_random_bits_in_url_safe_text() {
    let tokens: HashSet<String> = (0..1_000).map(|_| secrets().token().expose_secret().to_owned()).collect();
    assert_eq!(tokens.len(), 1_000);
    for token in tokens {
        assert_eq!(token.len(), 43);
        assert!(token.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{token}");
    }
}

#[test]
fn codes_are_six_digits_and_every_digit_comes_up_everywhere() {
    let secrets = secrets();
    let mut seen = [[0_u32; 10]; 6];
    for _ in 0..20_000 {
        let code = secrets.six_digits();
        let digits: Vec<usize> = code.expose_secret().chars().map(|c| c.to_digit(10).unwrap() as usize).collect();
        assert_eq!(digits.len(), 6);
        digits.iter().enumerate().for_each(|(place, digit)| seen[place][*digit] += 1);
    }
    // 2 000 expected, standard deviation 42: 300 is seven of them.
    assert!(seen.iter().flatten().all(|count| (1_700..2_300).contains(count)), "{seen:?}");
}

#[test]
fn a_digest_is_the_hmac_of_purpose_and_secret() {
    // Computed with Python's hmac over struct.pack(">Q", 9) + b"reset.pwd" + b"123456".
    let expected = "2c53a3313dd8e8dddbaab9ca9947a2a539193c601f53d0877c62e9ada996e3fa";
    assert_eq!(secrets().digest("reset.pwd", "123456"), expected);
}

#[test]
fn another_key_gives_another_digest() {
    assert_ne!(secrets().digest("a", "b"), RandomSecrets::new(&"other".into()).digest("a", "b"));
}

proptest! {
    #[test]
    fn digests_of_different_purposes_never_match(text in ".{1,20}", cut in 0_usize..20, other in 0_usize..20) {
        let at = |n: usize| text.char_indices().map(|(i, _)| i).nth(n).unwrap_or(text.len());
        let (cut, other) = (at(cut), at(other));
        let digest = |cut: usize| secrets().digest(&text[..cut], &text[cut..]);
        prop_assert_eq!(digest(cut) == digest(other), cut == other);
    }
}

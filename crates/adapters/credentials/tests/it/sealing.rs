use atelier_adapter_credentials::{AesGcmSealer, EncryptionKeyError};
use atelier_domain::dataservice::{CannotOpen, Sealer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

fn sealer(setting: &str) -> AesGcmSealer {
    AesGcmSealer::new(&setting.into()).unwrap()
}

proptest! {
    #[test]
    fn what_is_sealed_opens_again_for_the_same_purpose_and_for_no_other(plain: Vec<u8>, context in ".{0,20}", other in ".{0,20}") {
        let sealer = sealer("a key");
        let sealed = sealer.seal(&context, &plain);
        prop_assert_eq!(sealer.open(&context, &sealed), Ok(plain));
        if other != context {
            prop_assert_eq!(sealer.open(&other, &sealed), Err(CannotOpen));
        }
    }

    #[test]
    fn any_flipped_bit_and_any_cut_is_noticed(plain in prop::collection::vec(any::<u8>(), 0..40), place: prop::sample::Index, bit in 0_u8..8) {
        let sealer = sealer("a key");
        let mut sealed = sealer.seal("backup/1", &plain);
        let place = place.index(sealed.len());
        prop_assert_eq!(sealer.open("backup/1", &sealed[..place]), Err(CannotOpen));
        sealed[place] ^= 1 << bit;
        prop_assert_eq!(sealer.open("backup/1", &sealed), Err(CannotOpen));
    }
}

#[test]
fn the_same_text_is_never_sealed_to_the_same_bytes_and_does_not_show_in_them() {
    let sealer = sealer("a key");
    let (one, two) = (sealer.seal("lease/a", b"a password of a lease"), sealer.seal("lease/a", b"a password of a lease"));
    assert_ne!(one, two);
    assert!(!one.windows(8).any(|window| window == b"password"));
}

#[test]
fn another_key_opens_nothing() {
    assert_eq!(sealer("one").open("c", &sealer("two").seal("c", b"plain")), Err(CannotOpen));
}

#[test]
fn after_a_rotation_older_records_open_and_new_ones_are_sealed_by_the_new_key_alone() {
    let (old, rotated, new) = (sealer("old"), sealer("new, old"), sealer("new"));
    assert_eq!(rotated.open("c", &old.seal("c", b"before")), Ok(b"before".to_vec()));
    let after = rotated.seal("c", b"after");
    assert_eq!(new.open("c", &after), Ok(b"after".to_vec()));
    assert_eq!(old.open("c", &after), Err(CannotOpen));
    assert_eq!((rotated.key_id(), old.key_id().len()), (new.key_id(), 8));
}

#[test]
fn thirty_two_bytes_are_the_same_key_in_hex_and_in_base64() {
    let bytes: [u8; 32] = std::array::from_fn(|n| u8::try_from(n * 7).unwrap());
    let (in_hex, in_base64) = (sealer(&hex::encode(bytes)), sealer(&STANDARD.encode(bytes)));
    assert_eq!(in_base64.open("c", &in_hex.seal("c", b"plain")), Ok(b"plain".to_vec()));
}

/// Sealed once by another implementation (Python's `cryptography`, AESGCM), so that the format cannot change unnoticed.
#[test]
fn the_format_is_version_key_id_nonce_ciphertext_and_tag() {
    let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let sealed = hex::decode("01630dcd297477656c7665206279746573dae982970a5d49b8e61480559e7cdf0293e381ded4").unwrap();
    assert_eq!(sealer(key).open("lease/conn_1", &sealed), Ok(b"plain".to_vec()));
}

#[test]
fn a_setting_without_a_key_is_refused_and_no_key_shows() {
    for setting in ["", " ", ",", " , "] {
        assert_eq!(AesGcmSealer::new(&setting.into()).unwrap_err(), EncryptionKeyError);
    }
    let shown = format!("{:?}", sealer("correct horse"));
    assert!(shown.contains("key_id") && !shown.contains("horse"), "{shown}");
}

use std::sync::Arc;

use atelier_adapter_credentials::{JwtSigner, ObjectIds, SystemClock};
use atelier_domain::identity::{AccessClaims, Role, TokenSigner};
use atelier_domain::kernel::{EntityId, ExposeSecret, SessionId, Timestamp, UserId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use proptest::prelude::*;
use serde_json::{Value, json};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const NOW: i64 = 1_700_000_000;

fn at(seconds: i64) -> Timestamp {
    chrono::DateTime::from_timestamp(seconds, 0).unwrap()
}

fn signer(key: &str, issuer: &str, audience: &str) -> JwtSigner {
    JwtSigner::new(&key.into(), issuer, audience, Arc::new(ObjectIds::new(Arc::new(SystemClock))))
}

fn ours() -> JwtSigner {
    signer(KEY, "atelier", "atelier-api")
}

fn claims() -> AccessClaims {
    AccessClaims {
        user_id: UserId::from_bytes([7; 12]),
        role: Role::Premium,
        session_id: Some(SessionId::from_bytes([8; 12])),
        issued_at: at(NOW),
        expires_at: at(NOW + 900),
    }
}

fn token() -> String {
    ours().sign(&claims()).expose_secret().to_owned()
}

fn payload(token: &str) -> Value {
    serde_json::from_slice(&B64.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// A token with any header and payload, signed with our key.
fn forged(header: &Header, payload: &Value) -> String {
    jsonwebtoken::encode(header, payload, &EncodingKey::from_secret(KEY.as_bytes())).unwrap()
}

fn is_rejected(token: &str) -> bool {
    ours().verify(token, at(NOW)).is_err()
}

#[test]
fn what_was_signed_is_verified_as_it_was() {
    assert_eq!(ours().verify(&token(), at(NOW)), Ok(claims()));
    let without_device = AccessClaims { session_id: None, ..claims() };
    assert_eq!(ours().verify(ours().sign(&without_device).expose_secret(), at(NOW)), Ok(without_device));
}

#[test]
fn a_token_carries_the_claims_clients_may_read() {
    let token = token();
    let header: Value = serde_json::from_slice(&B64.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
    assert_eq!(header, json!({"typ": "JWT", "alg": "HS256"}));
    let mut payload = payload(&token);
    let jti = payload.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(jti.as_str().unwrap().len(), 24);
    let expected = json!({"iss": "atelier", "aud": "atelier-api", "sub": "07".repeat(12), "role": "premium", "sid": "08".repeat(12),
        "iat": NOW, "exp": NOW + 900});
    assert_eq!(payload, expected);
}

#[test]
fn every_token_has_a_jti_of_its_own() {
    assert_ne!(payload(&token())["jti"], payload(&token())["jti"]);
}

#[test]
fn a_token_ends_at_exp_and_not_a_millisecond_later() {
    let last = at(NOW + 900) - chrono::TimeDelta::milliseconds(1);
    assert!(ours().verify(&token(), last).is_ok());
    assert!(ours().verify(&token(), at(NOW + 900)).is_err());
    assert!(ours().verify(&token(), at(NOW + 100_000)).is_err());
}

#[test]
fn no_token_without_a_signature_is_accepted() {
    let token = token();
    let body = token.split('.').nth(1).unwrap();
    for alg in ["none", "None", "NONE", "nOnE"] {
        let header = B64.encode(json!({"alg": alg, "typ": "JWT"}).to_string());
        for signature in ["", "AA", token.rsplit('.').next().unwrap()] {
            assert!(is_rejected(&format!("{header}.{body}.{signature}")), "{alg} {signature:?}");
        }
    }
    let (unsigned, _) = token.rsplit_once('.').unwrap();
    assert!(is_rejected(unsigned));
    assert!(is_rejected(&format!("{unsigned}.")));
}

#[test]
fn other_algorithms_are_rejected_even_with_the_right_key() {
    let payload = payload(&token());
    assert!(!is_rejected(&forged(&Header::new(Algorithm::HS256), &payload)), "the forgery itself is sound");
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        assert!(is_rejected(&forged(&Header::new(algorithm), &payload)), "{algorithm:?}");
    }
    let body = B64.encode(payload.to_string());
    for alg in ["RS256", "ES256", "EdDSA", "PS512", "HS1", ""] {
        let header = B64.encode(json!({"alg": alg, "typ": "JWT"}).to_string());
        assert!(is_rejected(&format!("{header}.{body}.{}", token().rsplit('.').next().unwrap())), "{alg}");
    }
}

#[test]
fn keys_that_the_token_brings_along_count_for_nothing() {
    let attacker = "attackers-own-key-attackers-own-key";
    let body = B64.encode(payload(&token()).to_string());
    let jwk = json!({"alg": "HS256", "typ": "JWT", "kid": "../../dev/null",
        "jwk": {"kty": "oct", "k": B64.encode(attacker)}, "jku": "http://127.0.0.1/keys"});
    let signed = forged(&Header::new(Algorithm::HS256), &payload(&token()));
    let own = jsonwebtoken::encode(&Header::default(), &payload(&token()), &EncodingKey::from_secret(attacker.as_bytes())).unwrap();
    for signature in [&signed, &own].map(|token| token.rsplit('.').next().unwrap().to_owned()) {
        assert!(is_rejected(&format!("{}.{body}.{signature}", B64.encode(jwk.to_string()))));
    }
}

#[test]
fn another_key_issuer_or_audience_is_rejected() {
    for other in [
        signer("another-key-another-key-another-k", "atelier", "atelier-api"),
        signer(KEY, "else", "atelier-api"),
        signer(KEY, "atelier", "else"),
        signer("", "atelier", "atelier-api"),
    ] {
        assert!(is_rejected(other.sign(&claims()).expose_secret()));
    }
}

#[test]
fn every_claim_but_sid_is_required() {
    for claim in ["iss", "aud", "sub", "role", "iat", "exp", "jti"] {
        let mut payload = payload(&token());
        payload.as_object_mut().unwrap().remove(claim).unwrap();
        assert!(is_rejected(&forged(&Header::default(), &payload)), "{claim}");
        payload[claim] = Value::Null;
        assert!(is_rejected(&forged(&Header::default(), &payload)), "{claim}: null");
    }
}

#[test]
fn claims_of_the_wrong_form_are_rejected() {
    let wrong = [
        ("sub", json!("not-an-id")),
        ("sub", json!(7)),
        ("role", json!("root")),
        ("sid", json!("x")),
        ("exp", json!("9999999999")),
        ("exp", json!(-1)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(1e300)),
        ("iat", json!(i64::MIN)),
        ("nbf", json!(NOW + 1)),
        ("aud", json!(["else", "other"])),
        ("iss", json!(["else"])),
    ];
    for (claim, value) in wrong {
        let mut payload = payload(&token());
        payload[claim] = value.clone();
        assert!(is_rejected(&forged(&Header::default(), &payload)), "{claim} = {value}");
    }
}

#[test]
fn swapping_the_payload_of_two_tokens_is_rejected() {
    let other = ours().sign(&AccessClaims { role: Role::Admin, ..claims() });
    let (token, other) = (token(), other.expose_secret().to_owned());
    let parts = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (mine, theirs) = (parts(&token), parts(&other));
    assert!(is_rejected(&format!("{}.{}.{}", mine[0], theirs[1], mine[2])));
    assert!(is_rejected(&format!("{token}.{}", mine[2])), "a fourth part");
}

proptest! {
    #[test]
    fn a_token_with_any_character_changed_is_rejected(place in 0_usize..1_000, to in proptest::char::range(' ', '~')) {
        let token = token();
        let place = place % token.len();
        let mut bytes = token.into_bytes();
        prop_assume!(bytes[place] != to as u8);
        bytes[place] = to as u8;
        prop_assert!(is_rejected(&String::from_utf8(bytes).unwrap()));
    }

    #[test]
    fn any_text_is_rejected_without_panicking(text in ".{0,200}") {
        prop_assert!(is_rejected(&text));
    }
}

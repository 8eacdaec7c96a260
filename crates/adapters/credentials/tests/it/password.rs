use std::sync::Arc;
use std::time::{Duration, Instant};

use atelier_adapter_credentials::{BcryptHasher, CostOutOfRange};
use atelier_domain::identity::{Password, PasswordError, PasswordHasher};
use atelier_domain::kernel::{ExposeSecret, SecretString};

fn hasher(cost: u32) -> BcryptHasher {
    BcryptHasher::new(cost, 2, 100).unwrap()
}

fn password(text: &str) -> Password {
    Password::parse("password", text.into()).unwrap()
}

#[tokio::test]
async fn the_right_password_matches_and_a_wrong_one_does_not() {
    let hasher = hasher(4);
    let hash = hasher.hash(&password("correct horse é")).await.unwrap();
    assert!(hasher.verify(&"correct horse é".into(), Some(&hash)).await.unwrap());
    assert!(!hasher.verify(&"correct horse e".into(), Some(&hash)).await.unwrap());
}

#[tokio::test]
async fn hashes_carry_the_prefix_and_cost_of_the_document() {
    let hash = hasher(BcryptHasher::DEFAULT_COST).hash(&password("password123")).await.unwrap();
    assert!(hash.expose_secret().starts_with("$2b$12$"));
    assert_eq!(hash.expose_secret().len(), 60);
}

#[tokio::test]
async fn the_same_password_is_hashed_differently_each_time() {
    let hasher = hasher(4);
    let (a, b) = (hasher.hash(&password("password123")).await.unwrap(), hasher.hash(&password("password123")).await.unwrap());
    assert_ne!(a.expose_secret(), b.expose_secret());
}

#[tokio::test]
async fn hashes_of_other_programs_are_verified() {
    // Of the OpenBSD and Openwall test vectors.
    let hasher = hasher(4);
    for hash in
        ["$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"]
    {
        assert!(hasher.verify(&"U*U".into(), Some(&hash.into())).await.unwrap());
        assert!(!hasher.verify(&"U*V".into(), Some(&hash.into())).await.unwrap());
    }
}

#[tokio::test]
async fn an_unknown_account_never_matches_and_takes_as_long_as_a_known_one() {
    let hasher = hasher(9);
    let hash = hasher.hash(&password("password123")).await.unwrap();
    let wrong = SecretString::from("password124");
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for _ in 0..10 {
        let start = Instant::now();
        assert!(!hasher.verify(&wrong, Some(&hash)).await.unwrap());
        known = known.min(start.elapsed());
        let start = Instant::now();
        assert!(!hasher.verify(&wrong, None).await.unwrap());
        unknown = unknown.min(start.elapsed());
    }
    // Wide, because other tests share the machine; a shortcut would be a thousand times faster.
    let ratio = unknown.as_secs_f64() / known.as_secs_f64();
    assert!((0.3..3.0).contains(&ratio), "unknown {unknown:?}, known {known:?}");
}

#[tokio::test]
async fn what_bcrypt_would_cut_off_does_not_match() {
    let hasher = hasher(4);
    let full = "x".repeat(72);
    let hash = hasher.hash(&password(&full)).await.unwrap();
    assert!(hasher.verify(&full.clone().into(), Some(&hash)).await.unwrap());
    assert!(!hasher.verify(&format!("{full}y").into(), Some(&hash)).await.unwrap());
}

#[tokio::test]
async fn a_damaged_hash_is_a_failure_not_a_mismatch() {
    let error = hasher(4).verify(&"password123".into(), Some(&"$2b$04$broken".into())).await.unwrap_err();
    assert!(matches!(error, PasswordError::Failed(_)));
}

#[tokio::test]
async fn a_flood_is_refused_and_what_waits_is_served() {
    let hasher = Arc::new(BcryptHasher::new(8, 1, 2).unwrap());
    let tries: Vec<_> = (0..10)
        .map(|_| {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move { hasher.hash(&password("password123")).await })
        })
        .collect();
    let (mut served, mut refused) = (0, 0);
    for one in tries {
        match one.await.unwrap() {
            Ok(_) => served += 1,
            Err(PasswordError::Busy) => refused += 1,
            Err(PasswordError::Failed(error)) => panic!("{error}"),
        }
    }
    // The test's runtime has one thread: all ten ask before the first hashing is seen to end.
    assert_eq!((served, refused), (3, 7));
    assert!(hasher.hash(&password("password123")).await.is_ok(), "the places are free again");
}

#[tokio::test]
async fn a_caller_that_went_away_keeps_its_place_only_until_its_hashing_ends() {
    let hasher = BcryptHasher::new(8, 1, 0).unwrap();
    let abandoned = tokio::time::timeout(Duration::from_millis(1), hasher.hash(&password("password123"))).await;
    assert!(abandoned.is_err());
    assert!(matches!(hasher.hash(&password("password123")).await, Err(PasswordError::Busy)));
    let served = async {
        while hasher.hash(&password("password123")).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), served).await.unwrap();
}

#[tokio::test]
async fn a_hash_of_another_cost_is_to_be_made_anew() {
    let hash = hasher(4).hash(&password("password123")).await.unwrap();
    assert!(!hasher(4).needs_rehash(&hash));
    assert!(hasher(5).needs_rehash(&hash));
    assert!(hasher(4).needs_rehash(&"nonsense".into()));
}

#[test]
fn costs_bcrypt_does_not_know_are_refused() {
    for cost in [0, 3, 32] {
        assert_eq!(BcryptHasher::new(cost, 1, 1).err(), Some(CostOutOfRange(cost)));
    }
    assert!(BcryptHasher::new(31, usize::MAX, usize::MAX / 2).is_ok());
}

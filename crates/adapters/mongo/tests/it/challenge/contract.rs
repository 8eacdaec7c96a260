//! The contract of Prompt Challenge's ports.

use std::sync::Arc;

use atelier_testkit::contract::ChallengeUnderTest;

use crate::place::Place;

async fn backend() -> Option<ChallengeUnderTest> {
    let place = Place::new()?;
    let store = place.open().await;
    Some(ChallengeUnderTest::of(Arc::new(store), place))
}

atelier_testkit::challenge_contract!(backend);

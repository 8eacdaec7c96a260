//! Asking again: only before the first piece, within bounds, after the wait that was asked for.

use std::time::{Duration, Instant};

use atelier_adapter_ai::chat::{ChatSettings, RetryPolicy};
use atelier_domain::challenge::chat::ChatErrorKind;
use atelier_testkit::laboratory::Answer;
use atelier_testkit::laboratory::chat::{ChatVendor, Turn};

use super::{Vendor, ask, at, patient, request};

#[tokio::test]
async fn what_passes_is_asked_again_and_answered() {
    for vendor in ChatVendor::ALL {
        for first in [vendor.rate_limited("0"), vendor.overloaded(), Answer::status(500), Answer::bytes(503, "text/html", "<p>")] {
            let asked = Vendor::with(vendor, vec![first.into()]).await;
            assert_eq!(asked.ask("hello").await.text(), "hello", "{vendor:?}");
            assert_eq!(asked.lab.server().tally().requests, 2);
        }
    }
}

#[tokio::test]
async fn attempts_are_bounded() {
    let script: Vec<Turn> = (0..9).map(|_| Answer::status(503).into()).collect();
    let retry = RetryPolicy { attempts: 3, ..patient().retry };
    let asked = Vendor::waiting(ChatVendor::OpenAi, script, ChatSettings { retry, ..patient() }).await;
    assert_eq!(asked.ask("hello").await.kind(), ChatErrorKind::Overloaded);
    assert_eq!(asked.lab.server().tally().requests, 3);
}

#[tokio::test]
async fn the_wait_that_is_asked_for_is_kept() {
    let asked = Vendor::with(ChatVendor::Mistral, vec![ChatVendor::Mistral.rate_limited("0.3").into()]).await;
    let began = Instant::now();
    asked.ask("hello").await.end.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_told_instead_of_waited_for() {
    let asked = Vendor::with(ChatVendor::OpenAi, vec![ChatVendor::OpenAi.rate_limited("3600").into()]).await;
    let heard = asked.ask("hello").await;
    assert_eq!((heard.kind(), heard.error().retry_after), (ChatErrorKind::RateLimited, Some(Duration::from_secs(3600))));
    assert_eq!(asked.lab.server().tally().requests, 1);
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let models = at(ChatVendor::OpenAi, format!("http://127.0.0.1:{port}/v1"), patient());
    let heard = ask(&models, &request("gpt-4", "hello")).await;
    assert_eq!((heard.kind(), heard.error().accepted), (ChatErrorKind::Unreachable, false));
    assert!(!heard.error().to_string().contains("/v1"), "the address is the operator's: {}", heard.error());
}

#[tokio::test]
async fn what_the_caller_must_change_is_not_asked_again() {
    for status in [400, 401, 402, 403, 404, 413, 422] {
        let asked = Vendor::with(ChatVendor::OpenAi, vec![Answer::status(status).into()]).await;
        asked.ask("hello").await.end.unwrap_err();
        assert_eq!(asked.lab.server().tally().requests, 1, "{status}");
    }
}

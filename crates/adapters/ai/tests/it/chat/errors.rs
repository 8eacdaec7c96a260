//! Every vendor's errors become the canonical ones, and tell no secret.

use std::time::Duration;

use atelier_domain::challenge::chat::{ChatErrorKind, Fault};
use atelier_testkit::laboratory::Answer;
use atelier_testkit::laboratory::chat::ChatVendor;
use serde_json::json;

use super::{KEY, Vendor, ask_for};

#[tokio::test]
async fn the_documented_errors_of_each_vendor_have_their_canonical_kind() {
    for vendor in ChatVendor::ALL {
        let cases = [
            (vendor.unauthorized(), ChatErrorKind::Authentication, Fault::Operator),
            (vendor.rate_limited("60"), ChatErrorKind::RateLimited, Fault::Provider),
            (vendor.overloaded(), ChatErrorKind::Overloaded, Fault::Provider),
            (vendor.too_long(), ChatErrorKind::ContextTooLong, Fault::Input),
            (vendor.out_of_credit(), ChatErrorKind::QuotaExhausted, Fault::Operator),
        ];
        for (answer, kind, fault) in cases {
            let asked = Vendor::with(vendor, vec![answer.clone().into(), answer.into()]).await;
            let heard = asked.ask("hello").await;
            assert_eq!((heard.kind(), heard.kind().fault()), (kind, fault), "{vendor:?}: {}", heard.error());
            assert!(!heard.error().accepted && heard.answer.settle().total() == 0, "who was refused pays nothing");
        }
    }
}

#[tokio::test]
async fn a_wrong_key_is_the_operators_fault() {
    for vendor in ChatVendor::ALL {
        let lab = atelier_testkit::laboratory::chat::ChatLab::start(vendor, "another key", vec![]).await;
        let models = super::at(vendor, lab.base_url(), super::patient());
        let heard = super::ask(&models, &super::request(super::model(vendor), "hello")).await;
        assert_eq!((heard.kind(), heard.error().status), (ChatErrorKind::Authentication, Some(401)));
        assert_eq!(lab.server().tally().requests, 1, "it is not tried again");
    }
}

#[tokio::test]
async fn each_shape_of_an_error_body_is_read() {
    let cases = [
        // Mistral's five
        (
            429,
            json!({"object": "error", "message": "Requests rate limit exceeded", "type": "rate_limited", "param": null, "code": "1300",
            "raw_status_code": 429}),
            ChatErrorKind::RateLimited,
            "rate_limited",
            "Requests rate limit exceeded",
        ),
        (429, json!({"message": "Requests rate limit exceeded"}), ChatErrorKind::RateLimited, "", "Requests rate limit exceeded"),
        (403, json!({"message": "Unauthorized", "request_id": "1"}), ChatErrorKind::Authentication, "", ""),
        (404, json!({"detail": "Not Found"}), ChatErrorKind::ModelNotFound, "", "Not Found"),
        (
            422,
            json!({"detail": [{"type": "extra_forbidden", "loc": ["body", "n"], "msg": "Extra inputs are not permitted", "input": "my prompt"}]}),
            ChatErrorKind::BadRequest,
            "",
            "body.n: Extra inputs are not permitted",
        ),
        // and the one whose message is an object
        (
            422,
            json!({"object": "error", "message": {"detail": [{"loc": ["body", 0], "msg": "no", "input": "my prompt"}]},
            "type": "invalid_request_error", "code": null}),
            ChatErrorKind::BadRequest,
            "invalid_request_error",
            "body.0: no",
        ),
        // codes that are numbers
        (
            401,
            json!({"error": {"code": 401, "message": "Invalid API Key", "type": "authentication_error"}}),
            ChatErrorKind::Authentication,
            "authentication_error",
            "",
        ),
        (
            400,
            json!({"error": {"code": 400, "message": "the request exceeds the available context size", "type": "exceed_context_size_error"}}),
            ChatErrorKind::ContextTooLong,
            "exceed_context_size_error",
            "the request exceeds the available context size",
        ),
        // gateways
        (400, json!({"error": "no such parameter"}), ChatErrorKind::BadRequest, "", "no such parameter"),
        (
            400,
            json!({"error": {"message": "filtered", "code": "content_filter"}}),
            ChatErrorKind::ContentFiltered,
            "content_filter",
            "filtered",
        ),
        (
            404,
            json!({"error": {"message": "no gpt-9", "code": "model_not_found"}}),
            ChatErrorKind::ModelNotFound,
            "model_not_found",
            "no gpt-9",
        ),
        (402, json!(["?"]), ChatErrorKind::QuotaExhausted, "", ""),
    ];
    for (status, body, kind, reason, detail) in cases {
        let (heard, _) = ask_for(Answer::json(status, &body)).await;
        let error = heard.error();
        assert_eq!(
            (error.kind, error.status, error.reason.as_str(), error.detail.as_str()),
            (kind, Some(status), reason, detail),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_proxys_page_is_an_error_of_its_status() {
    for (status, kind) in [(503, ChatErrorKind::Overloaded), (502, ChatErrorKind::ProviderFailed), (413, ChatErrorKind::ContextTooLong)] {
        let (heard, server) = ask_for(Answer::bytes(status, "text/html", "<html><h1>Sorry</h1></html>")).await;
        assert_eq!((heard.kind(), heard.error().status), (kind, Some(status)));
        assert!(!heard.error().detail.contains("Sorry"));
        assert_eq!(server.tally().requests, if status == 413 { 1 } else { 2 });
    }
    let (heard, _) = ask_for(Answer::bytes(200, "text/html", "<html>Welcome</html>")).await;
    assert_eq!(heard.kind(), ChatErrorKind::Protocol);
    let (heard, _) = ask_for(Answer::status(302).header("location", "http://127.0.0.1:1/")).await;
    assert_eq!(heard.kind(), ChatErrorKind::Protocol, "a redirect is not followed: the key is for one server");
}

#[tokio::test]
async fn credit_that_is_used_up_is_never_asked_for_again() {
    for vendor in ChatVendor::ALL {
        let asked = Vendor::with(vendor, vec![vendor.out_of_credit().header("retry-after", "0").into()]).await;
        let heard = asked.ask("hello").await;
        assert_eq!(heard.kind(), ChatErrorKind::QuotaExhausted);
        assert!(!heard.kind().retryable());
        assert_eq!(asked.lab.server().tally().requests, 1);
    }
}

#[tokio::test]
async fn a_wait_is_read_in_seconds_milliseconds_and_as_a_date() {
    // The tests' clock stands at noon of this day.
    let date = (atelier_testkit::noon() + Duration::from_secs(90)).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let cases = [
        ("retry-after", "120", Some(Duration::from_secs(120))),
        ("retry-after", "7.5", Some(Duration::from_millis(7_500))),
        ("retry-after-ms", "9001", Some(Duration::from_millis(9_001))),
        ("retry-after", date.as_str(), Some(Duration::from_secs(90))),
        ("retry-after", "soon", None),
        ("retry-after", "-3", None),
    ];
    for (header, value, wait) in cases {
        let body = json!({"error": {"message": "slow down", "code": "rate_limit_exceeded"}});
        let (heard, _) = ask_for(Answer::json(429, &body).header(header, value)).await;
        assert_eq!((heard.kind(), heard.error().retry_after), (ChatErrorKind::RateLimited, wait), "{header}: {value}");
    }
}

#[tokio::test]
async fn the_key_is_in_no_error_and_in_no_debug_output() {
    let echo = json!({"error": {"message": format!("bad request with {KEY}"), "type": "invalid_request_error"}});
    let (heard, server) = ask_for(Answer::json(400, &echo)).await;
    let error = heard.error();
    assert!(error.detail.contains("[key]"), "{error}");
    assert!(!format!("{error} {error:?} {heard:?}").contains(KEY));
    assert_eq!(server.requests()[0].bearer(), Some(KEY));
    let (heard, _) = ask_for(Answer::json(401, &json!({"error": {"message": "Incorrect API key provided: sk-lab***ret"}}))).await;
    assert!(!heard.error().to_string().contains("sk-lab"), "{}", heard.error());
}

#[tokio::test]
async fn a_model_that_is_not_served_is_refused_without_a_request() {
    let asked = Vendor::with(ChatVendor::OpenAi, vec![]).await;
    let (_, openai) = asked.models.find("gpt-4").unwrap();
    let error = openai.answer(&super::request("mistral-small", "hello")).await.err().unwrap();
    assert_eq!((error.kind, asked.lab.server().tally().requests), (ChatErrorKind::ModelNotFound, 0));
}

//! Answers that break off: never taken for whole, and never lost as far as they came.

use atelier_domain::challenge::chat::{ChatErrorKind, FinishReason};
use atelier_testkit::laboratory::chat::{ChatVendor, Said};
use atelier_testkit::laboratory::{Answer, Step};
use serde_json::json;

use super::{Vendor, ask_for};

const PIECES: [&str; 3] = ["one ", "two ", "three"];

#[tokio::test]
async fn a_stream_that_is_cut_or_just_ends_is_truncated_and_keeps_its_text() {
    for vendor in ChatVendor::ALL {
        for rest in [vec![Step::Cut], vec![]] {
            let asked = Vendor::with(vendor, vec![Said::of(&PIECES).instead(2, rest).into()]).await;
            let heard = asked.ask("count").await;
            assert_eq!((heard.kind(), heard.text().as_str()), (ChatErrorKind::Truncated, "one two "), "{vendor:?}");
            assert_eq!(asked.lab.server().tally().requests, 1, "part of an answer was delivered: it is not asked for again");
            let usage = heard.answer.settle();
            assert!(heard.error().accepted && usage.estimated && usage.completion == 2 && usage.prompt > 0);
        }
    }
}

#[tokio::test]
async fn a_stream_that_ends_before_its_first_piece_is_truncated_and_not_asked_for_again() {
    let asked = Vendor::with(ChatVendor::OpenAi, vec![Said::of(&PIECES).instead(0, vec![]).into()]).await;
    let heard = asked.ask("count").await;
    assert_eq!((heard.kind(), heard.error().accepted), (ChatErrorKind::Truncated, true));
    assert_eq!(asked.lab.server().tally().requests, 1);
}

#[tokio::test]
async fn after_a_finish_reason_neither_done_nor_a_proper_end_is_needed() {
    for vendor in ChatVendor::ALL {
        let asked = Vendor::with(vendor, vec![Said::of(&PIECES).without_done().into()]).await;
        let end = asked.ask("count").await.end.unwrap();
        assert_eq!((end.finish_reason, end.usage.estimated), (FinishReason::Stop, false), "{vendor:?}");
    }
    let finished = json!({"choices": [{"delta": {"content": "whole"}, "finish_reason": "stop"}]});
    let steps = vec![Step::text(format!("data: {finished}\n\n")), Step::Cut];
    let (heard, _) = ask_for(Answer::steps(200, "text/event-stream", steps)).await;
    assert_eq!(heard.text(), "whole");
    assert!(heard.end.unwrap().usage.estimated, "only the usage was lost");
}

#[tokio::test]
async fn done_without_a_finish_reason_is_an_end_without_a_reason() {
    let piece = json!({"choices": [{"delta": {"content": "x"}, "finish_reason": null}]});
    let (heard, _) = ask_for(Answer::bytes(200, "text/event-stream", format!("data: {piece}\n\ndata: [DONE]\n\n"))).await;
    assert_eq!(heard.end.unwrap().finish_reason, FinishReason::Other(String::new()));
}

#[tokio::test]
async fn an_error_object_in_the_middle_ends_the_answer_and_keeps_its_text() {
    let errors = [
        (json!({"error": {"message": "The server had an error", "type": "server_error", "code": null}}), ChatErrorKind::ProviderFailed),
        (json!({"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}), ChatErrorKind::RateLimited),
        (json!({"error": {"message": "busy", "code": 503}}), ChatErrorKind::Overloaded),
        (
            json!({"object": "error", "message": "Service unavailable.", "type": "unreachable_backend", "code": "3600", "raw_status_code": 503}),
            ChatErrorKind::Overloaded,
        ),
    ];
    for (data, kind) in errors {
        let asked = Vendor::with(ChatVendor::Mistral, vec![Said::of(&PIECES).error_at(1, &data).into()]).await;
        let heard = asked.ask("count").await;
        assert_eq!((heard.kind(), heard.text().as_str()), (kind, "one "), "{data}");
        assert!(heard.error().accepted && asked.lab.server().tally().requests == 1);
    }
}

#[tokio::test]
async fn an_error_object_instead_of_an_answer_is_a_refusal_and_may_be_asked_again() {
    let busy = json!({"error": {"message": "busy", "type": "server_error", "code": "server_is_overloaded"}});
    let asked = Vendor::with(ChatVendor::OpenAi, vec![Said::of(&PIECES).error_at(0, &busy).into()]).await;
    assert_eq!(asked.ask("count").await.text(), "count");
    assert_eq!(asked.lab.server().tally().requests, 2);
}

#[tokio::test]
async fn mistrals_finish_reason_error_is_an_error() {
    let asked = Vendor::with(ChatVendor::Mistral, vec![Said::of(&PIECES).finish("error").into()]).await;
    let heard = asked.ask("count").await;
    assert_eq!((heard.kind(), heard.text().as_str()), (ChatErrorKind::ProviderFailed, "one two three"));
    let last = json!({"choices": [{"delta": {"content": "last words"}, "finish_reason": "error"}]});
    let (heard, _) = ask_for(Answer::bytes(200, "text/event-stream", format!("data: {last}\n\n"))).await;
    assert_eq!((heard.kind(), heard.text().as_str()), (ChatErrorKind::ProviderFailed, "last words"));
}

#[tokio::test]
async fn gibberish_is_a_protocol_error() {
    for data in ["data: {\"choices\": [\n\n", "data: <html>\n\n"] {
        let (heard, _) = ask_for(Answer::bytes(200, "text/event-stream", data)).await;
        assert_eq!(heard.kind(), ChatErrorKind::Protocol, "{data}");
    }
    let (heard, _) = ask_for(Answer::bytes(200, "text/event-stream", b"data: \xff\xfe\n\n".as_slice())).await;
    assert_eq!(heard.kind(), ChatErrorKind::Protocol);
    let (heard, _) = ask_for(Answer::bytes(200, "text/plain", "Hello, I am a web server.")).await;
    assert_eq!(heard.kind(), ChatErrorKind::Truncated);
}

#[tokio::test]
async fn a_connection_that_closes_without_a_response_is_not_asked_again() {
    let (heard, server) = ask_for(Answer::hang_up()).await;
    assert_eq!((heard.kind(), heard.error().accepted), (ChatErrorKind::Unreachable, true));
    assert_eq!(server.tally().requests, 1, "the request may have been worked on");
}

//! Three waits, each with an end of its own.

use std::time::{Duration, Instant};

use atelier_adapter_ai::chat::{ChatSettings, ChatTimeouts};
use atelier_domain::challenge::chat::ChatErrorKind;
use atelier_testkit::laboratory::chat::{ChatVendor, Said, Turn};
use atelier_testkit::laboratory::{Answer, Step};
use serde_json::json;

use super::{Vendor, ask, at, patient, request};

const SHORT: Duration = Duration::from_millis(200);

fn waiting(change: impl Fn(&mut ChatTimeouts)) -> ChatSettings {
    let mut settings = patient();
    change(&mut settings.timeouts);
    settings
}

#[tokio::test]
async fn no_response_and_no_piece_are_both_no_first_token() {
    let silent: [Turn; 2] = [Answer::status(200).before(Step::Forever).into(), Said::of(&["late"]).before(0, Step::Forever).into()];
    for turn in silent {
        let asked = Vendor::waiting(ChatVendor::OpenAi, vec![turn], waiting(|waits| waits.first_token = SHORT)).await;
        let began = Instant::now();
        let heard = asked.ask("hello").await;
        assert_eq!((heard.kind(), heard.error().accepted), (ChatErrorKind::FirstTokenTimeout, true));
        assert!(began.elapsed() >= SHORT && began.elapsed() < SHORT * 20);
        assert_eq!(asked.lab.server().tally().requests, 1, "it may have been paid for");
        asked.lab.server().until(|tally| tally.abandoned == 1).await;
        assert!(heard.answer.settle().prompt > 0 && heard.answer.settle().completion == 0);
    }
}

#[tokio::test]
async fn comments_keep_no_answer_alive() {
    let mut pings = Said::of(&["late"]);
    for _ in 0..40 {
        pings = pings.before(0, Step::text(": ping\n\n")).before(0, Step::Wait(SHORT / 4));
    }
    let asked = Vendor::waiting(ChatVendor::OpenAi, vec![pings.into()], waiting(|waits| waits.first_token = SHORT)).await;
    assert_eq!(asked.ask("hello").await.kind(), ChatErrorKind::FirstTokenTimeout);
}

#[tokio::test]
async fn a_silence_in_the_middle_is_an_idle_timeout_and_keeps_the_text() {
    let said = Said::of(&["one ", "two"]).before(1, Step::Forever);
    let asked = Vendor::waiting(ChatVendor::Mistral, vec![said.into()], waiting(|waits| waits.idle = SHORT)).await;
    let heard = asked.ask("count").await;
    assert_eq!((heard.kind(), heard.text().as_str()), (ChatErrorKind::IdleTimeout, "one "));
    asked.lab.server().until(|tally| tally.abandoned == 1).await;
}

#[tokio::test]
async fn a_silence_after_the_finish_reason_costs_the_usage_only() {
    let last = json!({"choices": [{"delta": {"content": "whole"}, "finish_reason": "stop"}]});
    let steps = vec![Step::text(format!("data: {last}\n\n")), Step::Forever];
    let turn = Answer::steps(200, "text/event-stream", steps).into();
    let asked = Vendor::waiting(ChatVendor::OpenAi, vec![turn], waiting(|waits| waits.idle = SHORT)).await;
    let heard = asked.ask("hello").await;
    assert_eq!(heard.text(), "whole");
    assert!(heard.end.unwrap().usage.estimated);
}

#[tokio::test]
async fn an_answer_that_is_slow_but_not_silent_may_take_its_time() {
    let pieces = ["a"; 12];
    let said = Said::of(&pieces).every(SHORT / 4);
    let asked = Vendor::waiting(ChatVendor::OpenAi, vec![said.into()], waiting(|waits| waits.idle = SHORT)).await;
    let began = Instant::now();
    let heard = asked.ask("slowly").await;
    assert_eq!(heard.text().len(), 12, "{:?}", heard.end);
    assert!(began.elapsed() > SHORT, "longer than any one wait");
}

#[tokio::test]
async fn reasoning_is_a_sign_of_life() {
    let thought = json!({"choices": [{"delta": {"reasoning_content": "hm"}, "finish_reason": null}]});
    let mut said = Said::of(&["42"]);
    for _ in 0..8 {
        said = said.before(0, Step::text(format!("data: {thought}\n\n"))).before(0, Step::Wait(SHORT / 4));
    }
    let asked = Vendor::waiting(ChatVendor::OpenAi, vec![said.into()], waiting(|waits| waits.first_token = SHORT)).await;
    assert_eq!(asked.ask("why").await.text(), "42");
}

#[tokio::test]
async fn a_connection_that_is_not_made_in_time_is_a_connect_timeout() {
    // A listener whose backlog is full drops further connections without a word.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let _listener = socket.listen(1).unwrap();
    let mut crowd = vec![];
    while let Ok(connected) = tokio::time::timeout(SHORT, tokio::net::TcpStream::connect(address)).await {
        crowd.push(connected.unwrap());
    }
    let models = at(ChatVendor::OpenAi, format!("http://{address}/v1"), waiting(|waits| waits.connect = SHORT));
    let heard = ask(&models, &request("gpt-4", "hello")).await;
    assert_eq!((heard.kind(), heard.error().accepted), (ChatErrorKind::ConnectTimeout, false));
}

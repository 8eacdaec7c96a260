//! Limits, prices, settlement and errors of chat models.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::challenge::chat::{
    AnswerEnd, ChatAnswer, ChatCompletion, ChatError, ChatErrorKind, ChatEvent, ChatMessage, ChatModel, ChatModels, ChatRequest, ChatRole,
    ChatStream, ChatUsage, Fault, FinishReason, MicroCredits, ModelSpec, Price,
};
use atelier_domain::kernel::{Coded, ErrorKind};
use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn price(from: &str, input: u64, output: u64) -> Price {
    Price { valid_from: day(from), input, cached_input: input / 10, output }
}

fn spec() -> ModelSpec {
    ModelSpec {
        name: "m".to_owned(),
        upstream: "m-1".to_owned(),
        context_window: 1_000,
        max_output: 400,
        temperature: Some(0.0..=1.5),
        enabled: true,
        prices: vec![price("2026-06-01", 2_000_000, 8_000_000), price("2026-01-01", 1_000_000, 4_000_000)],
    }
}

fn said(text: &str) -> Vec<ChatMessage> {
    vec![ChatMessage::new(ChatRole::User, text)]
}

#[test]
fn what_is_asked_for_is_fitted_to_the_model_and_to_the_room_that_is_left() {
    let fitted = |temperature, tokens, text: &str| spec().fit(&said(text), temperature, tokens).unwrap();
    assert_eq!((fitted(0.7, 300, "hi").temperature, fitted(0.7, 300, "hi").max_output_tokens), (Some(0.7), 300));
    assert_eq!(fitted(2.0, 4_000, "hi").temperature, Some(1.5));
    assert_eq!(fitted(2.0, 4_000, "hi").max_output_tokens, 400);
    // 3 600 bytes are about 900 tokens, and the message itself takes four.
    assert_eq!(fitted(0.7, 400, &"x".repeat(3_600)).max_output_tokens, 96);
    let without = ModelSpec { temperature: None, ..spec() };
    assert_eq!(without.fit(&said("hi"), 0.7, 300).unwrap().temperature, None);
    let error = spec().fit(&said(&"x".repeat(4_000)), 0.7, 300).unwrap_err();
    assert_eq!((error.kind, error.accepted), (ChatErrorKind::ContextTooLong, false));
}

#[test]
fn the_price_is_that_of_the_day_and_the_cost_is_rounded_up_once() {
    let spec = spec().checked().unwrap();
    let on = |day_of: &str| spec.price_on(day(day_of)).unwrap().input;
    assert_eq!((on("2025-12-31"), on("2026-01-01"), on("2026-05-31"), on("2026-06-01")), (1_000_000, 1_000_000, 1_000_000, 2_000_000));
    let price = price("2026-01-01", 1_000_000, 4_000_000);
    let usage = |prompt, cached, completion| ChatUsage { prompt, cached, completion, ..ChatUsage::default() };
    assert_eq!(price.cost(&usage(100, 0, 10)), MicroCredits(140));
    assert_eq!(price.cost(&usage(100, 50, 0)), MicroCredits(55));
    let cheap = Price { input: 150_000, cached_input: 15_000, output: 150_000, ..price };
    assert_eq!(cheap.cost(&usage(1, 0, 1)), MicroCredits(1), "0.3 micro-credits are one, not two");
    assert_eq!(cheap.cost(&usage(0, 0, 0)), MicroCredits(0));
    assert_eq!(cheap.cost(&usage(5, 9, 0)), MicroCredits(1), "no more can be cached than was sent");
    assert_eq!(price.cost(&usage(u64::MAX, 0, u64::MAX)), MicroCredits(u64::MAX));
}

#[test]
fn a_row_that_breaks_a_rule_is_refused_by_name() {
    let broken = [
        ModelSpec { upstream: " ".to_owned(), ..spec() },
        ModelSpec { max_output: 1_001, ..spec() },
        ModelSpec { max_output: 0, ..spec() },
        ModelSpec { temperature: Some(f64::NAN..=1.0), ..spec() },
        ModelSpec { temperature: Some(1.0..=0.5), ..spec() },
        ModelSpec { prices: vec![], ..spec() },
        ModelSpec { prices: vec![price("2026-01-01", 1, 1), price("2026-01-01", 2, 2)], ..spec() },
    ];
    for row in broken {
        assert_eq!(row.clone().checked().unwrap_err().model, "m", "{row:?}");
    }
}

fn completed(usage: ChatUsage) -> ChatCompletion {
    ChatCompletion { finish_reason: FinishReason::Stop, usage, model_used: "m-1".to_owned() }
}

#[test]
fn an_answer_keeps_its_text_and_is_settled_by_how_it_ended() {
    let delta = |text: &str| Ok(ChatEvent::Delta(text.to_owned()));
    let begun = || {
        let mut answer = ChatAnswer::to(&said("What is it?"));
        answer.take(delta("It is "));
        answer.take(delta("forty-two"));
        answer
    };
    let stopped = begun();
    let estimate = ChatUsage { prompt: 7, completion: 4, estimated: true, ..ChatUsage::default() };
    assert_eq!((stopped.text(), stopped.tokens_so_far(), stopped.settle()), ("It is forty-two", 4, estimate));

    let exact = ChatUsage { prompt: 9, completion: 5, ..ChatUsage::default() };
    let mut whole = begun();
    whole.take(Ok(ChatEvent::Completed(completed(exact))));
    whole.take(delta("after the end"));
    assert_eq!((whole.text(), whole.settle()), ("It is forty-two", exact));
    assert!(matches!(whole.end(), Some(AnswerEnd::Completed(_))));

    let mut cut = begun();
    cut.take(Err(ChatError::accepted(ChatErrorKind::Truncated, "cut")));
    assert_eq!((cut.text(), cut.settle()), ("It is forty-two", estimate));

    let mut silent = ChatAnswer::to(&said("What is it?"));
    silent.take(Err(ChatError::accepted(ChatErrorKind::FirstTokenTimeout, "late")));
    assert_eq!((silent.settle().prompt, silent.settle().completion), (7, 0), "the prompt may have been paid for");

    let mut refused = ChatAnswer::to(&said("What is it?"));
    refused.take(Err(ChatError::refused(ChatErrorKind::RateLimited, "busy")));
    assert_eq!(refused.settle(), ChatUsage::default());
}

#[test]
fn an_estimate_has_a_token_for_each_piece_at_least() {
    let pieces = ["a"; 10];
    let mut answer = ChatAnswer::to(&said("letters"));
    for piece in pieces {
        answer.take(Ok(ChatEvent::Delta(piece.to_owned())));
    }
    assert_eq!(answer.settle().completion, 10);
}

#[test]
fn every_kind_of_error_has_a_code_a_fault_and_advice() {
    let mut codes = vec![];
    for kind in ChatErrorKind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(kind));
        assert!(!kind.advice().is_empty());
        assert!(!kind.retryable() || kind.fault() == Fault::Provider, "{kind}: only what passes by itself may be tried again");
        codes.push(kind.as_str());
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), ChatErrorKind::ALL.len());
    assert!(!ChatErrorKind::QuotaExhausted.retryable());
    assert!("MODEL_TIRED".parse::<ChatErrorKind>().is_err());
}

#[test]
fn an_error_tells_the_log_what_happened_and_the_client_when_to_come_back() {
    let error = ChatError {
        status: Some(429),
        retry_after: Some(Duration::from_millis(1_200)),
        ..ChatError::refused(ChatErrorKind::RateLimited, "slow down")
    };
    assert_eq!(error.to_string(), "MODEL_RATE_LIMITED (HTTP 429): slow down");
    assert_eq!((Coded::kind(&error), error.code(), error.retry_after_seconds()), (ErrorKind::Unavailable, "MODEL_RATE_LIMITED", Some(2)));
    assert_eq!(ChatError::accepted(ChatErrorKind::IdleTimeout, "").to_string(), "MODEL_IDLE_TIMEOUT");
}

struct Silent(&'static str, Vec<ModelSpec>);

#[async_trait::async_trait]
impl ChatModel for Silent {
    fn provider(&self) -> &str {
        self.0
    }
    fn models(&self) -> &[ModelSpec] {
        &self.1
    }
    async fn answer(&self, _request: &ChatRequest) -> Result<ChatStream, ChatError> {
        Err(ChatError::refused(ChatErrorKind::Unreachable, "silent"))
    }
}

fn provider(name: &'static str, models: &[(&str, bool)]) -> Arc<dyn ChatModel> {
    let spec = |(name, enabled): &(&str, bool)| ModelSpec { name: (*name).to_owned(), enabled: *enabled, ..spec() };
    Arc::new(Silent(name, models.iter().map(spec).collect()))
}

#[test]
fn a_model_is_found_by_name_with_its_provider_unless_it_is_switched_off() {
    let models = ChatModels::of(vec![provider("p", &[("a", true), ("b", false)]), provider("q", &[("c", true)])]).unwrap();
    assert_eq!(models.enabled().map(|spec| spec.name.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    let (spec, of) = models.find("c").unwrap();
    assert_eq!((spec.name.as_str(), of.provider()), ("c", "q"));
    assert_eq!(models.find("b").err().unwrap().to_string(), "there is no model b; there are: a, c");
    assert!(ChatModels::of(vec![provider("p", &[("a", true)]), provider("q", &[("a", false)])]).is_err());
}

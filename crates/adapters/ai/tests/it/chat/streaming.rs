//! Answers that come as they should, in every shape that counts as that.

use atelier_domain::challenge::chat::{ChatEvent, FinishReason};
use atelier_testkit::laboratory::chat::{ChatVendor, Said, Turn};
use atelier_testkit::laboratory::{Answer, Gate, Step};
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::{Vendor, ask, ask_for, models, patient, request};

/// A stream of these events' data.
fn events(data: &[&str]) -> Answer {
    Answer::steps(200, "text/event-stream", data.iter().map(|data| Step::text(format!("data: {data}\n\n"))).collect())
}

fn chunk(content: &Value, finish: &Value) -> String {
    json!({"model": "m-1", "choices": [{"index": 0, "delta": {"content": content}, "finish_reason": finish}]}).to_string()
}

#[tokio::test]
async fn every_vendors_answer_arrives_piece_by_piece_with_its_exact_usage() {
    for vendor in ChatVendor::ALL {
        let asked = Vendor::with(vendor, vec![Said::of(&["Bon", "jour", " é"]).details(4, 2).into()]).await;
        let heard = asked.ask("Dis bonjour").await;
        assert_eq!(heard.deltas, ["Bon", "jour", " é"], "{vendor:?}");
        let end = heard.end.unwrap();
        assert_eq!(end.finish_reason, FinishReason::Stop);
        assert_eq!((end.usage.prompt, end.usage.completion, end.usage.cached, end.usage.estimated), (11, 5, 4, false), "{vendor:?}");
        assert_eq!(heard.answer.settle(), end.usage);
        let model = if vendor == ChatVendor::OpenAi { "gpt-4-0613" } else { "mistral-small-latest" };
        assert_eq!(end.model_used, model, "the provider's own name of the model is told");
    }
}

#[tokio::test]
async fn each_vendor_is_asked_in_its_own_words() {
    for (vendor, seed, stream_options) in [(ChatVendor::OpenAi, "seed", true), (ChatVendor::Mistral, "random_seed", false)] {
        let asked = Vendor::with(vendor, vec![]).await;
        let mut request = asked.request("hello there");
        request.seed = Some(7);
        ask(&asked.models, &request).await.end.unwrap();
        let body = asked.lab.server().requests()[0].json();
        assert_eq!((&body["max_tokens"], &body["temperature"], &body[seed]), (&json!(512), &json!(0.7), &json!(7)), "{vendor:?}");
        assert_eq!(body["stream_options"].is_object(), stream_options, "{vendor:?}");
        assert_eq!(body["messages"], json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello there"}]));
    }
}

#[tokio::test]
async fn openai_itself_is_asked_with_the_field_that_its_newer_models_demand() {
    let asked = Vendor::with(ChatVendor::OpenAi, vec![]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("models.toml");
    let key_file = folder.path().join("key");
    std::fs::write(&key_file, format!("{}\n", super::KEY)).unwrap();
    let table = format!(
        "[[provider]]\nname = \"mirror\"\nbase_url = \"{}/\"\nkey_file = \"{}\"\ndialect = \"openai\"\n\
         [[model]]\nname = \"o9\"\nprovider = \"mirror\"\ncontext_window = 100\nmax_output = 50\ntemperature = []\n\
         price = [{{ from = 2026-01-01, input = 1, output = 2 }}]\n",
        asked.lab.base_url(),
        key_file.display()
    );
    std::fs::write(&file, table).unwrap();
    let models = models(&atelier_adapter_ai::chat::ChatSettings { models_file: Some(file), ..patient() });
    let (spec, _) = models.find("o9").unwrap();
    let mut request = request("o9", "hello");
    request.temperature = spec.fit(&request.messages, 0.7, 512).unwrap().temperature;
    ask(&models, &request).await.end.unwrap();
    let body = asked.lab.server().requests()[0].json();
    assert_eq!((&body["max_completion_tokens"], &body["max_tokens"], &body["temperature"]), (&json!(512), &Value::Null, &Value::Null));
}

#[tokio::test]
async fn the_first_piece_does_not_wait_for_the_second() {
    let gate = Gate::closed();
    let said = Said::of(&["first", "second"]).before(1, Step::Gate(gate.clone()));
    let asked = Vendor::with(ChatVendor::Mistral, vec![said.into()]).await;
    let (_, model) = asked.models.find("mistral-small").unwrap();
    let mut stream = model.answer(&asked.request("hello")).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), ChatEvent::Delta("first".to_owned()));
    gate.open();
    assert_eq!(stream.next().await.unwrap().unwrap(), ChatEvent::Delta("second".to_owned()));
}

#[tokio::test]
async fn every_finish_reason_has_a_meaning_and_an_unknown_one_is_kept() {
    let reasons = [
        ("stop", FinishReason::Stop),
        ("length", FinishReason::Length),
        ("model_length", FinishReason::ContextFull),
        ("content_filter", FinishReason::ContentFiltered),
        ("tool_calls", FinishReason::Other("tool_calls".to_owned())),
        ("unknown", FinishReason::Other("unknown".to_owned())),
    ];
    for (told, meant) in reasons {
        let asked = Vendor::with(ChatVendor::Mistral, vec![Said::of(&["a"]).finish(told).into()]).await;
        assert_eq!(asked.ask("hello").await.end.unwrap().finish_reason, meant);
    }
}

#[tokio::test]
async fn content_as_a_list_is_read_and_reasoning_in_it_is_not_the_answer() {
    let thinking = json!([{"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]}]);
    let text = json!([{"type": "text", "text": "4"}, {"type": "reference", "reference_ids": [1]}, {"type": "text", "text": "2"}]);
    let data = [chunk(&thinking, &Value::Null), chunk(&text, &json!("stop"))];
    let (heard, _) = ask_for(events(&[&data[0], &data[1], "[DONE]"])).await;
    assert_eq!(heard.deltas, ["42"]);
}

#[tokio::test]
async fn a_refusal_is_text_and_ends_as_filtered() {
    let data = json!({"choices": [{"delta": {"refusal": "I cannot."}, "finish_reason": "stop"}]}).to_string();
    let (heard, _) = ask_for(events(&[&data, "[DONE]"])).await;
    assert_eq!(heard.text(), "I cannot.");
    assert_eq!(heard.end.unwrap().finish_reason, FinishReason::ContentFiltered);
}

#[tokio::test]
async fn usage_that_is_missing_zero_or_partial_is_estimated_and_says_so() {
    let piece = chunk(&json!("twelve bytes"), &json!("stop"));
    for usage in [json!(null), json!({"prompt_tokens": 0, "completion_tokens": 0}), json!({"prompt_tokens": 9}), json!("none")] {
        let last = json!({"choices": [], "usage": usage}).to_string();
        let (heard, _) = ask_for(events(&[&piece, &last, "[DONE]"])).await;
        let usage = heard.end.unwrap().usage;
        assert!(usage.estimated && usage.completion == 3 && usage.prompt >= 9, "{usage:?}");
    }
    let total = json!({"choices": [], "usage": {"prompt_tokens": 9, "total_tokens": 14}}).to_string();
    let (heard, _) = ask_for(events(&[&piece, &total, "[DONE]"])).await;
    let usage = heard.end.unwrap().usage;
    assert_eq!((usage.prompt, usage.completion, usage.estimated), (9, 5, false));
}

#[tokio::test]
async fn of_usage_in_every_chunk_the_last_counts() {
    let with = |text: &str, finish: Value, completion: u64| {
        let usage = json!({"prompt_tokens": 3, "completion_tokens": completion});
        json!({"choices": [{"delta": {"content": text}, "finish_reason": finish}], "usage": usage}).to_string()
    };
    let (heard, _) = ask_for(events(&[&with("a", Value::Null, 1), &with("b", json!("stop"), 2), "[DONE]"])).await;
    assert_eq!(heard.end.unwrap().usage.completion, 2);
}

#[tokio::test]
async fn comments_empty_events_and_any_split_of_the_bytes_are_no_matter() {
    let data = chunk(&json!("Schöne Grüße"), &json!("stop"));
    let whole = format!(": keep-alive\r\n\r\nevent: message\r\nid: 7\r\ndata: {data}\r\n\r\ndata:\n\ndata: [DONE]\n\n");
    let steps = whole.into_bytes().chunks(7).map(|piece| Step::Bytes(piece.to_vec().into())).collect();
    let (heard, _) = ask_for(Answer::steps(200, "text/event-stream", steps)).await;
    assert_eq!(heard.deltas, ["Schöne Grüße"]);
    assert_eq!(heard.end.unwrap().model_used, "m-1");
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let body = json!({
        "object": "chat.completion", "model": "m-2", "usage": {"prompt_tokens": 3, "completion_tokens": 2},
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "all at once"}, "finish_reason": "stop"}]
    });
    let (heard, _) = ask_for(Answer::json(200, &body)).await;
    assert_eq!(heard.deltas, ["all at once"]);
    let end = heard.end.unwrap();
    assert_eq!((end.finish_reason, end.usage.total(), end.usage.estimated), (FinishReason::Stop, 5, false));
}

#[tokio::test]
async fn a_stopped_answer_stops_the_vendor_and_is_settled_as_an_estimate() {
    let asked = Vendor::with(ChatVendor::OpenAi, vec![Said::of(&["one ", "two ", "three"]).before(2, Step::Forever).into()]).await;
    let (_, model) = asked.models.find("gpt-4").unwrap();
    let request = asked.request("count");
    let mut answer = atelier_domain::challenge::chat::ChatAnswer::to(&request.messages);
    let mut stream = model.answer(&request).await.unwrap();
    for _ in 0..2 {
        answer.take(stream.next().await.unwrap());
    }
    drop(stream);
    asked.lab.server().until(|tally| tally.abandoned == 1).await;
    let usage = answer.settle();
    assert_eq!((answer.text(), usage.completion, usage.estimated), ("one two ", 2, true));
    assert!(usage.prompt > 0 && answer.end().is_none());
}

#[tokio::test]
async fn a_question_that_is_given_up_before_its_answer_stops_the_vendor() {
    let asked = Vendor::with(ChatVendor::OpenAi, vec![Answer::status(200).before(Step::Forever).into()]).await;
    let (_, model) = asked.models.find("gpt-4").unwrap();
    let request = asked.request("hello");
    tokio::select! {
        _ = model.answer(&request) => panic!("nothing was answered"),
        _ = asked.lab.server().until(|tally| tally.requests == 1) => {}
    }
    assert_eq!(asked.lab.server().until(|tally| tally.abandoned == 1).await.finished, 0);
}

#[tokio::test]
async fn whoever_reads_on_without_a_listener_gets_the_exact_usage() {
    let asked = Vendor::with(ChatVendor::OpenAi, vec![Turn::says(&["a", "b", "c", "d"])]).await;
    let (_, model) = asked.models.find("gpt-4").unwrap();
    let request = asked.request("letters");
    let mut answer = atelier_domain::challenge::chat::ChatAnswer::to(&request.messages);
    let mut stream = model.answer(&request).await.unwrap();
    // The listener leaves after the first piece; the rest is read up to a cap that is not reached.
    answer.take(stream.next().await.unwrap());
    let cap = 100;
    while answer.end().is_none() && answer.tokens_so_far() < cap {
        answer.take(stream.next().await.unwrap());
    }
    assert_eq!(answer.text(), "abcd");
    assert!(!answer.settle().estimated);
}

#[tokio::test]
async fn connections_serve_further_questions() {
    let asked = Vendor::with(ChatVendor::OpenAi, vec![]).await;
    for _ in 0..10 {
        asked.ask("again and again").await.end.unwrap();
    }
    // A question may come before the end of the response before it: then it has a connection of its own.
    let tally = asked.lab.server().tally();
    assert!(tally.requests == 10 && tally.connections < 10, "{tally:?}");
}

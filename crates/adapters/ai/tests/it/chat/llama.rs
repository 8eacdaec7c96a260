//! A real server: llama.cpp, with a tiny model of random weights. Its words are noise, its protocol is not.

use atelier_adapter_ai::chat::{ChatProviderSettings, ChatSettings};
use atelier_domain::challenge::chat::{ChatAnswer, ChatErrorKind, ChatModels, ChatRequest, FinishReason};
use atelier_domain::kernel::SecretString;
use atelier_testkit::contract::present;
use futures_util::StreamExt;

use super::{ask, models, patient, request};

/// The server and its key, if there is one.
fn server() -> Option<(String, String)> {
    Some((std::env::var("TEST_OPENAI_BASE_URL").ok()?, std::env::var("TEST_OPENAI_API_KEY").ok()?))
}

fn asked_with(base_url: String, key: &str) -> ChatModels {
    let openai = ChatProviderSettings { api_key: Some(SecretString::from(key)), base_url: Some(base_url) };
    models(&ChatSettings { openai, ..patient() })
}

fn question(max_output_tokens: u32) -> ChatRequest {
    ChatRequest { max_output_tokens, seed: Some(42), temperature: Some(0.1), ..request("gpt-4", "hello world the cat") }
}

#[tokio::test]
async fn it_streams_a_chat_with_usage_and_finish_reason() {
    let Some((url, key)) = present(server(), "it_streams_a_chat_with_usage_and_finish_reason") else { return };
    let models = asked_with(url, &key);
    let heard = ask(&models, &question(24)).await;
    let end = heard.end.unwrap();
    assert_eq!(end.finish_reason, FinishReason::Length);
    assert!(heard.deltas.len() > 4, "{:?}", heard.deltas);
    assert_eq!((end.usage.completion, end.usage.estimated), (24, false));
    assert!(end.usage.prompt > 10);
}

#[tokio::test]
async fn it_refuses_a_wrong_key_with_a_code_that_is_a_number() {
    let Some((url, _)) = present(server(), "it_refuses_a_wrong_key_with_a_code_that_is_a_number") else { return };
    let heard = ask(&asked_with(url, "sk-wrong"), &question(8)).await;
    assert_eq!((heard.kind(), heard.error().status), (ChatErrorKind::Authentication, Some(401)));
}

#[tokio::test]
async fn it_says_when_a_conversation_is_too_long() {
    let Some((url, key)) = present(server(), "it_says_when_a_conversation_is_too_long") else { return };
    let mut question = question(8);
    question.messages[1].content = "hello ".repeat(2_000);
    assert_eq!(ask(&asked_with(url, &key), &question).await.kind(), ChatErrorKind::ContextTooLong);
}

#[tokio::test]
async fn a_client_that_stops_in_the_middle_frees_it_for_the_next() {
    let Some((url, key)) = present(server(), "a_client_that_stops_in_the_middle_frees_it_for_the_next") else { return };
    let models = asked_with(url, &key);
    let (_, model) = models.find("gpt-4").unwrap();
    let long = question(400);
    // More than the server has slots: answers that went on would keep the last one waiting.
    for _ in 0..4 {
        let mut answer = ChatAnswer::to(&long.messages);
        let mut stream = model.answer(&long).await.unwrap();
        answer.take(stream.next().await.unwrap());
        answer.take(stream.next().await.unwrap());
        drop(stream);
        let usage = answer.settle();
        assert!(usage.estimated && usage.completion >= 2);
    }
    ask(&models, &question(8)).await.end.unwrap();
}

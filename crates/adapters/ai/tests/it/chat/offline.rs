//! The model without a provider.

use atelier_adapter_ai::chat::{ChatSettings, OFFLINE_MODEL};
use atelier_domain::challenge::chat::{FinishReason, MicroCredits};

use super::{ask, models, request};

#[tokio::test]
async fn without_a_key_there_is_the_offline_model_alone_and_it_says_what_it_is() {
    let models = models(&ChatSettings::default());
    assert_eq!(models.enabled().map(|spec| spec.name.as_str()).collect::<Vec<_>>(), [OFFLINE_MODEL]);
    assert_eq!(models.find("gpt-4").err().unwrap().to_string(), "there is no model gpt-4; there are: offline");
    let heard = ask(&models, &request(OFFLINE_MODEL, "What is a monad?")).await;
    assert!(heard.text().starts_with("This is the offline model: no language model is configured here"));
    assert!(heard.text().contains("What is a monad?") && heard.deltas.len() > 20);
    let end = heard.end.unwrap();
    assert_eq!((end.finish_reason, end.model_used.as_str()), (FinishReason::Stop, OFFLINE_MODEL));
    let (spec, _) = models.find(OFFLINE_MODEL).unwrap();
    assert_eq!(spec.price_on(atelier_testkit::noon().date_naive()).unwrap().cost(&end.usage), MicroCredits(0));
}

#[tokio::test]
async fn it_answers_the_same_to_the_same_and_keeps_to_the_length() {
    let models = models(&ChatSettings::default());
    let mut question = request(OFFLINE_MODEL, &"long ".repeat(100));
    let whole = ask(&models, &question).await;
    question.temperature = Some(2.0);
    assert_eq!(ask(&models, &question).await.text(), whole.text());
    question.max_output_tokens = 12;
    let short = ask(&models, &question).await;
    assert!(whole.text().starts_with(&short.text()) && !short.text().is_empty());
    let end = short.end.unwrap();
    assert!(end.finish_reason == FinishReason::Length && end.usage.completion <= 12);
}

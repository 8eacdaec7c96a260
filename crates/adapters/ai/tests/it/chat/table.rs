//! The table of models: as built in, and as an operator changes it.

use std::path::PathBuf;
use std::sync::Arc;

use atelier_adapter_ai::chat::{ChatProviderSettings, ChatSettings, chat_models};
use atelier_domain::challenge::chat::{ChatModels, ChatUsage, MicroCredits};
use atelier_domain::kernel::{Clock, SecretString};
use atelier_testkit::FixedClock;
use chrono::NaiveDate;

use super::KEY;

fn keys() -> ChatSettings {
    let provider = ChatProviderSettings { api_key: Some(SecretString::from(KEY)), base_url: None };
    ChatSettings { openai: provider.clone(), mistral: provider, ..ChatSettings::default() }
}

fn with_file(text: &str) -> Result<ChatModels, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("models.toml");
    std::fs::write(&file, text).unwrap();
    of(&ChatSettings { models_file: Some(file), ..keys() })
}

fn of(settings: &ChatSettings) -> Result<ChatModels, String> {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(atelier_testkit::noon()));
    chat_models(settings, &clock).map_err(|error| error.to_string())
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn the_six_models_of_the_product_are_built_in() {
    let models = of(&keys()).unwrap();
    let names: Vec<&str> = models.enabled().map(|spec| spec.name.as_str()).collect();
    assert_eq!(names, ["gpt-3.5-turbo", "gpt-4", "gpt-4-turbo", "mistral-tiny", "mistral-small", "mistral-medium"]);
    let (gpt4, provider) = models.find("gpt-4").unwrap();
    assert_eq!((gpt4.upstream.as_str(), gpt4.context_window, provider.provider()), ("gpt-4", 8_192, "openai"));
    let usage = ChatUsage { prompt: 1_000, completion: 500, ..ChatUsage::default() };
    assert_eq!(gpt4.price_on(day("2026-11-21")).unwrap().cost(&usage), MicroCredits(60_000));
    let (small, _) = models.find("mistral-small").unwrap();
    let cached = ChatUsage { prompt: 1_000_000, cached: 400_000, ..ChatUsage::default() };
    assert_eq!(small.price_on(day("2026-09-28")).unwrap().cost(&cached), MicroCredits(150_000));
    assert_eq!(small.price_on(day("2026-09-29")).unwrap().cost(&cached), MicroCredits(96_000));
}

#[test]
fn an_operator_adds_changes_and_switches_off_without_code() {
    let models = with_file(
        "[[model]]\nname = 'gpt-4'\nenabled = false\n\
         [[model]]\nname = 'gpt-4-turbo'\nmax_output = 1_000\n\
         [[provider]]\nname = 'campus'\nbase_url = 'http://10.0.0.5:8080/v1'\n\
         [[model]]\nname = 'llama'\nprovider = 'campus'\nupstream = 'llama-3'\ncontext_window = 4_096\nmax_output = 2_048\n\
         temperature = [0.0, 1.0]\nprice = [{ from = 2026-01-01, input = 0, output = 0 }]\n",
    )
    .unwrap();
    assert!(models.find("gpt-4").is_err());
    let (turbo, _) = models.find("gpt-4-turbo").unwrap();
    assert_eq!((turbo.max_output, turbo.context_window), (1_000, 128_000), "the fields that are not named stay");
    let (llama, provider) = models.find("llama").unwrap();
    assert_eq!((llama.upstream.as_str(), provider.provider()), ("llama-3", "campus"));
}

#[test]
fn a_wrong_file_is_refused_with_what_to_correct() {
    let row = |change: &str| format!("[[model]]\nname = 'x'\nprovider = 'openai'\ncontext_window = 10\nmax_output = 5\n{change}\n");
    let price = "price = [{ from = 2026-01-01, input = 0, output = 0 }]";
    let cases = [
        (row("temperature = [0.0, 1.0]"), "the model x has no price"),
        (row(price), "the model x has no temperature"),
        (row(&format!("temperature = [1.0]\n{price}")), "temperature is [lowest, highest]"),
        (row(&format!("temperature = [2.0, 1.0]\n{price}")), "temperature must be a range"),
        (row("temperature = []\nprice = []"), "a model needs a price"),
        (row("temperature = []\nprice = [{ from = 2026-01-01T10:00:00, input = 0, output = 0 }]"), "which is no date"),
        (row(&format!("temperature = []\ncolour = 'red'\n{price}")), "colour"),
        (
            row(&format!("temperature = []\n{price}")).replace("openai", "opnai"),
            "the provider opnai is unknown; there are: openai, mistral",
        ),
        (row(&format!("temperature = []\n{price}")).replace("= 5", "= 11"), "max_output must be at least 1"),
        ("[[provider]]\nname = 'p'\nbase_url = 'ftp://p'\n".to_owned(), "the base URL of p must be an http or https URL"),
        ("[[provider]]\nname = 'p'\nbase_url = 'http://p'\ndialect = 'latin'\n".to_owned(), "the dialect latin is unknown"),
        ("[[provider]]\nname = 'mistral'\nbase_url = 'http://p'\n".to_owned(), "the provider mistral is there twice"),
        ("[[provider]]\nname = 'p'\nbase_url = 'http://p'\nkey_file = '/nowhere/key'\n".to_owned(), "/nowhere/key cannot be read"),
    ];
    for (text, told) in cases {
        let error = with_file(&text).err().unwrap();
        assert!(error.contains(told), "{error}");
    }
    let missing = of(&ChatSettings { models_file: Some(PathBuf::from("/nowhere/models.toml")), ..keys() }).err().unwrap();
    assert_eq!(missing, "/nowhere/models.toml cannot be read");
}

#[test]
fn a_base_url_with_a_password_is_refused_without_showing_it() {
    let provider = ChatProviderSettings { api_key: None, base_url: Some("https://me:hunter2@models.example/v1".to_owned()) };
    let error = of(&ChatSettings { openai: provider, ..ChatSettings::default() }).err().unwrap();
    assert!(error.contains("the base URL of openai") && !error.contains("hunter2"), "{error}");
}

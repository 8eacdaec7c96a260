//! The studio's pages in a real browser; `tests/browser` is what is played there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use atelier_testkit::contract::present;
use atelier_testkit::laboratory::chat::{ChatLab, ChatVendor, Said, Turn};

use crate::commands::run;
use crate::process::{Api, root};

/// What `tests/browser/get.sh` has got; none where it did not run.
fn browser() -> Option<Vec<(&'static str, String)>> {
    ["TEST_CHROMIUM", "TEST_NODE", "TEST_NODE_MODULES"].into_iter().map(|name| Some((name, std::env::var(name).ok()?))).collect()
}

/// How often a prompt is sent to a provider that is overloaded.
const TRIES: usize = 2;

/// Where pictures of the pages are left.
fn pictures(play: &str) -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(3).unwrap().join("browser").join(play)
}

/// The API with an administrator.
async fn organised(data: &Path, settings: &[(&str, &str)]) -> Api {
    let api = Api::start(data, settings).await;
    let arguments = ["create-admin", "--email", "admin@example.com", "--name", "Olga Organise"];
    let made = run("atelier-admin", &arguments, data, "securepassword123\n");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    api
}

/// Plays it to its end; what went wrong is what Node says.
async fn play(name: &'static str, browser: Vec<(&'static str, String)>, data: &Path, api: &mut Api) {
    let node = browser.iter().find(|(variable, _)| *variable == "TEST_NODE").map(|(_, path)| path.clone()).unwrap();
    let mut command = Command::new(node);
    command
        .arg(root().join("tests/browser").join(name).with_extension("mjs"))
        .envs(browser)
        .env("STUDIO_URL", &api.base)
        .env("STUDIO_SAMPLES", root().join("samples"))
        .env("STUDIO_MAILS", data.join("mails"))
        .env("STUDIO_SHOTS", pictures(name));
    let played = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&played.stdout), String::from_utf8_lossy(&played.stderr));
    assert!(played.status.success(), "{told}\nthe service's log:\n{}", api.process.log());
}

#[test]
fn server_sent_events_are_read_wherever_the_stream_is_cut() {
    let Some(browser) = present(browser(), "the reader of server-sent events") else { return };
    let (_, node) = browser.iter().find(|(variable, _)| *variable == "TEST_NODE").unwrap();
    let read = Command::new(node).arg(root().join("tests/browser/sse.mjs")).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
}

#[tokio::test]
async fn a_hackathon_is_played_through_the_pages_from_its_creation_to_its_export() {
    let Some(browser) = present(browser(), "the studio in a browser") else { return };
    let data = tempfile::tempdir().unwrap();
    let mut api = organised(data.path(), &[("PRODUCTS", "challenge")]).await;
    play("hackathon", browser, data.path(), &mut api).await;
    let log = api.process.log();
    for secret in ["securepassword123", "lea@example.com", "Je suis Léa"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn pages_live_with_slow_stopped_and_failing_answers_expired_tokens_and_a_service_out_of_reach() {
    let Some(browser) = present(browser(), "the studio in difficulties") else { return };
    let words: Vec<String> = (0..60).map(|number| format!("mot-{number} ")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let slowly = |words: &[&str]| Turn::from(Said::of(words).every(Duration::from_millis(150)));
    let vendor = ChatVendor::OpenAi;
    let failing = std::iter::repeat_n(vendor.overloaded().into(), TRIES);
    let script = [slowly(&words), slowly(&words)].into_iter().chain(failing).collect();
    let lab = ChatLab::start(vendor, "sk-of-tests", script).await;
    let data = tempfile::tempdir().unwrap();
    let model = [("PRODUCTS", "challenge"), ("OPENAI_API_KEY", "sk-of-tests"), ("OPENAI_BASE_URL", &*lab.base_url())];
    let mut api = organised(data.path(), &model).await;
    play("difficulties", browser, data.path(), &mut api).await;
}

#[tokio::test]
async fn a_wardrobe_is_played_through_the_pages_from_sign_up_to_the_erasure_of_the_account() {
    let Some(browser) = present(browser(), "the wardrobe in a browser") else { return };
    let data = tempfile::tempdir().unwrap();
    let mut api = organised(data.path(), &[("CONSENT_VERSION", "2026-11")]).await;
    play("wearit", browser, data.path(), &mut api).await;
    let log = api.process.log();
    for secret in ["securepassword123", "zoe@example.com", "signature="] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn webhooks_are_named_tested_and_taken_away_through_the_pages() {
    let Some(browser) = present(browser(), "the webhooks in a browser") else { return };
    let data = tempfile::tempdir().unwrap();
    let settings = [("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"), ("WEBHOOK_ALLOW_HTTP", "true")];
    let mut api = organised(data.path(), &settings).await;
    play("webhooks", browser, data.path(), &mut api).await;
    assert!(!api.process.log().contains("whsec_"), "a secret is in the log");
}

//! The Cog adapter against a real server (PyPI cog 0.16.12, tests/servers/cog).

use std::time::{Duration, Instant};

use atelier_adapter_ai::{CogSettings, CogTryOn, InputMode, TryOnModels};
use atelier_domain::wearit::tryon::{
    CallbackError, Control, FailureCode, Heard, MadeWith, ProviderFailure, Submission, TryOnInputs, TryOnProvider,
};
use atelier_testkit::contract::present;
use atelier_testkit::laboratory::Inbox;

use super::own_server::{OwnServer, shared};
use super::wanted::{Sink, done, failure, http, inputs, submit};

/// An adapter for the server's model, which is told what to do.
fn provider(url: &str, does: &str, delay: f64) -> CogTryOn {
    let mut models = TryOnModels::load(None).unwrap();
    let table = format!(
        r#"
        [[model]]
        name = "paste"
        provider = "cog"
        licence = "ours"
        categories = {{ tops = "upper_body" }}
        inputs = {{ person = "human_img", garment = "garm_img", category = "category" }}
        seed = {{ input = "seed", min = 0, max = 1000 }}
        parameters = {{ garment_des = "{does}", delay = {delay}, steps = 20 }}
        "#
    );
    models.extend("test", &table).unwrap();
    let mut settings = CogSettings::new(url, "paste");
    settings.inputs = InputMode::Inline;
    settings.version = Some("7".to_owned());
    settings.lost_after = Duration::from_millis(1_500);
    CogTryOn::new(http(), &models, &settings).unwrap()
}

async fn hand_over(provider: &CogTryOn, wanted: &TryOnInputs) -> (String, MadeWith) {
    match submit(provider, wanted).await {
        Ok(Submission::Accepted { external_id, made_with }) => (external_id, made_with),
        other => panic!("not accepted: {other:?}"),
    }
}

/// Whether the model told how far it is.
fn is_half_way(heard: &Heard) -> bool {
    let kept: Option<serde_json::Value> = heard.kept.as_ref().and_then(|kept| serde_json::from_slice(kept).ok());
    !heard.finished && kept.is_some_and(|kept| kept["percent"].as_u64() > Some(0))
}

/// Looks until the request is at its end.
async fn to_the_end(provider: &CogTryOn, id: &str, heard: Option<&Heard>) -> Result<Submission, ProviderFailure> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(20) {
        match provider.poll(id, heard, None).await {
            Ok(Submission::Running(_)) => tokio::time::sleep(Duration::from_millis(200)).await,
            other => return other,
        }
    }
    panic!("it does not come to an end");
}

#[tokio::test]
async fn a_request_is_handed_over_and_told_of_until_its_picture() {
    let Some(url) = present(shared(), "a_request_is_handed_over_and_told_of_until_its_picture") else { return };
    let (cog, inbox) = (provider(&url, "", 2.0), Inbox::open().await);
    let mut wanted = inputs(Some(inbox.address()));
    wanted.options.seed = Some(77);
    let (id, made_with) = hand_over(&cog, &wanted).await;
    assert_eq!(id, wanted.reference);
    assert!(matches!(cog.poll(&id, None, Some(&made_with)).await, Ok(Submission::Running(_))));

    let half_way = inbox.until(&cog, is_half_way).await;
    let Ok(Submission::Running(progress)) = cog.poll(&id, Some(&half_way), Some(&made_with)).await else { panic!("it is under way") };
    assert!((1..100).contains(&progress.percent) && progress.stage == "processing", "{progress:?}");

    let last = inbox.until(&cog, |heard| heard.finished).await;
    assert_eq!(last.external_id, id);
    let kept = String::from_utf8(last.kept.clone().unwrap().to_vec()).unwrap();
    assert!(!kept.contains("human_img"), "the inputs are not kept");
    let result = done(cog.poll(&id, Some(&last), Some(&made_with)).await);
    assert_eq!((result.model_used.as_str(), result.made_with.seed), ("paste@7", Some(77)));
    assert_eq!(result.made_with.parameters["delay"].as_f64(), Some(2.0));
    assert!(result.made_with.parameters.values().all(|value| !value.to_string().contains("data:")));
    assert!(result.worked_for >= Duration::from_secs(2), "{:?}", result.worked_for);
    let picture = image::load_from_memory(&result.image).unwrap().into_rgb8();
    assert_eq!(picture.dimensions(), (48, 64));
    assert!(picture.get_pixel(24, 32)[2] > 180 && picture.get_pixel(2, 2)[0] > 180, "the garment is on the person");
}

#[tokio::test]
async fn a_request_sent_twice_runs_once() {
    let Some(url) = present(shared(), "a_request_sent_twice_runs_once") else { return };
    let (cog, inbox) = (provider(&url, "", 1.5), Inbox::open().await);
    let wanted = inputs(Some(inbox.address()));
    let (first, _) = hand_over(&cog, &wanted).await;
    let (second, _) = hand_over(&cog, &wanted).await;
    assert_eq!(first, second);
    inbox.until(&cog, |heard| heard.finished).await;
    // The start of another run would be told at once.
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(inbox.heard(&cog).iter().filter(|heard| heard.finished).count(), 1);
}

#[tokio::test]
async fn without_a_callback_address_the_answer_is_waited_for() {
    let Some(url) = present(shared(), "without_a_callback_address_the_answer_is_waited_for") else { return };
    let cog = provider(&url, "", 0.2);
    let result = done(submit(&cog, &inputs(None)).await);
    assert!(result.made_with.seed.is_some(), "a seed of ours, to ask for the same again");
}

#[tokio::test]
async fn whoever_waits_is_told_to_stop_and_the_server_with_him() {
    let Some(mut server) = present(OwnServer::start().await, "whoever_waits_is_told_to_stop_and_the_server_with_him") else { return };
    let cog = provider(&server.url(), "", 60.0);
    let answer = cog.submit(inputs(None), &Sink(Control::Stop)).await;
    assert!(matches!(answer, Err(ProviderFailure::Stopped)), "{answer:?}");
    server.is("READY").await;
    server.kill();
}

#[tokio::test]
async fn a_model_that_fails_is_heard_of() {
    let Some(url) = present(shared(), "a_model_that_fails_is_heard_of") else { return };
    for (does, code) in
        [("fail", FailureCode::ProviderError), ("nsfw", FailureCode::ContentRejected), ("black", FailureCode::ContentRejected)]
    {
        let (cog, inbox) = (provider(&url, does, 0.2), Inbox::open().await);
        let (id, _) = hand_over(&cog, &inputs(Some(inbox.address()))).await;
        let last = inbox.until(&cog, |heard| heard.finished).await;
        let failed = failure(cog.poll(&id, Some(&last), None).await);
        assert_eq!(failed.code, code, "{does}: {failed:?}");
        assert!(!failed.message.contains("index") && !failed.advice.is_empty(), "{failed:?}");
    }
}

#[tokio::test]
async fn a_cancelled_request_is_heard_of_and_frees_the_server() {
    let Some(server) = present(OwnServer::start().await, "a_cancelled_request_is_heard_of_and_frees_the_server") else { return };
    let (cog, inbox) = (provider(&server.url(), "", 60.0), Inbox::open().await);
    let (id, _) = hand_over(&cog, &inputs(Some(inbox.address()))).await;
    inbox.until(&cog, is_half_way).await;
    cog.cancel(&id).await.unwrap();
    let last = inbox.until(&cog, |heard| heard.finished).await;
    assert_eq!(failure(cog.poll(&id, Some(&last), None).await).code, FailureCode::Cancelled);
    server.is("READY").await;
    // At its end already: nothing to stop.
    cog.cancel(&id).await.unwrap();
}

#[tokio::test]
async fn a_busy_server_says_so() {
    let Some(server) = present(OwnServer::start().await, "a_busy_server_says_so") else { return };
    let (cog, inbox) = (provider(&server.url(), "", 60.0), Inbox::open().await);
    hand_over(&cog, &inputs(Some(inbox.address()))).await;
    let refused = cog.submit(inputs(Some(inbox.address())), &Sink(Control::Continue)).await;
    let Err(ProviderFailure::Failed { failure, retry_after: Some(_) }) = refused else { panic!("not busy: {refused:?}") };
    assert_eq!(failure.code, FailureCode::ProviderBusy);
}

#[tokio::test]
async fn an_input_the_model_does_not_take_is_rejected() {
    let Some(url) = present(shared(), "an_input_the_model_does_not_take_is_rejected") else { return };
    let cog = provider(&url, "", 500.0);
    for callback_url in [None, Some("http://127.0.0.1:9/".to_owned())] {
        let failed = failure(submit(&cog, &inputs(callback_url)).await);
        assert_eq!(failed.code, FailureCode::InputRejected);
    }
}

#[tokio::test]
async fn a_server_killed_in_the_middle_loses_the_request() {
    let Some(mut server) = present(OwnServer::start().await, "a_server_killed_in_the_middle_loses_the_request") else { return };
    let (cog, inbox) = (provider(&server.url(), "", 60.0), Inbox::open().await);
    let (id, _) = hand_over(&cog, &inputs(Some(inbox.address()))).await;
    let started = inbox.until(&cog, |heard| !heard.finished).await;
    assert!(matches!(cog.poll(&id, Some(&started), None).await, Ok(Submission::Running(_))));
    server.kill();
    // A server that is away for a moment has not lost anything yet.
    assert!(matches!(cog.poll(&id, Some(&started), None).await, Ok(Submission::Running(_))));
    let lost = failure(to_the_end(&cog, &id, Some(&started)).await);
    assert_eq!((lost.code, lost.reason.as_str()), (FailureCode::ProviderError, "request_lost"));
    assert!(lost.code.retryable() && !cog.is_charged());
    assert_eq!(failure(cog.submit(inputs(Some(inbox.address())), &Sink(Control::Continue)).await).code, FailureCode::ProviderBusy);
}

#[tokio::test]
async fn a_server_started_anew_knows_nothing_of_the_request_even_when_it_works_on_another() {
    let name = "a_server_started_anew_knows_nothing_of_the_request_even_when_it_works_on_another";
    let Some(mut server) = present(OwnServer::start().await, name) else { return };
    let (cog, inbox) = (provider(&server.url(), "", 60.0), Inbox::open().await);
    let (id, _) = hand_over(&cog, &inputs(Some(inbox.address()))).await;
    assert!(matches!(cog.poll(&id, None, None).await, Ok(Submission::Running(_))));
    server.restart().await;
    let (other, _) = hand_over(&cog, &inputs(Some(inbox.address()))).await;
    assert_eq!(failure(to_the_end(&cog, &id, None).await).reason, "request_lost");
    assert!(matches!(cog.poll(&other, None, None).await, Ok(Submission::Running(_))));
}

#[tokio::test]
async fn a_server_killed_while_it_is_waited_for_loses_the_request() {
    let Some(mut server) = present(OwnServer::start().await, "a_server_killed_while_it_is_waited_for_loses_the_request") else { return };
    let cog = provider(&server.url(), "", 60.0);
    let waiting = tokio::spawn(async move { cog.submit(inputs(None), &Sink(Control::Continue)).await });
    server.is("BUSY").await;
    server.kill();
    assert_eq!(failure(waiting.await.unwrap()).reason, "request_lost");
}

#[tokio::test]
async fn what_is_no_prediction_is_no_message() {
    let cog = provider("http://127.0.0.1:9", "", 0.1);
    for body in ["", "[]", "{}", r#"{"id":"","status":"succeeded"}"#, r#"{"id":7}"#] {
        let message = atelier_domain::wearit::tryon::CallbackMessage {
            headers: std::collections::BTreeMap::new(),
            body: body.into(),
            received_at: chrono::DateTime::UNIX_EPOCH,
        };
        assert!(matches!(cog.read_callback(&message), Err(CallbackError::Malformed(_))), "{body}");
    }
}

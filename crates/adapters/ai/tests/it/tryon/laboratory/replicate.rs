//! What Replicate has alone.

use std::time::Duration;

use atelier_adapter_ai::{InputMode, ProviderSetupError, ReplicateTryOn};
use atelier_domain::kernel::SecretString;
use atelier_domain::wearit::tryon::{CallbackError, CallbackMessage, Control, Lookup, Submission, TryOnProvider};
use atelier_testkit::laboratory::{Ending, Fault, Inbox, Operation, Plan, TryOnVendor, VendorKind};
use chrono::TimeDelta;

use super::backend::{models, replicate, replicate_settings, replicate_with};
use crate::tryon::wanted::{Sink, failure, http, inputs};

/// A signed message of a request that is at its end.
async fn signed() -> (ReplicateTryOn, CallbackMessage) {
    let (vendor, inbox) = (TryOnVendor::start(VendorKind::Replicate).await, Inbox::open().await);
    let provider = replicate_with(&replicate_settings(&vendor.url()));
    provider.submit(inputs(Some(inbox.address())), &Sink(Control::Continue)).await.unwrap();
    inbox.until(&provider, |heard| heard.finished).await;
    (provider, inbox.messages().remove(0))
}

#[tokio::test]
async fn a_message_is_believed_when_one_of_its_signatures_is_right() {
    let (provider, message) = signed().await;
    assert!(message.headers["webhook-signature"].starts_with("v1,b2xkZXI= v1,"), "an older secret's stands before it");
    assert_eq!(provider.read_callback(&message).unwrap().message_id, message.headers["webhook-id"]);

    let mut changed = message.clone();
    changed.body = String::from_utf8(message.body.to_vec()).unwrap().replace("succeeded", "failed").into();
    assert!(matches!(provider.read_callback(&changed), Err(CallbackError::Signature)));
    for header in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut without = message.clone();
        without.headers.remove(header);
        assert!(matches!(provider.read_callback(&without), Err(CallbackError::Signature)), "{header}");
        let mut other = message.clone();
        other.headers.insert(header.to_owned(), "v1,AAAA".to_owned());
        assert!(matches!(provider.read_callback(&other), Err(CallbackError::Signature)), "{header}");
    }
}

#[tokio::test]
async fn a_message_of_another_moment_is_not_believed() {
    let (provider, mut message) = signed().await;
    let received_at = message.received_at;
    for (shift, believed) in [(-290, true), (290, true), (-310, false), (310, false), (86_400, false)] {
        message.received_at = received_at + TimeDelta::seconds(shift);
        let answer = provider.read_callback(&message);
        assert_eq!(answer.is_ok(), believed, "{shift}: {answer:?}");
        assert!(believed || matches!(answer, Err(CallbackError::NotOfNow)));
    }
}

#[tokio::test]
async fn another_secrets_messages_are_not_believed_and_without_a_secret_none_are_asked_for() {
    let (_, message) = signed().await;
    let mut settings = replicate_settings("http://127.0.0.1:9");
    settings.webhook_secret = Some(SecretString::from("whsec_YW5vdGhlciBzZWNyZXQgb2YgMzIgYnl0ZXMgISE="));
    assert!(matches!(replicate_with(&settings).read_callback(&message), Err(CallbackError::Signature)));

    let vendor = TryOnVendor::start(VendorKind::Replicate).await;
    let mut settings = replicate_settings(&vendor.url());
    settings.webhook_secret = None;
    let provider = replicate_with(&settings);
    assert!(matches!(provider.read_callback(&message), Err(CallbackError::Unexpected)));
    provider.submit(inputs(Some("https://us.test/hook".to_owned())), &Sink(Control::Continue)).await.unwrap();
    assert!(vendor.requests()[0].json().get("webhook").is_none());
}

#[test]
fn a_secret_of_another_form_is_refused_and_never_shown() {
    for secret in ["s3cr3t", "whsec_", "whsec_!!s3cr3t!!"] {
        let mut settings = replicate_settings("http://127.0.0.1:9");
        settings.webhook_secret = Some(SecretString::from(secret));
        assert!(!format!("{settings:?}").contains("s3cr3t"));
        let refused = ReplicateTryOn::new(http(), &models(), &settings);
        assert!(matches!(refused, Err(ProviderSetupError::WebhookSecret)), "{secret}");
    }
    let provider = replicate_with(&replicate_settings("http://127.0.0.1:9"));
    assert!(!format!("{provider:?}").contains("s3cr3t") && !format!("{provider:?}").contains("bGFib3J"));
}

#[tokio::test]
async fn a_version_a_model_and_a_deployment_are_created_where_each_belongs() {
    let vendor = TryOnVendor::start(VendorKind::Replicate).await;
    let mut table = models();
    let entry = r#"
        [[model]]
        name = "ours"
        provider = "replicate"
        target = "deployments/atelier/vton"
        licence = "ours"
        categories = { tops = true }
        inputs = { person = "human_img", garment = "garm_img" }
    "#;
    table.extend("test", entry).unwrap();
    let mut settings = replicate_settings(&vendor.url());
    settings.cancel_after = Some(Duration::from_secs(90));
    let provider = ReplicateTryOn::new(http(), &table, &settings).unwrap();
    for model in ["idm-vton", "p-image-try-on", "ours"] {
        let mut wanted = inputs(None);
        wanted.options.model = Some(model.to_owned());
        provider.submit(wanted, &Sink(Control::Continue)).await.unwrap();
    }
    let requests = vendor.requests();
    let paths: Vec<_> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, ["/v1/predictions", "/v1/models/prunaai/p-image-try-on/predictions", "/v1/deployments/atelier/vton/predictions"]);
    assert_eq!(requests[0].json()["version"].as_str().map(str::len), Some(64));
    assert_eq!(requests[0].header("cancel-after"), Some("90s"));
    assert!(requests[1].json()["input"]["garment_images"].is_array());
}

#[tokio::test]
async fn pictures_travel_as_data_urls_or_through_the_files_api_by_their_size() {
    let vendor = TryOnVendor::start(VendorKind::Replicate).await;
    let mut settings = replicate_settings(&vendor.url());
    settings.inputs = InputMode::Inline;
    let provider = replicate_with(&settings);
    let mut wanted = inputs(None);
    wanted.person.jpeg = vec![7; 300_000].into();
    vendor.script().fault(Operation::Upload, Fault::AnswerLost);
    provider.submit(wanted, &Sink(Control::Continue)).await.unwrap();
    let input = vendor.ledger()[0].input.clone();
    assert!(input["human_img"].as_str().unwrap().contains("/v1/files/file-"), "{input}");
    assert!(input["garm_img"].as_str().unwrap().starts_with("data:image/jpeg;base64,"), "{input}");
    let uploads: Vec<_> = vendor.requests().into_iter().filter(|request| request.path == "/v1/files").collect();
    assert_eq!(uploads.len(), 2, "the answer to the first was lost");
    assert!(
        uploads
            .iter()
            .all(|upload| upload.header("content-type").unwrap().starts_with("multipart/form-data") && upload.body.len() > 300_000)
    );
}

#[tokio::test]
async fn a_submission_is_found_by_the_mark_its_addresses_carry() {
    let under = replicate().await.unwrap();
    let wanted = inputs(None);
    let Submission::Accepted { external_id, .. } = under.provider.submit(wanted.clone(), &Sink(Control::Continue)).await.unwrap() else {
        panic!("it is accepted")
    };
    assert_eq!(under.provider.find_submission(&wanted.reference).await.unwrap(), Lookup::Found { external_id });
    // One digit more is another reference, and one that is not seen says nothing.
    assert_eq!(under.provider.find_submission(&format!("{}0", wanted.reference)).await.unwrap(), Lookup::Unknown);
    under.vendor.script().fault(Operation::List, Fault::Throttled(Some(60.0)));
    assert_eq!(failure(under.provider.find_submission(&wanted.reference).await).reason, "unreachable");
}

#[tokio::test]
async fn an_aborted_prediction_ran_out_of_time() {
    let under = replicate().await.unwrap();
    under.vendor.script().plan(Plan { work: Duration::ZERO, ending: Ending::Stays("aborted".to_owned()) });
    let answer = under.provider.submit(inputs(None), &Sink(Control::Continue)).await;
    let Ok(Submission::Accepted { external_id, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(failure(under.provider.poll(&external_id, None, None).await).reason, "provider_timeout");
}

//! What Cog has alone.

use atelier_domain::wearit::tryon::{Control, FailureCode, ProviderFailure, Submission, TryOnProvider};
use atelier_testkit::laboratory::{Fault, Operation, TryOnVendor, VendorKind};

use super::backend::{cog, cog_at};
use crate::tryon::wanted::{Sink, done, failure, inputs};

#[tokio::test]
async fn without_a_callback_address_the_answer_is_waited_for() {
    let under = cog().await.unwrap();
    let result = done(under.provider.submit(inputs(None), &Sink(Control::Continue)).await);
    assert_eq!((result.model_used.as_str(), under.vendor.ledger().len()), ("idm-vton", 1));
    assert!(under.vendor.requests()[0].header("prefer").is_none());
}

#[tokio::test]
async fn a_request_that_ran_out_is_lost_and_may_be_sent_again() {
    let under = cog().await.unwrap();
    under.vendor.script().fault(Operation::Create, Fault::AnswerLost);
    let failed = failure(under.provider.submit(inputs(None), &Sink(Control::Continue)).await);
    assert_eq!((failed.code, failed.reason.as_str()), (FailureCode::ProviderError, "request_lost"));
}

#[tokio::test]
async fn a_server_that_is_full_is_busy_and_one_that_starts_is_warming() {
    let vendor = TryOnVendor::start(VendorKind::Cog).await;
    vendor.script().slots(0);
    let cog = cog_at(&vendor.url());
    let busy = cog.submit(inputs(Some(vendor.url())), &Sink(Control::Continue)).await;
    assert!(matches!(busy, Err(ProviderFailure::Failed { ref failure, retry_after: Some(_) }) if failure.reason == "busy"), "{busy:?}");
    vendor.script().fault(Operation::Create, Fault::Stumbles(503));
    let warming = failure(cog.submit(inputs(Some(vendor.url())), &Sink(Control::Continue)).await);
    assert_eq!((warming.code, warming.reason.as_str()), (FailureCode::ProviderBusy, "warming"));
}

#[tokio::test]
async fn the_model_gets_its_own_names_and_values() {
    let under = cog().await.unwrap();
    let answer = under.provider.submit(inputs(Some(under.vendor.url())), &Sink(Control::Continue)).await;
    assert!(matches!(answer, Ok(Submission::Accepted { .. })), "{answer:?}");
    let input = under.vendor.ledger()[0].input.clone();
    assert_eq!((input["category"].as_str(), input["garment_des"].as_str()), (Some("upper_body"), Some("a top")));
    assert_eq!(input["steps"].as_u64(), Some(30));
    assert!(input["human_img"].as_str().unwrap().contains("person.jpg") && input["garm_img"].as_str().unwrap().contains("top.jpg"));
}

//! The setup of a real bucket, and the documents for its administrator.

use atelier_adapter_s3::setup::{InvalidOrigin, Outcome, PLACEHOLDER_ORIGIN, SetupReport, SetupSettings, apply, documents, verify};
use atelier_testkit::contract::present;
use aws_sdk_s3::types::{BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::bucket::Bucket;

const ORIGIN: &str = "https://app.example.org";

fn settings() -> SetupSettings {
    SetupSettings { origins: vec![ORIGIN.to_owned()], production: true }
}

fn outcome<'a>(report: &'a SetupReport, name: &str) -> &'a Outcome {
    &report.steps.iter().find(|step| step.name == name).unwrap().outcome
}

#[tokio::test]
async fn a_bucket_is_prepared_once_and_found_as_it_should_be_afterwards() {
    let Some(bucket) = present(Bucket::create().await, "a_bucket_is_prepared_once_and_found_as_it_should_be_afterwards") else { return };
    let store = bucket.connect().await;
    let parts = ["versioning", "lifecycle rules", "CORS"];
    assert!(!documents::can_be_replicated(&store).await.unwrap());

    let before = verify(&store, &settings()).await.unwrap();
    assert!(parts.iter().all(|part| matches!(outcome(&before, part), Outcome::Differs(_))) && !before.is_ok(), "{before}");
    let first = apply(&store, &settings()).await.unwrap();
    assert!(parts.iter().all(|part| *outcome(&first, part) == Outcome::Applied) && first.is_ok(), "{first}");
    for again in [apply(&store, &settings()).await.unwrap(), verify(&store, &settings()).await.unwrap()] {
        assert!(parts.iter().all(|part| *outcome(&again, part) == Outcome::Unchanged) && again.is_ok(), "{again}");
    }
    assert!(documents::can_be_replicated(&store).await.unwrap());

    let other = SetupSettings { origins: vec!["https://other.example.org".to_owned()], production: true };
    let changed = verify(&store, &other).await.unwrap();
    assert!(matches!(outcome(&changed, "CORS"), Outcome::Differs(found) if found.contains(ORIGIN)), "{changed}");
}

#[tokio::test]
async fn what_the_server_does_not_know_is_told_and_is_no_failure() {
    let Some(bucket) = present(Bucket::create().await, "what_the_server_does_not_know_is_told_and_is_no_failure") else { return };
    let report = apply(&bucket.connect().await, &SetupSettings::default()).await.unwrap();
    assert!(report.is_ok(), "{report}");
    assert!(report.to_string().contains("CORS: skipped: no origins are configured (CORS_ORIGINS)\n"), "{report}");
    // SeaweedFS knows no such block; a server that does has it now.
    match outcome(&report, "public access block") {
        Outcome::Unsupported(cause) => assert!(cause.contains("NotImplemented"), "{cause}"),
        outcome => assert!(matches!(outcome, Outcome::Applied | Outcome::Unchanged), "{outcome:?}"),
    }
}

#[tokio::test]
async fn lifecycle_rules_of_others_stay() {
    let Some(bucket) = present(Bucket::create().await, "lifecycle_rules_of_others_stay") else { return };
    let logs = LifecycleRule::builder()
        .id("ExpireLogs")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("logs/").build())
        .expiration(LifecycleExpiration::builder().days(90).build())
        .build()
        .unwrap();
    let rules = BucketLifecycleConfiguration::builder().rules(logs).build().unwrap();
    bucket.client.put_bucket_lifecycle_configuration().bucket(bucket.name()).lifecycle_configuration(rules).send().await.unwrap();
    assert!(apply(&bucket.connect().await, &settings()).await.unwrap().is_ok());
    let found = bucket.client.get_bucket_lifecycle_configuration().bucket(bucket.name()).send().await.unwrap();
    let mut names: Vec<_> = found.rules().iter().map(|rule| rule.id().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["DeleteIncompleteMultipart", "DeleteOldVersions", "ExpireLogs", "ExpireTemp"]);
}

#[tokio::test]
async fn browsers_of_the_configured_origin_may_use_signed_urls_and_others_may_not() {
    let Some(bucket) = present(Bucket::create().await, "browsers_of_the_configured_origin_may_use_signed_urls_and_others_may_not") else {
        return;
    };
    assert!(apply(&bucket.connect().await, &settings()).await.unwrap().is_ok());
    let http = crate::client();
    let url = format!("{}/{}/body/u/b.jpg", bucket.settings.endpoint.clone().unwrap(), bucket.name());
    let preflight = |origin: &str, method: &str| {
        let request = http.request(Method::OPTIONS, &url).header("origin", origin);
        request.header("access-control-request-method", method).header("access-control-request-headers", "content-type").send()
    };
    for method in ["GET", "PUT", "POST", "DELETE"] {
        let answer = preflight(ORIGIN, method).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{method}");
        assert_eq!(answer.headers()["access-control-allow-origin"], ORIGIN);
    }
    let answer = preflight("https://evil.example.org", "PUT").await.unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"), "{answer:?}");
}

#[tokio::test]
async fn an_origin_that_cannot_be_meant_is_refused() {
    let store = crate::scripted::Scripted::start(|_| panic!("nothing is asked")).await.connect().await;
    for (origin, production, refused) in [
        (PLACEHOLDER_ORIGIN, true, Some(InvalidOrigin::Placeholder)),
        ("https://your-app-domain.com/", true, Some(InvalidOrigin::Placeholder)),
        ("app.example.org", false, Some(InvalidOrigin::Malformed("app.example.org".to_owned()))),
        ("https://app.example.org/page", false, Some(InvalidOrigin::Malformed("https://app.example.org/page".to_owned()))),
    ] {
        let settings = SetupSettings { origins: vec![origin.to_owned()], production };
        assert_eq!(apply(&store, &settings).await.err(), refused, "{origin}");
    }
}

#[test]
fn the_documents_are_as_they_were() {
    let role = "arn:aws:iam::123456789012:role/replication";
    for (document, golden) in [
        (documents::service_policy("wearit-storage-prod", false), include_str!("golden/service_policy.json")),
        (documents::setup_policy("wearit-storage-prod"), include_str!("golden/setup_policy.json")),
        (documents::replication(role, "wearit-storage-copy"), include_str!("golden/replication.json")),
    ] {
        assert_eq!(serde_json::from_str::<Value>(&document).unwrap(), serde_json::from_str::<Value>(golden).unwrap());
    }
    assert!(documents::service_policy("b", true).contains("s3:PutObjectAcl"));
}

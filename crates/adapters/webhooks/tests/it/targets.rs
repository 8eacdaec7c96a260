//! Where messages may go.

use atelier_adapter_webhooks::{WebhookHttp, WebhookTargets};
use atelier_domain::wearit::webhooks::{AttemptOutcome, SendFailure, TargetRefused, WebhookSender};
use atelier_testkit::laboratory::{Answer, LabServer};

use crate::world::{Names, loopback, outcome};

const PUBLIC: &str = "93.184.216.34";

fn strict(names: &[&[&str]]) -> WebhookHttp {
    WebhookHttp::with_lookup(WebhookTargets::default(), Names::leading_to(names)).unwrap()
}

#[tokio::test]
async fn an_address_is_checked_and_put_into_its_normal_form() {
    let sender = strict(&[&[PUBLIC, "2606:4700::1111"]]);
    for (given, normal) in [
        ("https://Hooks.Example.org", "https://hooks.example.org/"),
        ("https://hooks.example.org:443/a/../b?key=k#there", "https://hooks.example.org/b?key=k"),
        ("https://93.184.216.34:8443/", "https://93.184.216.34:8443/"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
    ] {
        assert_eq!(sender.check(given).await.as_deref(), Ok(normal));
    }
}

#[tokio::test]
async fn what_is_no_address_for_messages_is_refused() {
    let sender = strict(&[&[PUBLIC]]);
    for (given, why) in [
        ("", TargetRefused::Malformed),
        ("hooks.example.org", TargetRefused::Malformed),
        ("ftp://hooks.example.org/", TargetRefused::Malformed),
        ("file:///etc/passwd", TargetRefused::Malformed),
        ("https://", TargetRefused::Malformed),
        ("https://user@hooks.example.org/", TargetRefused::Malformed),
        ("https://user:password@hooks.example.org/", TargetRefused::Malformed),
        ("https://hooks.example.org:0/", TargetRefused::Malformed),
        ("http://hooks.example.org/", TargetRefused::Insecure),
        ("https://127.0.0.1/", TargetRefused::Private),
        ("https://2130706433/", TargetRefused::Private),
        ("https://0x7f.1/", TargetRefused::Private),
        ("https://0177.0.0.1/", TargetRefused::Private),
        ("https://10.0.0.1/", TargetRefused::Private),
        ("https://169.254.169.254/latest/meta-data/", TargetRefused::Private),
        ("https://[::1]/", TargetRefused::Private),
        ("https://[::ffff:169.254.169.254]/", TargetRefused::Private),
        ("https://[fd00:ec2::254]/", TargetRefused::Private),
    ] {
        assert_eq!(sender.check(given).await, Err(why), "{given}");
    }
}

#[tokio::test]
async fn a_name_is_refused_when_any_of_its_addresses_is() {
    for addresses in [&["10.0.0.1"][..], &[PUBLIC, "127.0.0.1"], &["fe80::1"]] {
        assert_eq!(strict(&[addresses]).check("https://hooks.example.org/").await, Err(TargetRefused::Private), "{addresses:?}");
    }
    assert_eq!(strict(&[&[]]).check("https://hooks.example.org/").await, Err(TargetRefused::Unresolved));
    let machine = WebhookHttp::new(WebhookTargets::default()).unwrap();
    assert_eq!(machine.check("https://localhost/").await, Err(TargetRefused::Private));
    assert_eq!(machine.check("https://does-not-exist.invalid/").await, Err(TargetRefused::Unresolved));
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_after_the_check_is_not_connected_to() {
    let inside = LabServer::start(|_| Answer::status(204)).await;
    let port = inside.url().rsplit(':').next().unwrap().to_owned();
    let targets = WebhookTargets { allow_http: true, ..WebhookTargets::default() };
    let names = Names::leading_to(&[&[PUBLIC], &["127.0.0.1"]]);
    let sender = WebhookHttp::with_lookup(targets, names).unwrap();
    let url = sender.check(&format!("http://hooks.example.org:{port}/")).await.unwrap();
    assert_eq!(outcome(&sender, &url).await, AttemptOutcome::Unanswered(SendFailure::Refused));
    assert_eq!(inside.tally().connections, 0);
}

#[tokio::test]
async fn an_address_stored_when_it_was_allowed_is_refused_once_it_is_not() {
    let inside = LabServer::start(|_| Answer::status(204)).await;
    let targets = WebhookTargets { allow_http: true, ..WebhookTargets::default() };
    let sender = WebhookHttp::new(targets).unwrap();
    assert_eq!(outcome(&sender, &inside.url()).await, AttemptOutcome::Unanswered(SendFailure::Refused));
    let strict = WebhookHttp::new(WebhookTargets { networks: loopback().networks, ..WebhookTargets::default() }).unwrap();
    assert_eq!(outcome(&strict, &inside.url()).await, AttemptOutcome::Unanswered(SendFailure::Refused), "http is not allowed");
    assert_eq!(inside.tally().connections, 0);
}

#[tokio::test]
async fn a_host_that_vanished_is_told() {
    let sender = strict(&[&[]]);
    assert_eq!(outcome(&sender, "https://hooks.example.org/").await, AttemptOutcome::Unanswered(SendFailure::Unresolved));
}

#[tokio::test]
async fn a_name_in_an_allowed_network_is_connected_to() {
    let inside = LabServer::start(|_| Answer::status(204)).await;
    let port = inside.url().rsplit(':').next().unwrap().to_owned();
    let sender = WebhookHttp::with_lookup(loopback(), Names::leading_to(&[&["127.0.0.1"]])).unwrap();
    assert_eq!(outcome(&sender, &format!("http://hooks.internal:{port}/")).await, AttemptOutcome::Answered(204));
    assert_eq!(inside.requests()[0].header("host"), Some(format!("hooks.internal:{port}").as_str()));
}

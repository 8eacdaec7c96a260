//! Try-on providers, against their vendor in the laboratory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use atelier_domain::wearit::tryon::{
    CallbackError, CallbackMessage, Control, FailureCode, Lookup, MadeWith, Progress, ProgressSink, ProviderFailure, ProviderImage,
    ProviderResult, Submission, TryOnFailure, TryOnInputs, TryOnOptions,
};
use atelier_domain::wearit::wardrobe::Category;
use bytes::Bytes;
use chrono::DateTime;

use super::TryOnProviderUnderTest;
use crate::laboratory::{Delivery, Ending, Fault, Inbox, Operation, Payment, Plan, VendorKind};

struct GoOn;

impl ProgressSink for GoOn {
    fn report(&self, _progress: Progress) -> Control {
        Control::Continue
    }
}

fn wanted(inbox: &Inbox) -> TryOnInputs {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let image = |name: &str| ProviderImage {
        jpeg: Bytes::from(format!("\u{fffd}{name}{number}")),
        url: format!("https://objects.test/{number}/{name}.jpg?X-Amz-Signature=s3cr3t"),
    };
    TryOnInputs {
        person: image("person"),
        garments: vec![(Category::Tops, image("top"))],
        options: TryOnOptions::default(),
        reference: format!("6920b1c2f0-{}-{number}", std::process::id()),
        callback_url: Some(inbox.address()),
    }
}

async fn submit(under: &TryOnProviderUnderTest, inputs: &TryOnInputs) -> Result<Submission, ProviderFailure> {
    under.provider.submit(inputs.clone(), &GoOn).await
}

async fn accepted(under: &TryOnProviderUnderTest, inputs: &TryOnInputs) -> (String, MadeWith) {
    match submit(under, inputs).await {
        Ok(Submission::Accepted { external_id, made_with }) => (external_id, made_with),
        other => panic!("not accepted: {other:?}"),
    }
}

/// Looks as a runner does: again while it runs, and again after a look that failed.
async fn followed(
    under: &TryOnProviderUnderTest,
    inbox: &Inbox,
    id: &str,
    made_with: Option<&MadeWith>,
) -> Result<ProviderResult, ProviderFailure> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(15) {
        let heard = inbox.newest(under.provider.as_ref(), id);
        match under.provider.poll(id, heard.as_ref(), made_with).await {
            Ok(Submission::Done(result)) => return Ok(result),
            Ok(Submission::Running(progress)) => assert!(progress.percent < 100 && !progress.stage.is_empty(), "{progress:?}"),
            Ok(Submission::Accepted { .. }) => panic!("a look never hands over"),
            Err(ProviderFailure::Failed { failure, .. }) if failure.code == FailureCode::ProviderBusy => {}
            Err(failure) => return Err(failure),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it does not come to an end");
}

#[track_caller]
fn failed<T: std::fmt::Debug>(answer: Result<T, ProviderFailure>) -> TryOnFailure {
    match answer {
        Err(ProviderFailure::Failed { failure, .. }) => failure,
        other => panic!("no failure: {other:?}"),
    }
}

#[track_caller]
fn paid_once(under: &TryOnProviderUnderTest) -> Payment {
    let ledger = under.vendor.ledger();
    assert_eq!(ledger.len(), 1, "{ledger:?}");
    ledger[0].clone()
}

fn creations(under: &TryOnProviderUnderTest) -> usize {
    let creates = |method: &str, path: &str| match under.vendor.kind() {
        VendorKind::Cog => method == "PUT",
        VendorKind::Replicate => method == "POST" && path.ends_with("/predictions"),
        VendorKind::Fashn => method == "POST",
    };
    under.vendor.requests().iter().filter(|request| creates(&request.method, &request.path)).count()
}

/// A picture comes back, with all that is needed to ask for the same again.
pub async fn a_picture_comes_back_with_what_it_was_made_with(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    let mut inputs = wanted(&inbox);
    inputs.options.seed = Some(4_711);
    let (id, known) = accepted(under, &inputs).await;
    let result = followed(under, &inbox, &id, Some(&known)).await.unwrap();
    assert!(result.image.starts_with(b"\x89PNG") && !result.model_used.is_empty() && !result.preview, "{result:?}");
    let MadeWith { seed, parameters, cost } = result.made_with;
    assert_eq!(seed, Some(4_711));
    assert!(!parameters.is_empty() && !format!("{parameters:?}").contains("://"), "{parameters:?}");
    assert_eq!(cost.is_some(), under.provider.is_charged(), "{cost:?}");
    assert!(cost.is_none_or(|cost| cost.millionths > 0));
    assert!(paid_once(under).input.to_string().contains("4711"));
}

/// Without a seed of the caller's, one is drawn, the same for the same reference, and told.
pub async fn a_seed_is_drawn_when_none_is_chosen(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    let (_, known) = accepted(under, &wanted(&inbox)).await;
    let (_, other) = accepted(under, &wanted(&inbox)).await;
    assert!(known.seed.is_some() && known.seed != other.seed, "{known:?} {other:?}");
    assert!(paid(under, 0).input.to_string().contains(&known.seed.unwrap().to_string()));
}

fn paid(under: &TryOnProviderUnderTest, number: usize) -> Payment {
    under.vendor.ledger()[number].clone()
}

/// What no model serves is refused before anything is sent.
pub async fn what_is_not_served_is_refused_unasked(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    let with = |change: &dyn Fn(&mut TryOnInputs)| {
        let mut inputs = wanted(&inbox);
        change(&mut inputs);
        inputs
    };
    let garment = wanted(&inbox).garments[0].1.clone();
    for inputs in [
        with(&|inputs| inputs.options.model = Some("nobody-has-this".to_owned())),
        with(&|inputs| inputs.options.seed = Some(u64::MAX)),
        with(&|inputs| inputs.garments = vec![(Category::Tops, garment.clone()); 20]),
        with(&|inputs| inputs.garments.clear()),
    ] {
        assert_eq!(failed(submit(under, &inputs).await).code, FailureCode::InputRejected);
    }
    assert_eq!(under.vendor.requests().len(), 0);
}

/// A short throttle is waited out, and nothing is paid twice.
pub async fn a_throttled_request_is_sent_again(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    under.vendor.script().fault(Operation::Create, Fault::Throttled(Some(0.02)));
    under.vendor.script().fault(Operation::Create, Fault::Throttled(None));
    let (id, known) = accepted(under, &wanted(&inbox)).await;
    followed(under, &inbox, &id, Some(&known)).await.unwrap();
    paid_once(under);
}

/// A long throttle is handed on with its time.
pub async fn a_long_throttle_is_handed_on(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    under.vendor.script().fault(Operation::Create, Fault::Throttled(Some(30.0)));
    let answer = submit(under, &wanted(&inbox)).await;
    let Err(ProviderFailure::Failed { failure, retry_after }) = answer else { panic!("{answer:?}") };
    assert_eq!((failure.code, retry_after), (FailureCode::ProviderBusy, Some(Duration::from_secs(30))));
    assert_eq!((creations(under), under.vendor.ledger().len()), (1, 0));
}

/// A request whose answer is lost, cut or garbage is not paid twice: who charges leaves it open, who does not finds it again.
pub async fn a_lost_answer_is_no_second_payment(under: &TryOnProviderUnderTest) {
    for fault in [Fault::AnswerLost, Fault::AnswerCut, Fault::Garbage] {
        let (inbox, before) = (Inbox::open().await, under.vendor.ledger().len());
        let inputs = wanted(&inbox);
        // Long enough to be under way when it is asked for again.
        under.vendor.script().plan(Plan { work: Duration::from_secs(1), ending: Ending::Picture });
        under.vendor.script().fault(Operation::Create, fault.clone());
        let answer = submit(under, &inputs).await;
        assert_eq!(under.vendor.ledger().len(), before + 1, "{fault:?}");
        if !under.provider.is_charged() {
            let Ok(Submission::Accepted { external_id, made_with }) = answer else { panic!("{fault:?}: {answer:?}") };
            followed(under, &inbox, &external_id, Some(&made_with)).await.unwrap();
            continue;
        }
        assert!(matches!(answer, Err(ProviderFailure::Unanswered)), "{fault:?}: {answer:?}");
        match under.provider.find_submission(&inputs.reference).await.unwrap() {
            Lookup::Found { external_id } => {
                assert_eq!(external_id, paid(under, before).id);
                followed(under, &inbox, &external_id, None).await.unwrap();
            }
            Lookup::Unknown => {}
            Lookup::NotFound => panic!("it was paid for"),
        }
        assert_eq!(under.vendor.ledger().len(), before + 1);
    }
}

/// A server error that names nothing leaves open what was done, where that costs.
pub async fn a_server_error_is_no_second_payment(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    for status in [500, 502, 504] {
        under.vendor.script().fault(Operation::Create, Fault::Stumbles(status));
        let answer = submit(under, &wanted(&inbox)).await;
        assert_eq!(matches!(answer, Err(ProviderFailure::Unanswered)), under.provider.is_charged(), "{status}: {answer:?}");
    }
    assert_eq!(creations(under), if under.provider.is_charged() { 3 } else { 6 });
}

/// What was never sent is not left open.
pub async fn nobody_there_is_no_ambiguity(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    let answer = under.unreachable.submit(wanted(&inbox), &GoOn).await;
    assert_eq!(failed(answer).code, FailureCode::ProviderBusy);
}

/// Credits that are used up, and a key that is refused, are the operator's: never asked again.
pub async fn what_only_the_operator_can_mend_is_asked_once(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    for fault in [Fault::Exhausted, Fault::Refused] {
        let before = creations(under);
        under.vendor.script().fault(Operation::Create, fault.clone());
        let failure = failed(submit(under, &wanted(&inbox)).await);
        assert_eq!(failure.code, FailureCode::ProviderExhausted, "{fault:?}: {failure:?}");
        assert_eq!(creations(under), before + 1, "{fault:?}");
    }
    assert_eq!(under.vendor.ledger().len(), 0);
}

/// A status nobody knows goes on.
pub async fn an_unknown_status_goes_on(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    under.vendor.script().ending(Ending::Stays("reticulating".to_owned()));
    let (id, known) = accepted(under, &wanted(&inbox)).await;
    for _ in 0..5 {
        let heard = inbox.newest(under.provider.as_ref(), &id);
        let answer = under.provider.poll(&id, heard.as_ref(), Some(&known)).await;
        assert!(matches!(answer, Ok(Submission::Running(_))), "{answer:?}");
    }
}

/// Looks that fail are looked again; the request goes on.
pub async fn looks_that_fail_are_looked_again(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    let (id, known) = accepted(under, &wanted(&inbox)).await;
    for fault in [
        Fault::Stumbles(500),
        Fault::Stumbles(503),
        Fault::HangsUp,
        Fault::AnswerCut,
        Fault::Garbage,
        Fault::Throttled(Some(20.0)),
        Fault::Late(Duration::from_millis(50)),
    ] {
        under.vendor.script().fault(Operation::Look, fault);
    }
    followed(under, &inbox, &id, Some(&known)).await.unwrap();
    paid_once(under);
}

/// What the model says went wrong becomes one of the nine, in words for people, and nothing of it is shown.
pub async fn a_failure_is_canonical(under: &TryOnProviderUnderTest) {
    for (said, code) in [
        ("NSFW content detected at https://x.test/a.png?Signature=s3cr3t", FailureCode::ContentRejected),
        ("PoseError: no person detected in s3cr3t.jpg", FailureCode::PoseNotFound),
        ("ImageLoadError: cannot identify image file s3cr3t", FailureCode::InputUnreadable),
        ("PipelineError: IndexError: s3cr3t index out of range", FailureCode::ProviderError),
    ] {
        let inbox = Inbox::open().await;
        under.vendor.script().ending(Ending::Fails(said.to_owned()));
        let (id, known) = accepted(under, &wanted(&inbox)).await;
        let answer = followed(under, &inbox, &id, Some(&known)).await;
        assert!(!format!("{answer:?}").contains("s3cr3t"), "{answer:?}");
        let failure = failed(answer);
        assert_eq!(failure.code, code, "{said}: {failure:?}");
        assert!(!failure.reason.is_empty() && failure.message.ends_with('.') && failure.advice.ends_with('.'), "{failure:?}");
    }
}

/// An all-black picture is no success.
pub async fn a_black_picture_is_no_success(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    under.vendor.script().ending(Ending::Black);
    let (id, known) = accepted(under, &wanted(&inbox)).await;
    let failure = failed(followed(under, &inbox, &id, Some(&known)).await);
    assert_eq!((failure.code, failure.reason.as_str()), (FailureCode::ContentRejected, "black_picture"));
}

/// A picture that was deleted before it was fetched has its own reason, and is not waited for.
pub async fn an_expired_picture_is_a_failure_of_its_own(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    under.vendor.script().ending(Ending::Expired);
    let (id, known) = accepted(under, &wanted(&inbox)).await;
    assert_eq!(failed(followed(under, &inbox, &id, Some(&known)).await).reason, "result_expired");
}

/// A picture that breaks off is fetched again.
pub async fn a_picture_that_breaks_off_is_fetched_again(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    for fault in [Fault::AnswerCut, Fault::Stumbles(502), Fault::AnswerLost] {
        under.vendor.script().fault(Operation::Fetch, fault);
    }
    let (id, known) = accepted(under, &wanted(&inbox)).await;
    let result = followed(under, &inbox, &id, Some(&known)).await.unwrap();
    assert!(result.image.starts_with(b"\x89PNG"));
}

/// A message tells of the end; the same one again is the same message.
pub async fn a_message_tells_of_the_end(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    for _ in 0..2 {
        under.vendor.script().delivery(Delivery::Doubled);
    }
    let (id, known) = accepted(under, &wanted(&inbox)).await;
    let last = inbox.until(under.provider.as_ref(), |heard| heard.finished).await;
    assert_eq!(last.external_id, id);
    let result = under.provider.poll(&id, Some(&last), Some(&known)).await;
    assert!(matches!(result, Ok(Submission::Done(_))), "{result:?}");
    let twice = async {
        while inbox.heard(under.provider.as_ref()).iter().filter(|heard| heard.finished).count() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), twice).await.unwrap();
    let ends = inbox.heard(under.provider.as_ref()).into_iter().filter(|heard| heard.finished);
    assert!(ends.into_iter().all(|heard| heard.message_id == last.message_id));
}

/// A message that is lost costs time, or, where nothing else tells, the request; never a payment.
pub async fn a_lost_message_costs_no_payment(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    for _ in 0..2 {
        under.vendor.script().delivery(Delivery::Lost);
    }
    let (id, known) = accepted(under, &wanted(&inbox)).await;
    let answer = followed(under, &inbox, &id, Some(&known)).await;
    match under.vendor.kind() {
        VendorKind::Cog => assert_eq!(failed(answer).reason, "request_lost"),
        VendorKind::Replicate | VendorKind::Fashn => assert!(answer.is_ok(), "{answer:?}"),
    }
    paid_once(under);
}

/// What is no message of the vendor's is not read.
pub async fn what_is_no_message_is_not_read(under: &TryOnProviderUnderTest) {
    for body in ["", "null", "[]", "{}", r#"{"status":"succeeded"}"#, r#"{"id":{},"status":"completed"}"#] {
        let message = CallbackMessage { headers: BTreeMap::new(), body: body.into(), received_at: DateTime::UNIX_EPOCH };
        let answer = under.provider.read_callback(&message);
        assert!(matches!(answer, Err(CallbackError::Malformed(_) | CallbackError::Signature)), "{body}: {answer:?}");
    }
}

/// Cancelling is repeatable, whatever is left of the request.
pub async fn cancelling_is_repeatable(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    under.vendor.script().plan(Plan { work: Duration::from_secs(20), ending: Ending::Picture });
    let (id, known) = accepted(under, &wanted(&inbox)).await;
    for id in [id.as_str(), id.as_str(), "nobody-knows-this"] {
        under.provider.cancel(id).await.unwrap();
    }
    // FASHN has no way to cancel.
    if under.vendor.kind() != VendorKind::Fashn {
        assert_eq!(failed(followed(under, &inbox, &id, Some(&known)).await).code, FailureCode::Cancelled);
    }
}

/// A request the vendor does not know any more comes to an end.
pub async fn a_forgotten_request_comes_to_an_end(under: &TryOnProviderUnderTest) {
    let inbox = Inbox::open().await;
    under.vendor.script().plan(Plan { work: Duration::from_secs(20), ending: Ending::Picture });
    let (id, known) = accepted(under, &wanted(&inbox)).await;
    under.vendor.restart();
    assert_eq!(failed(followed(under, &inbox, &id, Some(&known)).await).reason, "request_lost");
}

//! The fakes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use atelier_domain::identity::{AccessClaims, Password, PasswordHasher, Role, TokenSigner};
use atelier_domain::kernel::{
    Clock, EntityId, ExposeSecret, IdGenerator, ImageError, ImageInput, ImageProcessor, SecretGenerator, SecretString, Timer, UserId,
};
use atelier_domain::wearit::tryon::{
    Control, FailureCode, Progress, ProgressSink, ProviderFailure, ProviderImage, Submission, TryOnInputs, TryOnOptions, TryOnProvider,
};
use atelier_testkit::{
    CountingTimer, FixedClock, PassthroughImages, PlainHasher, PlainTokenSigner, Script, ScriptStep, ScriptedTryOnProvider, SeededIds,
    SeededSecrets, noon,
};
use tokio::sync::Notify;

#[tokio::test]
async fn the_clock_moves_only_when_told() {
    let clock = FixedClock::new();
    assert_eq!(clock.now(), noon());
    clock.advance(Duration::from_millis(1_500));
    assert_eq!(clock.clone().now(), noon() + Duration::from_millis(1_500));
    let timer = CountingTimer::new(clock.clone());
    timer.sleep(Duration::from_secs(60)).await;
    assert_eq!((clock.now(), timer.waits()), (noon() + Duration::from_millis(61_500), vec![Duration::from_secs(60)]));
    clock.set(noon());
    assert_eq!(clock.now(), noon());
}

#[test]
fn seeds_make_ids_and_secrets_repeatable() {
    let (first, again, other) = (SeededIds::new(1), SeededIds::new(1), SeededIds::new(2));
    let made: Vec<[u8; 12]> = (0..300).map(|_| first.next_bytes()).collect();
    assert!(made.windows(2).all(|pair| pair[0] < pair[1]), "later ids are greater");
    assert_eq!(again.make::<UserId>(), UserId::from_bytes(made[0]));
    assert_ne!(other.next_bytes(), made[0]);

    let (first, again) = (SeededSecrets::new(), SeededSecrets::new());
    let codes: Vec<String> = (0..500).map(|_| first.six_digits().expose_secret().to_owned()).collect();
    assert!(codes.iter().all(|code| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())));
    assert!(codes.iter().any(|code| code.starts_with('0')), "leading zeros occur");
    assert_eq!(again.six_digits().expose_secret(), codes[0]);
    assert_ne!(first.token().expose_secret(), first.token().expose_secret());
    assert_eq!(first.digest("reset", "secret"), again.digest("reset", "secret"));
    assert_ne!(first.digest("reset", "secret"), first.digest("magic_links", "secret"));
    assert_ne!(first.digest("reset", "secret"), first.digest("reset", "Secret"));
    assert!(!first.digest("reset", "secret").contains("secret"));
}

#[tokio::test]
async fn a_password_matches_its_hash_only() {
    let hasher = PlainHasher::new();
    let password = Password::parse("password", "correct $ horse".to_owned().into()).unwrap();
    let hash = hasher.hash(&password).await.unwrap();
    assert!(hash.expose_secret().starts_with("$2b$04$"));
    assert!(hasher.verify(password.secret(), Some(&hash)).await.unwrap());
    assert!(!hasher.verify(&SecretString::from("correct"), Some(&hash)).await.unwrap());
    assert!(!hasher.verify(password.secret(), None).await.unwrap());
    assert_eq!(hasher.verifications(), 3);
    assert!(!hasher.needs_rehash(&hash));
    assert!(PlainHasher::with_cost(12).needs_rehash(&hash));
}

#[test]
fn a_plain_token_says_its_claims_until_it_expires() {
    let signer = PlainTokenSigner::new();
    let user_id = SeededIds::default().make();
    for session_id in [None, Some(SeededIds::default().make())] {
        let claims =
            AccessClaims { user_id, role: Role::Admin, session_id, issued_at: noon(), expires_at: noon() + Duration::from_secs(900) };
        let token = signer.sign(&claims);
        assert_ne!(token.expose_secret(), signer.sign(&claims).expose_secret(), "each token is another");
        assert_eq!(signer.verify(token.expose_secret(), noon()), Ok(claims.clone()));
        assert!(signer.verify(token.expose_secret(), claims.expires_at).is_err());
    }
    assert!(signer.verify("plain.x", noon()).is_err());
}

#[tokio::test]
async fn only_what_begins_like_a_picture_passes() {
    let jpeg = PassthroughImages::jpeg("one");
    let processed = PassthroughImages.process(ImageInput::Bytes(jpeg.clone())).await.unwrap();
    assert_eq!((&processed.display, &processed.thumbnail, &processed.source), (&jpeg, &jpeg, &jpeg));
    let refused = PassthroughImages.process(ImageInput::Bytes("GIF89a".into())).await;
    assert!(matches!(refused, Err(ImageError::UnsupportedFormat)));
}

/// A sink that says stop from its `stop_at`-th report on.
struct Sink {
    reports: AtomicUsize,
    stop_at: usize,
    stages: Mutex<Vec<String>>,
}

impl Sink {
    fn stopping_at(stop_at: usize) -> Self {
        Self { reports: AtomicUsize::new(0), stop_at, stages: Mutex::default() }
    }
}

impl ProgressSink for Sink {
    fn report(&self, progress: Progress) -> Control {
        self.stages.lock().unwrap().push(progress.stage);
        if self.reports.fetch_add(1, Ordering::SeqCst) + 1 >= self.stop_at { Control::Stop } else { Control::Continue }
    }
}

fn inputs() -> TryOnInputs {
    let person = ProviderImage { jpeg: PassthroughImages::jpeg("person"), url: String::new() };
    TryOnInputs { person, garments: Vec::new(), options: TryOnOptions::default(), reference: "r".to_owned(), callback_url: None }
}

#[tokio::test]
async fn a_provider_without_a_script_gives_the_person_back() {
    let (provider, sink) = (ScriptedTryOnProvider::new(), Sink::stopping_at(9));
    let Submission::Done(result) = provider.submit(inputs(), &sink).await.unwrap() else { panic!("it is done at once") };
    assert_eq!(result.image, PassthroughImages::jpeg("person"));
    assert_eq!(*sink.stages.lock().unwrap(), ["pose", "warp"]);
    assert_eq!(provider.submitted()[0].controls, [Control::Continue, Control::Continue]);
}

#[tokio::test]
async fn a_provider_stops_when_the_sink_says_so() {
    let (provider, sink) = (ScriptedTryOnProvider::new(), Sink::stopping_at(1));
    assert!(matches!(provider.submit(inputs(), &sink).await, Err(ProviderFailure::Stopped)));
    assert_eq!(*sink.stages.lock().unwrap(), ["pose"]);
}

#[tokio::test]
async fn a_provider_follows_its_script_in_order() {
    let (provider, sink) = (ScriptedTryOnProvider::new(), Sink::stopping_at(9));
    provider.on_submit(Script::failing(FailureCode::ProviderBusy, "queue_full"));
    provider.on_submit(Script::accepting("prediction-1"));
    provider.on_poll(Err(ProviderFailure::Stopped));
    let Err(ProviderFailure::Failed { failure, .. }) = provider.submit(inputs(), &sink).await else { panic!("the first fails") };
    assert_eq!((failure.code, failure.reason.as_str()), (FailureCode::ProviderBusy, "queue_full"));
    let Submission::Accepted { external_id, .. } = provider.submit(inputs(), &sink).await.unwrap() else {
        panic!("the second is accepted")
    };
    assert!(provider.poll(&external_id, None, None).await.is_err());
    assert!(matches!(provider.poll(&external_id, None, None).await, Ok(Submission::Running(_))));
    provider.cancel(&external_id).await.unwrap();
    assert_eq!((provider.polled().len(), provider.cancelled()), (2, vec![external_id]));
}

#[tokio::test]
async fn a_held_provider_waits_for_the_test() {
    let (here, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let provider = Arc::new(ScriptedTryOnProvider::new());
    provider.on_submit(Script { steps: vec![ScriptStep::Hold(here.clone(), go_on.clone())], ..Script::accepting("x") });
    let run = tokio::spawn({
        let provider = provider.clone();
        async move { provider.submit(inputs(), &Sink::stopping_at(9)).await.is_ok() }
    });
    here.notified().await;
    assert!(!run.is_finished());
    go_on.notify_one();
    assert!(run.await.unwrap());
}

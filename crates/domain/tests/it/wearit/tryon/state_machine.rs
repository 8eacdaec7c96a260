//! The state machine as a full matrix, and as random walks.

use atelier_domain::kernel::{EntityId, UserId};
use atelier_domain::wearit::tryon::{AttemptOutcome, FailureCode, InvalidTransition, TryOn, TryOnFailure, TryOnOutcome, TryOnStatus};
use atelier_testkit::{noon, tryon};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Start,
    Advance,
    Complete,
    Fail,
    Cancel,
}

const STEPS: [Step; 5] = [Step::Start, Step::Advance, Step::Complete, Step::Fail, Step::Cancel];

fn outcome() -> TryOnOutcome {
    TryOnOutcome { model_used: "m@1".to_owned(), processing_time: 1.0, preview: false, warnings: Vec::new(), confidence: None }
}

fn take(step: Step, tryon: &mut TryOn, percent: u8) -> Result<(), InvalidTransition> {
    match step {
        Step::Start => tryon.start("scripted", noon()),
        Step::Advance => tryon.advance(percent, "warp"),
        Step::Complete => tryon.complete(outcome(), noon()),
        Step::Fail => tryon.fail(TryOnFailure::new(FailureCode::PoseNotFound, "no_person", "m", "a"), noon()),
        Step::Cancel => tryon.cancel("by_user", noon()),
    }
}

fn pending() -> TryOn {
    tryon(UserId::from_bytes([1; 12]), EntityId::from_bytes([2; 12]), EntityId::from_bytes([3; 12]))
}

fn in_status(status: TryOnStatus) -> TryOn {
    let steps: &[Step] = match status {
        TryOnStatus::Pending => &[],
        TryOnStatus::Processing => &[Step::Start],
        TryOnStatus::Completed => &[Step::Start, Step::Complete],
        TryOnStatus::Failed => &[Step::Start, Step::Fail],
        TryOnStatus::Cancelled => &[Step::Cancel],
    };
    let mut tryon = pending();
    for step in steps {
        take(*step, &mut tryon, 0).unwrap();
    }
    assert_eq!(tryon.status, status);
    tryon
}

/// Where each step leads from each status; `None` where it is refused.
fn leads_to(from: TryOnStatus, step: Step) -> Option<TryOnStatus> {
    use TryOnStatus::{Cancelled, Completed, Failed, Pending, Processing};
    match (from, step) {
        (Pending | Processing, Step::Start) | (Processing, Step::Advance) => Some(Processing),
        (Processing, Step::Complete) => Some(Completed),
        (Pending | Processing, Step::Fail) => Some(Failed),
        (Pending | Processing, Step::Cancel) => Some(Cancelled),
        (Pending, Step::Advance | Step::Complete) | (Completed | Failed | Cancelled, _) => None,
    }
}

#[test]
fn every_step_from_every_status_leads_where_the_machine_says_or_changes_nothing() {
    for from in TryOnStatus::ALL {
        for step in STEPS {
            let mut tryon = in_status(from);
            let before = tryon.clone();
            let taken = take(step, &mut tryon, 40);
            match leads_to(from, step) {
                Some(to) => {
                    assert_eq!(taken, Ok(()), "{from} {step:?}");
                    assert_eq!(tryon.status, to, "{from} {step:?}");
                }
                None => {
                    assert!(taken.is_err(), "{from} {step:?}");
                    assert_eq!(tryon, before, "{from} {step:?} changed something");
                }
            }
        }
    }
}

fn check(tryon: &TryOn) {
    assert_eq!(tryon.outcome.is_some(), tryon.status == TryOnStatus::Completed);
    assert_eq!(tryon.failure.is_some(), matches!(tryon.status, TryOnStatus::Failed | TryOnStatus::Cancelled));
    assert_eq!(tryon.completed_at.is_some(), tryon.status.is_terminal());
    assert_eq!(tryon.progress == 100, tryon.status == TryOnStatus::Completed);
    let running = tryon.attempts.iter().filter(|attempt| attempt.outcome == AttemptOutcome::Running).count();
    assert!(!tryon.status.is_terminal() || running == 0, "an attempt goes on after the end");
    assert!(tryon.attempts.iter().all(|attempt| (attempt.outcome == AttemptOutcome::Running) == attempt.ended_at.is_none()));
}

#[test]
fn on_any_walk_progress_never_falls_and_the_fields_agree_with_the_status() {
    // A linear congruential generator: walks differ, runs do not.
    let mut state = 42_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..2_000 {
        let mut tryon = pending();
        for _ in 0..next(12) {
            let before = tryon.clone();
            // A run that takes up a crashed one ends the attempt left behind.
            let step = STEPS[next(STEPS.len())];
            if step == Step::Start && !tryon.status.is_terminal() {
                let reason = "interrupted".to_owned();
                tryon.end_attempt(AttemptOutcome::Failed { code: FailureCode::ProviderError, reason }, noon());
            }
            let taken = take(step, &mut tryon, u8::try_from(next(256)).unwrap());
            assert!(tryon.progress >= before.progress);
            if before.status.is_terminal() {
                assert!(taken.is_err());
                assert_eq!(tryon, before, "a terminal state is final");
            }
            check(&tryon);
        }
    }
}

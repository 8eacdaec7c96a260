//! Answering at once while the server does not.
//!
//! Own code, because the crates for it let every waiting caller through at the first retry: here one operation probes and the others are
//! still refused, so that a stalled server costs one caller its time and not all of them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// When a server that does not answer is no longer asked.
#[derive(Debug, Clone, Copy)]
pub struct BreakerSettings {
    /// Operations in a row that have to fail.
    pub failures: u32,
    /// How long every operation is then refused, before one may try again.
    pub open_for: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { failures: 5, open_for: Duration::from_secs(5) }
    }
}

/// Opens after failures in a row, lets one probe through after a while, and closes when that succeeds.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Grows with every change of phase, so that the outcome of an operation of an earlier phase counts for nothing.
    generation: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Closed { failures: u32 },
    Open { since: Instant },
    Probing,
}

/// What an outcome changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// From now on the server is not asked.
    Opened,
    /// The server answers again.
    Closed,
}

/// The leave to ask the server once. Dropped without an outcome, it leaves the probe to the next caller.
#[derive(Debug)]
pub struct Admission<'a> {
    breaker: &'a Breaker,
    generation: u64,
    probe: Option<Instant>,
}

impl Breaker {
    /// A closed one.
    pub fn new(settings: BreakerSettings) -> Self {
        Self { settings, state: Mutex::new(State { phase: Phase::Closed { failures: 0 }, generation: 0 }) }
    }

    /// Whether [`admit`](Breaker::admit) would refuse now.
    pub fn refuses(&self, now: Instant) -> bool {
        match self.state().phase {
            Phase::Closed { .. } => false,
            Phase::Open { since } => now.duration_since(since) < self.settings.open_for,
            Phase::Probing => true,
        }
    }

    /// Leave to ask the server, or the time until it is worth asking again.
    ///
    /// # Errors
    /// The time until it is worth asking again.
    pub fn admit(&self, now: Instant) -> Result<Admission<'_>, Duration> {
        let mut state = self.state();
        let probe = match state.phase {
            Phase::Closed { .. } => None,
            Phase::Open { since } => {
                let wait = self.settings.open_for.saturating_sub(now.duration_since(since));
                if !wait.is_zero() {
                    return Err(wait);
                }
                state.enter(Phase::Probing);
                Some(since)
            }
            Phase::Probing => return Err(self.settings.open_for),
        };
        Ok(Admission { breaker: self, generation: state.generation, probe })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.generation += 1;
    }
}

impl Admission<'_> {
    /// Counts how the operation ended: whether the server answered.
    pub fn end(mut self, answered: bool, now: Instant) -> Option<Change> {
        self.probe = None;
        let mut state = self.breaker.state();
        if state.generation != self.generation {
            return None;
        }
        match (state.phase, answered) {
            (Phase::Closed { .. }, true) => {
                state.phase = Phase::Closed { failures: 0 };
                None
            }
            (Phase::Closed { failures }, false) if failures + 1 < self.breaker.settings.failures => {
                state.phase = Phase::Closed { failures: failures + 1 };
                None
            }
            (Phase::Closed { .. }, false) => {
                state.enter(Phase::Open { since: now });
                Some(Change::Opened)
            }
            (_, true) => {
                state.enter(Phase::Closed { failures: 0 });
                Some(Change::Closed)
            }
            (_, false) => {
                state.enter(Phase::Open { since: now });
                None
            }
        }
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if let Some(since) = self.probe {
            let mut state = self.breaker.state();
            if state.generation == self.generation {
                state.enter(Phase::Open { since });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN_FOR: Duration = Duration::from_secs(5);

    fn breaker() -> Breaker {
        Breaker::new(BreakerSettings { failures: 3, open_for: OPEN_FOR })
    }

    fn opened(at: Instant) -> Breaker {
        let breaker = breaker();
        let outcomes: Vec<_> = (0..3).map(|_| breaker.admit(at).expect("it is closed").end(false, at)).collect();
        assert_eq!(outcomes, [None, None, Some(Change::Opened)]);
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_an_answer_between_them_does_not() {
        let (breaker, now) = (breaker(), Instant::now());
        for answered in [false, false, true, false, false] {
            assert_eq!(breaker.admit(now).expect("it stays closed").end(answered, now), None);
        }
        assert_eq!(breaker.admit(now).expect("it stays closed").end(false, now), Some(Change::Opened));
        assert_eq!(breaker.admit(now + Duration::from_secs(2)).expect_err("it is open"), Duration::from_secs(3));
    }

    #[test]
    fn one_probe_at_a_time_decides() {
        let start = Instant::now();
        let breaker = opened(start);
        let later = start + OPEN_FOR;
        assert!(breaker.refuses(start) && !breaker.refuses(later));
        let probe = breaker.admit(later).expect("a probe");
        assert!(breaker.refuses(later));
        assert!(breaker.admit(later).is_err(), "the others wait for the probe");
        assert_eq!(probe.end(false, later), None);
        assert!(breaker.admit(later + OPEN_FOR / 2).is_err(), "a failed probe opens it anew");
        assert_eq!(breaker.admit(later + OPEN_FOR).expect("a probe").end(true, later + OPEN_FOR), Some(Change::Closed));
        assert!(breaker.admit(later + OPEN_FOR).is_ok());
    }

    #[test]
    fn a_cancelled_probe_leaves_it_to_the_next() {
        let start = Instant::now();
        let breaker = opened(start);
        drop(breaker.admit(start + OPEN_FOR).expect("a probe"));
        assert!(breaker.admit(start + OPEN_FOR).is_ok());
    }

    #[test]
    fn an_outcome_of_before_the_outage_counts_for_nothing() {
        let start = Instant::now();
        let breaker = breaker();
        let slow = breaker.admit(start).expect("it is closed");
        for _ in 0..3 {
            breaker.admit(start).expect("it is closed").end(false, start);
        }
        assert_eq!(slow.end(true, start), None);
        assert!(breaker.admit(start).is_err());
    }
}

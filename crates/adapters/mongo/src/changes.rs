//! Waking those who wait for jobs or events, whichever process wrote them.
//!
//! A commit of this process wakes them itself; the change streams wake them for everybody's.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use atelier_domain::kernel::UserId;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

/// How long an event counts as one that the reader may just have missed.
const LATELY: Duration = Duration::from_secs(1);
/// When a reader that may just have missed an event looks again.
const SECOND_LOOK: Duration = Duration::from_millis(200);

/// What a committed unit of work is to wake.
#[derive(Debug, Default)]
pub(crate) struct Wakes {
    pub(crate) jobs: bool,
    pub(crate) users: Vec<UserId>,
}

/// Who waits, and what happened lately.
pub(crate) struct Changes {
    /// Grows whenever there may be new work.
    work: watch::Sender<u64>,
    /// The value of `work` at which a worker found the queue empty.
    empty_at: AtomicU64,
    people: Mutex<People>,
}

#[derive(Default)]
struct People {
    bells: HashMap<UserId, Arc<Notify>>,
    rang: HashMap<UserId, Instant>,
    everyone_rang: Option<Instant>,
}

impl Changes {
    pub(crate) fn new() -> Self {
        Self { work: watch::Sender::new(0), empty_at: AtomicU64::new(0), people: Mutex::default() }
    }

    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whom a commit concerns.
    pub(crate) fn committed(&self, wakes: Wakes) {
        if wakes.jobs {
            self.work_may_wait();
        }
        if wakes.users.is_empty() {
            return;
        }
        let now = Instant::now();
        let mut people = self.people();
        people.rang.retain(|_, at| now - *at < LATELY);
        for user in wakes.users {
            people.rang.insert(user, now);
            if let Some(bell) = people.bells.get(&user) {
                bell.notify_waiters();
            }
        }
    }

    /// Wakes who waits for jobs.
    pub(crate) fn work_may_wait(&self) {
        self.work.send_modify(|generation| *generation += 1);
    }

    /// Wakes who waits for events, whoever that is: some may have been missed.
    pub(crate) fn everyone_may_have_events(&self) {
        let mut people = self.people();
        people.everyone_rang = Some(Instant::now());
        people.bells.values().for_each(|bell| bell.notify_waiters());
    }

    /// The present generation of the queue, to be given to [`found_empty`](Changes::found_empty) after looking.
    pub(crate) fn generation(&self) -> u64 {
        *self.work.borrow()
    }

    /// A worker that looked at `generation` found nothing to do.
    pub(crate) fn found_empty(&self, generation: u64) {
        self.empty_at.fetch_max(generation, Ordering::AcqRel);
    }

    /// Returns at once when jobs were enqueued since the queue was last found empty, else when some are, or after `at_most`.
    pub(crate) async fn work(&self, at_most: Duration) {
        let mut work = self.work.subscribe();
        let empty_at = self.empty_at.load(Ordering::Acquire);
        let _elapsed = timeout(at_most, work.wait_for(|generation| *generation > empty_at)).await;
    }

    /// Returns when the person may have new events, or after `at_most`.
    pub(crate) async fn event_of(&self, user: UserId, at_most: Duration) {
        let bell = Bell::of(self, user);
        let rung = bell.notify.notified();
        // An event committed between the caller's reading and this line rang before we listened: look again soon.
        let rang = {
            let people = self.people();
            people.rang.get(&user).copied().max(people.everyone_rang)
        };
        let lately = rang.is_some_and(|at| at.elapsed() < LATELY);
        let _elapsed = timeout(if lately { at_most.min(SECOND_LOOK) } else { at_most }, rung).await;
    }
}

/// One person's bell, taken away when nobody listens any more.
struct Bell<'a> {
    changes: &'a Changes,
    user: UserId,
    notify: Arc<Notify>,
}

impl<'a> Bell<'a> {
    fn of(changes: &'a Changes, user: UserId) -> Self {
        let notify = Arc::clone(changes.people().bells.entry(user).or_default());
        Self { changes, user, notify }
    }
}

impl Drop for Bell<'_> {
    fn drop(&mut self) {
        let mut people = self.changes.people();
        // Ours and the map's.
        if Arc::strong_count(&self.notify) == 2 {
            people.bells.remove(&self.user);
        }
    }
}

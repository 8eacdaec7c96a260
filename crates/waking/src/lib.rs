//! Waking those who wait for jobs or events: what the stores' `JobQueue::enqueued` and `EventFeed::changed` rest on.
//!
//! A store tells [`Waking`] of its own commits with [`committed`](Waking::committed), and of other processes' by whatever means it has: a
//! counter in shared memory, a change stream. Nobody is woken for nothing, and nobody who is told too much minds: waiting ends with looking.

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
pub struct Wakes {
    /// Whether jobs were enqueued.
    pub jobs: bool,
    /// The people who have new events.
    pub users: Vec<UserId>,
}

/// Who waits, and what happened lately.
#[derive(Debug, Default)]
pub struct Waking {
    /// Grows whenever there may be new work.
    work: watch::Sender<u64>,
    /// The value of `work` at which a worker found the queue empty.
    empty_at: AtomicU64,
    /// How many calls wait at present.
    waiting: watch::Sender<usize>,
    people: Mutex<People>,
}

#[derive(Debug, Default)]
struct People {
    bells: HashMap<UserId, Arc<Notify>>,
    rang: HashMap<UserId, Instant>,
    everyone_rang: Option<Instant>,
}

impl Waking {
    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whom a commit concerns.
    pub fn committed(&self, wakes: Wakes) {
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
    pub fn work_may_wait(&self) {
        self.work.send_modify(|generation| *generation += 1);
    }

    /// Wakes who waits for events, whoever that is: some may have been missed.
    pub fn everyone_may_have_events(&self) {
        let mut people = self.people();
        people.everyone_rang = Some(Instant::now());
        people.bells.values().for_each(|bell| bell.notify_waiters());
    }

    /// The present generation of the queue, to be given to [`found_empty`](Waking::found_empty) after looking.
    pub fn generation(&self) -> u64 {
        *self.work.borrow()
    }

    /// A worker that looked at `generation` found nothing to do.
    pub fn found_empty(&self, generation: u64) {
        self.empty_at.fetch_max(generation, Ordering::AcqRel);
    }

    /// Returns at once when jobs were enqueued since the queue was last found empty, else when some are, or after `at_most`.
    pub async fn work(&self, at_most: Duration) {
        let _waiting = Waiting::one_more(&self.waiting);
        let mut work = self.work.subscribe();
        let empty_at = self.empty_at.load(Ordering::Acquire);
        let _elapsed = timeout(at_most, work.wait_for(|generation| *generation > empty_at)).await;
    }

    /// Returns when the person may have new events, or after `at_most`.
    pub async fn event_of(&self, user: UserId, at_most: Duration) {
        let _waiting = Waiting::one_more(&self.waiting);
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

    /// Returns when somebody waits: a store that has to look for other processes' commits need not look before.
    pub async fn someone_waits(&self) {
        let mut waiting = self.waiting.subscribe();
        // The sender is ours, so the channel is open.
        let _waits = waiting.wait_for(|count| *count > 0).await.is_ok();
    }
}

/// One person's bell, taken away when nobody listens any more.
struct Bell<'a> {
    waking: &'a Waking,
    user: UserId,
    notify: Arc<Notify>,
}

impl<'a> Bell<'a> {
    fn of(waking: &'a Waking, user: UserId) -> Self {
        let notify = Arc::clone(waking.people().bells.entry(user).or_default());
        Self { waking, user, notify }
    }
}

impl Drop for Bell<'_> {
    fn drop(&mut self) {
        let mut people = self.waking.people();
        // Ours and the map's.
        if Arc::strong_count(&self.notify) == 2 {
            people.bells.remove(&self.user);
        }
    }
}

struct Waiting<'a>(&'a watch::Sender<usize>);

impl<'a> Waiting<'a> {
    fn one_more(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|waiting| *waiting += 1);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}

#[cfg(test)]
mod tests {
    use atelier_domain::kernel::EntityId;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn person() -> UserId {
        UserId::from_bytes([1; 12])
    }

    async fn seconds_of(waiting: impl Future<Output = ()>) -> u64 {
        let began = Instant::now();
        waiting.await;
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_wakes_its_person_alone_and_a_gap_wakes_everybody() {
        let waking = Waking::default();
        let users = vec![UserId::from_bytes([2; 12])];
        let (slept, ()) =
            tokio::join!(seconds_of(waking.event_of(person(), LONG)), async { waking.committed(Wakes { jobs: true, users }) });
        assert_eq!(slept, 60);
        let (slept, ()) = tokio::join!(seconds_of(waking.event_of(person(), LONG)), async { waking.everyone_may_have_events() });
        assert_eq!(slept, 0);
        assert!(waking.people().bells.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_may_just_have_missed_an_event_looks_again_soon() {
        let waking = Waking::default();
        waking.committed(Wakes { jobs: false, users: vec![person()] });
        assert_eq!(seconds_of(waking.event_of(person(), LONG)).await, 0);
        tokio::time::advance(LATELY).await;
        assert_eq!(seconds_of(waking.event_of(person(), LONG)).await, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn work_enqueued_while_the_queue_was_looked_at_is_not_slept_over() {
        let waking = Waking::default();
        let generation = waking.generation();
        waking.work_may_wait();
        waking.found_empty(generation);
        assert_eq!(seconds_of(waking.work(LONG)).await, 0);
        waking.found_empty(waking.generation());
        assert_eq!(seconds_of(waking.work(LONG)).await, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_known_whether_somebody_waits() {
        let waking = Waking::default();
        assert!(timeout(LONG, waking.someone_waits()).await.is_err());
        let (_slept, known) = tokio::join!(waking.work(LONG), timeout(LONG, waking.someone_waits()));
        assert!(known.is_ok());
    }
}

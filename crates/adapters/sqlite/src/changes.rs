//! Waking those who wait for jobs or events, whichever process wrote them.
//!
//! A commit of this process wakes them itself. Commits of other processes are noticed by one task that reads `PRAGMA data_version`, a
//! counter in shared memory, ten times a second on a connection of its own, and only while somebody waits.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use atelier_domain::kernel::UserId;
use sqlx::{Row, SqliteConnection};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};

/// How often other processes' commits are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);
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
    /// How many calls wait at present.
    waiting: watch::Sender<usize>,
    people: Mutex<People>,
}

#[derive(Default)]
struct People {
    bells: HashMap<UserId, Arc<Notify>>,
    rang: HashMap<UserId, Instant>,
}

impl Changes {
    pub(crate) fn new() -> Self {
        Self { work: watch::Sender::new(0), empty_at: AtomicU64::new(0), waiting: watch::Sender::new(0), people: Mutex::default() }
    }

    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whom a commit concerns.
    pub(crate) fn committed(&self, wakes: Wakes) {
        if wakes.jobs {
            self.work.send_modify(|generation| *generation += 1);
        }
        self.ring(wakes.users);
    }

    fn ring(&self, users: Vec<UserId>) {
        if users.is_empty() {
            return;
        }
        let now = Instant::now();
        let mut people = self.people();
        people.rang.retain(|_, at| now - *at < LATELY);
        for user in users {
            people.rang.insert(user, now);
            if let Some(bell) = people.bells.get(&user) {
                bell.notify_waiters();
            }
        }
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
        let _waiting = Waiting::one_more(&self.waiting);
        let mut work = self.work.subscribe();
        let empty_at = self.empty_at.load(Ordering::Acquire);
        let _elapsed = timeout(at_most, work.wait_for(|generation| *generation > empty_at)).await;
    }

    /// Returns when the person may have new events, or after `at_most`.
    pub(crate) async fn event_of(&self, user: UserId, at_most: Duration) {
        let _waiting = Waiting::one_more(&self.waiting);
        let bell = Bell::of(self, user);
        let rung = bell.notify.notified();
        // An event committed between the caller's reading and this line rang before we listened: look again soon.
        let rang = self.people().rang.get(&user).copied();
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

/// Looks for other processes' commits, on a connection that writes nothing.
pub(crate) struct Watcher {
    connection: SqliteConnection,
    version: i64,
    number: i64,
}

impl Watcher {
    pub(crate) async fn new(mut connection: SqliteConnection) -> Result<Self, sqlx::Error> {
        let version = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut connection).await?;
        let number = sqlx::query_scalar("SELECT COALESCE(MAX(number), 0) FROM events").fetch_one(&mut connection).await?;
        Ok(Self { connection, version, number })
    }

    /// Runs until its task is aborted.
    pub(crate) async fn run(mut self, changes: Arc<Changes>) {
        let mut waiting = changes.waiting.subscribe();
        while waiting.wait_for(|count| *count > 0).await.is_ok() {
            match self.look().await {
                Ok(None) => {}
                Ok(Some(users)) => changes.committed(Wakes { jobs: true, users }),
                Err(error) => tracing::debug!(%error, "other processes' commits could not be looked for"),
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Nothing when nothing was committed since the last look, else the people with new events.
    async fn look(&mut self) -> Result<Option<Vec<UserId>>, sqlx::Error> {
        let version = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut self.connection).await?;
        if version == self.version {
            return Ok(None);
        }
        let rows = sqlx::query("SELECT user_id, MAX(number) AS number FROM events WHERE number > ? GROUP BY user_id")
            .bind(self.number)
            .fetch_all(&mut self.connection)
            .await?;
        let mut users = Vec::with_capacity(rows.len());
        for row in rows {
            self.number = self.number.max(row.try_get("number")?);
            users.extend(row.try_get::<&str, _>("user_id")?.parse::<UserId>().ok());
        }
        self.version = version;
        Ok(Some(users))
    }
}

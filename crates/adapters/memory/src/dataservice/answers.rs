//! Answers of queries.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use atelier_domain::dataservice::queries::AnswerCache;
use uuid::Uuid;

/// Answers of one process, for tests: nothing is ever pushed out.
#[derive(Clone, Default)]
pub struct MemoryAnswerCache {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    versions: HashMap<(String, Uuid), u64>,
    answers: HashMap<(Uuid, String), (String, Instant)>,
    turns: HashMap<String, Arc<tokio::sync::Mutex<()>>>,
}

impl MemoryAnswerCache {
    /// Forgets everything, as a server does that was emptied.
    pub fn flush(&self) {
        *self.lock() = State::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AnswerCache for MemoryAnswerCache {
    async fn version(&self, table: &str, owner: Uuid) -> Option<u64> {
        self.lock().versions.get(&(table.to_owned(), owner)).copied()
    }

    async fn raise(&self, table: &str, owner: Uuid, version: u64) -> bool {
        let mut state = self.lock();
        let known = state.versions.entry((table.to_owned(), owner)).or_default();
        *known = version.max(*known);
        true
    }

    async fn get(&self, owner: Uuid, key: &str) -> Option<String> {
        let state = self.lock();
        let (answer, until) = state.answers.get(&(owner, key.to_owned()))?;
        (Instant::now() < *until).then(|| answer.clone())
    }

    async fn put(&self, owner: Uuid, key: &str, answer: &str, time_to_live: Duration) {
        self.lock().answers.insert((owner, key.to_owned()), (answer.to_owned(), Instant::now() + time_to_live));
    }

    async fn turn(&self, key: &str) -> Box<dyn Any + Send> {
        let turn = self.lock().turns.entry(key.to_owned()).or_default().clone();
        Box::new(turn.lock_owned().await)
    }
}

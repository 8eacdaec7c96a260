//! What a vendor has been handed, and what it was paid for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use bytes::Bytes;
use serde_json::Value;

use super::messages;
use super::script::{Delivery, Ending, Plan, Script};

/// One line of a vendor's ledger: an input it accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Payment {
    /// The vendor's id.
    pub id: String,
    /// Our reference, where it shows.
    pub reference: Option<String>,
    /// The input.
    pub input: Value,
}

/// A request that was handed over.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) id: String,
    pub(super) input: Value,
    pub(super) model: String,
    pub(super) webhook: Option<String>,
    pub(super) plan: Plan,
    pub(super) began: Instant,
    pub(super) cancelled: bool,
}

/// Where a run is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum At {
    Waiting,
    Working,
    Picture,
    Failed(String),
    Cancelled,
    Other(String),
}

impl Run {
    pub(super) fn at(&self) -> At {
        if self.cancelled {
            return At::Cancelled;
        }
        if let Ending::Stays(status) = &self.plan.ending {
            return At::Other(status.clone());
        }
        let elapsed = self.began.elapsed();
        if elapsed < self.plan.work / 4 {
            return At::Waiting;
        }
        if elapsed < self.plan.work {
            return At::Working;
        }
        match &self.plan.ending {
            Ending::Fails(text) => At::Failed(text.clone()),
            _ => At::Picture,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.at(), At::Picture | At::Failed(_) | At::Cancelled)
    }

    pub(super) fn is_expired(&self) -> bool {
        self.plan.ending == Ending::Expired
    }

    pub(super) fn picture(&self) -> Bytes {
        Bytes::from_static(if self.plan.ending == Ending::Black { BLACK } else { PICTURE })
    }

    pub(super) fn logs(&self) -> String {
        match self.at() {
            At::Waiting => String::new(),
            At::Working => "step 8/20\n".to_owned(),
            _ => "step 20/20\n".to_owned(),
        }
    }
}

/// 24 by 32 pixels of blue, and of black.
const PICTURE: &[u8] = include_bytes!("picture.png");
const BLACK: &[u8] = include_bytes!("black.png");

/// Makes the message of a run as it is now: its headers and body.
pub(super) type Message = Arc<dyn Fn(&Run) -> (Vec<(&'static str, String)>, Bytes) + Send + Sync>;

/// The runs of a vendor.
pub(super) struct Runs {
    pub(super) script: Arc<Script>,
    runs: Mutex<Vec<Run>>,
    ledger: Mutex<Vec<Payment>>,
    message: Message,
    restarts: AtomicUsize,
}

impl Runs {
    pub(super) fn new(message: Message) -> Arc<Self> {
        Arc::new(Self { script: Arc::default(), runs: Mutex::default(), ledger: Mutex::default(), message, restarts: AtomicUsize::new(0) })
    }

    pub(super) fn ledger(&self) -> Vec<Payment> {
        self.ledger.lock().unwrap().clone()
    }

    /// Newest first.
    pub(super) fn all(&self) -> Vec<Run> {
        self.runs().iter().rev().cloned().collect()
    }

    pub(super) fn find(&self, id: &str) -> Option<Run> {
        self.runs().iter().rev().find(|run| run.id == id).cloned()
    }

    pub(super) fn working(&self) -> usize {
        self.runs().iter().filter(|run| !run.is_over()).count()
    }

    /// The next id, told apart by the vendor's prefix.
    pub(super) fn next_id(&self, prefix: &str) -> String {
        format!("{prefix}{:08x}", self.ledger.lock().unwrap().len() + 1)
    }

    /// Takes an input in: the ledger has it from now on. `beginning` tells whether the vendor sends a message at once, too.
    pub(super) fn accept(
        self: &Arc<Self>,
        id: String,
        model: &str,
        reference: Option<String>,
        input: Value,
        webhook: Option<String>,
        beginning: bool,
    ) -> Run {
        let plan = self.script.next_plan();
        let run =
            Run { id: id.clone(), input: input.clone(), model: model.to_owned(), webhook, plan, began: Instant::now(), cancelled: false };
        self.runs().push(run.clone());
        self.ledger.lock().unwrap().push(Payment { id, reference, input });
        if run.webhook.is_some() {
            let (runs, id, work) = (self.clone(), run.id.clone(), run.plan.work);
            tokio::spawn(async move {
                if beginning {
                    tokio::time::sleep(work / 3).await;
                    runs.tell(&id).await;
                    tokio::time::sleep(work - work / 3).await;
                } else {
                    tokio::time::sleep(work).await;
                }
                if runs.find(&id).is_some_and(|run| matches!(run.at(), At::Picture | At::Failed(_))) {
                    runs.tell(&id).await;
                }
            });
        }
        run
    }

    /// Cancels a run; whether it was under way.
    pub(super) fn cancel(self: &Arc<Self>, id: &str) -> bool {
        let under_way = {
            let mut runs = self.runs();
            let run = runs.iter_mut().rev().find(|run| run.id == id && !run.is_over());
            run.map(|run| run.cancelled = true).is_some()
        };
        if under_way {
            let (runs, id) = (self.clone(), id.to_owned());
            tokio::spawn(async move { runs.tell(&id).await });
        }
        under_way
    }

    /// Forgets everything but the ledger, as a server does that is started anew.
    pub(super) fn forget(&self) {
        self.runs().clear();
        self.restarts.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn restarts(&self) -> usize {
        self.restarts.load(Ordering::Relaxed)
    }

    async fn tell(&self, id: &str) {
        let Some((run, webhook)) = self.find(id).and_then(|run| run.webhook.clone().map(|webhook| (run, webhook))) else { return };
        let (headers, body) = (self.message)(&run);
        let times = match self.script.next_delivery() {
            Delivery::Lost => 0,
            Delivery::Once => 1,
            Delivery::Doubled => 2,
            Delivery::Late(wait) => {
                tokio::time::sleep(wait).await;
                1
            }
        };
        for _ in 0..times {
            messages::post(&webhook, &headers, body.clone()).await;
        }
    }

    fn runs(&self) -> MutexGuard<'_, Vec<Run>> {
        self.runs.lock().unwrap()
    }
}

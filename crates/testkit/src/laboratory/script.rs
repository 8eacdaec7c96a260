//! What a vendor does to the requests it gets.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use super::chance::{Chance, Chances};
use super::{Answer, Step};

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// It hands an input over.
    Create,
    /// It asks how far one is, or how the server is.
    Look,
    /// It fetches a picture.
    Fetch,
    /// It uploads a picture.
    Upload,
    /// It lists what was handed over.
    List,
}

/// What goes wrong with one request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// It is answered late.
    Late(Duration),
    /// It is refused with 429, asking for so many seconds of quiet.
    Throttled(Option<f64>),
    /// It is refused with this server error in no vendor's words; nothing was done.
    Stumbles(u16),
    /// The credits are used up.
    Exhausted,
    /// The key is refused.
    Refused,
    /// The connection is closed before anything was done.
    HangsUp,
    /// It is done, and the connection is closed instead of an answer.
    AnswerLost,
    /// It is done, and the answer breaks off in the middle.
    AnswerCut,
    /// It is done, and the answer is a page of HTML.
    Garbage,
}

/// How a request comes to its end.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// With a picture.
    Picture,
    /// With an all-black picture.
    Black,
    /// With a failure of this name or text.
    Fails(String),
    /// With a picture that is deleted before it is fetched.
    Expired,
    /// Never: it stays in this status.
    Stays(String),
}

/// What becomes of one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How long it takes.
    pub work: Duration,
    /// How it ends.
    pub ending: Ending,
}

/// What becomes of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It arrives.
    Once,
    /// It does not.
    Lost,
    /// It arrives twice.
    Doubled,
    /// It arrives after this time.
    Late(Duration),
}

/// The script of a vendor: what is queued happens to the next requests, in this order; then everything goes well, or by chance.
#[derive(Debug)]
pub struct Script(Mutex<Lines>);

#[derive(Debug)]
struct Lines {
    faults: HashMap<Operation, VecDeque<Fault>>,
    plans: VecDeque<Plan>,
    usual: Plan,
    deliveries: VecDeque<Delivery>,
    slots: usize,
    chance: Option<Chance>,
}

impl Default for Script {
    fn default() -> Self {
        let usual = Plan { work: Duration::from_millis(60), ending: Ending::Picture };
        let (faults, plans, deliveries) = (HashMap::new(), VecDeque::new(), VecDeque::new());
        Self(Mutex::new(Lines { faults, plans, usual, deliveries, slots: usize::MAX, chance: None }))
    }
}

impl Script {
    /// A further request of this kind has this fault.
    pub fn fault(&self, operation: Operation, fault: Fault) {
        self.lines().faults.entry(operation).or_default().push_back(fault);
    }

    /// A further request takes this course.
    pub fn plan(&self, plan: Plan) {
        self.lines().plans.push_back(plan);
    }

    /// A further request comes to this end, in the usual time.
    pub fn ending(&self, ending: Ending) {
        let work = self.lines().usual.work;
        self.plan(Plan { work, ending });
    }

    /// Every request without a plan takes this course.
    pub fn usually(&self, plan: Plan) {
        self.lines().usual = plan;
    }

    /// A further message is delivered so.
    pub fn delivery(&self, delivery: Delivery) {
        self.lines().deliveries.push_back(delivery);
    }

    /// How many requests a Cog server works on at once; without, any number.
    pub fn slots(&self, slots: usize) {
        self.lines().slots = slots;
    }

    /// What is not queued happens by chance from now on.
    pub fn by_chance(&self, chances: Chances) {
        self.lines().chance = Some(Chance::new(chances));
    }

    pub(super) fn next_fault(&self, operation: Operation) -> Option<Fault> {
        let mut lines = self.lines();
        let queued = lines.faults.get_mut(&operation).and_then(VecDeque::pop_front);
        queued.or_else(|| lines.chance.as_mut()?.fault(operation))
    }

    pub(super) fn next_plan(&self) -> Plan {
        let mut lines = self.lines();
        let usual = lines.usual.clone();
        let queued = lines.plans.pop_front();
        queued.or_else(|| lines.chance.as_mut()?.plan(&usual)).unwrap_or(usual)
    }

    pub(super) fn next_delivery(&self) -> Delivery {
        let mut lines = self.lines();
        let queued = lines.deliveries.pop_front();
        queued.or_else(|| lines.chance.as_mut()?.delivery()).unwrap_or(Delivery::Once)
    }

    pub(super) fn free_slots(&self, taken: usize) -> bool {
        taken < self.lines().slots
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap()
    }
}

impl Fault {
    /// Whether the request is done in spite of the fault.
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Late(_) | Self::AnswerLost | Self::AnswerCut | Self::Garbage)
    }

    /// What the fault makes of the answer to a request that was done.
    pub(super) fn spoil(&self, answer: Answer) -> Answer {
        match self {
            Self::Late(wait) => answer.before(Step::Wait(*wait)),
            Self::AnswerCut => answer.cut_in_half(),
            Self::Garbage => Answer::bytes(200, "text/html", "<html><body>One moment, please</body></html>"),
            _ => Answer::hang_up(),
        }
    }
}

/// Answers a request: `words` are the vendor's own for a refusal, `done` does what was asked for.
pub(super) fn answer(script: &Script, operation: Operation, words: impl Fn(&Fault) -> Answer, done: impl FnOnce() -> Answer) -> Answer {
    match script.next_fault(operation) {
        None => done(),
        Some(fault) if fault.is_done() => fault.spoil(done()),
        Some(Fault::Stumbles(status)) => Answer::bytes(status, "text/html", "<html><body>Bad gateway</body></html>"),
        Some(Fault::HangsUp) => Answer::hang_up(),
        Some(Fault::Throttled(wait)) => {
            let refused = words(&Fault::Throttled(wait));
            wait.map_or(refused.clone(), |seconds| refused.header("retry-after", &seconds.to_string()))
        }
        Some(fault) => words(&fault),
    }
}

//! Faults by chance, the same ones for the same seed.

use std::time::Duration;

use super::{Delivery, Ending, Fault, Operation, Plan};

/// How often what goes wrong, in per mille of requests or messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chances {
    /// Where the sequence begins.
    pub seed: u64,
    /// Requests that are throttled, or stumble without anything done.
    pub refused: u64,
    /// Looks and fetches whose answer is late, lost, cut or garbage.
    pub spoilt: u64,
    /// Requests handed over whose answer is lost.
    pub unanswered: u64,
    /// Requests that fail at the vendor.
    pub failures: u64,
    /// Messages that are lost.
    pub lost: u64,
    /// Messages that come twice.
    pub doubled: u64,
}

#[derive(Debug)]
pub(super) struct Chance {
    chances: Chances,
    state: u64,
}

impl Chance {
    pub(super) fn new(chances: Chances) -> Self {
        Self { chances, state: chances.seed }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn happens(&mut self, per_mille: u64) -> bool {
        self.number() % 1_000 < per_mille
    }

    pub(super) fn fault(&mut self, operation: Operation) -> Option<Fault> {
        if self.happens(self.chances.refused) {
            return Some(if self.number().is_multiple_of(2) { Fault::Throttled(Some(0.05)) } else { Fault::Throttled(None) });
        }
        if operation == Operation::Create {
            return self.happens(self.chances.unanswered).then_some(Fault::AnswerLost);
        }
        if !self.happens(self.chances.spoilt) {
            return None;
        }
        Some(match self.number() % 5 {
            0 => Fault::Late(Duration::from_millis(self.number() % 300)),
            1 => Fault::Stumbles(502),
            2 => Fault::AnswerLost,
            3 => Fault::AnswerCut,
            _ => Fault::Garbage,
        })
    }

    pub(super) fn plan(&mut self, usual: &Plan) -> Option<Plan> {
        let text = "RuntimeError: CUDA error: device-side assert triggered".to_owned();
        self.happens(self.chances.failures).then_some(Plan { work: usual.work, ending: Ending::Fails(text) })
    }

    pub(super) fn delivery(&mut self) -> Option<Delivery> {
        if self.happens(self.chances.lost) {
            return Some(Delivery::Lost);
        }
        self.happens(self.chances.doubled).then_some(Delivery::Doubled)
    }
}

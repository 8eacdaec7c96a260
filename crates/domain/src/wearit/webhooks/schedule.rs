//! When a message that did not arrive is tried again.

use std::str::FromStr;
use std::time::Duration;

/// The text is no schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 20 waits in seconds with commas between, each 1 to 86400, e.g. 5,300,1800")]
pub struct InvalidSchedule;

/// The waits between attempts; after the last one the message is given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

impl Default for RetrySchedule {
    /// The example of the Standard Webhooks specification, section "Deliverability and reliability": over a day in all.
    fn default() -> Self {
        Self([5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600].map(Duration::from_secs).to_vec())
    }
}

impl RetrySchedule {
    /// The longest wait, also of one that a receiver asks for.
    pub const LONGEST: Duration = Duration::from_secs(86_400);

    /// The wait after attempt number `tries` (from 1) failed, of which up to a tenth is cut off by `jitter` (0 to 255): messages that failed together
    /// come again apart. `None` when that was the last attempt.
    pub fn after(&self, tries: u32, jitter: u8) -> Option<Duration> {
        let wait = *self.0.get(usize::try_from(tries.checked_sub(1)?).ok()?)?;
        // Whole milliseconds: stores keep no finer.
        let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Some(Duration::from_millis(millis - millis * u64::from(jitter) / 2_550))
    }
}

impl FromStr for RetrySchedule {
    type Err = InvalidSchedule;
    fn from_str(text: &str) -> Result<Self, InvalidSchedule> {
        let wait = |part: &str| part.trim().parse().ok().filter(|seconds| (1..=86_400).contains(seconds)).map(Duration::from_secs);
        let waits = text.split(',').map(wait).collect::<Option<Vec<_>>>().filter(|waits| waits.len() <= 20);
        waits.map(Self).ok_or(InvalidSchedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_over_hours_and_end() {
        let schedule = RetrySchedule::default();
        let waits: Vec<_> = (1..=8).map(|tries| schedule.after(tries, 0).map(|wait| wait.as_secs())).collect();
        assert_eq!(waits, [Some(5), Some(300), Some(1_800), Some(7_200), Some(18_000), Some(36_000), Some(50_400), None]);
        assert_eq!(schedule.after(0, 0), None);
    }

    #[test]
    fn jitter_takes_at_most_a_tenth() {
        let schedule = RetrySchedule::default();
        assert_eq!(schedule.after(2, 255), Some(Duration::from_secs(270)));
    }

    #[test]
    fn a_schedule_is_read_and_nonsense_is_refused() {
        assert_eq!("1, 2".parse::<RetrySchedule>().map(|schedule| schedule.after(2, 0)), Ok(Some(Duration::from_secs(2))));
        for text in ["", "0", "a", "1,,2", "86401", &["1"; 21].join(",")] {
            assert_eq!(text.parse::<RetrySchedule>(), Err(InvalidSchedule), "{text:?}");
        }
    }
}

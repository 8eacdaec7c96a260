//! The line in front of a store whose leases are all given out: first come, first served.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct Line {
    next: u64,
    waiting: VecDeque<u64>,
}

/// Who waits for a place at one store, in this process.
#[derive(Default)]
pub(super) struct LeaseQueue {
    line: Mutex<Line>,
}

/// A place in the line; leaves it when dropped.
pub(super) struct Place<'a> {
    queue: &'a LeaseQueue,
    number: u64,
}

impl LeaseQueue {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the line at its end.
    pub(super) fn join(&self) -> Place<'_> {
        let mut line = self.line();
        let number = line.next;
        line.next += 1;
        line.waiting.push_back(number);
        Place { queue: self, number }
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> u32 {
        u32::try_from(self.line().waiting.len()).unwrap_or(u32::MAX)
    }
}

impl Place<'_> {
    /// Whether nobody came before.
    pub(super) fn is_first(&self) -> bool {
        self.queue.line().waiting.front() == Some(&self.number)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.queue.line().waiting.retain(|number| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_first_is_first_and_who_leaves_is_forgotten() {
        let queue = LeaseQueue::default();
        let (first, second, third) = (queue.join(), queue.join(), queue.join());
        assert!(first.is_first() && !second.is_first() && !third.is_first());
        drop(second);
        drop(first);
        assert!(third.is_first());
        assert_eq!(queue.waiting(), 1);
        drop(third);
        assert_eq!(queue.waiting(), 0);
    }
}

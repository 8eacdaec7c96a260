//! The leaderboard and its ties.

use std::cmp::{Ordering, Reverse};

use crate::kernel::Timestamp;

use super::statistics::Average;

/// A conversation as the ranking sees it. `I` is what it is shown under: its id, or its alias where anonymity holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission<I> {
    /// What it is shown under.
    pub conversation: I,
    /// The notes it was given, in half points 2..=20.
    pub notes: Vec<u8>,
    /// The tokens it took.
    pub tokens: u64,
    /// When its final version was submitted; none when it was not.
    pub submitted_at: Option<Timestamp>,
    /// Whether it was made while the hackathon was in test.
    pub test: bool,
    /// Whether it is out of competition.
    pub disqualified: bool,
}

/// Why a submission has no rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unranked {
    /// It has fewer evaluations than required.
    TooFewEvaluations,
    /// It is out of competition.
    Disqualified,
}

/// A row of the leaderboard, with every key that made its rank.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing<I> {
    /// The rank from 1, or why there is none. Equals share a rank and the next ones are passed over: 1, 1, 3.
    pub rank: Result<u64, Unranked>,
    /// What it is shown under.
    pub conversation: I,
    /// How many notes it was given.
    pub evaluations: u64,
    /// The mean of its notes in points: the first key, the higher the better.
    pub mean: Option<f64>,
    /// Their median in points: the second key, the higher the better.
    pub median: Option<f64>,
    /// The tokens it took: the third key, the fewer the better.
    pub tokens: u64,
    /// When it was submitted: the last key, the earlier the better.
    pub submitted_at: Timestamp,
}

struct Keys {
    mean: Option<Average>,
    median: Option<Average>,
    tokens: u64,
    submitted_at: Timestamp,
}

impl Keys {
    fn compare(&self, other: &Self) -> Ordering {
        (Reverse(self.mean), Reverse(self.median), self.tokens, self.submitted_at).cmp(&(
            Reverse(other.mean),
            Reverse(other.median),
            other.tokens,
            other.submitted_at,
        ))
    }
}

/// Ranks submissions by mean, median, fewer tokens and earlier submission. A rank takes `required_evaluations` notes, at least one.
///
/// Conversations not submitted or made in test are left out; what has no rank comes last, whatever its notes. Equals stand in the order of
/// their ids, those without a rank too, so that the order of the input changes nothing; pass aliases where that order must tell nothing.
pub fn ranking<I: Copy + Ord>(submissions: &[Submission<I>], required_evaluations: usize) -> Vec<Standing<I>> {
    let mut entries: Vec<(Option<Unranked>, Keys, &Submission<I>)> = submissions
        .iter()
        .filter(|submission| !submission.test)
        .filter_map(|submission| {
            let keys = Keys {
                mean: Average::mean(&submission.notes),
                median: Average::median(&submission.notes),
                tokens: submission.tokens,
                submitted_at: submission.submitted_at?,
            };
            Some((unranked(submission, required_evaluations), keys, submission))
        })
        .collect();
    entries.sort_by(|(left_reason, left_keys, left), (right_reason, right_keys, right)| {
        let keys = || if left_reason.is_none() { left_keys.compare(right_keys) } else { Ordering::Equal };
        left_reason.cmp(right_reason).then_with(keys).then_with(|| left.conversation.cmp(&right.conversation))
    });
    let mut rank = 0;
    let ranks: Vec<u64> = (0..entries.len())
        .map(|place| {
            let equal = place > 0 && entries[place - 1].1.compare(&entries[place].1).is_eq();
            if !equal {
                rank = place as u64 + 1;
            }
            rank
        })
        .collect();
    ranks
        .into_iter()
        .zip(entries)
        .map(|(rank, (reason, keys, submission))| standing(reason.map_or(Ok(rank), Err), &keys, submission))
        .collect()
}

fn unranked<I>(submission: &Submission<I>, required_evaluations: usize) -> Option<Unranked> {
    if submission.disqualified {
        Some(Unranked::Disqualified)
    } else if submission.notes.len() < required_evaluations.max(1) {
        Some(Unranked::TooFewEvaluations)
    } else {
        None
    }
}

fn standing<I: Copy>(rank: Result<u64, Unranked>, keys: &Keys, submission: &Submission<I>) -> Standing<I> {
    Standing {
        rank,
        conversation: submission.conversation,
        evaluations: submission.notes.len() as u64,
        mean: keys.mean.map(Average::points),
        median: keys.median.map(Average::points),
        tokens: keys.tokens,
        submitted_at: keys.submitted_at,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn submission(conversation: u32, notes: &[u8], tokens: u64, second: i64) -> Submission<u32> {
        let submitted_at = Some(Timestamp::from_timestamp(second, 0).unwrap());
        Submission { conversation, notes: notes.to_vec(), tokens, submitted_at, test: false, disqualified: false }
    }

    fn ranks(submissions: &[Submission<u32>], required: usize) -> Vec<(u32, Result<u64, Unranked>)> {
        ranking(submissions, required).into_iter().map(|standing| (standing.conversation, standing.rank)).collect()
    }

    #[test]
    fn each_key_decides_where_the_ones_before_are_equal() {
        let submissions = [
            submission(1, &[14, 14, 14], 900, 50),
            submission(2, &[14, 14, 14], 900, 40),
            submission(3, &[14, 14, 14], 100, 60),
            submission(4, &[10, 16, 16], 5_000, 99),
            submission(5, &[15, 14, 14], 9_000, 99),
        ];
        assert_eq!(ranks(&submissions, 2), [(5, Ok(1)), (4, Ok(2)), (3, Ok(3)), (2, Ok(4)), (1, Ok(5))]);
    }

    #[test]
    fn equals_share_a_rank_and_the_next_one_is_passed_over() {
        let submissions = [
            submission(9, &[10, 10], 5, 5),
            submission(3, &[12, 12], 5, 5),
            submission(1, &[12, 12, 12], 5, 5),
            submission(7, &[2, 2], 5, 5),
        ];
        assert_eq!(ranks(&submissions, 2), [(1, Ok(1)), (3, Ok(1)), (9, Ok(3)), (7, Ok(4))]);
    }

    #[test]
    fn the_ungraded_come_last_and_never_first() {
        let disqualified = Submission { disqualified: true, ..submission(1, &[20, 20], 1, 1) };
        let submissions =
            [disqualified, submission(5, &[], 1, 1), submission(2, &[20], 1, 1), submission(4, &[2, 2], 9, 9), submission(3, &[20], 1, 1)];
        let few = Err(Unranked::TooFewEvaluations);
        assert_eq!(ranks(&submissions, 2), [(4, Ok(1)), (2, few), (3, few), (5, few), (1, Err(Unranked::Disqualified))]);
        assert_eq!(ranks(&[submission(5, &[], 1, 1)], 0), [(5, few)]);
    }

    #[test]
    fn tests_and_drafts_are_left_out() {
        let test = Submission { test: true, ..submission(1, &[20, 20], 1, 1) };
        let draft = Submission { submitted_at: None, ..submission(2, &[20, 20], 1, 1) };
        assert_eq!(ranks(&[test, draft, submission(3, &[2, 2], 1, 1)], 2), [(3, Ok(1))]);
    }

    #[test]
    fn every_key_is_shown() {
        let [row] = &ranking(&[submission(3, &[15, 12, 13], 1_234, 77)], 2)[..] else { panic!("one row") };
        let expected = Standing {
            rank: Ok(1),
            conversation: 3,
            evaluations: 3,
            mean: Some(40.0 / 6.0),
            median: Some(6.5),
            tokens: 1_234,
            submitted_at: Timestamp::from_timestamp(77, 0).unwrap(),
        };
        assert_eq!(*row, expected);
    }

    /// Few values per key, so that ties are common.
    fn any_submissions() -> impl Strategy<Value = Vec<Submission<u32>>> {
        let fields = (prop::collection::vec(prop::sample::select(vec![10_u8, 12, 14]), 0..4), 0_u64..2, 0_i64..2, 0_u8..10);
        prop::collection::vec(fields, 0..20).prop_map(|rows| {
            let numbered = (0..).zip(rows);
            numbered
                .map(|(id, (notes, tokens, second, fate))| {
                    let made = submission(id, &notes, tokens, second);
                    let submitted_at = made.submitted_at.filter(|_| fate != 0);
                    Submission { submitted_at, test: fate == 1, disqualified: fate == 2, ..made }
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn a_permutation_of_the_input_changes_nothing(
            (submissions, shuffled) in any_submissions().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
        ) {
            prop_assert_eq!(ranking(&submissions, 2), ranking(&shuffled, 2));
        }

        #[test]
        fn a_rank_counts_those_that_are_strictly_better(submissions in any_submissions()) {
            let board = ranking(&submissions, 2);
            let better = |left: &Standing<u32>, right: &Standing<u32>| {
                let up = |row: &Standing<u32>| (row.mean, row.median);
                let down = |row: &Standing<u32>| (row.tokens, row.submitted_at);
                up(left) > up(right) || (up(left) == up(right) && down(left) < down(right))
            };
            let ranked: Vec<_> = board.iter().filter(|row| row.rank.is_ok()).collect();
            for row in &ranked {
                let ahead = ranked.iter().filter(|other| better(other, row)).count() as u64;
                prop_assert_eq!(row.rank, Ok(ahead + 1));
            }
            let first_unranked = board.iter().position(|row| row.rank.is_err()).unwrap_or(board.len());
            prop_assert_eq!(first_unranked, ranked.len());
        }
    }
}

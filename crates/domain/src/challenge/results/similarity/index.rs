//! Which sets of shingles overlap enough, without comparing each with each.
//!
//! Prefix filtering (Bayardo, Ma, Srikant, Scaling Up All Pairs Similarity Search, 2007): when two sets share at least `o` of the smaller
//! one's `n` shingles, they share one of its `n − o + 1` rarest. So only the rarest shingles of each set are looked up, and a shingle of one
//! set alone is not even kept.

use std::ops::ControlFlow;

/// Two sets that overlap: their positions, and how many shingles they share.
pub(super) struct Overlap {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) shared: usize,
}

/// A set without the shingles no other set has; the others as ranks, the rarest first.
struct Ranked {
    /// Its position in the input.
    position: usize,
    /// How many shingles the whole set has.
    size: usize,
    ranks: Vec<u32>,
}

/// Calls `found` once for each two sets that share at least `percent` of the smaller one, those of the largest sets first, until it
/// breaks. A set is compared only with sets of at most `largest_partner` of its size. `sets` are sorted and without repetitions.
pub(super) fn overlaps(
    sets: &[Vec<u64>],
    percent: usize,
    largest_partner: impl Fn(usize) -> usize,
    mut found: impl FnMut(Overlap) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let ranked = ranked(sets);
    let holders = holders(&ranked);
    let mut looked_up_by = vec![usize::MAX; ranked.len()];
    for (smaller, set) in ranked.iter().enumerate().rev() {
        let needed = (set.size * percent).div_ceil(100);
        let alone = set.size - set.ranks.len();
        let prefix = (set.size + 1 - needed).saturating_sub(alone);
        let largest = largest_partner(set.size);
        for rank in set.ranks.iter().take(prefix) {
            let held_by = &holders[*rank as usize];
            let larger_ones = held_by.partition_point(|holder| *holder as usize <= smaller);
            for larger in held_by[larger_ones..].iter().map(|holder| *holder as usize) {
                if ranked[larger].size > largest {
                    break;
                }
                if looked_up_by[larger] == smaller {
                    continue;
                }
                looked_up_by[larger] = smaller;
                if let Some(shared) = shared(&set.ranks, &ranked[larger].ranks, needed) {
                    found(Overlap { left: set.position, right: ranked[larger].position, shared })?;
                }
            }
        }
    }
    ControlFlow::Continue(())
}

/// The sets by size, the smallest first.
fn ranked(sets: &[Vec<u64>]) -> Vec<Ranked> {
    let mut all: Vec<u64> = sets.iter().flatten().copied().collect();
    all.sort_unstable();
    let mut common: Vec<(u32, u64)> =
        all.chunk_by(|left, right| left == right).filter(|run| run.len() > 1).map(|run| (run.len() as u32, run[0])).collect();
    drop(all);
    common.sort_unstable();
    let mut rank_of: Vec<(u64, u32)> = common.into_iter().map(|(_, hash)| hash).zip(0..).collect();
    rank_of.sort_unstable();
    let rank = |hash: &u64| rank_of.binary_search_by_key(hash, |(hash, _)| *hash).ok().map(|place| rank_of[place].1);
    let mut ranked: Vec<Ranked> = sets
        .iter()
        .enumerate()
        .map(|(position, set)| {
            let mut ranks: Vec<u32> = set.iter().filter_map(rank).collect();
            ranks.sort_unstable();
            Ranked { position, size: set.len(), ranks }
        })
        .filter(|set| set.size > 0)
        .collect();
    ranked.sort_by_key(|set| set.size);
    ranked
}

/// For each rank, which sets have it, in their order.
fn holders(ranked: &[Ranked]) -> Vec<Vec<u32>> {
    let ranks = ranked.iter().filter_map(|set| set.ranks.last()).max().map_or(0, |last| *last as usize + 1);
    let mut holders = vec![Vec::new(); ranks];
    for (set, index) in ranked.iter().zip(0..) {
        for rank in &set.ranks {
            holders[*rank as usize].push(index);
        }
    }
    holders
}

/// How many ranks both have; none as soon as it is sure to be fewer than `needed`.
fn shared(left: &[u32], right: &[u32], needed: usize) -> Option<usize> {
    let (mut left, mut right, mut shared) = (left, right, 0);
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
        if shared + left.len().min(right.len()) < needed {
            return None;
        }
        if first <= second {
            left = left_rest;
        }
        if second <= first {
            right = right_rest;
        }
        shared += usize::from(first == second);
    }
    (shared >= needed).then_some(shared)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_comparing_each_with_each_finds(
            sets in prop::collection::vec(prop::collection::btree_set(0_u64..12, 0..9), 0..25),
            percent in 1_usize..=100,
            factor in 1_usize..9
        ) {
            let largest = |size: usize| size * factor / 2 + 1;
            let mut expected = BTreeSet::new();
            for (left, one) in sets.iter().enumerate() {
                for (right, other) in sets.iter().enumerate().skip(left + 1) {
                    let shared = one.intersection(other).count();
                    let (smaller, larger) = (one.len().min(other.len()), one.len().max(other.len()));
                    if shared > 0 && shared * 100 >= smaller * percent && larger <= largest(smaller) {
                        expected.insert((left, right, shared));
                    }
                }
            }
            let sets: Vec<Vec<u64>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
            let mut found = Vec::new();
            let ended = overlaps(&sets, percent, largest, |pair| {
                found.push((pair.left.min(pair.right), pair.left.max(pair.right), pair.shared));
                ControlFlow::Continue(())
            });
            prop_assert!(ended.is_continue());
            let count = found.len();
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected.clone());
            prop_assert_eq!(count, expected.len());
        }
    }
}

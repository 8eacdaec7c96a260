//! Prompts of one task that are nearly the same: exact Jaccard and containment over shingles of five words.
//!
//! A finding is a reason to look, never a verdict.

mod index;
mod pairs;
mod shingles;

pub use pairs::{NearDuplicates, Prompt, SimilarPair, near_duplicates};

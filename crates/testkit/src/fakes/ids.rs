//! Identifiers that count.

use std::sync::atomic::{AtomicU64, Ordering};

use atelier_domain::kernel::{EntityId, IdGenerator};

/// Makes ids from a seed and a counter: the same seed makes the same ids, another seed makes others, and later ids are greater.
#[derive(Debug)]
pub struct SeededIds {
    seed: u32,
    next: AtomicU64,
}

impl SeededIds {
    /// Ids of this seed, from the first.
    pub fn new(seed: u32) -> Self {
        Self { seed, next: AtomicU64::new(1) }
    }

    /// The next id of the entity `T`.
    pub fn make<T: EntityId>(&self) -> T {
        T::from_bytes(self.next_bytes())
    }
}

impl Default for SeededIds {
    fn default() -> Self {
        Self::new(1)
    }
}

impl IdGenerator for SeededIds {
    fn next_bytes(&self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.seed.to_be_bytes());
        bytes[4..].copy_from_slice(&self.next.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        bytes
    }
}

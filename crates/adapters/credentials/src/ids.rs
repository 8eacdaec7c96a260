//! Identifiers in the form of BSON's ObjectId.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use atelier_domain::kernel::{Clock, IdGenerator};

use crate::random::random_bytes;

/// Makes identifiers of 4 bytes of seconds, 5 random bytes per generator and a 3-byte counter, all big-endian (BSON's ObjectId, so that
/// the embedded and the distributed store hold the same ids).
///
/// Unique within one generator for 16 777 216 ids a second, and across generators by their random part.
pub struct ObjectIds {
    clock: Arc<dyn Clock>,
    process: [u8; 5],
    counter: AtomicU32,
}

impl ObjectIds {
    /// A generator with a random part of its own. Share one per process.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, process: random_bytes(), counter: AtomicU32::new(u32::from_be_bytes(random_bytes())) }
    }
}

impl IdGenerator for ObjectIds {
    fn next_bytes(&self) -> [u8; 12] {
        // The format keeps the low 32 bits of the seconds: they wrap in 2106.
        let seconds = self.clock.now().timestamp().to_be_bytes();
        let count = self.counter.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut id = [0; 12];
        id[..4].copy_from_slice(&seconds[4..]);
        id[4..9].copy_from_slice(&self.process);
        id[9..].copy_from_slice(&count[1..]);
        id
    }
}

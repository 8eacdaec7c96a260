//! What is accepted, and how much of the machine it may use.

use std::num::NonZero;
use std::thread::available_parallelism;

/// Limits of the image pipeline (checklist CW27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageLimits {
    /// Largest encoded picture, in bytes.
    pub max_bytes: u64,
    /// Most pixels of a picture.
    pub max_pixels: u64,
    /// Most bytes of a decoded picture.
    pub max_decoded_bytes: u64,
    /// Memory of all pictures being processed together, in megabytes of 10⁶ bytes. A picture whose decoder needs more than all of it is
    /// refused as too large: a progressive JPEG without chroma subsampling from 28 megapixels, some WebP files from 15.
    pub memory_budget_mb: u32,
    /// Pictures processed at once.
    pub threads: usize,
    /// Pictures that may wait besides.
    pub queue_limit: usize,
}

impl Default for ImageLimits {
    fn default() -> Self {
        Self {
            max_bytes: 10 * 1024 * 1024,
            max_pixels: 40_000_000,
            max_decoded_bytes: 160_000_000,
            memory_budget_mb: 256,
            threads: available_parallelism().map_or(1, NonZero::get),
            queue_limit: 64,
        }
    }
}

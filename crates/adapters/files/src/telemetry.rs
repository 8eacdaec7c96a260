//! Metrics and log lines of storage operations (checklist W190, W218–W223).

use std::time::Instant;

use atelier_domain::kernel::{ObjectKey, ObjectStoreError, error_chain};

const REQUESTS: &str = "atelier_storage_requests_total";
const BYTES: &str = "atelier_storage_bytes_total";
const SECONDS: &str = "atelier_storage_seconds";
const FAILURES: &str = "atelier_storage_failures_total";

/// Tells the metrics registry what the series mean.
pub(crate) fn describe() {
    metrics::describe_counter!(REQUESTS, "Storage operations begun, by operation");
    metrics::describe_counter!(BYTES, metrics::Unit::Bytes, "Bytes of objects written and read, by operation");
    metrics::describe_histogram!(SECONDS, metrics::Unit::Seconds, "Duration of storage operations, by operation");
    metrics::describe_counter!(FAILURES, "Storage operations that failed, by operation; an object that is not there is no failure");
}

/// One operation being measured.
pub(crate) struct Measured {
    operation: &'static str,
    start: Instant,
}

impl Measured {
    /// Counts the operation and starts its clock.
    pub(crate) fn start(operation: &'static str) -> Self {
        metrics::counter!(REQUESTS, "operation" => operation).increment(1);
        Self { operation, start: Instant::now() }
    }

    /// Records how it ended, and returns the seconds it took.
    pub(crate) fn end<T>(&self, result: &Result<T, ObjectStoreError>) -> f64 {
        let seconds = self.start.elapsed().as_secs_f64();
        metrics::histogram!(SECONDS, "operation" => self.operation).record(seconds);
        if result.as_ref().is_err_and(|error| !matches!(error, ObjectStoreError::NotFound(_))) {
            metrics::counter!(FAILURES, "operation" => self.operation).increment(1);
        }
        seconds
    }

    /// Counts bytes of an object.
    pub(crate) fn bytes(&self, count: u64) {
        metrics::counter!(BYTES, "operation" => self.operation).increment(count);
    }

    /// Records how a write of `size` bytes ended, with the log line the storage document asks for.
    pub(crate) fn end_upload(&self, key: &ObjectKey, size: u64, result: &Result<(), ObjectStoreError>) {
        let seconds = self.end(result);
        match result {
            Ok(()) => {
                self.bytes(size);
                tracing::info!("File uploaded successfully: {key} ({size} bytes, {seconds:.2}s)");
            }
            Err(error) => tracing::error!("Upload failed for {key}: {}", error_chain(error)),
        }
    }
}

/// Logs that an object could not be deleted.
pub(crate) fn delete_failed(key: &ObjectKey, error: &ObjectStoreError) {
    tracing::error!("Failed to delete file {key}: {}", error_chain(error));
}

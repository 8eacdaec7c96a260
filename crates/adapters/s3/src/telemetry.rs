//! Metrics and log lines of storage operations (checklist W171, W188–W190, W217–W223). The series are those of the embedded store.

use std::time::Instant;

use atelier_domain::kernel::{ObjectKey, ObjectStoreError, error_chain};

const REQUESTS: &str = "atelier_storage_requests_total";
const BYTES: &str = "atelier_storage_bytes_total";
const SECONDS: &str = "atelier_storage_seconds";
const FAILURES: &str = "atelier_storage_failures_total";
const REJECTED: &str = "atelier_storage_rejected_total";
const BREAKER: &str = "atelier_storage_breaker_open";
const USED: &str = "atelier_storage_used_bytes";
const OBJECTS: &str = "atelier_storage_objects";

/// Tells the metrics registry what the series mean.
pub(crate) fn describe() {
    metrics::describe_counter!(REQUESTS, "Storage operations begun, by operation");
    metrics::describe_counter!(BYTES, metrics::Unit::Bytes, "Bytes of objects written and read, by operation");
    metrics::describe_histogram!(SECONDS, metrics::Unit::Seconds, "Duration of storage operations, by operation");
    metrics::describe_counter!(FAILURES, "Storage operations that failed, by operation; an object that is not there is no failure");
    metrics::describe_counter!(REJECTED, "Storage operations refused unasked because the server had stopped answering, by operation");
    metrics::describe_gauge!(BREAKER, "1 while storage operations are refused because the server has stopped answering");
    metrics::describe_gauge!(USED, metrics::Unit::Bytes, "Bytes stored when last added up, old versions included, by prefix");
    metrics::describe_gauge!(OBJECTS, "Objects stored when last added up, without old versions, by prefix");
    breaker_open(false);
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

/// Logs that an object could not be read. One that is not there is no failure.
pub(crate) fn download_failed(key: &ObjectKey, error: &ObjectStoreError) {
    if !matches!(error, ObjectStoreError::NotFound(_)) {
        tracing::error!("Download failed for {key}: {}", error_chain(error));
    }
}

/// Logs that an object could not be deleted.
pub(crate) fn delete_failed(key: &str, cause: &str) {
    tracing::error!("Failed to delete file {key}: {cause}");
}

/// Logs that a URL could not be signed.
pub(crate) fn presign_failed(error: &ObjectStoreError) {
    tracing::error!("{}", error_chain(error));
}

/// Counts an operation that was refused without asking the server.
pub(crate) fn rejected(operation: &'static str) {
    metrics::counter!(REJECTED, "operation" => operation).increment(1);
}

/// Shows whether operations are being refused.
pub(crate) fn breaker_open(open: bool) {
    metrics::gauge!(BREAKER).set(if open { 1.0 } else { 0.0 });
}

/// Shows what a prefix holds.
pub(crate) fn used(prefix: &str, objects: u64, bytes: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; 2^53 bytes are 9 petabytes")]
    {
        metrics::gauge!(USED, "prefix" => prefix.to_owned()).set(bytes as f64);
        metrics::gauge!(OBJECTS, "prefix" => prefix.to_owned()).set(objects as f64);
    }
}

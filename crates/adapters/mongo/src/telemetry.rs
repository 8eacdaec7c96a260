//! How long operations take.

use tokio::time::Instant;

const SECONDS: &str = "atelier_store_operation_seconds";
pub(crate) const COMMAND_SECONDS: &str = "atelier_store_command_seconds";
pub(crate) const SLOW_COMMANDS: &str = "atelier_store_slow_commands_total";
pub(crate) const CONTENTION: &str = "atelier_store_contention_total";

/// Tells the metrics recorder, if one is installed, what is measured.
pub(crate) fn describe() {
    let text = "Seconds an operation of the store took, the wait for a connection included; unit_of_work is a whole transaction";
    metrics::describe_histogram!(SECONDS, metrics::Unit::Seconds, text);
    let text = "Seconds a command took on the database server, network included, by command and outcome";
    metrics::describe_histogram!(COMMAND_SECONDS, metrics::Unit::Seconds, text);
    metrics::describe_counter!(SLOW_COMMANDS, "Commands that took longer than the limit of the slow-query log");
    metrics::describe_counter!(CONTENTION, "Units of work that met another writer and have to be run again");
}

/// Measures one operation, the wait for a connection included, and records it when dropped: finished, failed or abandoned.
pub(crate) struct Timed {
    operation: &'static str,
    began: Instant,
}

impl Timed {
    /// Begins to measure.
    pub(crate) fn operation(operation: &'static str) -> Self {
        Self { operation, began: Instant::now() }
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        metrics::histogram!(SECONDS, "operation" => self.operation).record(self.began.elapsed().as_secs_f64());
    }
}

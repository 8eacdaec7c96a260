//! The command line of the worker.

use std::process::Command;

#[test]
fn help_says_that_it_shares_the_work() {
    let output = Command::new(env!("CARGO_BIN_EXE_atelier-worker")).arg("--help").env_clear().output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("shares the work") && text.contains("[env: WORKER_CONCURRENCY"), "{text}");
}

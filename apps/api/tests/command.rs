//! The command line of the API.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

fn run(arguments: &[&str], data: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_atelier-api")).args(arguments).env_clear().env("DATA_DIR", data).output().unwrap()
}

#[test]
fn help_is_the_manual_of_every_setting() {
    let folder = tempfile::tempdir().unwrap();
    let text = String::from_utf8(run(&["--help"], folder.path()).stdout).unwrap();
    for variable in [
        "PORT",
        "HOST",
        "DATA_DIR",
        "JWT_SECRET_KEY",
        "SMTP_URL",
        "PUBLIC_URL",
        "CORS_ORIGINS",
        "WORKER_CONCURRENCY",
        "RESULT_RETENTION_DAYS",
    ] {
        assert!(text.contains(&format!("[env: {variable}")), "{variable} is not in --help:\n{text}");
    }
}

#[test]
fn unusable_settings_are_all_told_at_once_and_nothing_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let output = run(&["--mongodb-uri", "x", "--bcrypt-cost", "3"], &data);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("MONGODB_URI") && text.contains("BCRYPT_COST"), "{text}");
    assert!(!data.exists());
}

#[test]
fn a_port_in_use_is_told_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(&["--port", &port], folder.path());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("choose another PORT"), "{text}");
}

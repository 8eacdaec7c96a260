//! The operator's command line, and the generated OpenAPI document.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

fn run(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_atelier-admin")).args(arguments).env_clear().output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn without_a_command_it_shows_what_there_is() {
    let (success, text) = run(&[]);
    assert!(!success && text.contains("create-admin") && text.contains("openapi"), "{text}");
}

#[test]
fn the_openapi_document_in_the_repository_is_the_one_the_code_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let kept = std::fs::read_to_string(path).unwrap();
    let (success, made) = run(&["openapi"]);
    assert!(success, "{made}");
    assert!(kept == made, "docs/openapi.json is out of date: run make gen and commit it");
}

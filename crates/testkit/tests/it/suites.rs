//! The suites' macros.

use std::path::Path;

/// What is no topic in the folder of the suites.
const NO_TOPICS: [&str; 6] = ["backend", "concurrency", "every_operation", "macros", "mod", "paging"];

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect()
}

#[test]
fn every_case_is_expanded_by_a_macro() {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/contract");
    assert!(check(&contract) > 10);
    assert!(check(&contract.join("challenge")) > 10);
}

/// Compares the folder's suites with its macros; answers how many topics it has.
fn check(folder: &Path) -> usize {
    let macros = std::fs::read_to_string(folder.join("macros.rs")).unwrap();
    let mut topics = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let topic = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if NO_TOPICS.contains(&topic.as_str()) {
            continue;
        }
        topics += 1;
        let source = std::fs::read_to_string(&path).unwrap();
        let declared: Vec<&str> = source.lines().filter_map(|line| line.strip_prefix("pub async fn ")).map(|rest| words(rest)[0]).collect();
        let listed = macros.split_once(&format!(" {topic} {{")).map(|(_, rest)| rest.split_once('}').unwrap().0);
        let listed = words(listed.unwrap_or_else(|| panic!("no macro has the topic {topic}")));
        assert!(!declared.is_empty(), "{topic} has no case");
        assert_eq!(listed, declared, "the cases of {topic}, in the order of the file");
    }
    topics
}

#[test]
fn a_missing_backend_skips() {
    // With backends required this would fail, and says so; a developer's machine has not set it.
    #[expect(clippy::disallowed_methods, reason = "a test run is configured by its environment")]
    let required = std::env::var("REQUIRE_BACKENDS").is_ok_and(|value| value == "1");
    let outcome = std::panic::catch_unwind(|| atelier_testkit::contract::present(None::<()>, "a case"));
    assert_eq!(outcome.is_err(), required);
    assert_eq!(atelier_testkit::contract::present(Some(1), "a case"), Some(1));
}

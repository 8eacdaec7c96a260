//! The networks in `models/` are the ones described in `models/NOTICE`.

use sha2::{Digest, Sha256};

fn digest(name: &str) -> String {
    let path = format!("{}/models/{name}", env!("CARGO_MANIFEST_DIR"));
    hex::encode(Sha256::digest(std::fs::read(path).unwrap()))
}

#[test]
fn the_networks_have_the_checksums_the_notice_gives() {
    let notice = std::fs::read_to_string(format!("{}/models/NOTICE", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for (name, sha256) in [
        ("pose_detection_w16.onnx", "a8b0f5e717d7741044743d9498425c5a90bb5568392441b8366b35aefa6c36c3"),
        ("pose_landmark_full_w16.onnx", "6178bbc1a862ec3e4edfe702236988362f8a69f075fdbfc6cdfb2eebd7c0fb0b"),
    ] {
        assert_eq!(digest(name), sha256, "{name}");
        assert!(notice.contains(name) && notice.contains(sha256), "{name} is in the notice");
    }
}

#[test]
fn the_licence_of_the_networks_is_beside_them() {
    let licence = std::fs::read_to_string(format!("{}/models/LICENSE", env!("CARGO_MANIFEST_DIR"))).unwrap();
    assert!(licence.contains("Apache License") && licence.contains("Version 2.0"));
}

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Barrier};

use atelier_adapter_credentials::{InstallationSecrets, InstallationSecretsError};
use atelier_domain::kernel::ExposeSecret;

fn load(folder: &Path) -> [String; 3] {
    let secrets = InstallationSecrets::load_or_create(folder).unwrap();
    [secrets.jwt, secrets.digest, secrets.url_signing].map(|key| key.expose_secret().to_owned())
}

#[test]
fn keys_are_made_once_and_kept() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("not/yet/there");
    let first = load(&folder);
    assert_eq!(load(&folder), first);
    assert!(first.iter().all(|key| key.len() == 43));
    assert!(first[0] != first[1] && first[1] != first[2] && first[0] != first[2]);
}

#[test]
fn nobody_else_may_read_them_and_nothing_else_is_left_behind() {
    let data = tempfile::tempdir().unwrap();
    load(data.path());
    let folder = data.path().join("secrets");
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["digest", "jwt", "url-signing"]);
}

#[test]
fn those_who_start_at_the_same_moment_agree() {
    for _ in 0..20 {
        let data = tempfile::tempdir().unwrap();
        let start = Arc::new(Barrier::new(8));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (path, start) = (data.path().to_owned(), Arc::clone(&start));
                std::thread::spawn(move || {
                    start.wait();
                    load(&path)
                })
            })
            .collect();
        let keys: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(keys.iter().all(|one| *one == keys[0]));
    }
}

#[test]
fn a_damaged_key_is_reported_and_not_replaced() {
    let data = tempfile::tempdir().unwrap();
    load(data.path());
    let path = data.path().join("secrets/jwt");
    fs::write(&path, "short").unwrap();
    let error = InstallationSecrets::load_or_create(data.path()).unwrap_err();
    assert!(matches!(error, InstallationSecretsError::Damaged(damaged) if damaged == path));
    assert_eq!(fs::read_to_string(&path).unwrap(), "short");
}

#[test]
fn a_missing_key_is_made_beside_the_others() {
    let data = tempfile::tempdir().unwrap();
    let before = load(data.path());
    fs::remove_file(data.path().join("secrets/digest")).unwrap();
    let after = load(data.path());
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
    assert_ne!(after[1], before[1]);
}

#[test]
fn keys_are_not_printed() {
    let data = tempfile::tempdir().unwrap();
    let secrets = InstallationSecrets::load_or_create(data.path()).unwrap();
    let printed = format!("{secrets:?}");
    for key in load(data.path()) {
        assert!(!printed.contains(&key));
    }
}

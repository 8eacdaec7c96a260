//! What was changed since, or sealed with another key, is refused before anything is restored.

use std::fs;

use atelier_backup::{BackupEngine, BackupError, BackupFolder, Layout, Manifest};

use super::world::{World, now, traces};
use crate::database::with_database;

const SERVER: &str = "TEST_POSTGRES_URL";

#[tokio::test]
async fn a_changed_archive_another_key_and_the_dump_of_another_backup_are_refused() {
    with_database(SERVER, async |database| {
        let world = World::new(SERVER, database).await;
        let taken = world.taken().await;
        let name = world.name("never");
        let refused = async |what: &str| {
            let checked = world.engine.check(&taken.path, now()).await.unwrap_err();
            let restored = world.engine.restore(&world.beside(&taken, &name), now()).await.unwrap_err();
            assert_eq!(checked.to_string(), restored.to_string(), "{what}");
            assert_eq!(traces(&database.direct, &name).await, 0, "{what}");
            checked
        };
        let whole = fs::read(&taken.path).unwrap();
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        for (what, bytes) in [("flipped", &flipped[..]), ("cut", &whole[..middle])] {
            fs::write(&taken.path, bytes).unwrap();
            assert!(matches!(refused(what).await, BackupError::Corrupt { .. }), "{what}");
        }
        fs::write(&taken.path, &whole).unwrap();
        let other = world.with_key("another key");
        let locked = other.check(&taken.path, now()).await.unwrap_err();
        let text = atelier_domain::kernel::error_chain(&locked);
        assert!(matches!(locked, BackupError::Sealed { .. }) && text.contains("which is not in DB_ENCRYPTION_KEY"), "{text}");
        // renewed: the old key behind the new one opens it
        assert!(world.with_key("another key, a key of tests").check(&taken.path, now()).await.is_ok());

        // Whoever may write the directory makes the checksums fit: what the manifest says is sealed, too.
        let folder = BackupFolder::open(world.folder.path().join("backups")).unwrap();
        let unpacked = folder.unpack(&taken.path, now()).unwrap();
        let staging = folder.stage(now()).unwrap();
        let sealed = fs::read(unpacked.path().join("database.dump.sealed")).unwrap();
        fs::write(staging.path().join("database.dump.sealed"), &sealed).unwrap();
        let mut manifest: Manifest = unpacked.manifest.clone();
        manifest.collections[0].documents += 1;
        fs::remove_file(&taken.path).unwrap();
        folder.publish(staging, manifest, None, Layout::Archive).unwrap();
        assert!(matches!(refused("another manifest").await, BackupError::Sealed { .. }));

        // pieces in another order
        let staging = folder.stage(now()).unwrap();
        let (piece, header) = (64 * 1024 + 16, 37);
        assert!(sealed.len() > header + 2 * piece, "there are not enough rows for three pieces: {}", sealed.len());
        let (first, second) = (&sealed[header..header + piece], &sealed[header + piece..header + 2 * piece]);
        let moved = [&sealed[..header], second, first, &sealed[header + 2 * piece..]].concat();
        fs::write(staging.path().join("database.dump.sealed"), moved).unwrap();
        fs::remove_file(&taken.path).unwrap();
        folder.publish(staging, unpacked.manifest.clone(), None, Layout::Archive).unwrap();
        assert!(matches!(refused("another order").await, BackupError::Sealed { .. }));

        // the last piece missing
        let staging = folder.stage(now()).unwrap();
        fs::write(staging.path().join("database.dump.sealed"), &sealed[..header + 2 * piece]).unwrap();
        fs::remove_file(&taken.path).unwrap();
        folder.publish(staging, unpacked.manifest.clone(), None, Layout::Archive).unwrap();
        assert!(matches!(refused("cut between pieces").await, BackupError::Sealed { .. }));
    })
    .await;
}

#[tokio::test]
async fn nothing_of_the_rows_or_the_password_shows_in_the_file() {
    with_database(SERVER, async |database| {
        let world = World::new(SERVER, database).await;
        let taken = world.taken().await;
        let bytes = fs::read(&taken.path).unwrap();
        let password = url::Url::parse(&database.url).unwrap().password().unwrap().to_owned();
        for secret in ["alice@example.org", "PGDMP", "CREATE TABLE", password.as_str()] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    })
    .await;
}

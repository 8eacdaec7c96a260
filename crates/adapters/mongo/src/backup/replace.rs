//! Putting one collection in another's place.

use atelier_backup::BackupError;
use mongodb::Database;
use mongodb::bson::doc;

/// Makes a collection another one, which goes: at once for whoever reads it, indexes included. Between databases the server copies first.
pub(super) async fn rename(from: &Database, name: &str, to: &Database, new_name: &str) -> Result<(), BackupError> {
    let command = doc! {
        "renameCollection": format!("{}.{name}", from.name()),
        "to": format!("{}.{new_name}", to.name()),
        "dropTarget": true,
    };
    let renamed = from.client().database("admin").run_command(command).await;
    renamed.map_err(BackupError::store(format!("putting {name} in its place")))?;
    Ok(())
}

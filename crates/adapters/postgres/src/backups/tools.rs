//! The programs of PostgreSQL.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use atelier_backup::BackupError;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

/// What a program last said is kept up to here.
const LAST_WORDS: usize = 4096;

/// `pg_dump` and `pg_restore`: in a folder, or on the PATH.
#[derive(Debug, Clone, Default)]
pub(super) struct Tools {
    folder: Option<PathBuf>,
}

impl Tools {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    fn command(&self, tool: &str) -> Command {
        let mut command = self.folder.as_ref().map_or_else(|| Command::new(tool), |folder| Command::new(folder.join(tool)));
        // It ends with the task that waits for it, and with the process: its pipe is closed then.
        command.kill_on_drop(true).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// A program that is of this major version at least.
    pub(super) async fn at_least(&self, tool: &str, server: u32) -> Result<Command, BackupError> {
        let advice = |problem: String| {
            let place = self.folder.as_ref().map_or_else(|| "on the PATH".to_owned(), |folder| format!("in {}", folder.display()));
            let text = format!(
                "{problem}: install {tool} of PostgreSQL {server} or newer {place} (Debian: apt-get install postgresql-client-{server}), or name \
                 its folder in POSTGRES_BIN_DIR"
            );
            BackupError::Tool(text)
        };
        let said = self.command(tool).arg("--version").stdout(Stdio::piped()).output().await;
        let said = said.map_err(|error| advice(format!("{tool} cannot be run ({error})")))?;
        let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        match major(&said) {
            Some(found) if found >= server => {
                let mut command = self.command(tool);
                // What it says is kept for the operator, in one language.
                command.env("LC_ALL", "C").stderr(Stdio::piped());
                Ok(command)
            }
            Some(found) => Err(advice(format!("{tool} is of version {found}, and the server is of version {server}"))),
            None => Err(advice(format!("{tool} does not say its version (it said {said:?})"))),
        }
    }
}

/// The first number after `(PostgreSQL)`.
fn major(said: &str) -> Option<u32> {
    let version = said.split_once("(PostgreSQL)")?.1.trim_start();
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Starts a program.
pub(super) fn spawn(tool: &'static str, command: &mut Command) -> Result<Child, BackupError> {
    command.spawn().map_err(BackupError::store(format!("starting {tool}")))
}

/// The end of what a program says on a pipe.
pub(super) async fn last_words(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut pipe) = pipe else { return String::new() };
    let (mut kept, mut buffer) = (Vec::new(), [0; 1024]);
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        kept.extend_from_slice(&buffer[..read]);
        let surplus = kept.len().saturating_sub(LAST_WORDS);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

/// Whether a program did its work; else what it said.
pub(super) fn judge(tool: &'static str, status: ExitStatus, said: String) -> Result<(), BackupError> {
    if status.success() {
        return Ok(());
    }
    let said = if said.is_empty() { status.to_string() } else { said };
    Err(BackupError::store(format!("{tool} was at work"))(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_distributions_write_them() {
        assert_eq!(major("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major("pg_restore (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("something else"), None);
    }

    #[tokio::test]
    async fn a_missing_or_old_program_is_named_with_what_to_install() {
        let folder = tempfile::tempdir().unwrap();
        let tools = Tools::new(Some(folder.path().to_owned()));
        let missing = tools.at_least("pg_dump", 18).await.unwrap_err();
        assert!(matches!(&missing, BackupError::Tool(text) if text.contains("postgresql-client-18")), "{missing}");
        let script = folder.path().join("pg_dump");
        std::fs::write(&script, "#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.18'\n").unwrap();
        std::os::unix::fs::PermissionsExt::set_mode(&mut std::fs::metadata(&script).unwrap().permissions(), 0o755);
        std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let old = tools.at_least("pg_dump", 18).await.unwrap_err();
        assert!(old.to_string().starts_with("pg_dump is of version 15, and the server is of version 18"), "{old}");
        assert!(tools.at_least("pg_dump", 15).await.is_ok());
    }
}

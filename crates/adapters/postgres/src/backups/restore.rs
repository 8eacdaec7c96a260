//! Bringing a dump back, and reading one to its end.

use std::io::Write;
use std::process::Stdio;

use atelier_backup::{BackupError, Unpacked};
use atelier_domain::dataservice::StreamSealer;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::login::Login;
use super::sealed;
use super::tools::{Tools, judge, last_words, spawn};

/// What is never brought back, by what the table of contents calls it. Whoever held a lease when the backup was taken could have made some
/// of it, in the name of a login that is no more; comments on extensions belong to whoever made those; `public` is there already.
const NOT_BROUGHT_BACK: [&str; 9] = [
    "BLOB",
    "LARGE OBJECT",
    "DEFAULT ACL",
    "COMMENT - EXTENSION",
    "COMMENT - SCHEMA public",
    "EVENT TRIGGER",
    "PUBLICATION",
    "SUBSCRIPTION",
    "SCHEMA - public",
];

/// A backup that is unpacked, with what reads it.
pub(super) struct Dump<'a> {
    pub(super) tools: &'a Tools,
    pub(super) sealer: &'a dyn StreamSealer,
    pub(super) unpacked: &'a Unpacked,
    /// The backup's name, for messages.
    pub(super) name: &'a str,
}

/// What a program is given to read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Feed {
    Whole,
    UntilItHasEnough,
}

impl Dump<'_> {
    async fn tool(&self) -> Result<Command, BackupError> {
        let server = self.unpacked.manifest.postgresql.as_ref().map_or(0, |facts| facts.server);
        self.tools.at_least("pg_restore", server).await
    }

    /// Runs `pg_restore` on the dump; what it writes to its output is answered, or thrown away.
    async fn run(&self, mut command: Command, feed: Feed, keep_output: bool) -> Result<String, BackupError> {
        let stdout = if keep_output { Stdio::piped() } else { Stdio::null() };
        let mut child = spawn("pg_restore", command.stdin(Stdio::piped()).stdout(stdout))?;
        let Some(input) = child.stdin.take() else { return Err(BackupError::store("starting pg_restore")("it has no input")) };
        let (errors, output) = (child.stderr.take(), child.stdout.take());
        let path = self.unpacked.path().join(sealed::FILE);
        let context = sealed::context(&self.unpacked.manifest);
        let read = async {
            let mut text = String::new();
            if let Some(mut output) = output {
                output.read_to_string(&mut text).await?;
            }
            std::io::Result::Ok(text)
        };
        let (fed, said, text) =
            tokio::join!(sealed::open(self.sealer, &context, &path, self.name, input, feed == Feed::Whole), last_words(errors), read);
        fed?;
        let status = child.wait().await.map_err(BackupError::store("waiting for pg_restore"))?;
        judge("pg_restore", status, said)?;
        text.map_err(BackupError::store("reading the table of contents"))
    }

    /// Opens every piece and lets `pg_restore` read all of it, without a database. Answers how many entries it has.
    pub(super) async fn read_through(&self) -> Result<usize, BackupError> {
        let mut list = self.tool().await?;
        list.arg("--list");
        let contents = self.run(list, Feed::UntilItHasEnough, true).await?;
        let mut command = self.tool().await?;
        command.args(["--format=custom", "--file=-"]);
        self.run(command, Feed::Whole, false).await?;
        Ok(contents.lines().filter(|line| !line.starts_with(';')).count())
    }

    /// Restores into an empty database, in one transaction.
    pub(super) async fn restore(&self, login: &Login, database: &str) -> Result<(), BackupError> {
        let mut list = self.tool().await?;
        list.arg("--list");
        let contents = wanted(&self.run(list, Feed::UntilItHasEnough, true).await?);
        let failed = || BackupError::store("writing the table of contents");
        let mut file = tempfile::NamedTempFile::new().map_err(failed())?;
        file.write_all(contents.as_bytes()).map_err(failed())?;
        let mut command = self.tool().await?;
        login.give_to(&mut command);
        command.args(["--format=custom", "--no-password", "--no-owner", "--single-transaction", "--exit-on-error"]);
        command.arg("--use-list").arg(file.path());
        // Written out, since a name alone may be taken for more than a name.
        command.arg(format!("--dbname=dbname='{}'", database.replace('\\', "\\\\").replace('\'', "\\'")));
        self.run(command, Feed::Whole, false).await.map(drop)
    }
}

/// The table of contents without what is not brought back.
fn wanted(contents: &str) -> String {
    let is_wanted = |line: &&str| {
        let entry = line.splitn(4, ' ').nth(3).unwrap_or_default();
        !NOT_BROUGHT_BACK.iter().any(|kind| entry.starts_with(kind))
    };
    contents.lines().filter(is_wanted).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leases_may_have_left_is_not_brought_back() {
        let kept = "3; 2615 16385 SCHEMA - dataservice atelier\n220; 1259 16386 TABLE public users atelier\n3500; 0 16386 TABLE DATA public users atelier\n";
        let left = "5; 3079 16400 COMMENT - EXTENSION vector \n9; 826 17000 DEFAULT ACL - DEFAULT PRIVILEGES FOR TABLES lease_1\n8; 2613 17001 BLOB METADATA - 17001 lease_1\n";
        assert_eq!(wanted(&format!("{kept}{left}")), kept);
    }
}

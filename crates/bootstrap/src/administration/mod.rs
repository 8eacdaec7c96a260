//! What `atelier-admin` does.

mod accounts;
mod audit;
mod backup;
mod chat;
mod database_backups;
mod dataservice;
mod fit;
mod integrity;
mod maintenance;
mod migrate;
mod migrations;
mod restore;
mod storage;
mod verify;

use std::path::PathBuf;

use atelier_backup::Restore;
use atelier_domain::challenge::maintenance::MaintenanceTask;
use atelier_domain::kernel::Timestamp;

use crate::config::Config;
use crate::product::{StartError, failed};

pub use audit::AuditCommand;
pub use database_backups::BackupsCommand;
pub use dataservice::{DataCommand, DeadCommand};
pub use fit::FitCommand;
pub use migrate::MigrateCommand;
pub use migrations::MigrationsCommand;
pub use storage::StorageCommand;

/// The operator's commands.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum AdminCommand {
    /// Make an administrator's account; the password (8 characters at least) is the first line of standard input
    CreateAdmin {
        /// The account's e-mail address
        #[arg(long)]
        email: String,
        /// The account's name
        #[arg(long)]
        name: String,
    },
    /// Bring the database to this version's schema; processes refuse to start on one that is behind
    #[command(args_conflicts_with_subcommands = true)]
    Migrate {
        /// Say what would be done and change nothing
        #[arg(long)]
        dry_run: bool,
        /// Something else than migrating
        #[command(subcommand)]
        command: Option<MigrateCommand>,
    },
    /// Prepare the S3 bucket, and look at it
    #[command(subcommand)]
    Storage(StorageCommand),
    /// Compare rows with files: say which files are missing and which belong to nothing; fails when a file is missing
    Integrity {
        /// Remove the files that belong to nothing
        #[arg(long)]
        repair: bool,
        /// How many minutes old a file must be to count as belonging to nothing; younger ones may be of a request under way
        #[arg(long, default_value_t = 24 * 60)]
        grace_minutes: u32,
    },
    /// Back the store up into BACKUP_DIR, then remove backups older than BACKUP_KEEP_DAYS. A MongoDB database is written as mongodump writes
    /// it, objects in S3 are listed with their versions; of the embedded store the database and the object files are copied. Secrets
    /// (DATA_DIR/secrets, settings) are not in a backup: keep them elsewhere
    Backup {
        /// Only this collection (MongoDB)
        #[arg(long, conflicts_with = "incremental")]
        collection: Option<String>,
        /// Only what changed since the newest backup (MongoDB); a whole one when that is not known
        #[arg(long)]
        incremental: bool,
    },
    /// Restore a backup, after its checksums are checked, into an empty place; the changes that it needs are found beside it
    Restore {
        /// The backup: a file or folder, or its name in BACKUP_DIR
        archive: PathBuf,
        /// Into this database instead of MONGODB_DATABASE
        #[arg(long)]
        database: Option<String>,
        /// Only this collection
        #[arg(long)]
        collection: Option<String>,
        /// With the changes up to this time (RFC 3339, that second included)
        #[arg(long, value_parser = restore::time)]
        until: Option<Timestamp>,
        /// Replace what is there: the backup is restored beside it first and compared. Stop the service's processes before
        #[arg(long)]
        drop: bool,
        /// Confirm --drop
        #[arg(long)]
        yes: bool,
    },
    /// Prove that a backup can be restored: check its checksums, restore it into a scratch database, compare counts and checksums, drop it
    Verify {
        /// The backup: a file or folder, or its name in BACKUP_DIR
        #[arg(required_unless_present = "latest", conflicts_with = "latest")]
        archive: Option<PathBuf>,
        /// The newest backup in BACKUP_DIR
        #[arg(long)]
        latest: bool,
    },
    /// Do something to the data as a whole; every task may be run again: consentement-rgpd and profils-etudiants complete documents of other
    /// programs, liens-expires removes expired one-time links, archivage puts old conversations of archived hackathons away
    Maintenance {
        /// The task
        task: MaintenanceTask,
    },
    /// Say whether the store answers, how large it is, and how many references lead nowhere
    Diagnose,
    /// The audit trail
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The Core Database Service (DATABASE_URL): its migrations, its backups, operations that cannot be applied
    #[command(subcommand)]
    Data(DataCommand),
    /// Ask a chat model and print its answer as it comes, to try keys and models; without a question, list the models
    Chat {
        /// The question
        question: Option<String>,
        /// Which model; unset: the first
        #[arg(long)]
        model: Option<String>,
    },
    /// Try the local engine on two pictures, without any account: garments of photos go onto a photo of a person
    Fit(FitCommand),
    /// Print the OpenAPI document
    Openapi,
}

/// Runs one command.
///
/// # Errors
/// [`StartError`] when the command cannot be carried out.
pub async fn administer(command: AdminCommand, config: Config) -> Result<(), StartError> {
    match command {
        AdminCommand::CreateAdmin { email, name } => accounts::create_admin(&config, email, name).await,
        AdminCommand::Migrate { dry_run, command } => migrate::migrate(&config, dry_run, command).await,
        AdminCommand::Storage(command) => storage::storage(&config, command).await,
        AdminCommand::Integrity { repair, grace_minutes } => integrity::integrity(&config, repair, grace_minutes).await,
        AdminCommand::Backup { collection, incremental } => backup::backup(&config, collection, incremental).await,
        AdminCommand::Restore { archive, database, collection, until, drop, yes } => {
            restore::restore(&config, Restore { archive, database, collection, until, drop, confirmed: yes }).await
        }
        AdminCommand::Verify { archive, latest: _ } => verify::verify(&config, archive).await,
        AdminCommand::Maintenance { task } => maintenance::maintenance(&config, task).await,
        AdminCommand::Diagnose => maintenance::diagnose(&config).await,
        AdminCommand::Audit(command) => audit::audit(&config, command).await,
        AdminCommand::Data(command) => dataservice::data(&config, command).await,
        AdminCommand::Chat { question, model } => chat::chat(&config, question, model).await,
        AdminCommand::Fit(command) => fit::fit(command).await,
        AdminCommand::Openapi => print_openapi(),
    }
}

fn print_openapi() -> Result<(), StartError> {
    let document = atelier_adapter_http::document(env!("CARGO_PKG_VERSION"));
    let text = serde_json::to_string_pretty(&document).map_err(failed("the OpenAPI document"))?;
    print(&text);
    Ok(())
}

/// A command's output.
#[expect(clippy::print_stdout, reason = "a command's output goes to standard output")]
fn print(text: &str) {
    println!("{text}");
}

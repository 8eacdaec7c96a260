//! The schema of the Core Database Service, by the engine that `/migrations` uses.

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_credentials::RandomSecrets;
use atelier_adapter_postgres::{MIGRATIONS, PgMigrator, PgStore, PoolSettings};
use atelier_domain::dataservice::migrations::{
    DryRunOutcome, DryRunStep, MigrationRun, MigrationService, MigrationStatus, Resolution, RunAnswer, estimated_remaining,
};
use atelier_domain::dataservice::{RunState, Tenant};
use atelier_domain::kernel::ExposeSecret;

use super::print;
use crate::config::Config;
use crate::product::{StartError, failed, installation_secrets};

const PART: &str = "the migrations";
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What can be asked of that schema.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum MigrationsCommand {
    /// Print the version, what is pending, the run that goes on, and what is wrong: migrations not seen to end, changed files, missing files.
    /// Changes nothing
    Status,
    /// Apply what is pending and wait for the end. Stopped in the middle it leaves what was applied; run it again. Fails when a run goes on
    /// elsewhere, a migration is dirty, or an applied file has changed
    Run {
        /// The last version to apply, e.g. 20240116_001; unset: the newest
        #[arg(long)]
        target: Option<String>,
        /// Execute everything in one transaction, print what happened, and roll it back
        #[arg(long)]
        dry_run: bool,
    },
    /// Settle a migration that began outside a transaction and was not seen to end: until then no run begins
    Resolve {
        /// Its version, e.g. 20240116_001
        version: String,
        /// applied: it did its work, or you have. rolled_back: nothing of it is left, apply it again
        #[arg(value_parser = resolution)]
        resolution: Resolution,
    },
}

fn resolution(text: &str) -> Result<Resolution, String> {
    text.parse().map_err(|_unknown| "applied or rolled_back is expected".to_owned())
}

pub(super) async fn migrations(config: &Config, command: MigrationsCommand) -> Result<(), StartError> {
    config.validate()?;
    let Some(url) = &config.data.database_url else { return Err(failed(PART)("set DATABASE_URL")) };
    // TLS without a library named gets this one; it may be set already.
    let _already_set = rustls::crypto::ring::default_provider().install_default();
    let few = PoolSettings { min: 0, max: 2, ..PoolSettings::default() };
    let store = PgStore::connect(url.expose_secret(), few).await.map_err(failed(PART))?;
    let secrets = Arc::new(RandomSecrets::new(&installation_secrets(config)?.digest));
    let service = MigrationService::new(Some(Arc::new(PgMigrator::new(store.clone(), MIGRATIONS))), secrets);
    let done = match command {
        MigrationsCommand::Status => status(&service).await,
        MigrationsCommand::Run { target, dry_run } => run(&service, target.as_deref(), dry_run).await,
        MigrationsCommand::Resolve { version, resolution } => {
            let resolved = service.resolve(&Tenant::operator(), &version, resolution).await.map_err(failed(PART));
            resolved.map(|()| print(&format!("{version} is settled")))
        }
    };
    store.close().await;
    done
}

async fn status(service: &MigrationService) -> Result<(), StartError> {
    let status = service.status(&Tenant::operator()).await.map_err(failed(PART))?;
    let MigrationStatus { current_version, pending, running, dirty, checksum_mismatches, missing, .. } = status;
    print(&format!("version  {}", current_version.as_deref().unwrap_or("none")));
    for one in pending {
        let estimated = one.estimated.map(estimated_remaining).map(|time| format!(" (about {time})")).unwrap_or_default();
        print(&format!("pending  {}  {}{estimated}", one.version, one.description));
    }
    if let Some(run) = running {
        print(&format!("running  {}  {} of {}", run.id, run.current_step, run.total_steps));
    }
    for (what, versions) in [("dirty", dirty), ("changed", checksum_mismatches), ("missing", missing)] {
        for version in versions {
            print(&format!("{what:<8} {version}"));
        }
    }
    Ok(())
}

async fn run(service: &MigrationService, target: Option<&str>, dry_run: bool) -> Result<(), StartError> {
    match service.run(&Tenant::operator(), target, dry_run).await.map_err(failed(PART))? {
        RunAnswer::Tried(steps) => tried(&steps),
        RunAnswer::Started(run) => follow(service, run).await,
    }
}

fn tried(steps: &[DryRunStep]) -> Result<(), StartError> {
    for step in steps {
        match &step.outcome {
            DryRunOutcome::Executed { duration_ms } => print(&format!("would run {} ({duration_ms} ms)", step.version)),
            DryRunOutcome::NotVerifiable => print(&format!("would run {} (cannot be tried: it runs outside a transaction)", step.version)),
            DryRunOutcome::Failed { error } => return Err(failed(PART)(format!("{} would fail: {error}", step.version))),
        }
    }
    if steps.is_empty() {
        print("no migration is pending");
    }
    Ok(())
}

/// The run goes on in this process: it ends with it.
async fn follow(service: &MigrationService, mut run: MigrationRun) -> Result<(), StartError> {
    let mut shown = 0;
    loop {
        if run.current_step > shown && run.state == RunState::Running {
            shown = run.current_step;
            print(&format!("{}: migration {shown} of {}", run.id, run.total_steps));
        }
        match run.state {
            RunState::Running => tokio::time::sleep(LOOK_EVERY).await,
            RunState::Completed => {
                print(&format!("{}: completed, {} applied", run.id, run.total_steps));
                return Ok(());
            }
            RunState::Failed | RunState::Interrupted => {
                return Err(failed(PART)(run.error.unwrap_or_else(|| "the run was interrupted".to_owned())));
            }
        }
        run = service.find_run(&Tenant::operator(), &run.id).await.map_err(failed(PART))?;
    }
}

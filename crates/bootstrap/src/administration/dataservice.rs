//! The Core Database Service: which part of it is asked, and the operations that were decided and cannot be applied.

use atelier_domain::dataservice::transactions::Fence;
use atelier_domain::dataservice::{DataError, Tenant};

use super::{BackupsCommand, MigrationsCommand, database_backups, migrations, print};
use crate::config::Config;
use crate::product::{Product, StartError, TryOnEngines, failed};

const PART: &str = "the Core Database Service";

/// What can be asked of the Core Database Service.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum DataCommand {
    /// Operations that were decided and that their store refuses for good
    #[command(subcommand)]
    Dead(DeadCommand),
    /// The schema; the other products' is brought forward by `migrate`
    #[command(subcommand)]
    Migrations(MigrationsCommand),
    /// Backups of PostgreSQL: take, list, verify and restore them
    #[command(subcommand)]
    Backups(BackupsCommand),
}

/// What can be done with dead operations.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum DeadCommand {
    /// Print them, oldest first: id, store, reason, owner, when it was decided
    List {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Have one tried again by the running service, once what stood in its way is gone. Audited
    Retry {
        /// As the list prints it, e.g. tx_789456123:2
        #[arg(value_parser = operation)]
        id: Fence,
    },
    /// Give one up for good: its transaction stays committed without it. Audited
    Forget {
        /// As the list prints it, e.g. tx_789456123:2
        #[arg(value_parser = operation)]
        id: Fence,
    },
}

fn operation(text: &str) -> Result<Fence, DataError> {
    text.parse()
}

pub(super) async fn data(config: &Config, command: DataCommand) -> Result<(), StartError> {
    let command = match command {
        DataCommand::Dead(command) => command,
        DataCommand::Migrations(command) => return migrations::migrations(config, command).await,
        DataCommand::Backups(command) => return database_backups::run(config, command).await,
    };
    let product = Product::start_with(config, "http://127.0.0.1", TryOnEngines::default()).await?;
    let done = dead(&product, command).await;
    product.close().await;
    done
}

async fn dead(product: &Product, command: DeadCommand) -> Result<(), StartError> {
    let Some(recovery) = product.services.recovery() else {
        return Err(failed(PART)("it is not configured: set DATABASE_URL, and name data in PRODUCTS"));
    };
    let operator = Tenant::operator();
    match command {
        DeadCommand::List { limit } => {
            let dead = recovery.dead(&operator, limit).await.map_err(failed(PART))?;
            for one in &dead {
                let decided = one.decided_at.format("%Y-%m-%dT%H:%M:%SZ");
                print(&format!("{}  {}  {}  {}  {decided}", one.fence, one.database, one.reason, one.owner));
            }
            if dead.is_empty() {
                print("no operation is dead");
            }
        }
        DeadCommand::Retry { id } => {
            recovery.retry(&operator, id.transaction_id.as_str(), id.operation).await.map_err(failed(PART))?;
            print(&format!("{id} is tried again by the running service"));
        }
        DeadCommand::Forget { id } => {
            recovery.forget(&operator, id.transaction_id.as_str(), id.operation).await.map_err(failed(PART))?;
            print(&format!("{id} is given up"));
        }
    }
    Ok(())
}

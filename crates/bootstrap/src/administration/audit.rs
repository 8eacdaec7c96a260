//! The audit trail's chain.

use atelier_domain::identity::{AuditReport, KnownSeal};

use super::print;
use crate::config::Config;
use crate::product::{Product, StartError, TryOnEngines, failed};

/// What can be asked of the audit trail.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum AuditCommand {
    /// Walk the chain of seals over the audit trail; fails, naming the first entry that was changed, removed or inserted. Entries younger
    /// than some seconds wait for their seal and are counted only
    Verify {
        /// A seal written down before, as NUMBER:DIGEST (what this command prints last); fails when the chain has another one or ends before
        #[arg(long, value_parser = known_seal)]
        known: Option<KnownSeal>,
    },
}

fn known_seal(text: &str) -> Result<KnownSeal, String> {
    let wanted = || "expected NUMBER:DIGEST, as `audit verify` prints it".to_owned();
    let (seq, digest) = text.split_once(':').ok_or_else(wanted)?;
    let (seq, digest) = (seq.parse().map_err(|_no_number| wanted())?, digest.parse().map_err(|_no_digest| wanted())?);
    Ok(KnownSeal { seq, digest })
}

pub(super) async fn audit(config: &Config, command: AuditCommand) -> Result<(), StartError> {
    let AuditCommand::Verify { known } = command;
    let product = Product::start_with(config, "http://127.0.0.1", TryOnEngines::default()).await?;
    let report = product.services.audit.verify(known).await;
    product.close().await;
    let AuditReport { sealed, unsealed, head, fault } = report.map_err(failed("the audit trail"))?;
    print(&format!("{sealed} entries are sealed and fit, {unsealed} wait for their seal"));
    if let Some((seq, digest)) = head {
        print(&format!("{seq}:{digest}"));
    }
    fault.map_or(Ok(()), |fault| Err(failed("the audit trail")(fault)))
}

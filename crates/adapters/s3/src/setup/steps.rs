//! The steps in their order.

use std::fmt::Display;

use super::{InvalidOrigin, Outcome, SetupReport, Step, access, cors, lifecycle, versioning};
use crate::S3ObjectStore;
use crate::fault::Fault;

/// What the setup depends on besides the bucket.
#[derive(Debug, Clone, Default)]
pub struct SetupSettings {
    /// The origins whose pages may use signed URLs (`CORS_ORIGINS`), such as `https://app.example.org`.
    pub origins: Vec<String>,
    /// Whether this is production, which refuses the storage document's placeholder.
    pub production: bool,
}

/// Brings the bucket into the state the storage document describes. May be repeated.
///
/// # Errors
/// [`InvalidOrigin`], before anything is changed. What the server refuses is in the report.
pub async fn apply(store: &S3ObjectStore, settings: &SetupSettings) -> Result<SetupReport, InvalidOrigin> {
    run(store, settings, true).await
}

/// Tells what differs from the state that [`apply`] brings about, changing nothing.
///
/// # Errors
/// [`InvalidOrigin`], as for [`apply`].
pub async fn verify(store: &S3ObjectStore, settings: &SetupSettings) -> Result<SetupReport, InvalidOrigin> {
    run(store, settings, false).await
}

async fn run(store: &S3ObjectStore, settings: &SetupSettings, change: bool) -> Result<SetupReport, InvalidOrigin> {
    cors::check(settings)?;
    let versioning = outcome(&versioning::Versioning(store), change).await;
    if change {
        versioning::log(store.bucket(), &versioning);
    }
    let lifecycle = outcome(&lifecycle::Lifecycle(store), change).await;
    let access = outcome(&access::PublicAccess(store), change).await;
    let cors = if settings.origins.is_empty() {
        Outcome::Skipped("no origins are configured (CORS_ORIGINS)")
    } else {
        outcome(&cors::Cors { store, origins: &settings.origins }, change).await
    };
    let steps = [("versioning", versioning), ("lifecycle rules", lifecycle), ("public access block", access), ("CORS", cors)];
    Ok(SetupReport { steps: steps.into_iter().map(|(name, outcome)| Step { name, outcome }).collect() })
}

/// One part of a bucket's configuration.
pub(super) trait Part {
    /// As far as it matters here.
    type State: Display;

    /// What the bucket has.
    async fn found(&self) -> Result<Self::State, Fault>;
    /// Whether that will do.
    fn is_right(&self, found: &Self::State) -> bool;
    /// Changes it.
    async fn set(&self, found: Self::State) -> Result<(), Fault>;
}

async fn outcome<P: Part>(part: &P, change: bool) -> Outcome {
    settle(part, change).await.unwrap_or_else(|fault| {
        if fault.is_not_implemented() { Outcome::Unsupported(fault.to_string()) } else { Outcome::Failed(fault.to_string()) }
    })
}

async fn settle<P: Part>(part: &P, change: bool) -> Result<Outcome, Fault> {
    let found = part.found().await?;
    if part.is_right(&found) {
        return Ok(Outcome::Unchanged);
    }
    if !change {
        return Ok(Outcome::Differs(found.to_string()));
    }
    part.set(found).await?;
    // A server may take a document and keep only what it knows of it.
    let kept = part.found().await?;
    Ok(if part.is_right(&kept) { Outcome::Applied } else { Outcome::Differs(format!("the server keeps only: {kept}")) })
}

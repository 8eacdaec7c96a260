//! A worker whose try-on provider charges: each submission is a line in a ledger that no crash of ours can take back.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use atelier_bootstrap::config::Config;
use atelier_domain::wearit::tryon::{
    Capability, FailureCode, Heard, Lookup, MadeWith, Progress, ProgressSink, ProviderFailure, ProviderResult, Submission, TryOnFailure,
    TryOnInputs, TryOnProvider,
};
use atelier_domain::wearit::wardrobe::Category;
use clap::Parser;

/// How long the answer to a submission takes after it was charged: where a crash hurts.
const ANSWERS_AFTER: Duration = Duration::from_millis(150);
/// How long a picture takes.
const WORKS_FOR: Duration = Duration::from_millis(1_200);

/// The vendor: a folder with the ledger and the pictures in the making.
struct Vendor {
    folder: PathBuf,
    /// Whether it can find a submission by our reference.
    finds: bool,
}

impl Vendor {
    fn ledger(&self) -> PathBuf {
        self.folder.join("ledger.txt")
    }

    fn charge(&self, reference: &str, external_id: &str, picture: &[u8]) -> std::io::Result<()> {
        fs::write(self.picture(external_id), picture)?;
        let mut ledger = OpenOptions::new().create(true).append(true).open(self.ledger())?;
        ledger.write_all(format!("{reference} {external_id}\n").as_bytes())
    }

    fn picture(&self, external_id: &str) -> PathBuf {
        self.folder.join(external_id)
    }

    fn entries(&self) -> Vec<(String, String)> {
        let text = fs::read_to_string(self.ledger()).unwrap_or_default();
        text.lines().filter_map(|line| line.split_once(' ')).map(|(reference, id)| (reference.to_owned(), id.to_owned())).collect()
    }
}

fn broken(error: &std::io::Error) -> ProviderFailure {
    let failure = TryOnFailure::new(FailureCode::ProviderError, "vendor_broken", error.to_string(), "look at the vendor's folder");
    ProviderFailure::Failed { failure, retry_after: None }
}

/// How long ago the picture was begun.
fn age(picture: &Path) -> Option<Duration> {
    fs::metadata(picture).ok()?.modified().ok()?.elapsed().ok()
}

#[async_trait]
impl TryOnProvider for Vendor {
    fn name(&self) -> &'static str {
        "vendor"
    }

    fn capabilities(&self) -> Vec<Capability> {
        vec![Capability { model: "vendor-1".to_owned(), categories: vec![Category::Tops], max_garments: 1, seed: false, preview: false }]
    }

    fn is_charged(&self) -> bool {
        true
    }

    async fn submit(&self, inputs: TryOnInputs, _progress: &dyn ProgressSink) -> Result<Submission, ProviderFailure> {
        let external_id = format!("{}-by-{}.jpg", inputs.reference, std::process::id());
        self.charge(&inputs.reference, &external_id, &inputs.person.jpeg).map_err(|error| broken(&error))?;
        tokio::time::sleep(ANSWERS_AFTER).await;
        Ok(Submission::Accepted { external_id, made_with: MadeWith::default() })
    }

    async fn poll(&self, external_id: &str, _heard: Option<&Heard>, _made_with: Option<&MadeWith>) -> Result<Submission, ProviderFailure> {
        let picture = self.picture(external_id);
        if age(&picture).is_none_or(|age| age < WORKS_FOR) {
            return Ok(Submission::Running(Progress { percent: 50, stage: "drawing".to_owned() }));
        }
        let image = fs::read(picture).map_err(|error| broken(&error))?.into();
        Ok(Submission::Done(ProviderResult {
            image,
            model_used: "vendor-1".to_owned(),
            worked_for: WORKS_FOR,
            warnings: Vec::new(),
            confidence: None,
            preview: false,
            made_with: MadeWith::default(),
        }))
    }

    async fn find_submission(&self, reference: &str) -> Result<Lookup, ProviderFailure> {
        if !self.finds {
            return Ok(Lookup::Unknown);
        }
        let found = self.entries().into_iter().find(|(of, _)| of == reference);
        Ok(found.map_or(Lookup::NotFound, |(_, external_id)| Lookup::Found { external_id }))
    }

    async fn cancel(&self, _external_id: &str) -> Result<(), ProviderFailure> {
        Ok(())
    }
}

/// A worker with a provider that charges, for tests.
#[derive(Parser)]
struct Command {
    /// Where the vendor keeps its ledger
    #[arg(long, env = "VENDOR_FOLDER")]
    vendor_folder: PathBuf,
    /// Whether the vendor finds submissions by our reference
    #[arg(long, env = "VENDOR_FINDS", default_value_t = false, action = clap::ArgAction::Set)]
    vendor_finds: bool,
    #[command(flatten)]
    config: Config,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command { vendor_folder, vendor_finds, config } = Command::parse();
    let vendor = Arc::new(Vendor { folder: vendor_folder, finds: vendor_finds });
    atelier_bootstrap::exit_with(atelier_bootstrap::start_logging(&config.process), atelier_bootstrap::work_with(config, vec![vendor]))
        .await
}

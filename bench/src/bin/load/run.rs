//! One service, all phases.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ceiling;
use crate::measure::{Measured, Work, measure};
use crate::phases::{self, Phase};
use crate::picture;
use crate::session::{Account, Plan, prepare};
use atelier_bench::client::{Call, Failure};
use atelier_bench::processes::Tree;

/// Flags of `load run`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Name of the side in tables
    #[arg(long)]
    name: String,
    /// `host:port` of a process of the service; may be repeated
    #[arg(long = "host", required = true)]
    hosts: Vec<String>,
    /// Process whose CPU time and memory are the service's, with its descendants; may be repeated
    #[arg(long = "pid", required = true)]
    pids: Vec<u32>,
    /// Further process trees whose CPU time is told, as `name=pid`
    #[arg(long = "watch")]
    watch: Vec<String>,
    /// What the reader must know about the side: versions, workers, bcrypt cost
    #[arg(long)]
    configuration: String,
    /// Phases to run; all when left out
    #[arg(long = "phase", value_enum)]
    phases: Vec<Phase>,
    /// Seconds measured in each phase
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Seconds before, in which nothing is counted
    #[arg(long, default_value_t = 3)]
    warm_up: u64,
    /// Accounts the work is spread over
    #[arg(long, default_value_t = 8)]
    accounts: usize,
    /// Garments of each account before the first phase
    #[arg(long, default_value_t = 100)]
    garments: usize,
    /// Pages of 20 garments that list reads go round
    #[arg(long, default_value_t = 5)]
    pages: usize,
    /// Use the accounts of an earlier run
    #[arg(long)]
    reuse: bool,
    /// Only make the accounts
    #[arg(long)]
    only_prepare: bool,
    /// Where the measurements go
    #[arg(long)]
    pub json: PathBuf,
}

/// What was measured of one service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Name of the side.
    pub name: String,
    /// Versions, workers, bcrypt cost.
    pub configuration: String,
    /// Processes of the service.
    pub processes: usize,
    /// Resident bytes before the first request, shared pages counted once.
    pub idle_proportional: u64,
    /// Bytes of the stored picture and thumbnail of the uploaded JPEG, and of that.
    pub pictures: [usize; 3],
    /// The harness against a responder that does nothing.
    pub ceiling: Option<Measured>,
    /// The phases.
    pub phases: Vec<Measured>,
}

/// Drives the service.
pub(crate) async fn run(arguments: &Arguments) -> Result<Run, Failure> {
    let service: Vec<Tree> = arguments.pids.iter().copied().map(Tree::new).collect();
    let mut watched = vec![("service".to_owned(), service.clone())];
    for entry in &arguments.watch {
        let (name, pid) = entry.split_once('=').ok_or("--watch wants name=pid")?;
        watched.push((name.to_owned(), vec![Tree::new(pid.parse()?)]));
    }
    watched.push(("harness".to_owned(), vec![Tree::new(std::process::id())]));
    let mut run = Run {
        name: arguments.name.clone(),
        configuration: arguments.configuration.clone(),
        processes: service.iter().map(|tree| tree.count()).sum(),
        idle_proportional: service.iter().map(|tree| tree.proportional()).sum(),
        pictures: [0; 3],
        ceiling: None,
        phases: Vec::new(),
    };

    let plan = Plan { accounts: arguments.accounts, garments: arguments.garments, reuse: arguments.reuse };
    eprintln!("{}: {} accounts with {} garments", arguments.name, plan.accounts, plan.garments);
    let accounts = prepare(&arguments.hosts, plan).await?;
    if arguments.only_prepare {
        return Ok(run);
    }
    let picture = picture::jpeg(1_600, 1_200)?;
    let [image, thumbnail] = phases::check(&arguments.hosts[0], &accounts[0], &picture).await?;
    run.pictures = [image, thumbnail, picture.len()];

    let wanted: &[Phase] = if arguments.phases.is_empty() { &Phase::ALL } else { &arguments.phases };
    for phase in wanted {
        let work = work(arguments, *phase, &accounts, &picture);
        let measured = measure(work, &watched).await?;
        eprintln!(
            "{}: {} {:.1}/s, {} errors",
            arguments.name,
            measured.phase,
            measured.requests as f64 / measured.seconds,
            measured.errors
        );
        if let Some(error) = &measured.first_error {
            eprintln!("{}: {error}", arguments.name);
        }
        run.phases.push(measured);
    }
    let host = ceiling::responder()?;
    let calls = Phase::Lists.calls(&accounts[0], arguments.pages, &picture);
    let connections = vec![(host, calls); Phase::Lists.concurrency()];
    let seconds = Duration::from_secs(3);
    let work = Work { name: "nothing".to_owned(), expected: 200, connections, warm_up: Duration::from_secs(1), duration: seconds };
    run.ceiling = Some(measure(work, &watched).await?);
    Ok(run)
}

fn work(arguments: &Arguments, phase: Phase, accounts: &[Account], picture: &bytes::Bytes) -> Work {
    let connection = |number: usize| -> (String, Vec<Call>) {
        let account = &accounts[number % accounts.len()];
        (arguments.hosts[number % arguments.hosts.len()].clone(), phase.calls(account, arguments.pages, picture))
    };
    Work {
        name: phase.name().to_owned(),
        expected: phase.expected(),
        connections: (0..phase.concurrency()).map(connection).collect(),
        warm_up: Duration::from_secs(arguments.warm_up),
        duration: Duration::from_secs(arguments.seconds),
    }
}

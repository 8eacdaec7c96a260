//! Several runs beside each other, and what was hoped for.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::measure::Measured;
use crate::phases::Phase;
use crate::run::Run;
use atelier_bench::client::Failure;

const MEBIBYTE: f64 = 1_048_576.0;

/// Flags of `load report`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files of `load run`; those of one name are rounds of one side, the first name is the side the others are compared with
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Only the measurements
    #[arg(long)]
    no_comparison: bool,
}

/// The rounds of one side.
struct Side {
    name: String,
    runs: Vec<Run>,
}

/// One phase of one side over its rounds.
struct Row {
    concurrency: usize,
    throughput: f64,
    slowest: f64,
    fastest: f64,
    p50_ms: f64,
    p99_ms: f64,
    requests: u64,
    errors: u64,
    seconds: f64,
    cpu_seconds: Vec<(String, f64)>,
    resident_peak: u64,
    proportional_end: u64,
}

impl Row {
    fn new(rounds: &[&Measured]) -> Option<Self> {
        let first = rounds.first()?;
        let throughputs: Vec<f64> = rounds.iter().map(|round| round.requests as f64 / round.seconds).collect();
        let (requests, seconds) = (rounds.iter().map(|r| r.requests).sum::<u64>(), rounds.iter().map(|r| r.seconds).sum::<f64>());
        let total = |name: &str| rounds.iter().flat_map(|r| &r.cpu_seconds).filter(|(n, _)| n == name).map(|(_, cpu)| cpu).sum::<f64>();
        Some(Self {
            concurrency: first.concurrency,
            throughput: requests as f64 / seconds,
            slowest: throughputs.iter().copied().fold(f64::INFINITY, f64::min),
            fastest: throughputs.iter().copied().fold(0.0, f64::max),
            p50_ms: rounds.iter().map(|round| round.p50_ms).sum::<f64>() / rounds.len() as f64,
            p99_ms: rounds.iter().map(|round| round.p99_ms).fold(0.0, f64::max),
            requests,
            errors: rounds.iter().map(|round| round.errors).sum(),
            seconds,
            cpu_seconds: first.cpu_seconds.iter().map(|(name, _)| (name.clone(), total(name))).collect(),
            resident_peak: rounds.iter().map(|round| round.resident_peak).max().unwrap_or_default(),
            proportional_end: rounds.iter().map(|round| round.proportional_end).max().unwrap_or_default(),
        })
    }

    /// CPU milliseconds of the service for one request.
    fn cost(&self) -> f64 {
        self.cpu_seconds.first().map_or(f64::NAN, |(_, cpu)| cpu * 1_000.0 / self.requests as f64)
    }

    /// Cores each process tree kept busy.
    fn cores(&self) -> String {
        let share = |(name, cpu): &(String, f64)| format!("{name} {:.2}", cpu / self.seconds);
        self.cpu_seconds.iter().map(share).collect::<Vec<_>>().join(", ")
    }
}

impl Side {
    fn row(&self, phase: Phase) -> Option<Row> {
        Row::new(&self.runs.iter().flat_map(|run| &run.phases).filter(|measured| measured.phase == phase.name()).collect::<Vec<_>>())
    }

    /// The most memory after any phase.
    fn memory(&self) -> f64 {
        self.runs.iter().flat_map(|run| &run.phases).map(|measured| measured.proportional_end as f64).fold(0.0, f64::max)
    }

    fn idle(&self) -> f64 {
        self.runs.iter().map(|run| run.idle_proportional as f64).fold(0.0, f64::max)
    }
}

fn sides(runs: Vec<Run>) -> Vec<Side> {
    let mut sides: Vec<Side> = Vec::new();
    for run in runs {
        match sides.iter_mut().find(|side| side.name == run.name) {
            Some(side) => side.runs.push(run),
            None => sides.push(Side { name: run.name.clone(), runs: vec![run] }),
        }
    }
    sides
}

/// The tables.
pub(crate) fn report(arguments: &Arguments) -> Result<String, Failure> {
    let runs = arguments.files.iter().map(|file| Ok(serde_json::from_slice(&std::fs::read(file)?)?));
    let sides = sides(runs.collect::<Result<_, Failure>>()?);
    let mut out = String::new();
    configuration(&mut out, &sides)?;
    measurements(&mut out, &sides)?;
    if let [ours, others @ ..] = sides.as_slice()
        && !arguments.no_comparison
    {
        for other in others {
            comparison(&mut out, ours, other)?;
        }
    }
    Ok(out)
}

fn configuration(out: &mut String, sides: &[Side]) -> std::fmt::Result {
    writeln!(
        out,
        "| side | configuration | processes | rounds | memory before the first request | stored picture, thumbnail of the upload |"
    )?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- |")?;
    for side in sides {
        let Some(run) = side.runs.first() else { continue };
        let [image, thumbnail, sent] = run.pictures;
        writeln!(
            out,
            "| {} | {} | {} | {} | {:.0} MiB | {image} and {thumbnail} bytes of {sent} |",
            side.name,
            run.configuration,
            run.processes,
            side.runs.len(),
            side.idle() / MEBIBYTE
        )?;
    }
    Ok(())
}

fn measurements(out: &mut String, sides: &[Side]) -> std::fmt::Result {
    writeln!(
        out,
        "\n| work | at once | side | requests/s (rounds) | p50 ms | p99 ms | errors | CPU ms of the service for one | cores busy | RSS peak MiB | PSS MiB |"
    )?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")?;
    for phase in Phase::ALL {
        for side in sides {
            let Some(row) = side.row(phase) else { continue };
            writeln!(
                out,
                "| {} | {} | {} | {:.1} ({:.1}–{:.1}) | {:.1} | {:.1} | {} | {:.3} | {} | {:.0} | {:.0} |",
                phase.name(),
                row.concurrency,
                side.name,
                row.throughput,
                row.slowest,
                row.fastest,
                row.p50_ms,
                row.p99_ms,
                row.errors,
                row.cost(),
                row.cores(),
                row.resident_peak as f64 / MEBIBYTE,
                row.proportional_end as f64 / MEBIBYTE,
            )?;
        }
    }
    let ceiling = sides.iter().flat_map(|side| &side.runs).filter_map(|run| run.ceiling.as_ref());
    let ceiling = ceiling.map(|measured| measured.requests as f64 / measured.seconds).fold(0.0, f64::max);
    writeln!(
        out,
        "\nThe harness alone, against a responder in its own process that answers 16 KiB and does nothing: {ceiling:.0} requests/s."
    )
}

fn comparison(out: &mut String, ours: &Side, other: &Side) -> std::fmt::Result {
    writeln!(out, "\n| {} against {} | throughput | goal | | CPU for one request |", ours.name, other.name)?;
    writeln!(out, "| --- | --- | --- | --- | --- |")?;
    for phase in Phase::ALL {
        let (Some(mine), Some(theirs)) = (ours.row(phase), other.row(phase)) else { continue };
        let ratio = mine.throughput / theirs.throughput;
        let (goal, verdict) = match phase.goal() {
            Some(goal) => (format!("≥ {goal}×"), if ratio >= goal { "reached" } else { "missed" }),
            None => ("none".to_owned(), ""),
        };
        writeln!(out, "| {} | {ratio:.1}× | {goal} | {verdict} | 1/{:.1} |", phase.name(), theirs.cost() / mine.cost())?;
    }
    let (mine, theirs) = (ours.memory(), other.memory());
    let verdict = if mine * 5.0 <= theirs { "reached" } else { "missed" };
    let share = theirs / mine;
    writeln!(
        out,
        "| memory (PSS, most after any phase) | {:.0} of {:.0} MiB: 1/{share:.1} | ≤ 1/5 | {verdict} | |",
        mine / MEBIBYTE,
        theirs / MEBIBYTE
    )
}

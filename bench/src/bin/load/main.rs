//! The load harness of the comparison: the same work on any service with the product's HTTP contract.
//!
//! `load run` drives one service through the phases and writes what it measured as JSON; `load report` puts several such files beside each
//! other. `bench/compare.sh` runs both sides.
#![expect(clippy::print_stdout, reason = "the measurements are this program's output")]

mod ceiling;
mod measure;
mod phases;
mod picture;
mod report;
mod run;
mod session;

use clap::Parser;

/// Load on a service, measured.
#[derive(Parser)]
enum Command {
    /// Drive one service and write the measurements as JSON
    Run(run::Arguments),
    /// Compare measurements in a Markdown table
    Report(report::Arguments),
}

fn main() -> Result<(), atelier_bench::client::Failure> {
    match Command::parse() {
        Command::Run(arguments) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            let measured = runtime.block_on(run::run(&arguments))?;
            std::fs::write(&arguments.json, serde_json::to_vec_pretty(&measured)?)?;
        }
        Command::Report(arguments) => println!("{}", report::report(&arguments)?),
    }
    Ok(())
}

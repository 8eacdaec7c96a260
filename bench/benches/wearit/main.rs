//! WearIT on its embedded default, SQLite and files in one process: how soon it is ready and what it takes at rest, 5 000 open WebSockets and
//! how late they hear of a change, wardrobes of 10 000 and 1 000 000 garments at a fixed rate, logins. Runs a built API: `ATELIER_API`
//! (default `target/release/atelier-api`).
//!
//! environment: RATE (2 000 a second), FOR_SECONDS (10), SOCKETS (5 000), PARTS (`start sockets reads logins`)
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made fails")]
#![expect(clippy::print_stdout, reason = "a measurement's output goes to standard output")]
#![expect(clippy::disallowed_methods, reason = "a measurement is configured by its environment")]

mod logins;
mod reads;
mod rest;
mod seed;
mod sockets;

fn number(name: &str, usual: u32) -> u32 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

/// A line about a goal that has to stay below.
fn verdict(what: &str, measured: f64, goal: f64, unit: &str) {
    println!("{what}: {measured:.1} {unit}, goal below {goal:.0}: {}", if measured < goal { "reached" } else { "MISSED" });
}

#[tokio::main]
async fn main() {
    let parts = std::env::var("PARTS").unwrap_or_else(|_| "start sockets reads logins".to_owned());
    for part in parts.split_whitespace() {
        println!("\n## {part}\n");
        match part {
            "start" => rest::measure().await,
            "sockets" => sockets::measure(number("SOCKETS", 5_000)).await,
            "reads" => reads::measure(number("RATE", 2_000), number("FOR_SECONDS", 10)).await,
            "logins" => logins::measure().await,
            other => panic!("no part `{other}`: start, sockets, reads or logins"),
        }
    }
}

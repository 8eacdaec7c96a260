//! The Core Database Service beside what it stands on and what it replaces, on one PostgreSQL and one Redis in one go: sqlx called directly
//! (the limit), this service, and the Node service of `bench/peer-data`. 2 000 owners with 100 projects each; the sides take turns, in the
//! opposite order in every other round. Runs a built API: `ATELIER_API` (default `target/release/atelier-api`).
//!
//! environment: TEST_POSTGRES_URL, TEST_REDIS_URL, FOR_SECONDS (8), ROUNDS (2), CLIENTS (32), SIDES (sqlx atelier node)
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made fails")]
#![expect(clippy::print_stdout, reason = "a measurement's output goes to standard output")]
#![expect(clippy::disallowed_methods, reason = "a measurement is configured by its environment")]

mod database;
mod direct;
mod leases;
mod node;
mod people;
mod sides;

use std::time::Duration;

use database::Database;
use people::People;
use sides::{Load, Side};

fn setting(name: &str, usual: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| usual.to_owned())
}

async fn measure(server: &str, redis: &str) {
    let load = Load {
        clients: setting("CLIENTS", "32").parse().unwrap(),
        long: Duration::from_secs(setting("FOR_SECONDS", "8").parse().unwrap()),
    };
    let people = People::new();
    let data = tempfile::TempDir::new().unwrap();
    let database = Database::create(server, redis, data.path()).await;
    // The service migrates an empty database; the owners are there before it is measured.
    drop(sides::start_service(&database).await);
    database.fill(&people).await;
    people.sign_up(data.path()).await;

    println!("{} clients, {} s each; {} owners with {} projects", load.clients, load.long.as_secs(), people::OWNERS, people::PROJECTS);
    let mut table = sides::Table::default();
    let names = setting("SIDES", "sqlx atelier node");
    let sides: Vec<Side> = names.split_whitespace().map(|name| name.parse().unwrap()).collect();
    for round in 0..setting("ROUNDS", "2").parse().unwrap() {
        let mut order = sides.clone();
        if round % 2 == 1 {
            order.reverse();
        }
        for side in order {
            side.measure(&database, &people, load, &mut table).await;
        }
    }
    table.print();
    leases::measure(&database, &people, load).await;
    database.remove().await;
}

fn main() {
    let (Ok(server), Ok(redis)) = (std::env::var("TEST_POSTGRES_URL"), std::env::var("TEST_REDIS_URL")) else {
        return println!("data: not measured, TEST_POSTGRES_URL or TEST_REDIS_URL is not set");
    };
    let _already_set = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(measure(&server, &redis));
}

//! What is measured on each side, and the table of it.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use atelier_bench::client::Call;
use atelier_bench::load::{at_rate, by_clients, millis};
use atelier_bench::service::Service;
use uuid::Uuid;

use crate::database::Database;
use crate::people::{People, query, transaction, uncached};
use crate::{direct, node};

/// Remembered answers asked for in a second.
const CACHED_RATE: u32 = 1_000;
const WARM_UP: Duration = Duration::from_secs(2);

/// How hard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) clients: usize,
    pub(crate) long: Duration,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Sqlx,
    Atelier,
    Node,
}

impl FromStr for Side {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "sqlx" => Ok(Self::Sqlx),
            "atelier" => Ok(Self::Atelier),
            "node" => Ok(Self::Node),
            other => Err(format!("SIDES: {other}")),
        }
    }
}

/// The service on the database, with room for the leases that are measured.
pub(crate) async fn start_service(database: &Database) -> Service {
    let settings =
        [("DATABASE_URL", database.url.as_str()), ("REDIS_URL", database.redis.as_str()), ("PRODUCTS", "data"), ("LEASE_MAX", "40")];
    Service::start(&database.data, &settings).await.unwrap()
}

/// Requests a second of every round, and the latencies of all.
#[derive(Default)]
pub(crate) struct Table(BTreeMap<(&'static str, Side), Measured>);

#[derive(Default)]
struct Measured {
    rates: Vec<f64>,
    latencies: Vec<Duration>,
}

impl Table {
    fn add(&mut self, work: &'static str, side: Side, long: Duration, latencies: Vec<Duration>) {
        let rate = f64::from(u32::try_from(latencies.len()).unwrap()) / long.as_secs_f64();
        let measured = self.0.entry((work, side)).or_default();
        measured.rates.push(rate);
        measured.latencies.extend(latencies);
    }

    pub(crate) fn print(mut self) {
        println!("\n| work | side | requests/s (each round) | p50 ms | p99 ms |\n| --- | --- | --- | --- | --- |");
        for ((work, side), Measured { rates, latencies }) in &mut self.0 {
            latencies.sort_unstable();
            let each: Vec<_> = rates.iter().map(|rate| format!("{rate:.0}")).collect();
            let (p50, p99) = (millis(latencies, 50), millis(latencies, 99));
            println!("| {work} | {side:?} | {} | {p50:.2} | {p99:.2} |", each.join(", "));
        }
    }
}

/// What an HTTP side is asked.
struct Http<'s> {
    side: Side,
    service: &'s Service,
    tokens: Arc<[String]>,
    owners: Arc<[Uuid]>,
    load: Load,
}

impl Http<'_> {
    async fn closed<F>(&self, work: &'static str, table: &mut Table, call: F)
    where
        F: Fn(&str, Uuid) -> Call + Clone + Send + 'static,
    {
        let (tokens, owners) = (self.tokens.clone(), self.owners.clone());
        let call = move |number: usize| call(&tokens[number % tokens.len()], owners[number % owners.len()]);
        by_clients(&self.service.host, self.load.clients, WARM_UP, call.clone()).await.unwrap();
        let latencies = by_clients(&self.service.host, self.load.clients, self.load.long, call).await.unwrap();
        table.add(work, self.side, self.load.long, latencies);
    }

    async fn all(&self, table: &mut Table) {
        self.closed("query, not cached", table, |token, _owner| uncached(token)).await;
        // Every answer is remembered before it is asked for.
        let calls: Vec<_> = self.tokens.iter().map(|token| query(token)).collect();
        at_rate(&self.service.host, calls.clone(), CACHED_RATE).await.unwrap();
        self.closed("query, cached", table, |token, _owner| query(token)).await;
        let asked = calls.iter().cycle().take(self.load.long.as_secs() as usize * CACHED_RATE as usize).cloned().collect();
        let latencies = at_rate(&self.service.host, asked, CACHED_RATE).await.unwrap();
        table.add("query, cached, 1 000/s", self.side, self.load.long, latencies);
        self.closed("transaction", table, transaction).await;
        if self.side == Side::Atelier {
            let keyed = |token: &str, owner| transaction(token, owner).header("idempotency-key", Uuid::new_v4().to_string());
            self.closed("transaction with a key", table, keyed).await;
        }
    }
}

impl Side {
    pub(crate) async fn measure(self, database: &Database, people: &People, load: Load, table: &mut Table) {
        let owners: Arc<[Uuid]> = people.owners.clone().into();
        let (service, tokens) = match self {
            Self::Sqlx => {
                let pool = direct::pool(&database.url).await;
                let warm_up = Load { long: WARM_UP, ..load };
                direct::queries(pool.clone(), owners.clone(), warm_up).await;
                table.add("query, not cached", self, load.long, direct::queries(pool.clone(), owners.clone(), load).await);
                direct::commits(pool.clone(), owners.clone(), warm_up).await;
                table.add("transaction", self, load.long, direct::commits(pool.clone(), owners, load).await);
                return pool.close().await;
            }
            Self::Atelier => {
                let service = start_service(database).await;
                let tokens = people.tokens(&service);
                (service, tokens)
            }
            Self::Node => (node::start(database).await, people.peer_tokens()),
        };
        Http { side: self, service: &service, tokens: tokens.into(), owners, load }.all(table).await;
    }
}

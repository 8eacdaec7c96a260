//! The Node service of `bench/peer-data`.

use std::process::Command;

use atelier_bench::service::{SECRET, Service};

use crate::database::Database;

/// Installs it, starts one worker for each core, and says what it is made of.
pub(crate) async fn start(database: &Database) -> Service {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/peer-data");
    let script = format!("{folder}/run.sh");
    assert!(Command::new(&script).arg("install").status().unwrap().success(), "{script} install");
    let mut command = Command::new("node");
    command.arg(format!("{folder}/dist/main.js")).env("NODE_ENV", "production");
    command.env("DATABASE_URL", &database.url).env("REDIS_URL", &database.redis).env("JWT_SECRET_KEY", SECRET);
    Service::of(command, "node").await.unwrap()
}

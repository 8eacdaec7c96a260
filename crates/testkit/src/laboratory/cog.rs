//! A Cog server: github.com/replicate/cog docs/http.md at 6110c91 and the answers of PyPI cog 0.16.12, both of 2026-11-21.
//!
//! A run has the id of its `PUT`; the same id again while it runs is answered with its state and costs nothing.

use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::runs::{At, Run, Runs};
use super::script::{Fault, Operation, answer};
use super::{Answer, LabServer, SeenRequest, Step};

pub(super) async fn start() -> (Arc<Runs>, LabServer) {
    let address: Arc<OnceLock<String>> = Arc::default();
    let (told, served) = (address.clone(), address.clone());
    let runs =
        Runs::new(Arc::new(move |run: &Run| (Vec::new(), Bytes::from(prediction(run, told.get().map_or("", String::as_str)).to_string()))));
    let serving = runs.clone();
    let server = LabServer::start(move |request| serve(&serving, served.get().map_or("", String::as_str), request)).await;
    address.get_or_init(|| server.url());
    (runs, server)
}

fn serve(runs: &Arc<Runs>, here: &str, request: &SeenRequest) -> Answer {
    let path: Vec<_> = request.path.trim_matches('/').split('/').collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["health-check"]) => answer(&runs.script, Operation::Look, refusal, || health(runs)),
        ("PUT", ["predictions", id]) => answer(&runs.script, Operation::Create, refusal, || create(runs, here, request, id)),
        ("POST", ["predictions", id, "cancel"]) => Answer::json(if runs.cancel(id) { 200 } else { 404 }, &json!({})),
        ("GET", ["outputs", id]) => answer(&runs.script, Operation::Fetch, refusal, || output(runs, id)),
        ("GET", ["predictions", _]) => Answer::json(405, &json!({"detail": "Method Not Allowed"})),
        _ => Answer::json(404, &json!({"detail": "Not Found"})),
    }
}

/// What a gateway before it says: Cog itself knows neither keys nor credits.
fn refusal(fault: &Fault) -> Answer {
    match fault {
        Fault::Exhausted => Answer::json(402, &json!({"detail": "Payment required"})),
        Fault::Refused => Answer::json(401, &json!({"detail": "Unauthorized"})),
        _ => Answer::json(429, &json!({"detail": "Too many requests"})),
    }
}

fn health(runs: &Runs) -> Answer {
    let status = if runs.working() > 0 { "BUSY" } else { "READY" };
    let started_at = format!("2026-11-21T12:00:{:02}.000000+00:00", runs.restarts() % 60);
    Answer::json(200, &json!({"status": status, "setup": {"started_at": started_at, "status": "succeeded", "logs": ""}}))
}

fn create(runs: &Arc<Runs>, here: &str, request: &SeenRequest, id: &str) -> Answer {
    let body = request.json();
    if body["id"].as_str().is_some_and(|given| given != id) {
        return invalid("id", "prediction ID must match the ID supplied in the URL");
    }
    if let Some(running) = runs.find(id).filter(|run| !run.is_over()) {
        return Answer::json(202, &prediction(&running, here));
    }
    if !runs.script.free_slots(runs.working()) {
        return Answer::json(409, &json!({"detail": "Already running a prediction"}));
    }
    for name in ["human_img", "garm_img"] {
        if !body["input"][name].is_string() {
            return invalid(name, "field required");
        }
    }
    let webhook = body["webhook"].as_str().map(str::to_owned);
    let run = runs.accept(id.to_owned(), "cog", Some(id.to_owned()), body["input"].clone(), webhook, true);
    if request.header("prefer") == Some("respond-async") {
        return Answer::json(202, &json!({"id": id, "status": "starting", "input": run.input, "output": null, "logs": "", "error": null}));
    }
    let at_the_end = Run { began: run.began.checked_sub(run.plan.work).unwrap_or(run.began), ..run.clone() };
    Answer::json(200, &prediction(&at_the_end, here)).before(Step::Wait(run.plan.work))
}

/// With the input repeated, as it does.
fn invalid(field: &str, why: &str) -> Answer {
    Answer::json(
        422,
        &json!({"detail": [{"loc": ["body", "input", field], "msg": why, "type": "missing", "input": "data:image/jpeg;base64,c2VjcmV0"}]}),
    )
}

fn output(runs: &Runs, id: &str) -> Answer {
    match runs.find(id).filter(|run| !run.is_expired()) {
        Some(run) => Answer::bytes(200, "image/png", run.picture()),
        None => Answer::json(404, &json!({"detail": "Not Found"})),
    }
}

fn prediction(run: &Run, here: &str) -> Value {
    let seconds = run.plan.work.as_secs_f64();
    let mut body = json!({
        "id": run.id, "input": run.input, "logs": run.logs(), "error": null, "output": null,
        "started_at": "2026-11-21T12:00:00.000000+00:00",
    });
    match run.at() {
        At::Waiting => body["status"] = json!("starting"),
        At::Working => body["status"] = json!("processing"),
        At::Other(status) => body["status"] = json!(status),
        At::Cancelled => body["status"] = json!("canceled"),
        At::Failed(text) => (body["status"], body["error"]) = (json!("failed"), json!(text)),
        At::Picture => {
            // Started with `--upload-url` it tells an address, and only what has an address can be deleted.
            let embedded = format!("data:image/png;base64,{}", STANDARD.encode(run.picture()));
            body["output"] = json!(if run.is_expired() { format!("{here}/outputs/{}", run.id) } else { embedded });
            body["status"] = json!("succeeded");
            body["metrics"] = json!({"predict_time": seconds});
        }
    }
    body
}

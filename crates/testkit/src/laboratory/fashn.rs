//! FASHN: docs.fashn.ai/api-overview/{api-fundamentals,error-handling,webhooks}, api-reference/{tryon-v1-6,tryon-max}, all of 2026-11-21.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::{Value, json};

use super::runs::{At, Run, Runs};
use super::script::{Fault, Operation, answer};
use super::{Answer, LabServer, SeenRequest, TryOnVendor};

pub(super) async fn start() -> (Arc<Runs>, LabServer) {
    let address: Arc<OnceLock<String>> = Arc::default();
    let (told, served) = (address.clone(), address.clone());
    let runs =
        Runs::new(Arc::new(move |run: &Run| (Vec::new(), Bytes::from(status(run, told.get().map_or("", String::as_str)).to_string()))));
    let serving = runs.clone();
    let server = LabServer::start(move |request| serve(&serving, served.get().map_or("", String::as_str), request)).await;
    address.get_or_init(|| server.url());
    (runs, server)
}

fn serve(runs: &Arc<Runs>, here: &str, request: &SeenRequest) -> Answer {
    let path: Vec<_> = request.path.trim_matches('/').split('/').collect();
    if path.first() == Some(&"cdn") {
        return answer(&runs.script, Operation::Fetch, refusal, || picture(runs, path.get(1).copied().unwrap_or_default()));
    }
    if request.bearer() != Some(TryOnVendor::KEY) {
        return refusal(&Fault::Refused);
    }
    match (request.method.as_str(), path.as_slice()) {
        ("POST", ["v1", "run"]) => answer(&runs.script, Operation::Create, refusal, || run(runs, request)),
        ("GET", ["v1", "status", id]) => answer(&runs.script, Operation::Look, refusal, || match runs.find(id) {
            Some(run) => Answer::json(200, &status(&run, here)),
            None => error(404, "NotFound", "Prediction not found"),
        }),
        _ => error(404, "NotFound", "Not found"),
    }
}

fn error(status: u16, name: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"error": name, "message": message}))
}

fn refusal(fault: &Fault) -> Answer {
    match fault {
        Fault::Exhausted => error(429, "OutOfCredits", "You have run out of credits"),
        Fault::Refused => error(401, "UnauthorizedAccess", "Unauthorized: Invalid token"),
        _ => error(429, "RateLimitExceeded", "Rate limit exceeded"),
    }
}

fn run(runs: &Arc<Runs>, request: &SeenRequest) -> Answer {
    let body = request.json();
    let (model, garment, credits) = match body["model_name"].as_str() {
        Some("tryon-v1.6") => ("tryon-v1.6", "garment_image", "1"),
        Some("tryon-max") => ("tryon-max", "product_image", "4"),
        _ => return error(400, "BadRequest", "Unknown model_name"),
    };
    for field in ["model_image", garment] {
        if !body["inputs"][field].is_string() {
            return error(400, "BadRequest", &format!("inputs.{field} is required"));
        }
    }
    let webhook = request.query.split('&').find_map(|pair| pair.strip_prefix("webhook_url=")).map(decoded);
    let run = runs.accept(runs.next_id("fa-"), model, None, body["inputs"].clone(), webhook, false);
    Answer::json(200, &json!({"id": run.id, "error": null})).header("x-fashn-credits-used", credits)
}

/// Of a query (`application/x-www-form-urlencoded`).
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}

fn picture(runs: &Runs, name: &str) -> Answer {
    match runs.find(name.trim_end_matches(".png")).filter(|run| !run.is_expired()) {
        Some(run) => Answer::bytes(200, "image/png", run.picture()),
        None => Answer::bytes(403, "application/xml", "<Error><Code>AccessDenied</Code></Error>"),
    }
}

fn status(run: &Run, here: &str) -> Value {
    let mut body = json!({"id": run.id, "output": null, "error": null});
    body["status"] = match run.at() {
        At::Waiting => json!("in_queue"),
        At::Working => json!("processing"),
        At::Picture => {
            body["output"] = json!([format!("{here}/cdn/{}.png", run.id)]);
            json!("completed")
        }
        At::Failed(text) => {
            let (name, message) = text.split_once(": ").unwrap_or(("PipelineError", &text));
            body["error"] = json!({"name": name, "message": message});
            json!("failed")
        }
        At::Cancelled => json!("canceled"),
        At::Other(status) => json!(status),
    };
    body
}

//! Replicate: replicate.com/docs/reference/http, …/topics/predictions/{create-a-prediction,lifecycle,rate-limits,data-retention,input-files}
//! and …/topics/webhooks/{receive-webhook,verify-webhook}, all of 2026-11-21.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::Utc;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::runs::{At, Run, Runs};
use super::script::{Fault, Operation, answer};
use super::{Answer, LabServer, SeenRequest, TryOnVendor};

pub(super) async fn start() -> (Arc<Runs>, LabServer) {
    let address: Arc<std::sync::OnceLock<String>> = Arc::default();
    let (told, served) = (address.clone(), address.clone());
    let runs = Runs::new(Arc::new(move |run: &Run| {
        let body = Bytes::from(prediction(run, told.get().map_or("", String::as_str)).to_string());
        (signature(run, &body), body)
    }));
    let serving = runs.clone();
    let server = LabServer::start(move |request| serve(&serving, served.get().map_or("", String::as_str), request)).await;
    address.get_or_init(|| server.url());
    (runs, server)
}

fn serve(runs: &Arc<Runs>, here: &str, request: &SeenRequest) -> Answer {
    let path: Vec<_> = request.path.trim_matches('/').split('/').collect();
    if path.first() == Some(&"pictures") {
        return answer(&runs.script, Operation::Fetch, refusal, || picture(runs, path.get(1).copied().unwrap_or_default()));
    }
    if request.bearer() != Some(TryOnVendor::KEY) {
        return refusal(&Fault::Refused);
    }
    match (request.method.as_str(), path.as_slice()) {
        ("POST", ["v1", "predictions"]) => answer(&runs.script, Operation::Create, refusal, || match request.json()["version"].as_str() {
            Some(version) => create(runs, here, request, version),
            None => Answer::json(422, &json!({"title": "Input validation failed", "detail": "- version is required\n", "status": 422})),
        }),
        ("POST", ["v1", "models" | "deployments", owner, name, "predictions"]) => {
            answer(&runs.script, Operation::Create, refusal, || create(runs, here, request, &format!("{owner}/{name}")))
        }
        ("GET", ["v1", "predictions"]) => answer(&runs.script, Operation::List, refusal, || {
            let results: Vec<_> = runs.all().iter().map(|run| prediction(run, here)).collect();
            Answer::json(200, &json!({"next": null, "previous": null, "results": results}))
        }),
        ("GET", ["v1", "predictions", id]) => answer(&runs.script, Operation::Look, refusal, || match runs.find(id) {
            Some(run) => Answer::json(200, &prediction(&run, here)),
            None => Answer::json(404, &json!({"detail": "Not found."})),
        }),
        ("POST", ["v1", "predictions", id, "cancel"]) => match runs.find(id) {
            Some(_) => {
                runs.cancel(id);
                Answer::json(200, &runs.find(id).map(|run| prediction(&run, here)).unwrap_or_default())
            }
            None => Answer::json(404, &json!({"detail": "Not found."})),
        },
        ("POST", ["v1", "files"]) => answer(&runs.script, Operation::Upload, refusal, || {
            let id = format!("file-{}", request.body.len());
            Answer::json(
                201,
                &json!({"id": id, "content_type": "image/jpeg", "size": request.body.len(), "urls": {"get": format!("{here}/v1/files/{id}")}}),
            )
        }),
        _ => Answer::json(404, &json!({"detail": "Not found."})),
    }
}

fn refusal(fault: &Fault) -> Answer {
    match fault {
        Fault::Exhausted => Answer::json(
            402,
            &json!({"title": "Insufficient credit", "detail": "You have insufficient credit to run this model.", "status": 402}),
        ),
        Fault::Refused => Answer::json(
            401,
            &json!({"title": "Unauthenticated", "detail": "You did not pass a valid authentication token", "status": 401}),
        ),
        _ => Answer::json(429, &json!({"detail": "Request was throttled. Your rate limit resets in ~30s.", "status": 429})),
    }
}

fn create(runs: &Arc<Runs>, here: &str, request: &SeenRequest, model: &str) -> Answer {
    let body = request.json();
    let texts = body["input"].as_object().into_iter().flat_map(|input| input.values()).filter_map(Value::as_str);
    let reference = texts.filter(|text| text.starts_with("http")).find_map(|text| text.split_once('#')).map(|(_, mark)| mark.to_owned());
    let webhook = body["webhook"].as_str().map(str::to_owned);
    let run = runs.accept(runs.next_id("rp"), model, reference, body["input"].clone(), webhook, false);
    Answer::json(201, &prediction(&run, here))
}

fn picture(runs: &Runs, name: &str) -> Answer {
    match runs.find(name.trim_end_matches(".png")).filter(|run| !run.is_expired()) {
        Some(run) => Answer::bytes(200, "image/png", run.picture()),
        None => Answer::bytes(404, "text/plain", "Not Found"),
    }
}

fn prediction(run: &Run, here: &str) -> Value {
    let at = run.at();
    let status = match &at {
        At::Waiting => "starting",
        At::Working => "processing",
        At::Picture => "succeeded",
        At::Failed(_) => "failed",
        At::Cancelled => "canceled",
        At::Other(status) => status,
    };
    let mut body = json!({
        "id": run.id, "model": run.model, "version": "0513734a", "input": run.input, "logs": run.logs(), "output": null, "error": null,
        "data_removed": false, "status": status, "source": "api", "created_at": "2026-11-21T12:00:00.000Z", "metrics": {},
        "urls": {"get": format!("{here}/v1/predictions/{}", run.id), "cancel": format!("{here}/v1/predictions/{}/cancel", run.id)},
    });
    match at {
        At::Failed(text) => body["error"] = json!(text),
        At::Picture => {
            body["output"] = json!(format!("{here}/pictures/{}.png", run.id));
            body["metrics"] = json!({"predict_time": run.plan.work.as_secs_f64(), "total_time": run.plan.work.as_secs_f64() + 1.0});
        }
        _ => {}
    }
    body
}

#[expect(clippy::disallowed_methods, reason = "the signature holds the time it is sent")]
fn signature(run: &Run, body: &[u8]) -> Vec<(&'static str, String)> {
    let (id, time) = (format!("msg_{}_{}", run.id, run.is_over()), Utc::now().timestamp().to_string());
    let key = STANDARD.decode(TryOnVendor::WEBHOOK_SECRET.trim_start_matches("whsec_")).unwrap();
    let signed = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(format!("{id}.{time}.")).chain_update(body);
    let signature = STANDARD.encode(signed.finalize().into_bytes());
    // An older secret's beside it, as while secrets are changed.
    vec![("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", format!("v1,b2xkZXI= v1,{signature}"))]
}

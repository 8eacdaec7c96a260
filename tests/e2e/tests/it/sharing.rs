//! Several processes on one data directory.

use std::time::Duration;

use crate::process::{Api, Process, is_terminal};

#[tokio::test]
async fn two_worker_processes_share_the_work_of_an_api_without_one() {
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[("EMBEDDED_WORKER", "false")]).await;
    api.sign_up("user@example.com").await;
    api.put_body("person_1.jpg").await;
    let tee = api.add_top("garments/g_tee.jpg").await;
    let mut asked = Vec::new();
    for _ in 0..8 {
        asked.push(api.ask(&tee).await);
    }
    let settings = [("WORKER_CONCURRENCY", "1")];
    let mut workers = [Process::start("atelier-worker", data.path(), &settings), Process::start("atelier-worker", data.path(), &settings)];
    for worker in &mut workers {
        worker.says("the worker is ready").await;
    }
    for id in &asked {
        let tryon = api.tryon_until(id, Duration::from_secs(90), is_terminal).await;
        assert_eq!(tryon["status"], "completed", "{tryon}");
        assert_eq!(tryon["attempts"].as_array().unwrap().len(), 1, "nothing was done twice: {tryon}");
    }
    let logs: Vec<String> = workers.iter_mut().map(Process::log).collect();
    let took_part: Vec<usize> = logs.iter().map(|log| asked.iter().filter(|id| log.contains(id.as_str())).count()).collect();
    assert!(took_part.iter().all(|jobs| *jobs > 0), "{took_part:?}\n{}", logs.join("\n---\n"));
    for worker in &mut workers {
        assert_eq!(worker.terminate().await.0, Some(0));
    }
}

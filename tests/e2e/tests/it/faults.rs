//! What may go wrong does, while fifty try-ons are under way (five hundred with SOAK=1): everything ends, nothing is paid twice, nothing is
//! left behind, and everybody who watched saw the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::fleet::{Fleet, Socket};
use crate::process::{Api, Process, client, is_terminal, root};
use crate::servers::{Bucket, Database, Proxy, ReplicaSet, Weather};

/// How long an outage lasts.
const OUTAGE: Duration = Duration::from_secs(20);

fn wanted() -> usize {
    if std::env::var("SOAK").is_ok_and(|soak| soak == "1") { 500 } else { 50 }
}

/// People, what they asked for, and what they saw.
struct Scene {
    fleet: Fleet,
    api: Api,
    other_api: Api,
    vendor: TempDir,
    finds: bool,
    workers: Vec<Process>,
    people: Vec<Person>,
}

struct Person {
    token: String,
    tryons: Vec<String>,
    seen: Arc<Mutex<BTreeMap<String, String>>>,
    watching: JoinHandle<()>,
}

/// Follows a person's events as a client does: connects again where it was cut off, after the last number it saw.
async fn watch(base: String, token: String, seen: Arc<Mutex<BTreeMap<String, String>>>) {
    let mut after = None;
    loop {
        if let Some(mut socket) = Socket::open(&base, &token, after).await {
            while let Some(message) = socket.next().await {
                after = message["seq"].as_u64().or(after);
                let updates = match message["type"].as_str() {
                    Some("tryon.updated") => vec![message["data"].clone()],
                    Some("snapshot") => message["data"]["tryons"].as_array().cloned().unwrap_or_default(),
                    _ => Vec::new(),
                };
                for tryon in updates {
                    if let (Some(id), Some(status)) = (tryon["id"].as_str(), tryon["status"].as_str()) {
                        seen.lock().unwrap().insert(id.to_owned(), status.to_owned());
                    }
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

impl Scene {
    /// Two APIs, two workers with a vendor that charges, five people with a garment each.
    async fn set(database: &Database, bucket: &Bucket, endpoint: &str, finds: bool) -> Self {
        let mut fleet = Fleet::of(database, bucket, endpoint);
        let (mut api, other_api) = (fleet.api().await, fleet.api().await);
        let vendor = TempDir::new().unwrap();
        let mut workers = vec![fleet.charging_worker(vendor.path(), finds), fleet.charging_worker(vendor.path(), finds)];
        for worker in &mut workers {
            worker.says("the worker is ready").await;
        }
        let mut people = Vec::new();
        for number in 0..5 {
            api.sign_up(&format!("user{number}@example.com")).await;
            api.put_body("person_1.jpg").await;
            let seen = Arc::new(Mutex::new(BTreeMap::new()));
            let watching = tokio::spawn(watch(other_api.base.clone(), api.token.clone(), seen.clone()));
            people.push(Person { token: api.token.clone(), tryons: Vec::new(), seen, watching });
        }
        Self { fleet, api, other_api, vendor, finds, workers, people }
    }

    /// Asks for all try-ons, half at each API.
    async fn ask(&mut self) {
        for person in &mut self.people {
            self.api.token.clone_from(&person.token);
            self.other_api.token.clone_from(&person.token);
            let tee = self.api.add_top("garments/g_tee.jpg").await;
            for number in 0..wanted() / 5 {
                let api = if number % 2 == 0 { &self.api } else { &self.other_api };
                person.tryons.push(api.ask_until_taken(&tee, &format!("try-{number}")).await);
            }
        }
    }

    /// Kills the workers in turn, one a second, and starts another for each.
    async fn kill_workers(&mut self, kills: usize) {
        for number in 0..kills {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let place = number % self.workers.len();
            self.workers[place].kill();
            self.workers[place] = self.fleet.charging_worker(self.vendor.path(), self.finds);
        }
    }

    /// Uses the APIs until `until`; answers every status with which a request was refused by the server.
    async fn use_until(&self, until: Instant) -> BTreeSet<u16> {
        let client = client();
        let mut refused = BTreeSet::new();
        let (picture, token) = (std::fs::read(root().join("samples/garments/g_tee.jpg")).unwrap(), &self.people[0].token);
        while Instant::now() < until {
            for api in [&self.api, &self.other_api] {
                let call = |method, path: &str| client.request(method, format!("{}/api/v1{path}", api.base)).bearer_auth(token);
                let part = reqwest::multipart::Part::bytes(picture.clone()).file_name("tee.jpg");
                let form = reqwest::multipart::Form::new().part("image", part).text("name", "Tee").text("category", "tops");
                for request in
                    [call(Method::GET, "/clothing"), call(Method::GET, "/tryon"), call(Method::POST, "/clothing").multipart(form)]
                {
                    let answer = request.send().await.unwrap();
                    if answer.status().is_server_error() {
                        let (status, again) = (answer.status(), answer.headers().contains_key("retry-after"));
                        let text = answer.text().await.unwrap();
                        assert!(status == StatusCode::SERVICE_UNAVAILABLE && again, "{status} {text}");
                        refused.insert(status.as_u16());
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        refused
    }

    /// Waits for the end of everything, then looks at what is left.
    async fn judge(mut self) {
        let until = Instant::now() + Duration::from_secs(150);
        let mut completed = 0;
        let people = std::mem::take(&mut self.people);
        for person in &people {
            self.api.token.clone_from(&person.token);
            for id in &person.tryons {
                let tryon = self.ended(id, until).await;
                match tryon["status"].as_str() {
                    Some("completed") => completed += 1,
                    Some("failed") => assert_eq!(tryon["error"]["reason"], "ambiguous_submit", "{tryon}"),
                    _ => panic!("{tryon}"),
                }
                while person.seen.lock().unwrap().get(id).map(String::as_str) != tryon["status"].as_str() {
                    assert!(Instant::now() < until, "the client saw {:?} of {tryon}", person.seen.lock().unwrap().get(id));
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        for person in &people {
            person.watching.abort();
        }
        let charges = charges(self.vendor.path());
        assert!(charges.values().all(|ids| ids.len() == 1), "paid twice: {charges:?}");
        let asked = people.iter().map(|person| person.tryons.len()).sum::<usize>();
        assert_eq!(asked, wanted());
        if self.finds {
            assert_eq!(completed, asked, "a vendor that finds submissions leaves none ambiguous");
        } else {
            assert!(completed * 2 > asked, "{completed} of {asked}");
        }
        // Requests that were cut off may have left files; the check finds them, and nothing else.
        let repaired = self.fleet.command(&["integrity", "--repair", "--grace-minutes", "0"]);
        assert!(repaired.status.success(), "a file is missing: {repaired:?}");
        let clean = self.fleet.command(&["integrity", "--grace-minutes", "0"]);
        let text = String::from_utf8(clean.stdout).unwrap();
        assert!(text.contains("0 files missing, 0 files of nothing"), "{text}");
    }

    async fn ended(&mut self, id: &str, until: Instant) -> Value {
        loop {
            let tryon = self.api.tryon(id).await;
            if is_terminal(&tryon) {
                return tryon;
            }
            assert!(Instant::now() < until, "{tryon}\n{}", self.workers.iter_mut().map(Process::log).collect::<String>());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// What the vendor charged for each try-on.
fn charges(vendor: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut charges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in std::fs::read_to_string(vendor.join("ledger.txt")).unwrap().lines() {
        let (reference, external_id) = line.split_once(' ').unwrap();
        let (tryon, _attempt) = reference.rsplit_once('-').unwrap();
        charges.entry(tryon.to_owned()).or_default().insert(external_id.to_owned());
    }
    charges
}

#[tokio::test]
async fn a_worker_killed_every_second_pays_nothing_twice() {
    let (Some(database), Some(bucket)) = (Database::create().await, Bucket::create().await) else { return };
    for finds in [true, false] {
        let mut scene = Scene::set(&database, &bucket, &bucket.endpoint, finds).await;
        scene.ask().await;
        scene.kill_workers(6).await;
        scene.judge().await;
        // A busy machine may cut the connections of this process too.
        while database.client.database(&database.name).drop().await.is_err() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// On several threads: the proxy has to go on while the operator's command is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_store_that_refuses_and_stalls_delays_and_loses_nothing() {
    let (Some(database), Some(bucket)) = (Database::create().await, Bucket::create().await) else { return };
    let proxy = Proxy::start(&bucket.endpoint).await;
    let mut scene = Scene::set(&database, &bucket, &format!("http://{}", proxy.address), true).await;
    scene.ask().await;
    let mut refused = BTreeSet::new();
    for weather in [Weather::Refused, Weather::Stalled] {
        proxy.turn(weather);
        refused.extend(scene.use_until(Instant::now() + OUTAGE / 2).await);
    }
    proxy.turn(Weather::Fair);
    assert_eq!(refused, BTreeSet::from([503]), "uploads were refused meanwhile");
    scene.judge().await;
    database.drop().await;
}

#[tokio::test]
async fn a_database_that_stalls_delays_and_loses_nothing() {
    let (Some(set), Some(bucket)) = (ReplicaSet::start(1).await, Bucket::create().await) else { return };
    let database = Database::at(set.uri.clone()).await;
    let mut scene = Scene::set(&database, &bucket, &bucket.endpoint, true).await;
    scene.ask().await;
    let ends = Instant::now() + OUTAGE + Duration::from_secs(5);
    tokio::join!(set.stall(OUTAGE), scene.use_until(ends));
    scene.judge().await;
}

#[tokio::test]
async fn a_primary_killed_in_the_middle_loses_nothing() {
    let (Some(mut set), Some(bucket)) = (ReplicaSet::start(3).await, Bucket::create().await) else { return };
    let database = Database::at(set.uri.clone()).await;
    let mut scene = Scene::set(&database, &bucket, &bucket.endpoint, true).await;
    scene.ask().await;
    let killed = set.kill_primary().await;
    scene.use_until(Instant::now() + Duration::from_secs(10)).await;
    set.restart(killed);
    scene.judge().await;
}

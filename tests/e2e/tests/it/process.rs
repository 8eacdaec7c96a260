//! Processes under test and a client that signs up and asks for try-ons.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A built binary. The test binary itself lies in `<target>/<profile>/deps`.
pub(crate) fn binary(name: &str) -> PathBuf {
    let profile = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
    let path = profile.join(name);
    assert!(path.exists(), "{} is not built: run make e2e", path.display());
    path
}

/// A running process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    log: File,
}

impl Process {
    /// Starts a binary on a data directory, with a quick bcrypt and no rate limit in the way of asking again and again.
    pub(crate) fn start(name: &str, data: &Path, settings: &[(&str, &str)]) -> Self {
        Self::run(&mut Command::new(binary(name)), data, settings)
    }

    /// As [`start`](Self::start), of a command that says more than the binary's name.
    pub(crate) fn run(command: &mut Command, data: &Path, settings: &[(&str, &str)]) -> Self {
        let log = tempfile::tempfile().unwrap();
        let child = command
            .env_clear()
            .envs([("DATA_DIR", data.to_str().unwrap()), ("PORT", "0"), ("BCRYPT_COST", "4"), ("RATE_LIMIT_ACCOUNT_PER_MINUTE", "100000")])
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stderr(log.try_clone().unwrap())
            .spawn()
            .unwrap();
        Self { child, log }
    }

    /// Everything it logged.
    pub(crate) fn log(&mut self) -> String {
        let mut text = String::new();
        // the child writes at the shared offset: remember it, read from the start, put it back
        let end = self.log.seek(SeekFrom::End(0)).unwrap();
        self.log.seek(SeekFrom::Start(0)).unwrap();
        (&self.log).take(end).read_to_string(&mut text).unwrap();
        self.log.seek(SeekFrom::End(0)).unwrap();
        text
    }

    /// Waits until the log has this text; panics with the log when the process ends or takes too long.
    pub(crate) async fn says(&mut self, text: &str) -> String {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let log = self.log();
            if log.contains(text) {
                return log;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < until, "never said {text:?} ({ended:?}):\n{log}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until it ends by itself and answers its exit code.
    pub(crate) async fn ended(&mut self, limit: Duration) -> Option<i32> {
        let until = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < until, "it does not end:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end and answers its exit code and how long it took.
    pub(crate) async fn terminate(&mut self) -> (Option<i32>, Duration) {
        let began = Instant::now();
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), began.elapsed());
            }
            assert!(began.elapsed() < Duration::from_secs(40), "it does not end:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // ended already, or not: either is fine
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The API and a person signed in to it.
pub(crate) struct Api {
    pub(crate) process: Process,
    pub(crate) base: String,
    pub(crate) client: Client,
    pub(crate) token: String,
}

/// A client for servers on this machine.
pub(crate) fn client() -> Client {
    // With the adapters of AI providers in the same build, reqwest knows TLS and wants to be told with which provider.
    let _already_set = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

impl Api {
    /// Starts the API and waits until it is ready.
    pub(crate) async fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        Self::of(Process::start("atelier-api", data, settings)).await
    }

    /// The API as this process, once it is ready.
    pub(crate) async fn of(mut process: Process) -> Self {
        let log = process.says("Atelier is ready at http").await;
        let (_, rest) = log.split_once("Atelier is ready at ").unwrap();
        let base = rest.split_whitespace().next().unwrap().to_owned();
        let client = client();
        Self { process, base, client, token: String::new() }
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Value {
        let request = self.client.request(method.clone(), format!("{}/api/v1{path}", self.base)).bearer_auth(&self.token);
        let response = change(request).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    pub(crate) async fn sign_up(&mut self, email: &str) {
        let body = json!({"email": email, "password": "securepassword123", "name": "John Doe"});
        let answer = self.call(Method::POST, "/auth/signup", |r| r.json(&body)).await;
        self.token = answer["access_token"].as_str().unwrap().to_owned();
    }

    pub(crate) async fn put_body(&self, picture: &str) -> Value {
        let form = Form::new().part("image", picture_part(picture));
        self.call(Method::PUT, "/body", |r| r.multipart(form)).await["data"]["body"].clone()
    }

    pub(crate) async fn add_top(&self, picture: &str) -> String {
        let form = Form::new().part("image", picture_part(picture)).text("name", "Top").text("category", "tops");
        let answer = self.call(Method::POST, "/clothing", |r| r.multipart(form)).await;
        answer["data"]["clothing"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn ask(&self, clothing: &str) -> String {
        let answer = self.call(Method::POST, "/tryon", |r| r.json(&json!({"clothing_id": clothing}))).await;
        answer["data"]["tryon"]["id"].as_str().unwrap().to_owned()
    }

    /// As a good client does: under an idempotency key, and again when it is told to come again.
    pub(crate) async fn ask_until_taken(&self, clothing: &str, key: &str) -> String {
        for _ in 0..30 {
            let request = self.client.post(format!("{}/api/v1/tryon", self.base)).bearer_auth(&self.token);
            let answer = request.header("idempotency-key", key).json(&json!({"clothing_id": clothing})).send().await.unwrap();
            let (status, again) = (answer.status(), answer.headers().contains_key("retry-after"));
            let text = answer.text().await.unwrap();
            if status.is_success() {
                let answer: Value = serde_json::from_str(&text).unwrap();
                return answer["data"]["tryon"]["id"].as_str().unwrap().to_owned();
            }
            assert!(status == 503 && again, "{status} {text}");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        panic!("never taken")
    }

    pub(crate) async fn tryon(&self, id: &str) -> Value {
        self.call(Method::GET, &format!("/tryon/{id}"), |r| r).await["data"]["tryon"].clone()
    }

    /// Waits until the try-on is as wanted; panics with its last state when it takes longer than `limit`.
    pub(crate) async fn tryon_until(&mut self, id: &str, limit: Duration, wanted: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + limit;
        loop {
            let tryon = self.tryon(id).await;
            if wanted(&tryon) {
                return tryon;
            }
            assert!(Instant::now() < until, "never as wanted: {tryon}\n{}", self.process.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn picture(&self, url: &str) -> Vec<u8> {
        let response = self.client.get(url).send().await.unwrap();
        assert_eq!(response.status(), 200, "{url}");
        response.bytes().await.unwrap().to_vec()
    }
}

pub(crate) fn is_terminal(tryon: &Value) -> bool {
    ["completed", "failed", "cancelled"].contains(&tryon["status"].as_str().unwrap())
}

/// Signs a person up with a photo and a top; answers the top.
pub(crate) async fn with_person(api: &mut Api, email: &str, photo: &str, top: &str) -> String {
    api.sign_up(email).await;
    api.put_body(photo).await;
    api.add_top(top).await
}

/// A form with a sample picture.
pub(crate) fn picture_form(picture: &str) -> Form {
    Form::new().part("image", picture_part(picture))
}

fn picture_part(picture: &str) -> Part {
    let bytes = std::fs::read(root().join("samples").join(picture)).unwrap();
    Part::bytes(bytes).file_name("picture.jpg")
}

//! A disk that is full, and a data directory that may not be written to: clear answers, what is there can still be read, and it goes on without a
//! restart when the operator has mended it. Needs root, to mount a small file system and to start processes as somebody else.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use atelier_testkit::contract::present;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::process::{Api, Process, binary, is_terminal, picture_form, root, with_person};

/// `nobody` of Debian.
const NOBODY: u32 = 65_534;

/// A file system of its own, of a few megabytes.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(folder.path()).output().ok()?;
        mounted.status.success().then(|| Self(folder))
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn ballast(&self) -> PathBuf {
        self.0.path().join("ballast")
    }

    /// Leaves no byte free.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.ballast()).unwrap();
        for size in [1_048_576, 4_096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.0.path()).status());
    }
}

/// Whether this process may do what an operator may.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

/// An answer: its status and body. A request that hangs fails.
async fn sent(api: &Api, method: Method, path: &str, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> (u16, Value) {
    let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", api.base) };
    let request = api.client.request(method, url).timeout(Duration::from_secs(20));
    let request = if path.starts_with("http") { request } else { request.bearer_auth(&api.token) };
    let answer = change(request).send().await.unwrap();
    let (status, waits) = (answer.status().as_u16(), answer.headers().contains_key("retry-after"));
    let text = answer.text().await.unwrap_or_default();
    assert!(status != 503 || waits || path.starts_with("/health"), "{path}: 503 without Retry-After: {text}");
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// Whether it was refused; a refusal has to be this one, with advice.
fn is_refused((status, body): &(u16, Value), code: &str) -> bool {
    if *status < 300 {
        return false;
    }
    let advice = body["error"]["message"].as_str().unwrap_or_default();
    assert!(*status == 503 && body["error"]["code"] == code && advice.contains("its operator"), "{status} {body}");
    true
}

async fn sign_up(api: &Api, number: usize) -> (u16, Value) {
    let body = json!({"email": format!("person-{number}@example.com"), "password": "securepassword123", "name": "John Doe"});
    sent(api, Method::POST, "/api/v1/auth/signup", |request| request.json(&body)).await
}

async fn add_garment(api: &Api) -> (u16, Value) {
    let form = picture_form("garments/tee_white.jpg").text("name", "Top").text("category", "tops");
    sent(api, Method::POST, "/api/v1/clothing", |request| request.multipart(form)).await
}

/// An upload whose file is to be put, and where to.
async fn announce(api: &Api, size: usize) -> (String, String) {
    let ticket = json!({"content_type": "image/jpeg", "size": size});
    let ticket = api.call(Method::POST, "/uploads", |request| request.json(&ticket)).await["data"].clone();
    (ticket["upload_id"].as_str().unwrap().to_owned(), ticket["url"].as_str().unwrap().to_owned())
}

async fn put_file(api: &Api, url: &str, file: &[u8]) -> (u16, Value) {
    sent(api, Method::PUT, url, |request| request.header("content-type", "image/jpeg").body(file.to_vec())).await
}

/// Asks until the answer is as wanted.
async fn eventually(api: &Api, path: &str, wanted: impl Fn(&(u16, Value)) -> bool) -> Value {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = sent(api, Method::GET, path, |request| request).await;
        if wanted(&answer) {
            return answer.1;
        }
        assert!(Instant::now() < until, "{path}: {answer:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What is read as before: lists, one garment, its picture, the account.
async fn assert_reads(api: &Api, garment: &str) {
    let shown = api.call(Method::GET, &format!("/clothing/{garment}"), |request| request).await["data"]["clothing"].clone();
    assert!(api.picture(shown["image_url"].as_str().unwrap()).await.starts_with(b"\xff\xd8\xff"));
    for path in ["/clothing", "/tryon", "/users/me", "/users/me/export", "/webhooks/endpoints"] {
        api.call(Method::GET, path, |request| request).await;
    }
}

async fn assert_sound(data: &Path) {
    let file = SqliteConnectOptions::new().filename(data.join("atelier.sqlite")).read_only(true);
    let mut database = SqliteConnection::connect_with(&file).await.unwrap();
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut database).await.unwrap();
    assert_eq!(verdict, "ok");
}

#[tokio::test]
async fn a_full_disk_is_told_loses_nothing_and_is_forgotten_when_there_is_room() {
    let Some(disk) = present(SmallDisk::mount(), "a_full_disk (mounting a tmpfs)") else { return };
    let mut api = Api::start(&disk.data(), &[]).await;
    let tee = with_person(&mut api, "keeper@example.com", "person_1.jpg", "garments/tee_white.jpg").await;
    let picture = std::fs::read(root().join("samples/garments/g_longsleeve.jpg")).unwrap();
    let (put, url) = announce(&api, picture.len()).await;
    assert_eq!(put_file(&api, &url, &picture).await.0, 200);
    let (_, later) = announce(&api, picture.len()).await;
    eventually(&api, "/health/ready", |(_, body)| body["status"] == "ok").await;

    disk.fill();
    // The log of the database has some room of its own: sooner or later it is used up.
    let mut refused = false;
    for number in 0..2_000 {
        refused = is_refused(&sign_up(&api, number).await, "STORAGE_FULL");
        if refused {
            break;
        }
    }
    assert!(refused, "two thousand people found room on a full disk");
    assert!(is_refused(&add_garment(&api).await, "STORAGE_FULL"));
    assert!(is_refused(&put_file(&api, &later, &picture).await, "STORAGE_FULL"));
    let garment = json!({"upload_id": put, "name": "Top", "category": "tops"});
    assert!(is_refused(&sent(&api, Method::POST, "/api/v1/clothing", |request| request.json(&garment)).await, "STORAGE_FULL"));
    let wish = json!({"clothing_id": tee});
    is_refused(&sent(&api, Method::POST, "/api/v1/tryon", |request| request.json(&wish)).await, "STORAGE_FULL");
    let login = json!({"email": "keeper@example.com", "password": "securepassword123"});
    is_refused(&sent(&api, Method::POST, "/api/v1/auth/login", |request| request.json(&login)).await, "STORAGE_FULL");
    assert_reads(&api, &tee).await;
    eventually(&api, "/health/ready", |(status, body)| *status == 200 && body["status"] == "degraded").await;
    let health = eventually(&api, "/health", |(_, body)| body["status"] == "DEGRADED").await;
    assert_eq!((&health["checks"]["data_directory"]["status"], &health["checks"]["database"]["status"]), (&json!("DOWN"), &json!("UP")));

    disk.make_room();
    eventually(&api, "/health/ready", |(_, body)| body["status"] == "ok").await;
    assert_eq!(sign_up(&api, 9_999).await.0, 201);
    assert_eq!(sent(&api, Method::POST, "/api/v1/clothing", |request| request.json(&garment)).await.0, 201, "the upload is there still");
    assert_eq!(put_file(&api, &later, &picture).await.0, 200);
    assert_eq!(add_garment(&api).await.0, 201);
    let asked = api.ask_until_taken(&tee, "once").await;
    let done = api.tryon_until(&asked, Duration::from_secs(120), is_terminal).await;
    assert_eq!(done["status"], "completed", "{done}");
    assert_reads(&api, &tee).await;
    let log = api.process.log();
    assert!(!log.contains("panicked"), "{log}");
    assert_eq!(api.process.terminate().await.0, Some(0));
    assert_sound(&disk.data()).await;
}

#[tokio::test]
async fn a_full_temporary_directory_refuses_uploads_with_advice() {
    let Some(disk) = present(SmallDisk::mount(), "a_full_temporary_directory (mounting a tmpfs)") else { return };
    let data = tempfile::tempdir().unwrap();
    let mut api = Api::start(data.path(), &[("TMPDIR", disk.0.path().to_str().unwrap())]).await;
    api.sign_up("user@example.com").await;
    disk.fill();
    assert!(is_refused(&add_garment(&api).await, "STORAGE_FULL"));
    disk.make_room();
    assert_eq!(add_garment(&api).await.0, 201);
}

/// The API's binary where anybody may run it, and a data directory of this owner beside it.
struct Stranger {
    folder: TempDir,
}

impl Stranger {
    fn with_data_of(owner: u32, mode: u32) -> Option<Self> {
        if !is_root() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let (program, own) = (binary("atelier-api"), folder.path().join("atelier-api"));
        if std::fs::hard_link(&program, &own).is_err() {
            std::fs::copy(&program, &own).unwrap();
        }
        let stranger = Self { folder };
        std::fs::create_dir(stranger.data()).unwrap();
        chown(stranger.data(), Some(owner), Some(owner)).unwrap();
        std::fs::set_permissions(stranger.data(), Permissions::from_mode(mode)).unwrap();
        Some(stranger)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the API as `nobody`.
    fn start(&self) -> Process {
        let mut command = Command::new(self.folder.path().join("atelier-api"));
        Process::run(command.uid(NOBODY).gid(NOBODY).current_dir("/"), &self.data(), &[])
    }

    /// Takes the right to write away from every folder of the data, or gives it back.
    fn allow_writing(&self, allowed: bool) {
        let change = if allowed { "u+w" } else { "a-w" };
        let folders = Command::new("find").arg(self.data()).args(["-type", "d", "-exec", "chmod", change, "{}", "+"]).status().unwrap();
        assert!(folders.success());
    }
}

#[tokio::test]
async fn a_process_that_may_not_write_to_its_data_directory_says_which_and_what_to_do() {
    let Some(nobody) = present(Stranger::with_data_of(0, 0o755), "a_process_that_may_not_write (root)") else { return };
    let mut process = nobody.start();
    assert_eq!(process.ended(Duration::from_secs(30)).await, Some(1));
    let log = process.log();
    let errors: Vec<_> = log.lines().filter(|line| line.starts_with("error: ")).collect();
    let [error] = errors[..] else { panic!("{log}") };
    for told in [nobody.data().to_str().unwrap(), "chown", "DATA_DIR", "Permission denied"] {
        assert!(error.contains(told), "{error}");
    }
    assert_eq!(std::fs::read_dir(nobody.data()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_data_directory_that_becomes_read_only_is_told_and_goes_on_when_it_is_given_back() {
    let Some(nobody) = present(Stranger::with_data_of(NOBODY, 0o700), "a_data_directory_that_becomes_read_only (root)") else { return };
    let mut api = Api::of(nobody.start()).await;
    let tee = with_person(&mut api, "keeper@example.com", "person_1.jpg", "garments/tee_white.jpg").await;
    let picture = std::fs::read(root().join("samples/garments/g_longsleeve.jpg")).unwrap();
    let (_, url) = announce(&api, picture.len()).await;

    nobody.allow_writing(false);
    assert!(is_refused(&add_garment(&api).await, "STORAGE_READ_ONLY"));
    assert!(is_refused(&put_file(&api, &url, &picture).await, "STORAGE_READ_ONLY"));
    // The database's files are open already: it may go on.
    is_refused(&sign_up(&api, 0).await, "STORAGE_READ_ONLY");
    assert_reads(&api, &tee).await;
    eventually(&api, "/health/ready", |(status, body)| *status == 200 && body["status"] == "degraded").await;

    nobody.allow_writing(true);
    eventually(&api, "/health/ready", |(_, body)| body["status"] == "ok").await;
    assert_eq!(put_file(&api, &url, &picture).await.0, 200);
    assert_eq!(add_garment(&api).await.0, 201);
    assert_eq!(sign_up(&api, 1).await.0, 201);
    let log = api.process.log();
    assert!(!log.contains("panicked"), "{log}");
    assert_eq!(api.process.terminate().await.0, Some(0));
    assert_sound(&nobody.data()).await;
}

//! MongoDB and S3: any number of processes, one product.

use std::process::Command;
use std::time::{Duration, Instant};

use mongodb::bson::{DateTime, Document, doc};
use reqwest::Method;
use serde_json::json;

use crate::fleet::{Fleet, Socket, same_person};
use crate::process::Process;
use crate::servers::{Bucket, Database};

#[tokio::test]
async fn a_journey_over_two_apis_and_two_workers_that_share_no_disk_and_erasure_leaves_nothing() {
    let (Some(database), Some(bucket)) = (Database::create().await, Bucket::create().await) else { return };
    let mut fleet = Fleet::of(&database, &bucket, &bucket.endpoint);
    let (mut near, far) = (fleet.api().await, fleet.api().await);
    let mut workers = [fleet.worker().await, fleet.worker().await];

    near.sign_up("user@example.com").await;
    let mut far = same_person(&near, far);
    let me = near.call(Method::GET, "/users/me", |r| r).await["data"]["user"]["id"].as_str().unwrap().to_owned();
    near.put_body("person_1.jpg").await;
    let tee = far.add_top("garments/g_tee.jpg").await;
    let mut socket = Socket::open(&near.base, &near.token, None).await.unwrap();
    assert_eq!(socket.next().await.unwrap()["type"], "snapshot");

    // Asked for at one API, made by a worker, seen at the other API.
    let id = far.ask(&tee).await;
    let mut seen = Vec::new();
    let watching = async {
        loop {
            let event = socket.next().await.expect("the connection stays open");
            seen.push((event["seq"].as_u64().unwrap(), event["data"]["status"].as_str().unwrap_or_default().to_owned()));
            if event["data"]["status"] == "completed" {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), watching).await.unwrap_or_else(|_| panic!("{}", near.process.log()));
    assert!(seen.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1), "{seen:?}");
    assert!(seen.iter().any(|(_, status)| status == "processing"), "{seen:?}");
    let tryon = near.tryon(&id).await;
    let picture = far.picture(tryon["result_image_url"].as_str().unwrap()).await;
    assert!(picture.starts_with(b"\xff\xd8\xff") && picture.len() > 10_000);
    let logs: Vec<String> = workers.iter_mut().map(Process::log).collect();
    assert_eq!(logs.iter().filter(|log| log.contains("try-on completed")).count(), 1, "one worker made it");
    near.call(Method::POST, "/favorites", |r| r.json(&json!({"tryon_id": id}))).await;
    far.call(Method::PUT, "/users/me/avatar", |r| {
        let bytes = std::fs::read(crate::process::root().join("samples/person_1.jpg")).unwrap();
        r.multipart(reqwest::multipart::Form::new().part("image", reqwest::multipart::Part::bytes(bytes).file_name("a.jpg")))
    })
    .await;
    // A replaced photo leaves an old version in the bucket, which erasure has to find.
    far.put_body("person_2.jpg").await;
    assert!(database.documents().await.iter().any(|document| document.contains(&me)));
    assert!(bucket.versions().await.iter().any(|key| key.contains(&me)));

    near.call(Method::DELETE, "/users/me", |r| r.json(&json!({"password": "securepassword123"}))).await;
    erased(&database, &bucket, &me).await;
    for process in [&mut near.process, &mut far.process].into_iter().chain(&mut workers) {
        let (code, took) = process.terminate().await;
        assert_eq!(code, Some(0));
        assert!(took < Duration::from_secs(15), "{took:?}");
        let log = process.log();
        assert!(log.contains("MongoDB connection closed") && log.contains("S3 connection closed"), "{log}");
        for secret in ["user@example.com", "securepassword123", &near.token, "secret-of-tests"] {
            assert!(!log.contains(secret), "{secret} is in the log");
        }
    }
    database.drop().await;
}

/// Waits until no document and no version of an object names the person. The second run of the erasure is brought forward.
async fn erased(database: &Database, bucket: &Bucket, me: &str) {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let documents: Vec<String> = database.documents().await.into_iter().filter(|document| document.contains(me)).collect();
        let versions: Vec<String> = bucket.versions().await.into_iter().filter(|key| key.contains(me)).collect();
        if documents.is_empty() && versions.is_empty() {
            return;
        }
        if documents.len() == 1 && versions.is_empty() {
            let jobs = database.client.database(&database.name).collection::<Document>("jobs");
            let stragglers = doc! { "kind": "identity.account.erase", "state": "queued" };
            let now = DateTime::now();
            jobs.update_many(stragglers, doc! { "$set": { "run_at": now, "due_at": now } }).await.unwrap();
        }
        assert!(Instant::now() < until, "{documents:#?}\n{versions:#?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn the_operators_commands_prepare_the_bucket_and_find_rows_and_files_in_order() {
    let (Some(database), Some(bucket)) = (Database::create().await, Bucket::create().await) else { return };
    let mut fleet = Fleet::of(&database, &bucket, &bucket.endpoint);
    let mut api = fleet.api().await;
    api.sign_up("user@example.com").await;
    api.add_top("garments/g_tee.jpg").await;
    let setup = fleet.command(&["--cors-origins", "https://app.example", "storage", "setup"]);
    assert!(setup.status.success(), "{setup:?}");
    let text = String::from_utf8(setup.stdout).unwrap();
    assert!(text.contains("lifecycle rules: applied") && text.contains("s3:GetObject") && text.contains("ReplicateEverything"), "{text}");
    assert!(fleet.command(&["--cors-origins", "https://app.example", "storage", "verify"]).status.success());
    let status = fleet.command(&["migrate", "status"]);
    assert!(status.status.success() && String::from_utf8_lossy(&status.stdout).contains("applied  0001"), "{status:?}");
    let integrity = fleet.command(&["integrity", "--grace-minutes", "0"]);
    assert!(integrity.status.success(), "{integrity:?}");
    let text = String::from_utf8(integrity.stdout).unwrap();
    assert!(text.contains("1 rows and 3 files looked at: 0 files missing, 0 files of nothing"), "{text}");
    database.drop().await;
}

#[tokio::test]
async fn a_backup_has_the_rows_and_the_list_of_the_objects_and_comes_back() {
    let (Some(database), Some(bucket)) = (Database::create().await, Bucket::create().await) else { return };
    let mut fleet = Fleet::of(&database, &bucket, &bucket.endpoint);
    let mut api = fleet.api().await;
    api.sign_up("user@example.com").await;
    let tee = api.add_top("garments/g_tee.jpg").await;
    let folder = tempfile::TempDir::new().unwrap();
    let place = folder.path().to_str().unwrap().to_owned();
    let mut admin = |arguments: &[&str]| fleet.command(&[&["--backup-dir", place.as_str()], arguments].concat());
    let taken = admin(&["backup"]);
    assert!(taken.status.success(), "{taken:?}");
    let archive = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).next().unwrap();
    let listing = Command::new("tar").args(["-xzOf", archive.to_str().unwrap(), "--wildcards", "*objects.jsonl"]).output().unwrap();
    let listing = String::from_utf8(listing.stdout).unwrap();
    let listed = |suffix: &str| listing.lines().any(|line| line.contains(&format!("{tee}{suffix}")) && line.contains("\"version\":\""));
    assert!(listing.lines().count() == 3 && listed(".jpg") && listed("_thumb.jpg") && listed("_source.jpg"), "{listing}");

    let proven = admin(&["verify", "--latest"]);
    assert!(proven.status.success(), "{proven:?}");
    let elsewhere = format!("{}_restored", database.name);
    let restored = admin(&["restore", archive.to_str().unwrap(), "--database", &elsewhere]);
    assert!(restored.status.success(), "{restored:?}");
    let garments = database.client.database(&elsewhere).collection::<Document>("clothing");
    assert_eq!(garments.count_documents(doc! {}).await.unwrap(), 1);
    database.client.database(&elsewhere).drop().await.unwrap();
    database.drop().await;
}

#[tokio::test]
async fn what_cannot_work_is_refused_at_start_within_ten_seconds_with_advice() {
    let (Some(database), Some(bucket)) = (Database::create().await, Bucket::create().await) else { return };
    let cases: [(&[(&str, &str)], &str); 6] = [
        (&[("MONGODB_URI", "mongodb://127.0.0.1:1/?replicaSet=rs0")], "MongoDB"),
        (&[("AWS_BUCKET_NAME", "no-such-bucket-anywhere")], "AWS_BUCKET_NAME"),
        (&[("AWS_SECRET_ACCESS_KEY", "wrong")], "AWS_SECRET_ACCESS_KEY"),
        (&[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")], "AWS_ENDPOINT_URL"),
        (&[("REDIS_URL", "redis://127.0.0.1:1")], "REDIS_URL"),
        (&[("S3_PATH_STYLE", "maybe")], "S3_PATH_STYLE"),
    ];
    for (wrong, advice) in cases {
        let mut fleet = Fleet::of(&database, &bucket, &bucket.endpoint);
        let began = Instant::now();
        let mut process = fleet.process("atelier-worker", wrong);
        let code = process.ended(Duration::from_secs(15)).await;
        assert!(began.elapsed() < Duration::from_secs(11), "{wrong:?} took {:?}", began.elapsed());
        let log = process.log();
        assert!(code != Some(0) && log.contains(advice), "{wrong:?}: {code:?} {log}");
        assert!(!log.contains("secret-of-tests"), "{log}");
    }
    database.drop().await;
}

#[tokio::test]
async fn a_missing_index_is_named_and_a_process_does_not_start_without_it() {
    let (Some(database), Some(bucket)) = (Database::create().await, Bucket::create().await) else { return };
    let mut fleet = Fleet::of(&database, &bucket, &bucket.endpoint);
    // Not killed: the server would keep the locks of a transaction under way for a minute.
    assert_eq!(fleet.worker().await.terminate().await.0, Some(0));
    database.client.database(&database.name).collection::<Document>("users").drop_index("email_1").await.unwrap();
    let mut process = fleet.process("atelier-worker", &[]);
    assert_ne!(process.ended(Duration::from_secs(15)).await, Some(0));
    let log = process.log();
    assert!(log.contains("email_1") && log.contains("atelier-admin migrate"), "{log}");
    let repaired = fleet.command(&["migrate"]);
    assert!(repaired.status.success(), "{repaired:?}");
    drop(fleet.worker().await);
    database.drop().await;
}

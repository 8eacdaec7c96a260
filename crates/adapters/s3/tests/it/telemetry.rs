use std::cell::RefCell;
use std::io;
use std::sync::Once;

use atelier_domain::kernel::ObjectStore;
use bytes::Bytes;
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::scripted::{Reply, Scripted};
use crate::{key, prefix};

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes into the log of the thread, and so of the test.
struct ThreadLog;

impl io::Write for ThreadLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs `work` on one thread and returns its log lines and metrics.
fn observed(work: impl AsyncFnOnce()) -> (String, String) {
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| tracing_subscriber::fmt().with_writer(|| ThreadLog).with_ansi(false).init());
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work());
    });
    (String::from_utf8(LOG.take()).unwrap(), recorder.handle().render())
}

#[test]
fn connecting_and_closing_are_logged_once() {
    let (log, _) = observed(async || {
        let store = Scripted::start(|_| Reply::empty()).await.connect().await;
        store.close();
        drop(store);
    });
    assert_eq!(log.matches("Connected to S3 bucket: bucket").count(), 1, "{log}");
    assert_eq!(log.matches("S3 connection closed").count(), 1, "{log}");
    assert!(!log.contains("secret-of-the-key"), "{log}");
}

#[test]
fn an_upload_is_logged_with_size_and_seconds() {
    let (log, _) = observed(async || {
        let store = Scripted::start(|_| Reply::empty()).await.connect().await;
        store.put(&key("body/u/b.jpg"), Bytes::from_static(b"picture"), "image/jpeg").await.unwrap();
    });
    let line = log.lines().find(|line| line.contains("File uploaded")).unwrap();
    let (_, message) = line.split_once("File uploaded").unwrap();
    let seconds = message.strip_prefix(" successfully: body/u/b.jpg (7 bytes, ").unwrap().strip_suffix("s)").unwrap();
    let (whole, hundredths) = seconds.split_once('.').unwrap();
    assert!(whole.parse::<u32>().is_ok() && hundredths.len() == 2, "{seconds}");
}

#[test]
fn failures_are_logged_in_the_documents_words() {
    let (log, metrics) = observed(async || {
        let store = Scripted::start(|_| Reply::error(403, "AccessDenied")).await.connect().await;
        let picture = key("body/u/b.jpg");
        assert!(store.put(&picture, Bytes::new(), "image/jpeg").await.is_err());
        assert!(store.get(&picture).await.is_err());
        assert!(store.delete(&picture).await.is_err());
        assert!(store.delete_prefix(&prefix("body/u/")).await.is_err());
    });
    let errors: Vec<_> = log.lines().filter(|line| line.contains("ERROR")).collect();
    for (line, words) in errors.iter().zip([
        "Upload failed for body/u/b.jpg: the object store failed: Failed to upload file: AccessDenied: scripted",
        "Download failed for body/u/b.jpg: the object store failed: Failed to download file: AccessDenied: scripted",
        "Failed to delete file body/u/b.jpg: AccessDenied: scripted",
    ]) {
        assert!(line.contains(words), "{line}");
    }
    assert_eq!(errors.len(), 3, "{log}");
    for operation in ["put", "get", "delete", "delete_prefix"] {
        assert!(metrics.contains(&format!("atelier_storage_failures_total{{operation=\"{operation}\"}} 1")), "{metrics}");
    }
}

#[test]
fn an_outage_shows_in_the_metrics() {
    let (log, metrics) = observed(async || {
        let mut server = Scripted::start(|_| Reply::error(503, "SlowDown")).await;
        server.settings.timeouts.attempts = 1;
        server.settings.breaker.failures = 2;
        let store = server.connect().await;
        for _ in 0..5 {
            assert!(store.head(&key("body/u/b.jpg")).await.is_err());
        }
    });
    assert!(metrics.contains("atelier_storage_breaker_open 1"), "{metrics}");
    assert!(metrics.contains(r#"atelier_storage_rejected_total{operation="head"} 3"#), "{metrics}");
    assert_eq!(log.matches("S3 does not answer (status 503)").count(), 1, "{log}");
}

#[test]
fn every_operation_moves_its_series() {
    let (_, metrics) = observed(async || {
        let server = Scripted::start(|request| match request.method.as_str() {
            "GET" if request.target.contains("versions") => Reply::Answer(
                200,
                "<ListVersionsResult><Version><Key>a</Key><IsLatest>true</IsLatest><Size>5</Size></Version>\
                 <Version><Key>a</Key><IsLatest>false</IsLatest><Size>3</Size></Version></ListVersionsResult>"
                    .to_owned(),
            ),
            "GET" if request.target.contains("gone.jpg") => Reply::error(404, "NoSuchKey"),
            "GET" if request.target.contains("list-type") => Reply::Answer(200, "<ListBucketResult/>".to_owned()),
            "GET" => Reply::Answer(200, "picture".to_owned()),
            _ => Reply::empty(),
        })
        .await;
        let (store, picture) = (server.connect().await, key("body/u/b.jpg"));
        store.put(&picture, Bytes::from_static(b"picture"), "image/jpeg").await.unwrap();
        store.get(&picture).await.unwrap();
        store.head(&picture).await.unwrap();
        store.delete(&picture).await.unwrap();
        store.list(&prefix("body/u/"), None, 10).await.unwrap();
        store.totals(None).await.unwrap();
        assert!(store.get(&key("body/u/gone.jpg")).await.is_err());
    });
    for (operation, count) in [("put", 1), ("get", 2), ("head", 1), ("list", 1), ("delete", 1)] {
        for series in ["requests_total", "seconds_count"] {
            assert!(metrics.contains(&format!("atelier_storage_{series}{{operation=\"{operation}\"}} {count}")), "{operation}: {metrics}");
        }
    }
    for line in [
        r#"atelier_storage_bytes_total{operation="put"} 7"#,
        r#"atelier_storage_bytes_total{operation="get"} 7"#,
        r#"atelier_storage_used_bytes{prefix=""} 8"#,
        r#"atelier_storage_objects{prefix=""} 1"#,
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert!(!metrics.contains("atelier_storage_failures_total{"), "what is not there is no failure: {metrics}");
}

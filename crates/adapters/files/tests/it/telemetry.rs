use std::cell::RefCell;
use std::io;
use std::sync::Once;

use atelier_domain::kernel::{ObjectPrefix, ObjectStore};
use bytes::Bytes;
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::{Embedded, key};

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
fn observed(work: impl AsyncFnOnce(Embedded)) -> (String, String) {
    // One subscriber for all tests: those of single threads race for the cache of what is enabled.
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| tracing_subscriber::fmt().with_writer(|| ThreadLog).with_ansi(false).init());
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work(Embedded::new()));
    });
    let log = LOG.take();
    (String::from_utf8(log).unwrap(), recorder.handle().render())
}

#[test]
fn an_upload_is_logged_with_size_and_seconds() {
    let (log, _) = observed(async |embedded| {
        embedded.store.put(&key("body/u/b.jpg"), Bytes::from_static(b"picture"), "image/jpeg").await.unwrap();
    });
    let line = log.lines().find(|line| line.contains("INFO")).unwrap();
    let (_, message) = line.split_once("File uploaded").unwrap();
    let seconds = message.strip_prefix(" successfully: body/u/b.jpg (7 bytes, ").unwrap().strip_suffix("s)").unwrap();
    let (whole, hundredths) = seconds.split_once('.').unwrap();
    assert!(whole.parse::<u32>().is_ok() && hundredths.len() == 2, "{seconds}");
}

#[test]
fn failures_are_logged_with_their_cause() {
    let (log, metrics) = observed(async |embedded| {
        let long = key(&"n".repeat(300));
        assert!(embedded.store.put(&long, Bytes::new(), "").await.is_err());
        assert!(embedded.store.delete(&long).await.is_err());
    });
    let errors: Vec<_> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert!(errors[0].contains("Upload failed for nnn") && errors[0].contains("too long"), "{}", errors[0]);
    assert!(errors[1].contains("Failed to delete file nnn") && errors[1].contains("too long"), "{}", errors[1]);
    assert!(metrics.contains(r#"atelier_storage_failures_total{operation="put"} 1"#), "{metrics}");
    assert!(metrics.contains(r#"atelier_storage_failures_total{operation="delete"} 1"#), "{metrics}");
}

#[test]
fn every_operation_moves_its_series() {
    let (_, metrics) = observed(async |embedded| {
        let (store, picture) = (&embedded.store, key("body/u/b.jpg"));
        store.put(&picture, Bytes::from_static(b"picture"), "image/jpeg").await.unwrap();
        store.get(&picture).await.unwrap();
        store.head(&picture).await.unwrap();
        let all = ObjectPrefix::parse("body/u/").unwrap();
        store.list(&all, None, 10).await.unwrap();
        store.delete_prefix(&all).await.unwrap();
        assert!(store.get(&picture).await.is_err());
    });
    for (operation, count) in [("put", 1), ("get", 2), ("head", 1), ("list", 1), ("delete_prefix", 1), ("delete", 1)] {
        assert!(
            metrics.contains(&format!("atelier_storage_requests_total{{operation=\"{operation}\"}} {count}")),
            "{operation}: {metrics}"
        );
        assert!(metrics.contains(&format!("atelier_storage_seconds_count{{operation=\"{operation}\"}} {count}")), "{operation}: {metrics}");
    }
    assert!(metrics.contains(r#"atelier_storage_bytes_total{operation="put"} 7"#), "{metrics}");
    assert!(metrics.contains(r#"atelier_storage_bytes_total{operation="get"} 7"#), "{metrics}");
    assert!(!metrics.contains("atelier_storage_failures_total{"), "what is not there is no failure: {metrics}");
}

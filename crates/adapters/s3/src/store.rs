//! The object store port over a bucket.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use atelier_breaker::{Breaker, Change};
use atelier_domain::kernel::{
    Clock, ObjectInfo, ObjectKey, ObjectPrefix, ObjectStore, ObjectStoreError, PrefixDeletion, SignedUrl, Timestamp, error_chain,
};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::DateTime;
use bytes::Bytes;

use crate::fault::{Fault, Kind};
use crate::ordering::FolderOrder;
use crate::telemetry::{self, Measured};
use crate::{ConnectError, S3Settings, client, connect};

/// The most keys that S3 lists or deletes at once.
pub(crate) const PAGE: i32 = 1_000;

/// Objects of one bucket (checklist W165–W232).
///
/// Requests are repeated and bounded in time as the settings say. When the server stops answering, operations fail at once with
/// [`ObjectStoreError::Unavailable`] until a probe succeeds; signing URLs needs no server and goes on.
pub struct S3ObjectStore {
    pub(crate) client: Client,
    pub(crate) signing: Client,
    pub(crate) settings: S3Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) folder_order: FolderOrder,
    breaker: Breaker,
    closed: AtomicBool,
}

impl S3ObjectStore {
    /// Connects to the bucket: asks the server, within 10 s, whether it is there and the key may list it.
    ///
    /// # Errors
    /// [`ConnectError`], whose message says what to do about it.
    pub async fn connect(settings: S3Settings, clock: Arc<dyn Clock>) -> Result<Self, ConnectError> {
        if let Some(fault) = settings.fault() {
            return Err(ConnectError::Settings(fault));
        }
        let folder_order = FolderOrder::default();
        let client = client::for_requests(&settings, folder_order.clone());
        connect::check(&client, &settings).await?;
        telemetry::describe();
        tracing::info!("Connected to S3 bucket: {}", settings.bucket);
        let (signing, breaker) = (client::for_signing(&settings), Breaker::new(settings.breaker));
        Ok(Self { client, signing, settings, clock, folder_order, breaker, closed: AtomicBool::new(false) })
    }

    /// Says goodbye in the log, once. Dropping the store does the same.
    pub fn close(&self) {
        if !self.closed.swap(true, Ordering::Relaxed) {
            tracing::info!("S3 connection closed");
        }
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.settings.bucket
    }

    /// Asks the server, unless it has stopped answering.
    pub(crate) async fn ask<T>(&self, operation: &'static str, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let admission = self.breaker.admit(Instant::now()).map_err(|wait| {
            telemetry::rejected(operation);
            Fault::new(Kind::Unavailable, format!("the server has stopped answering; it is asked again in {} ms", wait.as_millis()))
        })?;
        let result = work.await;
        match admission.end(result.as_ref().err().is_none_or(Fault::is_answer), Instant::now()) {
            Some(Change::Opened) => {
                telemetry::breaker_open(true);
                let wait = self.settings.breaker.open_for.as_secs_f64();
                let cause = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
                tracing::warn!("S3 does not answer ({cause}): storage operations are refused, and it is asked again every {wait:.1} s");
            }
            Some(Change::Closed) => {
                telemetry::breaker_open(false);
                tracing::info!("S3 answers again");
            }
            None => {}
        }
        result
    }

    async fn download(&self, key: &ObjectKey) -> Result<Bytes, Fault> {
        let timeouts = &self.settings.timeouts;
        let mut attempt = 1;
        loop {
            let found = self.client.get_object().bucket(self.bucket()).key(key.as_str()).send().await?;
            // The SDK's own attempts and limits end where the body begins.
            let length = usize::try_from(size(found.content_length())).unwrap_or(usize::MAX);
            let body = tokio::time::timeout(timeouts.attempt_with(length), found.body.collect());
            match body.await.map_err(|_elapsed| Fault::timed_out())? {
                Ok(body) => return Ok(body.into_bytes()),
                Err(error) if attempt >= timeouts.attempts => return Err(Fault::new(Kind::Unavailable, error_chain(&error))),
                Err(_broken_off) => attempt += 1,
            }
        }
    }

    async fn look(&self, key: &ObjectKey) -> Result<ObjectInfo, Fault> {
        let found = self.client.head_object().bucket(self.bucket()).key(key.as_str()).send().await?;
        let (size, modified_at) = (size(found.content_length()), modified_at(found.last_modified()));
        Ok(ObjectInfo { key: key.clone(), size, modified_at })
    }
}

impl Drop for S3ObjectStore {
    fn drop(&mut self) {
        self.close();
    }
}

#[async_trait::async_trait]
impl ObjectStore for S3ObjectStore {
    async fn put(&self, key: &ObjectKey, body: Bytes, content_type: &str) -> Result<(), ObjectStoreError> {
        let (measured, size) = (Measured::start("put"), body.len() as u64);
        let result = self.ask("put", self.upload(key, body, content_type)).await;
        let result = result.map_err(|fault| fault.into_port("Failed to upload file", None));
        measured.end_upload(key, size, &result);
        result
    }

    async fn get(&self, key: &ObjectKey) -> Result<Bytes, ObjectStoreError> {
        let measured = Measured::start("get");
        let result = self.ask("get", self.download(key)).await.map_err(|fault| fault.into_port("Failed to download file", Some(key)));
        measured.end(&result);
        match &result {
            Ok(body) => measured.bytes(body.len() as u64),
            Err(error) => telemetry::download_failed(key, error),
        }
        result
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectInfo>, ObjectStoreError> {
        let measured = Measured::start("head");
        let result = match self.ask("head", self.look(key)).await {
            Ok(info) => Ok(Some(info)),
            Err(fault) if fault.kind == Kind::Missing => Ok(None),
            Err(fault) => Err(fault.into_port("Failed to look at file", None)),
        };
        measured.end(&result);
        result
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectStoreError> {
        let measured = Measured::start("delete");
        let request = self.client.delete_object().bucket(self.bucket()).key(key.as_str()).send();
        let result = match self.ask("delete", async { Ok(request.await?) }).await {
            Ok(_) => Ok(()),
            Err(fault) if fault.kind == Kind::Missing => Ok(()),
            Err(fault) => {
                telemetry::delete_failed(key.as_str(), &fault.to_string());
                Err(fault.into_port("Failed to delete file", None))
            }
        };
        measured.end(&result);
        result
    }

    async fn delete_prefix(&self, prefix: &ObjectPrefix) -> Result<PrefixDeletion, ObjectStoreError> {
        let measured = Measured::start("delete_prefix");
        let result = self.ask("delete_prefix", self.erase(prefix)).await;
        let result = result.map_err(|fault| fault.into_port("Failed to delete user files", None));
        measured.end(&result);
        result
    }

    async fn list(&self, prefix: &ObjectPrefix, after: Option<ObjectKey>, limit: usize) -> Result<Vec<ObjectInfo>, ObjectStoreError> {
        let measured = Measured::start("list");
        let result = self.ask("list", self.list_page(prefix, after.as_ref(), limit)).await;
        let result = result.map_err(|fault| fault.into_port("Failed to list files", None));
        measured.end(&result);
        result
    }

    async fn presign_get(&self, key: &ObjectKey, expires_in: Duration) -> Result<SignedUrl, ObjectStoreError> {
        self.sign_get(key, expires_in).await.inspect_err(telemetry::presign_failed)
    }

    async fn presign_put(
        &self,
        key: &ObjectKey,
        content_type: &str,
        size: u64,
        expires_in: Duration,
    ) -> Result<SignedUrl, ObjectStoreError> {
        self.sign_put(key, content_type, size, expires_in).await.inspect_err(telemetry::presign_failed)
    }
}

/// A size as S3 tells it.
pub(crate) fn size(told: Option<i64>) -> u64 {
    told.and_then(|size| u64::try_from(size).ok()).unwrap_or_default()
}

/// A time as S3 tells it: whole seconds, which is all that a look at one object tells.
pub(crate) fn modified_at(told: Option<&DateTime>) -> Timestamp {
    told.and_then(|time| Timestamp::from_timestamp(time.secs(), 0)).unwrap_or_default()
}

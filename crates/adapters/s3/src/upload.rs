//! Writing an object: one request, or several parts when it is large.

use atelier_domain::kernel::ObjectKey;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, ObjectCannedAcl};
use bytes::Bytes;

use crate::fault::{Fault, Kind};
use crate::{S3ObjectStore, client};

/// The size of a part, and of the largest object written in one request: 8 MiB.
const PART_BYTES: usize = 8 << 20;

impl S3ObjectStore {
    /// Writes an object; it appears whole or not at all.
    pub(crate) async fn upload(&self, key: &ObjectKey, body: Bytes, content_type: &str) -> Result<(), Fault> {
        if body.len() > PART_BYTES {
            return self.upload_parts(key, &body, content_type).await;
        }
        let limits = client::for_sending(&self.settings.timeouts, body.len());
        self.client
            .put_object()
            .bucket(self.bucket())
            .key(key.as_str())
            .content_type(content_type)
            .set_acl(self.acl())
            .body(ByteStream::from(body))
            .customize()
            .config_override(limits)
            .send()
            .await?;
        Ok(())
    }

    async fn upload_parts(&self, key: &ObjectKey, body: &Bytes, content_type: &str) -> Result<(), Fault> {
        let request = self.client.create_multipart_upload().bucket(self.bucket()).key(key.as_str());
        let begun = request.content_type(content_type).set_acl(self.acl()).send().await?;
        let upload = begun.upload_id().ok_or_else(|| Fault::new(Kind::Other, "an upload was begun without an id"))?;
        let result = self.send_parts(key, body, upload).await;
        if result.is_err() {
            let abort = self.client.abort_multipart_upload().bucket(self.bucket()).key(key.as_str()).upload_id(upload);
            if let Err(error) = abort.send().await {
                // The lifecycle rule DeleteIncompleteMultipart takes what is left.
                tracing::warn!("an interrupted upload of {key} could not be aborted: {}", Fault::from(error));
            }
        }
        result
    }

    async fn send_parts(&self, key: &ObjectKey, body: &Bytes, upload: &str) -> Result<(), Fault> {
        let mut done = CompletedMultipartUpload::builder();
        for (number, start) in (1..).zip((0..body.len()).step_by(PART_BYTES)) {
            let part = body.slice(start..body.len().min(start + PART_BYTES));
            let request = self.client.upload_part().bucket(self.bucket()).key(key.as_str()).upload_id(upload);
            let limits = client::for_sending(&self.settings.timeouts, part.len());
            let sent = request.part_number(number).body(ByteStream::from(part)).customize().config_override(limits).send().await?;
            let part = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).set_checksum_crc32(sent.checksum_crc32);
            done = done.parts(part.build());
        }
        let request = self.client.complete_multipart_upload().bucket(self.bucket()).key(key.as_str()).upload_id(upload);
        request.multipart_upload(done.build()).send().await?;
        Ok(())
    }

    fn acl(&self) -> Option<ObjectCannedAcl> {
        self.settings.send_acl.then_some(ObjectCannedAcl::Private)
    }
}

//! The server side of signed URLs.

use atelier_domain::kernel::{
    AccessError, ByteStream, DirectObjectAccess, ObjectInfo, ObjectStoreError, ObjectStream, SignedRequest, Source,
};
use futures_util::{StreamExt, TryStreamExt};
use object_store::{GetResultPayload, MultipartUpload, ObjectStoreExt, PutPayload};
use tokio_util::io::ReaderStream;

use crate::signing::Grant;
use crate::store::store_error;
use crate::telemetry::Measured;
use crate::{FileObjectStore, content_type, location};

/// How much of an object is in memory at a time while it is read.
const READ_BYTES: usize = 64 * 1024;

impl FileObjectStore {
    async fn open_stream(&self, request: &SignedRequest) -> Result<ObjectStream, ObjectStoreError> {
        let key = &request.key;
        let found = self.files.get(&location::of(key)).await.map_err(|error| store_error(key, error))?;
        let info = ObjectInfo { key: key.clone(), size: found.meta.size, modified_at: found.meta.last_modified };
        let body: ByteStream = match found.payload {
            GetResultPayload::File(file, _) => {
                Box::pin(ReaderStream::with_capacity(tokio::fs::File::from_std(file), READ_BYTES).map_err(Source::from))
            }
            payload @ GetResultPayload::Stream(_) => {
                let whole = object_store::GetResult { payload, ..found };
                Box::pin(whole.into_stream().map_err(Source::from))
            }
        };
        Ok(ObjectStream { info, content_type: content_type::of(key).to_owned(), body })
    }
}

/// How taking a body in ended, if the store itself did not fail.
enum Taken {
    Stored,
    WrongSize,
    /// The sender broke off.
    Interrupted,
}

/// Takes in exactly `size` bytes, then gives them the object's name.
async fn take_in(upload: &mut dyn MultipartUpload, mut body: ByteStream, size: u64) -> object_store::Result<Taken> {
    let mut left = size;
    while let Some(piece) = body.next().await {
        let Ok(piece) = piece else { return Ok(Taken::Interrupted) };
        let Some(rest) = left.checked_sub(piece.len() as u64) else { return Ok(Taken::WrongSize) };
        left = rest;
        upload.put_part(PutPayload::from(piece)).await?;
    }
    if left > 0 {
        return Ok(Taken::WrongSize);
    }
    upload.complete().await?;
    Ok(Taken::Stored)
}

#[async_trait::async_trait]
impl DirectObjectAccess for FileObjectStore {
    async fn read(&self, request: &SignedRequest) -> Result<ObjectStream, AccessError> {
        match self.signer.check(request, self.clock.now()) {
            Some(Grant::Read) => {}
            _ => return Err(AccessError::Refused),
        }
        let measured = Measured::start("get");
        let result = self.open_stream(request).await;
        measured.end(&result);
        let stream = result?;
        measured.bytes(stream.info.size);
        Ok(stream)
    }

    async fn write(&self, request: &SignedRequest, body: ByteStream) -> Result<(), AccessError> {
        let Some(Grant::Write { content_type, size }) = self.signer.check(request, self.clock.now()) else {
            return Err(AccessError::Refused);
        };
        if request.content_type.as_deref() != Some(content_type.as_ref()) {
            return Err(AccessError::Refused);
        }
        if request.content_length.is_some_and(|announced| announced != size) {
            return Err(AccessError::WrongSize);
        }
        let measured = Measured::start("put");
        let result = async {
            let mut upload = self.files.put_multipart(&location::of(&request.key)).await?;
            let taken = take_in(upload.as_mut(), body, size).await?;
            if !matches!(taken, Taken::Stored) {
                upload.abort().await?;
            }
            Ok(taken)
        }
        .await
        .map_err(|error| store_error(&request.key, error));
        match result {
            Ok(Taken::Stored) => {
                measured.end_upload(&request.key, size, &Ok(()));
                Ok(())
            }
            Ok(Taken::WrongSize | Taken::Interrupted) => {
                measured.end(&Ok(()));
                Err(AccessError::WrongSize)
            }
            Err(error) => {
                let failed = Err(error);
                measured.end_upload(&request.key, size, &failed);
                failed.map_err(AccessError::Store)
            }
        }
    }
}

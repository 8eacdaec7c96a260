//! The server side of signed URLs.

use atelier_domain::kernel::{AccessError, ByteStream, DirectObjectAccess, ObjectStoreError, ObjectStream, SignedMethod, SignedRequest};
use bytes::BytesMut;
use futures_util::{StreamExt, stream};

use super::store::MemoryObjectStore;

#[async_trait::async_trait]
impl DirectObjectAccess for MemoryObjectStore {
    async fn read(&self, request: &SignedRequest) -> Result<ObjectStream, AccessError> {
        if request.method != SignedMethod::Get || self.signer.verify(request, self.clock.now()).is_none() {
            return Err(AccessError::Refused);
        }
        let object = MemoryObjectStore::read(self, |objects| objects.get(&request.key).cloned());
        let object = object.ok_or_else(|| ObjectStoreError::NotFound(request.key.clone()))?;
        Ok(ObjectStream {
            info: object.info(&request.key),
            content_type: object.content_type,
            body: Box::pin(stream::iter([Ok(object.body)])),
        })
    }

    async fn write(&self, request: &SignedRequest, mut body: ByteStream) -> Result<(), AccessError> {
        if request.method != SignedMethod::Put {
            return Err(AccessError::Refused);
        }
        let Some(grant) = self.signer.verify(request, self.clock.now()) else {
            return Err(AccessError::Refused);
        };
        if request.content_length.is_some_and(|length| length != grant.size) {
            return Err(AccessError::WrongSize);
        }
        let mut received = BytesMut::new();
        while let Some(piece) = body.next().await {
            received.extend_from_slice(&piece.map_err(ObjectStoreError::Other)?);
            if received.len() as u64 > grant.size {
                return Err(AccessError::WrongSize);
            }
        }
        if received.len() as u64 != grant.size {
            return Err(AccessError::WrongSize);
        }
        self.store(&request.key, received.freeze(), grant.content_type);
        Ok(())
    }
}

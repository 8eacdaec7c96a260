//! Servers that do not list in key order.
//!
//! S3 lists keys in the order of their bytes, and so does the port. SeaweedFS walks its folders instead: `a/x` comes before `a-b` and
//! `a.jpg`, though `/` is the greater character, and pages follow the same walk. Its listings are put in order here, at the price of
//! going through the whole prefix.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use atelier_domain::kernel::{ObjectInfo, ObjectKey, ObjectPrefix};
use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;

use crate::S3ObjectStore;
use crate::fault::Fault;
use crate::store::{PAGE, modified_at, size};

/// Whether the server has introduced itself as one that lists folder by folder.
#[derive(Debug, Clone, Default)]
pub(crate) struct FolderOrder(Arc<AtomicBool>);

impl FolderOrder {
    pub(crate) fn is_seen(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Intercept for FolderOrder {
    fn name(&self) -> &'static str {
        "FolderOrder"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().headers().get("server").is_some_and(|server| server.starts_with("SeaweedFS")) {
            self.0.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl S3ObjectStore {
    /// Up to `limit` objects under a prefix in key order, after the key `after`.
    pub(crate) async fn list_page(&self, prefix: &ObjectPrefix, after: Option<&ObjectKey>, limit: usize) -> Result<Vec<ObjectInfo>, Fault> {
        let walked = self.folder_order.is_seen();
        let (mut first, mut more) = (BTreeMap::new(), None);
        while walked || first.len() < limit {
            let wanted = if walked { PAGE } else { i32::try_from(limit - first.len()).unwrap_or(PAGE).min(PAGE) };
            let request = self.client.list_objects_v2().bucket(self.bucket()).prefix(prefix.as_str()).max_keys(wanted);
            let start_after = after.filter(|_| !walked && more.is_none()).map(ToString::to_string);
            let page = request.set_start_after(start_after).set_continuation_token(more).send().await?;
            for object in page.contents() {
                // A name that is no key was not written here.
                let Some(key) = object.key().and_then(|key| ObjectKey::parse(key).ok()) else { continue };
                if after.is_some_and(|after| key <= *after) {
                    continue;
                }
                let info = ObjectInfo { key: key.clone(), size: size(object.size()), modified_at: modified_at(object.last_modified()) };
                first.insert(key, info);
                if first.len() > limit {
                    first.pop_last();
                }
            }
            more = page.next_continuation_token.filter(|_| page.is_truncated == Some(true));
            if more.is_none() {
                break;
            }
        }
        Ok(first.into_values().collect())
    }
}

use std::sync::Arc;

use atelier_testkit::contract::ObjectStoreUnderTest;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

use crate::bucket::Bucket;

async fn plain() -> Option<ObjectStoreUnderTest> {
    let bucket = Bucket::create().await?;
    Some(ObjectStoreUnderTest::of(Arc::new(bucket.connect().await), bucket))
}

async fn versioned() -> Option<ObjectStoreUnderTest> {
    let bucket = Bucket::create().await?;
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    bucket.client.put_bucket_versioning().bucket(bucket.name()).versioning_configuration(enabled).send().await.unwrap();
    Some(ObjectStoreUnderTest::of(Arc::new(bucket.connect().await), bucket))
}

mod in_a_plain_bucket {
    use super::plain as backend;
    atelier_testkit::object_store_contract!(backend);
}

mod in_a_versioned_bucket {
    use super::versioned as backend;
    atelier_testkit::object_store_contract!(backend);
}

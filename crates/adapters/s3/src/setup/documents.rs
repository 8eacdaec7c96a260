//! Documents for an account's administrator, as JSON text (checklist W210, W225, CW29).

use atelier_domain::kernel::ObjectStoreError;
use serde_json::{Value, json};

use super::versioning;
use crate::S3ObjectStore;

/// The least that the service's access key needs: reading, writing and deleting objects with their versions, and listing them.
pub fn service_policy(bucket: &str, send_acl: bool) -> String {
    let mut objects = vec!["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"];
    if send_acl {
        objects.push("s3:PutObjectAcl");
    }
    policy(&[
        statement("ListTheBucket", &["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"], &bucket_arn(bucket)),
        statement("UseItsObjects", &objects, &format!("{}/*", bucket_arn(bucket))),
    ])
}

/// What the access key of an operator needs for `storage setup`, beyond listing the bucket.
pub fn setup_policy(bucket: &str) -> String {
    let settings = [
        "s3:ListBucket",
        "s3:GetBucketVersioning",
        "s3:PutBucketVersioning",
        "s3:GetLifecycleConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:GetBucketPublicAccessBlock",
        "s3:PutBucketPublicAccessBlock",
        "s3:GetBucketCORS",
        "s3:PutBucketCORS",
    ];
    policy(&[statement("PrepareTheBucket", &settings, &bucket_arn(bucket))])
}

/// Copies everything to a bucket in another region, for `aws s3api put-bucket-replication`. `role` is the ARN of the role that S3 takes on
/// to do it; both buckets must keep versions.
///
/// Deleting one version, as erasure does, is not replicated by S3: an erasure must be carried out on the copy as well.
pub fn replication(role: &str, destination_bucket: &str) -> String {
    text(&json!({
        "Role": role,
        "Rules": [{
            "ID": "ReplicateEverything",
            "Priority": 1,
            "Status": "Enabled",
            "Filter": { "Prefix": "" },
            "DeleteMarkerReplication": { "Status": "Enabled" },
            "Destination": { "Bucket": bucket_arn(destination_bucket) },
        }],
    }))
}

/// Whether the bucket can be replicated: whether it keeps versions.
///
/// # Errors
/// [`ObjectStoreError`] when the server does not tell.
pub async fn can_be_replicated(store: &S3ObjectStore) -> Result<bool, ObjectStoreError> {
    let enabled = store.ask("setup", versioning::is_enabled(store)).await;
    enabled.map_err(|fault| fault.into_port("Failed to read the bucket's versioning", None))
}

fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

fn statement(sid: &str, actions: &[&str], resource: &str) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource })
}

fn policy(statements: &[Value]) -> String {
    text(&json!({ "Version": "2012-10-17", "Statement": statements }))
}

fn text(document: &Value) -> String {
    format!("{document:#}\n")
}

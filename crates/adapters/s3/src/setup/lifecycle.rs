//! The rules by which the server itself tidies up (checklist W226, W229–W232, CW22).

use std::fmt;

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, NoncurrentVersionExpiration,
};

use super::steps::Part;
use crate::S3ObjectStore;
use crate::fault::{Fault, Kind};

/// A rule, as far as ours go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule<'a> {
    id: &'a str,
    prefix: &'a str,
    expire_days: Option<i32>,
    noncurrent_days: Option<i32>,
    abort_days: Option<i32>,
}

/// The two rules of the storage document, and the one it forgot.
const RULES: [Rule<'static>; 3] = [
    Rule { id: "DeleteOldVersions", prefix: "", expire_days: None, noncurrent_days: Some(30), abort_days: None },
    Rule { id: "DeleteIncompleteMultipart", prefix: "", expire_days: None, noncurrent_days: None, abort_days: Some(7) },
    Rule { id: "ExpireTemp", prefix: "temp/", expire_days: Some(1), noncurrent_days: None, abort_days: None },
];

impl<'a> Rule<'a> {
    /// None for a rule that is not enabled.
    fn of(rule: &'a LifecycleRule) -> Option<Self> {
        #[expect(deprecated, reason = "servers still answer with it")]
        let old_form = rule.prefix();
        (*rule.status() == ExpirationStatus::Enabled).then(|| Self {
            id: rule.id().unwrap_or_default(),
            prefix: rule.filter().and_then(LifecycleRuleFilter::prefix).or(old_form).unwrap_or_default(),
            expire_days: rule.expiration().and_then(LifecycleExpiration::days),
            noncurrent_days: rule.noncurrent_version_expiration().and_then(NoncurrentVersionExpiration::noncurrent_days),
            abort_days: rule.abort_incomplete_multipart_upload().and_then(AbortIncompleteMultipartUpload::days_after_initiation),
        })
    }

    fn document(self) -> Result<LifecycleRule, Fault> {
        let expiration = self.expire_days.map(|days| LifecycleExpiration::builder().days(days).build());
        let noncurrent = self.noncurrent_days.map(|days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build());
        let abort = self.abort_days.map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build());
        LifecycleRule::builder()
            .id(self.id)
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().prefix(self.prefix).build())
            .set_expiration(expiration)
            .set_noncurrent_version_expiration(noncurrent)
            .set_abort_incomplete_multipart_upload(abort)
            .build()
            .map_err(|error| Fault::new(Kind::Other, error.to_string()))
    }
}

/// The rules of a bucket.
pub(super) struct Rules(Vec<LifecycleRule>);

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing: Vec<_> = RULES.iter().filter(|rule| !self.has(rule)).map(|rule| rule.id).collect();
        write!(f, "{} rules, without or with another {}", self.0.len(), missing.join(", "))
    }
}

impl Rules {
    fn has(&self, wanted: &Rule<'_>) -> bool {
        self.0.iter().any(|rule| Rule::of(rule).as_ref() == Some(wanted))
    }
}

pub(super) struct Lifecycle<'a>(pub(super) &'a S3ObjectStore);

impl Part for Lifecycle<'_> {
    type State = Rules;

    async fn found(&self) -> Result<Rules, Fault> {
        let answer = self.0.client.get_bucket_lifecycle_configuration().bucket(self.0.bucket()).send().await;
        match answer.map_err(Fault::from) {
            Err(fault) if fault.code.as_deref() == Some("NoSuchLifecycleConfiguration") => Ok(Rules(Vec::new())),
            answer => Ok(Rules(answer?.rules.unwrap_or_default())),
        }
    }

    fn is_right(&self, found: &Rules) -> bool {
        RULES.iter().all(|rule| found.has(rule))
    }

    /// Rules of other names stay: the request replaces them all.
    async fn set(&self, found: Rules) -> Result<(), Fault> {
        let mut rules = found.0;
        rules.retain(|rule| RULES.iter().all(|ours| rule.id() != Some(ours.id)));
        for rule in RULES {
            rules.push(rule.document()?);
        }
        let rules = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build();
        let rules = rules.map_err(|error| Fault::new(Kind::Other, error.to_string()))?;
        self.0.client.put_bucket_lifecycle_configuration().bucket(self.0.bucket()).lifecycle_configuration(rules).send().await?;
        Ok(())
    }
}

//! Which pages may use signed URLs from a browser (checklist W211–W216).

use std::fmt;

use aws_sdk_s3::types::{CorsConfiguration, CorsRule};

use super::SetupSettings;
use super::steps::Part;
use crate::S3ObjectStore;
use crate::fault::{Fault, Kind};

/// The storage document's stand-in for an origin.
pub const PLACEHOLDER_ORIGIN: &str = "https://your-app-domain.com";

const METHODS: [&str; 4] = ["GET", "PUT", "POST", "DELETE"];
const MAX_AGE_SECONDS: i32 = 3_000;

/// A configured origin cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrigin {
    /// The storage document's placeholder, in production.
    #[error("the origin {PLACEHOLDER_ORIGIN} in CORS_ORIGINS is a placeholder: name the origin of your own app")]
    Placeholder,
    /// Not `*` and not scheme, host and port alone.
    #[error("{0} in CORS_ORIGINS is no origin: write scheme, host and port only, as in https://app.example.org")]
    Malformed(String),
}

pub(super) fn check(settings: &SetupSettings) -> Result<(), InvalidOrigin> {
    for origin in &settings.origins {
        if settings.production && origin.trim_end_matches('/') == PLACEHOLDER_ORIGIN {
            return Err(InvalidOrigin::Placeholder);
        }
        let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let is_origin = authority.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']));
        if origin != "*" && !is_origin {
            return Err(InvalidOrigin::Malformed(origin.clone()));
        }
    }
    Ok(())
}

pub(super) struct Cors<'a> {
    pub(super) store: &'a S3ObjectStore,
    pub(super) origins: &'a [String],
}

impl Cors<'_> {
    fn document(&self) -> Result<CorsConfiguration, Fault> {
        let failed = |error: aws_sdk_s3::error::BuildError| Fault::new(Kind::Other, error.to_string());
        let rule = CorsRule::builder()
            .allowed_headers("*")
            .set_allowed_methods(Some(METHODS.map(str::to_owned).into()))
            .set_allowed_origins(Some(self.origins.to_vec()))
            .expose_headers("ETag")
            .max_age_seconds(MAX_AGE_SECONDS)
            .build();
        CorsConfiguration::builder().cors_rules(rule.map_err(failed)?).build().map_err(failed)
    }
}

/// The rules of a bucket.
pub(super) struct Rules(Vec<CorsRule>);

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rules", self.0.len())?;
        self.0.iter().try_for_each(|rule| {
            let (origins, methods) = (rule.allowed_origins().join(" "), rule.allowed_methods().join(" "));
            write!(f, "; {methods} from {origins}")
        })
    }
}

fn same(left: &[String], right: &[String]) -> bool {
    let sorted = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort();
        list
    };
    sorted(left) == sorted(right)
}

impl Part for Cors<'_> {
    type State = Rules;

    async fn found(&self) -> Result<Rules, Fault> {
        let answer = self.store.client.get_bucket_cors().bucket(self.store.bucket()).send().await;
        match answer.map_err(Fault::from) {
            Err(fault) if fault.code.as_deref() == Some("NoSuchCORSConfiguration") => Ok(Rules(Vec::new())),
            answer => Ok(Rules(answer?.cors_rules.unwrap_or_default())),
        }
    }

    fn is_right(&self, found: &Rules) -> bool {
        let [rule] = found.0.as_slice() else { return false };
        same(rule.allowed_origins(), self.origins)
            && same(rule.allowed_methods(), &METHODS.map(str::to_owned))
            && same(rule.allowed_headers(), &["*".to_owned()])
            && same(rule.expose_headers(), &["ETag".to_owned()])
            && rule.max_age_seconds() == Some(MAX_AGE_SECONDS)
    }

    /// Replaces all rules: another one could allow what ours does not.
    async fn set(&self, _found: Rules) -> Result<(), Fault> {
        let document = self.document()?;
        self.store.client.put_bucket_cors().bucket(self.store.bucket()).cors_configuration(document).send().await?;
        Ok(())
    }
}

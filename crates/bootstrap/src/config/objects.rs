//! Objects: files in the data directory, or S3.

use atelier_domain::kernel::SecretString;

use super::Environment;

/// Settings of the object store and of browsers' access.
#[derive(Debug, Clone, clap::Args)]
pub struct ObjectSettings {
    /// S3 bucket; unset: files in DATA_DIR
    #[arg(long, env = "AWS_BUCKET_NAME")]
    pub aws_bucket_name: Option<String>,
    /// Wins over AWS_BUCKET_NAME when APP_ENV is production
    #[arg(long, env = "AWS_BUCKET_NAME_PROD")]
    pub aws_bucket_name_prod: Option<String>,
    /// Wins over AWS_BUCKET_NAME when APP_ENV is development
    #[arg(long, env = "AWS_BUCKET_NAME_DEV")]
    pub aws_bucket_name_dev: Option<String>,
    /// The bucket's region
    #[arg(long, env = "AWS_REGION_NAME", default_value = "us-east-1")]
    pub aws_region_name: String,
    /// The access key
    #[arg(long, env = "AWS_ACCESS_KEY_ID")]
    pub aws_access_key_id: Option<String>,
    /// The access key's secret
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", hide_env_values = true)]
    pub aws_secret_access_key: Option<SecretString>,
    /// A server that speaks S3, instead of AWS
    #[arg(long, env = "AWS_ENDPOINT_URL")]
    pub aws_endpoint_url: Option<String>,
    /// That server's address in signed URLs, when clients reach it under another one
    #[arg(long, env = "AWS_PUBLIC_ENDPOINT_URL")]
    pub aws_public_endpoint_url: Option<String>,
    /// Whether the bucket stands in the path, not in the host name, as most servers but AWS want it
    #[arg(long, env = "S3_PATH_STYLE", default_value_t = false, action = clap::ArgAction::Set)]
    pub s3_path_style: bool,
    /// Whether uploads ask for the ACL `private`; buckets with ACLs disabled refuse it, and objects are private anyway
    #[arg(long, env = "S3_SEND_ACL", default_value_t = false, action = clap::ArgAction::Set)]
    pub s3_send_acl: bool,
    /// Comma list of origins whose pages may call this service, e.g. `https://app.example`; * for any outside production
    #[arg(long, env = "CORS_ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<String>,
}

impl ObjectSettings {
    /// The bucket, when S3 is used: the variant for the environment wins (checklist CW13, W172, W173).
    pub fn bucket(&self, environment: Environment) -> Option<&str> {
        let variant = match environment {
            Environment::Production => &self.aws_bucket_name_prod,
            Environment::Development => &self.aws_bucket_name_dev,
        };
        variant.as_deref().or(self.aws_bucket_name.as_deref())
    }

    pub(super) fn check(&self, environment: Environment, problems: &mut Vec<String>) {
        if self.bucket(environment).is_some() && (self.aws_access_key_id.is_none() || self.aws_secret_access_key.is_none()) {
            problems.push("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: needed with AWS_BUCKET_NAME".to_owned());
        }
        for origin in &self.cors_origins {
            if origin.contains("your-app-domain.com") || (environment == Environment::Production && origin == "*") {
                problems.push(format!("CORS_ORIGINS: {origin} is a placeholder or too wide; name your app's origin"));
            } else if origin != "*" && !(origin.starts_with("http://") || origin.starts_with("https://")) {
                problems.push(format!("CORS_ORIGINS: {origin} must begin with http:// or https://"));
            }
        }
    }
}

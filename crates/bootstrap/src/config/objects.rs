//! Objects: files in the data directory.

/// Settings of the object store and of browsers' access.
#[derive(Debug, Clone, clap::Args)]
pub struct ObjectSettings {
    /// S3 bucket; not part of this version: leave it unset to keep files in the data directory
    #[arg(long, env = "AWS_BUCKET_NAME")]
    pub aws_bucket_name: Option<String>,
    /// Comma list of origins whose pages may call this service, e.g. `https://app.example`; * for any outside production
    #[arg(long, env = "CORS_ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<String>,
}

impl ObjectSettings {
    pub(super) fn check(&self, production: bool, problems: &mut Vec<String>) {
        if self.aws_bucket_name.is_some() {
            problems.push("AWS_BUCKET_NAME: S3 is not part of this version; unset it to keep files in DATA_DIR".to_owned());
        }
        for origin in &self.cors_origins {
            if origin.contains("your-app-domain.com") || (production && origin == "*") {
                problems.push(format!("CORS_ORIGINS: {origin} is a placeholder or too wide; name your app's origin"));
            } else if origin != "*" && !(origin.starts_with("http://") || origin.starts_with("https://")) {
                problems.push(format!("CORS_ORIGINS: {origin} must begin with http:// or https://"));
            }
        }
    }
}

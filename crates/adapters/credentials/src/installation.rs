//! The keys of an installation: derived from the one secret it was given, or made once and kept in the data directory.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use atelier_domain::kernel::{ExposeSecret, SecretGenerator, SecretString};

use crate::random::{RandomSecrets, random_token};

/// The keys could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum InstallationSecretsError {
    /// A file or folder could not be read or written.
    #[error("cannot keep the installation's secrets in {}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A key file holds no key; it is left as it is, because what was signed with the right one depends on it.
    #[error("{} holds no key: restore it from a backup, or remove it to make a new one (this ends every session and link)", .0.display())]
    Damaged(PathBuf),
}

/// The keys of an installation: those of an embedded one are 256 random bits each, kept in `<data directory>/secrets/`, one file per key with
/// mode 0600.
#[derive(Debug, Clone)]
pub struct InstallationSecrets {
    /// Signs access tokens; file `jwt`.
    pub jwt: SecretString,
    /// Under which codes and tokens are digested; file `digest`.
    pub digest: SecretString,
    /// Signs the URLs of the embedded object store; file `url-signing`.
    pub url_signing: SecretString,
}

impl InstallationSecrets {
    /// All keys from one secret, so that processes on any number of machines agree when they are given the same.
    pub fn derived_from(secret: &SecretString) -> Self {
        let keys = RandomSecrets::new(secret);
        Self { jwt: secret.clone(), digest: keys.digest("key", "digest").into(), url_signing: keys.digest("key", "url-signing").into() }
    }

    /// Reads the keys, making those that are missing. Processes that start at the same moment agree on one set.
    ///
    /// # Errors
    /// [`InstallationSecretsError`] when the folder cannot be used or a key file is damaged.
    pub fn load_or_create(data_dir: &Path) -> Result<Self, InstallationSecretsError> {
        let folder = data_dir.join("secrets");
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(io_error(&folder))?;
        Ok(Self {
            jwt: load_or_create_key(&folder, "jwt")?,
            digest: load_or_create_key(&folder, "digest")?,
            url_signing: load_or_create_key(&folder, "url-signing")?,
        })
    }
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> InstallationSecretsError {
    let path = path.to_owned();
    move |source| InstallationSecretsError::Io { path: path.clone(), source }
}

fn load_or_create_key(folder: &Path, name: &str) -> Result<SecretString, InstallationSecretsError> {
    let path = folder.join(name);
    if let Some(key) = load_key(&path)? {
        return Ok(key);
    }
    create_key(folder, &path).map_err(io_error(&path))?;
    load_key(&path)?.ok_or(InstallationSecretsError::Damaged(path))
}

fn load_key(path: &Path) -> Result<Option<SecretString>, InstallationSecretsError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => SecretString::from(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(path)(error)),
    };
    let mode = fs::metadata(path).map_err(io_error(path))?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "this secret can be read by other users of the machine: chmod 600 it");
    }
    let key = text.expose_secret().trim();
    // 43 characters of base64 are 256 bits.
    if key.len() < 43 {
        return Err(InstallationSecretsError::Damaged(path.to_owned()));
    }
    Ok(Some(key.into()))
}

/// Writes a new key beside `path` and gives it that name, unless another process was faster: then that one's key counts.
fn create_key(folder: &Path, path: &Path) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    file.write_all(random_token().expose_secret().as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => File::open(folder)?.sync_all(),
        Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(failed) => Err(failed.error),
    }
}

//! Files of BSON documents, one after the other, read and written without holding them.

use std::path::Path;

use atelier_backup::BackupError;
use mongodb::bson::RawDocumentBuf;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};

const BUFFER: usize = 1 << 17;
/// A document of 16 MiB and what the server adds around it.
const LARGEST: usize = (16 << 20) + (16 << 10);

/// Writes documents.
pub(super) struct BsonWriter {
    file: BufWriter<File>,
    path: std::path::PathBuf,
    pub(super) documents: u64,
}

impl BsonWriter {
    pub(super) async fn create(path: &Path) -> Result<Self, BackupError> {
        let file = File::create(path).await.map_err(BackupError::file(path, "write it"))?;
        Ok(Self { file: BufWriter::with_capacity(BUFFER, file), path: path.to_owned(), documents: 0 })
    }

    pub(super) async fn add(&mut self, document: &[u8]) -> Result<(), BackupError> {
        self.documents += 1;
        self.file.write_all(document).await.map_err(BackupError::file(&self.path, "write it"))
    }

    /// The number of documents.
    pub(super) async fn finish(mut self) -> Result<u64, BackupError> {
        self.file.flush().await.map_err(BackupError::file(&self.path, "write it"))?;
        Ok(self.documents)
    }
}

/// Reads documents.
pub(super) struct BsonReader {
    file: BufReader<File>,
    path: std::path::PathBuf,
}

impl BsonReader {
    pub(super) async fn open(path: &Path) -> Result<Self, BackupError> {
        let file = File::open(path).await.map_err(BackupError::file(path, "open it"))?;
        Ok(Self { file: BufReader::with_capacity(BUFFER, file), path: path.to_owned() })
    }

    /// The next document; none at the end of the file.
    pub(super) async fn next(&mut self) -> Result<Option<RawDocumentBuf>, BackupError> {
        let mut length = [0; 4];
        match self.file.read(&mut length[..1]).await {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(error) => return Err(self.failed(error)),
        }
        self.read(&mut length[1..]).await?;
        let size = usize::try_from(i32::from_le_bytes(length)).ok().filter(|size| (5..=LARGEST).contains(size));
        let size = size.ok_or_else(|| self.broken("a document has an impossible length"))?;
        let mut bytes = vec![0; size];
        bytes[..4].copy_from_slice(&length);
        self.read(&mut bytes[4..]).await?;
        RawDocumentBuf::from_bytes(bytes).map(Some).map_err(|error| self.broken(&error.to_string()))
    }

    async fn read(&mut self, into: &mut [u8]) -> Result<(), BackupError> {
        match self.file.read_exact(into).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(&self, error: std::io::Error) -> BackupError {
        BackupError::file(&self.path, "read it")(error)
    }

    fn broken(&self, what: &str) -> BackupError {
        BackupError::Corrupt { archive: self.path.display().to_string(), what: what.to_owned() }
    }
}

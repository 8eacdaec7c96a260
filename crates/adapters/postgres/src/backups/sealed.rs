//! The sealed dump: written and read a piece at a time, however large it is.

use std::io;
use std::path::Path;

use atelier_backup::{BackupError, Checksum, Manifest};
use atelier_domain::dataservice::{STREAM_HEADER, STREAM_PIECE, STREAM_TAG, StreamSealer};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, BufWriter};

/// Its name in a backup.
pub(super) const FILE: &str = "database.dump.sealed";

/// What a dump belongs to: all its manifest says, so that neither the manifest nor the dump of another backup passes for it.
pub(super) fn context(manifest: &Manifest) -> String {
    let manifest = Manifest { files: Vec::new(), ..manifest.clone() };
    let text = serde_json::to_vec(&manifest).unwrap_or_default();
    let mut checksum = Checksum::default();
    checksum.add(&text);
    format!("backup/postgresql/{}", checksum.finish().1)
}

/// As many bytes as fit; fewer only at the end.
async fn fill(from: &mut (impl AsyncRead + Unpin), most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(most);
    from.take(most as u64).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

/// Seals all of `from` into a new file.
pub(super) async fn seal(
    sealer: &dyn StreamSealer,
    context: &str,
    from: &mut (impl AsyncRead + Unpin),
    to: &Path,
) -> Result<(), BackupError> {
    let failed = || BackupError::file(to, "write it");
    let sealed = |error| BackupError::Sealed { archive: to.display().to_string(), source: Box::new(error) };
    let mut file = BufWriter::with_capacity(4 * STREAM_PIECE, File::create(to).await.map_err(failed())?);
    let (header, mut pieces) = sealer.seal_stream(context);
    file.write_all(&header).await.map_err(failed())?;
    let mut piece = fill(from, STREAM_PIECE).await.map_err(BackupError::store("reading the dump"))?;
    loop {
        let next = fill(from, STREAM_PIECE).await.map_err(BackupError::store("reading the dump"))?;
        if next.is_empty() {
            break;
        }
        file.write_all(&pieces.next(&piece).map_err(sealed)?).await.map_err(failed())?;
        piece = next;
    }
    file.write_all(&pieces.last(&piece).map_err(sealed)?).await.map_err(failed())?;
    file.flush().await.map_err(failed())
}

/// Opens a sealed file into `to`. Whoever reads there may have read enough before the end; what is left is opened all the same when
/// `to_the_end` says so.
pub(super) async fn open(
    sealer: &dyn StreamSealer,
    context: &str,
    from: &Path,
    archive: &str,
    mut to: impl AsyncWrite + Unpin,
    to_the_end: bool,
) -> Result<(), BackupError> {
    let failed = || BackupError::file(from, "read it");
    let sealed = |error| BackupError::Sealed { archive: archive.to_owned(), source: Box::new(error) };
    let mut file = BufReader::with_capacity(4 * STREAM_PIECE, File::open(from).await.map_err(failed())?);
    let header = fill(&mut file, STREAM_HEADER).await.map_err(failed())?;
    let mut pieces = sealer.open_stream(context, &header).map_err(sealed)?;
    let mut is_read = true;
    let mut piece = fill(&mut file, STREAM_PIECE + STREAM_TAG).await.map_err(failed())?;
    loop {
        let next = fill(&mut file, STREAM_PIECE + STREAM_TAG).await.map_err(failed())?;
        let (plain, rest) = if next.is_empty() {
            (pieces.last(&piece).map_err(sealed)?, None)
        } else {
            let plain = pieces.next(&piece).map_err(sealed)?;
            (plain, Some((pieces, next)))
        };
        if is_read {
            is_read = match to.write_all(&plain).await {
                Ok(()) => true,
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => false,
                Err(error) => return Err(BackupError::store("giving the dump to pg_restore")(error)),
            };
        }
        match rest {
            Some((more, next)) if is_read || to_the_end => (pieces, piece) = (more, next),
            _ => break,
        }
    }
    match to.shutdown().await {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(BackupError::store("giving the dump to pg_restore")(error)),
        _ => Ok(()),
    }
}

//! Results as files, streamed: a file takes the same memory however long it is.

use std::io;
use std::vec;

use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use atelier_domain::challenge::results::{Export, Exported, Row};
use atelier_domain::identity::Actor;
use atelier_domain::kernel::{HackathonId, StoreError, error_chain};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};

use crate::caller::Caller;
use crate::error::{ApiError, ErrorBody};
use crate::extract::PathId;
use crate::failures::AdminDeleteFailures;
use crate::state::HttpServices;

use super::encode::{Encoder, Format};
use super::request::{CsvQuery, ExportQuery};

/// About so many bytes are sent at a time.
const PIECE: usize = 32 * 1024;

/// Results, evaluations or handed-in conversations as a CSV file: RFC 4180 in UTF-8, with a header, lines ended by CRLF; a quote goes before
/// texts that a spreadsheet would run. Students under their pseudonyms. A file that breaks off is incomplete: the connection is cut. For
/// administrators; who exported is in the audit trail.
#[utoipa::path(tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The hackathon's id", example = "65f0c0ffee65f0c0ffee65f4"), ExportQuery, CsvQuery),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/csv",
            headers(("Content-Disposition" = String, description = "`attachment` with a file name"))),
        (status = 400, description = "Invalid id or query", body = ErrorBody),
        AdminDeleteFailures))]
#[get("/hackathons/{id}/export.csv")]
pub(crate) async fn export_csv(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
    query: web::Query<ExportQuery>,
    mark: web::Query<CsvQuery>,
) -> Result<HttpResponse, ApiError> {
    let mut problems = Vec::new();
    let (what, bom) = (query.what(&mut problems), mark.bom(&mut problems));
    if !problems.is_empty() {
        return Err(ApiError::invalid(&problems));
    }
    file(&services, actor, *id, what, Format::Csv { bom }).await
}

/// Results, evaluations or handed-in conversations as a JSON file: an array of objects with the columns of the CSV file as fields, without
/// the envelope of other answers. Students under their pseudonyms. A file that breaks off is incomplete: the connection is cut. For
/// administrators; who exported is in the audit trail.
#[utoipa::path(tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The hackathon's id", example = "65f0c0ffee65f0c0ffee65f4"), ExportQuery),
    responses(
        (status = 200, description = "The file", body = Vec<Object>, content_type = "application/json",
            headers(("Content-Disposition" = String, description = "`attachment` with a file name"))),
        (status = 400, description = "Invalid id or query", body = ErrorBody),
        AdminDeleteFailures))]
#[get("/hackathons/{id}/export.json")]
pub(crate) async fn export_json(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
    query: web::Query<ExportQuery>,
) -> Result<HttpResponse, ApiError> {
    let mut problems = Vec::new();
    let what = query.what(&mut problems);
    if !problems.is_empty() {
        return Err(ApiError::invalid(&problems));
    }
    file(&services, actor, *id, what, Format::Json).await
}

async fn file(services: &HttpServices, actor: Actor, id: HackathonId, what: Exported, format: Format) -> Result<HttpResponse, ApiError> {
    let export = services.challenge.results.begin_export(actor, id, what).await?;
    let (ending, content_type) = match format {
        Format::Csv { .. } => ("csv", "text/csv; charset=utf-8; header=present"),
        Format::Json => ("json", "application/json"),
    };
    let mut download = Download::new(format, what, batches(export)).map_err(|error| ApiError::internal(&error))?;
    // What fails with the first rows is still answered as an error.
    let first = match download.piece().await {
        Ok(first) => first,
        Err(Broken::Store(error)) => return Err(error.into()),
        Err(Broken::Encoding(error)) => return Err(ApiError::internal(&error)),
    };
    let name = format!("attachment; filename=\"hackathon-{id}-{}.{ending}\"", what.as_str());
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(stream::iter(first.map(Ok)).chain(download.pieces())))
}

fn batches(export: Export) -> impl Stream<Item = Result<Vec<Row>, StoreError>> + Send + 'static {
    stream::try_unfold(export, |mut export| async move { Ok(export.next().await?.map(|rows| (rows, export))) })
}

/// Why an export breaks off.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("a row could not be written")]
    Encoding(#[from] io::Error),
}

/// A file being made of rows.
struct Download {
    batches: BoxStream<'static, Result<Vec<Row>, StoreError>>,
    rows: vec::IntoIter<Row>,
    encoder: Encoder,
    ended: bool,
}

impl Download {
    fn new(format: Format, what: Exported, batches: impl Stream<Item = Result<Vec<Row>, StoreError>> + Send + 'static) -> io::Result<Self> {
        let encoder = Encoder::begin(format, what.columns())?;
        Ok(Self { batches: batches.boxed(), rows: Vec::new().into_iter(), encoder, ended: false })
    }

    /// The next piece; none at the end.
    async fn piece(&mut self) -> Result<Option<Bytes>, Broken> {
        if self.ended {
            return Ok(None);
        }
        while !self.encoder.has(PIECE) {
            if let Some(row) = self.rows.next() {
                self.encoder.row(&row)?;
            } else if let Some(batch) = self.batches.try_next().await? {
                self.rows = batch.into_iter();
            } else {
                self.encoder.end();
                self.ended = true;
                break;
            }
        }
        Ok(Some(self.encoder.piece()?))
    }

    /// The pieces from here on. An error ends them: the server then cuts the connection, so that no half file looks whole.
    fn pieces(self) -> impl Stream<Item = Result<Bytes, Broken>> + 'static {
        stream::try_unfold(self, |mut download| async move {
            match download.piece().await {
                Ok(piece) => Ok(piece.map(|piece| (piece, download))),
                Err(broken) => {
                    tracing::error!(error = %error_chain(&broken), "an export broke off");
                    Err(broken)
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener};

    use actix_web::middleware::Compress;
    use actix_web::{App, HttpServer};
    use atelier_domain::challenge::results::Cell;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    type Batch = Result<Vec<Row>, StoreError>;

    /// As many rows of an export of evaluations as are asked for, each of about 1 KiB.
    fn rows(count: u64) -> Vec<Row> {
        (0..count).map(|number| [vec![Cell::Whole(number), Cell::Text("x".repeat(1_000))], vec![Cell::Empty; 5]].concat()).collect()
    }

    fn download(format: Format, batches: Vec<Batch>) -> io::Result<Download> {
        Download::new(format, Exported::Evaluations, stream::iter(batches))
    }

    #[tokio::test]
    async fn a_file_is_sent_in_pieces_whatever_the_size_of_batches() -> Result<(), Broken> {
        let whole = download(Format::Json, vec![Ok(rows(500))])?.pieces().try_collect::<Vec<_>>().await?;
        assert!(whole.len() > 10 && whole.iter().all(|piece| piece.len() < 2 * PIECE), "{}", whole.len());
        let small: Vec<Batch> = rows(500).into_iter().map(|row| Ok(vec![row])).collect();
        let small = download(Format::Json, small)?.pieces().try_collect::<Vec<_>>().await?;
        assert!(small.concat() == whole.concat());
        let read: Vec<serde_json::Value> = serde_json::from_slice(&whole.concat()).map_err(io::Error::from)?;
        assert_eq!((read.len(), &read[499]["conversation"]), (500, &serde_json::json!(499)));
        Ok(())
    }

    /// A server whose export ends well, or breaks off in the middle.
    fn server(broken: bool) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let answer = move || async move {
            let last = if broken { Err(StoreError::Unavailable("the store is gone".into())) } else { Ok(rows(100)) };
            let download = download(Format::Csv { bom: false }, vec![Ok(rows(100)), last])?;
            Ok::<_, io::Error>(HttpResponse::Ok().content_type("text/csv").streaming(download.pieces()))
        };
        let app = move || App::new().wrap(Compress::default()).route("/", web::get().to(answer));
        tokio::spawn(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run());
        Ok(address)
    }

    /// Everything a client is sent until the server closes, or until the chunked body ends (RFC 9112, section 7.1).
    async fn read(address: SocketAddr, encoding: &str) -> io::Result<Vec<u8>> {
        let mut connection = TcpStream::connect(address).await?;
        let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {encoding}\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await?;
        Ok(answer)
    }

    #[tokio::test]
    async fn a_file_that_breaks_off_has_no_proper_end() -> io::Result<()> {
        for encoding in ["identity", "gzip"] {
            for broken in [false, true] {
                let answer = read(server(broken)?, encoding).await?;
                assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
                assert_eq!(answer.ends_with(b"\r\n0\r\n\r\n"), !broken, "{encoding}, broken: {broken}");
            }
        }
        Ok(())
    }
}

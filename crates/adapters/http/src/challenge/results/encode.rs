//! Rows as CSV or JSON, piece by piece.

use std::io;

use atelier_domain::challenge::results::{Cell, Row, safe_cell};
use bytes::Bytes;
use csv::{Terminator, Writer, WriterBuilder};
use serde::{Serialize, Serializer};

use crate::envelope::time;

/// The UTF-8 form of the byte order mark U+FEFF.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Comma-separated values with a header and CRLF ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)); texts are such that no
    /// spreadsheet runs them.
    Csv {
        /// Whether a byte order mark comes first.
        bom: bool,
    },
    /// An array of objects ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)), one a line.
    Json,
}

/// Writes rows of these columns.
pub(super) struct Encoder {
    columns: &'static [&'static str],
    written: Written,
}

/// What was written since a piece was taken last.
enum Written {
    Csv(Box<Writer<Vec<u8>>>),
    Json { text: Vec<u8>, separator: &'static [u8] },
}

fn csv_writer(begin: &[u8]) -> Box<Writer<Vec<u8>>> {
    Box::new(WriterBuilder::new().terminator(Terminator::CRLF).from_writer(begin.to_vec()))
}

impl Encoder {
    /// An encoder whose first piece begins with what goes before the rows.
    pub(super) fn begin(format: Format, columns: &'static [&'static str]) -> io::Result<Self> {
        let written = match format {
            Format::Csv { bom } => {
                let mut writer = csv_writer(if bom { BYTE_ORDER_MARK } else { b"" });
                writer.write_record(columns)?;
                Written::Csv(writer)
            }
            Format::Json => Written::Json { text: b"[".to_vec(), separator: b"\n" },
        };
        Ok(Self { columns, written })
    }

    /// Writes a row.
    pub(super) fn row(&mut self, row: &Row) -> io::Result<()> {
        match &mut self.written {
            Written::Csv(writer) => {
                for cell in row {
                    match cell {
                        Cell::Empty => writer.write_field("")?,
                        Cell::Text(text) => writer.write_field(safe_cell(text).as_bytes())?,
                        Cell::Whole(number) => writer.write_field(number.to_string())?,
                        Cell::Number(number) => writer.write_field(number.to_string())?,
                        Cell::Flag(flag) => writer.write_field(flag.to_string())?,
                        Cell::Time(at) => writer.write_field(time(*at))?,
                    }
                }
                writer.write_record(None::<&[u8]>)?;
            }
            Written::Json { text, separator } => {
                text.extend_from_slice(separator);
                *separator = b",\n";
                serde_json::to_writer(text, &JsonRow { columns: self.columns, row })?;
            }
        }
        Ok(())
    }

    /// Whether as much as `bytes` were written since a piece was taken last, give or take a few kilobytes.
    pub(super) fn has(&self, bytes: usize) -> bool {
        let length = match &self.written {
            Written::Csv(writer) => writer.get_ref().len(),
            Written::Json { text, .. } => text.len(),
        };
        length >= bytes
    }

    /// Takes what was written.
    pub(super) fn piece(&mut self) -> io::Result<Bytes> {
        let piece = match &mut self.written {
            Written::Csv(writer) => {
                let full = std::mem::replace(writer, csv_writer(b""));
                full.into_inner().map_err(|error| io::Error::other(error.error().to_string()))?
            }
            Written::Json { text, .. } => std::mem::take(text),
        };
        Ok(piece.into())
    }

    /// Writes what goes behind the rows.
    pub(super) fn end(&mut self) {
        if let Written::Json { text, .. } = &mut self.written {
            text.extend_from_slice(b"\n]\n");
        }
    }
}

/// A row as an object, its fields in the order of the columns.
struct JsonRow<'r> {
    columns: &'static [&'static str],
    row: &'r Row,
}

impl Serialize for JsonRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.columns.iter().zip(self.row).map(|(column, cell)| (column, JsonCell(cell))))
    }
}

struct JsonCell<'c>(&'c Cell);

impl Serialize for JsonCell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::Empty => serializer.serialize_none(),
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Whole(number) => serializer.serialize_u64(*number),
            Cell::Number(number) => serializer.serialize_f64(*number),
            Cell::Flag(flag) => serializer.serialize_bool(*flag),
            Cell::Time(at) => serializer.serialize_str(&time(*at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use atelier_domain::kernel::Timestamp;

    use super::*;

    const COLUMNS: &[&str] = &["rang", "texte", "note", "oui", "quand"];

    fn rows() -> Vec<Row> {
        let text = |text: &str| Cell::Text(text.to_owned());
        vec![
            vec![Cell::Whole(1), text("a, \"b\"\r\nc"), Cell::Number(-7.5), Cell::Flag(true), Cell::Time(Timestamp::UNIX_EPOCH)],
            vec![Cell::Empty, text("=1+1"), Cell::Empty, Cell::Flag(false), Cell::Empty],
            vec![Cell::Whole(3), text(" \n@x"), Cell::Number(0.000_001), Cell::Flag(false), Cell::Empty],
        ]
    }

    fn written(format: Format, rows: &[Row]) -> io::Result<String> {
        let mut encoder = Encoder::begin(format, COLUMNS)?;
        let mut all = encoder.piece()?.to_vec();
        for row in rows {
            encoder.row(row)?;
            all.extend(encoder.piece()?);
        }
        encoder.end();
        all.extend(encoder.piece()?);
        String::from_utf8(all).map_err(io::Error::other)
    }

    #[test]
    fn csv_is_quoted_as_rfc_4180_says_and_runs_nothing_in_a_spreadsheet() -> io::Result<()> {
        let text = written(Format::Csv { bom: false }, &rows())?;
        let expected = "rang,texte,note,oui,quand\r\n1,\"a, \"\"b\"\"\r\nc\",-7.5,true,1970-01-01T00:00:00.000Z\r\n,'=1+1,,false,\r\n\
            3,\"' \n@x\",0.000001,false,\r\n";
        assert_eq!(text, expected);
        assert_eq!(written(Format::Csv { bom: true }, &rows())?, format!("\u{feff}{expected}"));
        Ok(())
    }

    #[test]
    fn json_has_the_columns_as_fields_in_their_order_and_texts_as_they_are() -> io::Result<()> {
        let text = written(Format::Json, &rows())?;
        let first = r#"{"rang":1,"texte":"a, \"b\"\r\nc","note":-7.5,"oui":true,"quand":"1970-01-01T00:00:00.000Z"}"#;
        assert!(text.starts_with(&format!("[\n{first},\n")), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text)?;
        assert_eq!(read[1], serde_json::json!({"rang": null, "texte": "=1+1", "note": null, "oui": false, "quand": null}));
        assert_eq!(written(Format::Json, &[])?, "[\n]\n");
        Ok(())
    }
}

//! The structure of a JPEG stream (ITU-T T.81, annex B), as far as it tells what decoding will cost and whether the file is complete.

use std::io::{self, BufRead, Read, Seek};

const DHT: u8 = 0xc4;
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;

/// What the frame header and the first scan header say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Horizontal and vertical sampling factor of each component.
    pub(crate) sampling: Vec<(u64, u64)>,
    /// Whether the picture comes in ever finer scans: then the coefficients of the whole picture must be kept until the last one.
    pub(crate) progressive: bool,
    /// Whether the first scan has all components.
    pub(crate) interleaved: bool,
    /// Whether there are code tables before the first scan. Frames of films leave them out.
    pub(crate) has_tables: bool,
}

impl Frame {
    /// Bytes of coefficients that decoding keeps in memory, at two bytes each.
    pub(crate) fn coefficient_bytes(&self) -> u64 {
        if !self.progressive {
            return 0;
        }
        let widest = self.sampling.iter().map(|(h, _)| *h).max().unwrap_or(1);
        let highest = self.sampling.iter().map(|(_, v)| *v).max().unwrap_or(1);
        let units = u64::from(self.width).div_ceil(8 * widest) * u64::from(self.height).div_ceil(8 * highest);
        self.sampling.iter().map(|(h, v)| units * h * v * 64 * 2).sum()
    }
}

/// Reads up to the first scan. Fails with [`io::ErrorKind::InvalidData`] when there is no frame header before it.
pub(crate) fn read_frame(input: &mut (impl BufRead + Seek + ?Sized)) -> io::Result<Frame> {
    let mut frame = None;
    let mut has_tables = false;
    loop {
        let marker = next_marker(input)?;
        has_tables |= marker == DHT;
        match marker {
            SOI | 0x01 | 0xd0..=0xd7 => {}
            EOI => return Err(invalid("no scan")),
            SOS => {
                let mut header = [0; 3];
                input.read_exact(&mut header)?;
                let mut frame: Frame = frame.ok_or_else(|| invalid("no frame header"))?;
                frame.interleaved = usize::from(header[2]) == frame.sampling.len();
                frame.has_tables = has_tables;
                return Ok(frame);
            }
            // C4, C8 and CC are tables and extensions, not frame headers.
            marker @ (0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) => frame = Some(read_frame_header(input, marker == 0xc2)?),
            _ => {
                let length = read_length(input)?;
                input.seek_relative(i64::from(length))?;
            }
        }
    }
}

fn read_frame_header(input: &mut (impl Read + ?Sized), progressive: bool) -> io::Result<Frame> {
    let mut body = vec![0; usize::from(read_length(input)?)];
    input.read_exact(&mut body)?;
    let [_precision, h1, h0, w1, w0, count, components @ ..] = body.as_slice() else { return Err(invalid("short frame header")) };
    let (width, height) = (u16::from_be_bytes([*w1, *w0]), u16::from_be_bytes([*h1, *h0]));
    let sampling: Vec<_> = components.chunks_exact(3).map(|part| (u64::from(part[1] >> 4), u64::from(part[1] & 15))).collect();
    if width == 0
        || height == 0
        || sampling.len() != usize::from(*count)
        || !sampling.iter().all(|(h, v)| (1..=4).contains(h) && (1..=4).contains(v))
    {
        return Err(invalid("impossible frame header"));
    }
    Ok(Frame { width: u32::from(width), height: u32::from(height), sampling, progressive, interleaved: true, has_tables: false })
}

fn read_length(input: &mut (impl Read + ?Sized)) -> io::Result<u16> {
    let mut length = [0; 2];
    input.read_exact(&mut length)?;
    u16::from_be_bytes(length).checked_sub(2).ok_or_else(|| invalid("impossible segment length"))
}

/// The next marker, whatever stands before it; some cameras write stray bytes between segments.
fn next_marker(input: &mut (impl BufRead + ?Sized)) -> io::Result<u8> {
    let mut byte = [0];
    loop {
        input.skip_until(0xff)?;
        input.read_exact(&mut byte)?;
        while byte[0] == 0xff {
            input.read_exact(&mut byte)?;
        }
        if byte[0] != 0 {
            return Ok(byte[0]);
        }
    }
}

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Whether the stream has its end. The decoder would fill the missing part of a cut-off picture with grey.
pub(crate) fn is_complete(jpeg: &[u8]) -> bool {
    if jpeg.ends_with(&[0xff, EOI]) {
        return true;
    }
    let mut rest = io::Cursor::new(jpeg);
    loop {
        match next_marker(&mut rest) {
            Ok(EOI) => return true,
            Ok(SOI | 0x01 | 0xd0..=0xd7) => {}
            // A scan's data follow its header; in them 0xff is followed by 0 or a restart marker.
            Ok(_) => {
                let skipped = read_length(&mut rest).and_then(|length| rest.seek_relative(i64::from(length)));
                if skipped.is_err() {
                    return false;
                }
            }
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream of SOI, an application segment that holds a whole small JPEG, a frame header and a scan header.
    fn stream(marker: u8, scan_components: u8) -> Vec<u8> {
        let mut stream = vec![0xff, SOI, 0xff, 0xe1, 0, 8, 0xff, SOI, 0xff, 0xc0, 0xff, EOI];
        stream.extend([0xff, marker, 0, 17, 8, 0, 20, 0, 33, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]);
        stream.extend([0xff, SOS, 0, 12, scan_components, 1, 0, 2, 0, 3, 0, 0, 63, 0, 0xff, 0x00, 7]);
        stream
    }

    #[test]
    fn the_frame_is_found_behind_the_metadata() {
        let frame = read_frame(&mut io::Cursor::new(stream(0xc0, 3))).map_err(|error| error.to_string());
        let sampling = vec![(2, 2), (1, 1), (1, 1)];
        let expected = Frame { width: 33, height: 20, sampling, progressive: false, interleaved: true, has_tables: false };
        assert_eq!(frame, Ok(expected));
    }

    #[test]
    fn coefficients_count_when_they_are_kept() {
        let bytes =
            |marker, components| read_frame(&mut io::Cursor::new(stream(marker, components))).map_or(0, |frame| frame.coefficient_bytes());
        // 3 by 2 units of 16 by 16 pixels, each of 4 + 1 + 1 blocks of 64 coefficients.
        assert_eq!(bytes(0xc0, 3), 0);
        assert_eq!(bytes(0xc2, 3), 3 * 2 * 6 * 64 * 2);
    }

    #[test]
    fn code_tables_are_noticed() {
        let mut stream = stream(0xc0, 3);
        stream.splice(12..12, [0xff, DHT, 0, 4, 0, 0]);
        assert!(read_frame(&mut io::Cursor::new(stream)).is_ok_and(|frame| frame.has_tables));
    }

    #[test]
    fn one_component_per_scan_is_noticed() {
        let interleaved = |components| read_frame(&mut io::Cursor::new(stream(0xc0, components))).is_ok_and(|frame| frame.interleaved);
        assert!(interleaved(3));
        assert!(!interleaved(1));
    }

    #[test]
    fn a_stream_is_complete_with_its_end_and_not_with_that_of_the_preview_in_it() {
        let mut stream = stream(0xc0, 3);
        assert!(!is_complete(&stream));
        stream.extend([0xff, EOI]);
        assert!(is_complete(&stream));
        stream.extend(b"what some telephones append");
        assert!(is_complete(&stream));
        for end in 0..stream.len() - 30 {
            assert!(!is_complete(&stream[..end]) || stream[..end].ends_with(&[0xff, EOI]), "{end}");
        }
    }
}

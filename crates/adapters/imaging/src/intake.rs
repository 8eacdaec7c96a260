//! Recognising a picture by its content and reading its header: everything that is decided before decoding.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};

use atelier_domain::kernel::{ImageError, ImageInput};
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{ImageDecoder, ImageError as CodecError, Limits};

use crate::ImageLimits;
use crate::jpeg_header::{self, Frame};
use crate::renditions;

/// What a picture is read from.
pub(crate) trait Input: BufRead + Seek + Send {}
impl<T: BufRead + Seek + Send> Input for T {}

/// A picture whose header was read and found acceptable.
pub(crate) struct Picture {
    /// Memory that processing it takes at its peak, in bytes.
    pub(crate) need: u64,
    pub(crate) encoded: Encoded,
}

/// The decoder to be run. PNG and WebP are read from their input piece by piece, JPEG is read whole.
pub(crate) enum Encoded {
    Jpeg { input: Box<dyn Input>, bytes: u64, frame: Frame },
    Png(Box<PngDecoder<Box<dyn Input>>>),
    WebP(Box<WebPDecoder<Box<dyn Input>>>),
}

/// Longest side: what JPEG can express. A PNG that is one very long row would need a multiple of itself.
const MAX_SIDE: u32 = 65_535;

/// What a PNG may unpack besides its pixels: profiles, texts, row buffers.
const PNG_EXTRAS: u64 = 8_000_000;

/// Code tables, buffers and the renditions' encoders.
const OVERHEAD: u64 = 2_000_000;

/// Reads as much of `input` as tells whether it is acceptable.
pub(crate) fn inspect(input: ImageInput, limits: &ImageLimits) -> Result<Picture, ImageError> {
    let (mut input, bytes) = open(input)?;
    if bytes > limits.max_bytes {
        return Err(ImageError::TooManyBytes { limit_bytes: limits.max_bytes });
    }
    let mut start = [0; 16];
    let known = read_start(&mut input, &mut start).map_err(|error| ImageError::Failed(error.into()))?;
    let start = &start[..known];
    let picture = if start.starts_with(&[0xff, 0xd8, 0xff]) {
        inspect_jpeg(input, bytes)?
    } else if start.starts_with(b"\x89PNG\r\n\x1a\n") {
        inspect_png(input)?
    } else if start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP") {
        let simple_lossy = start.get(12..16) == Some(b"VP8 ");
        inspect_webp(input, simple_lossy)?
    } else {
        return Err(ImageError::UnsupportedFormat);
    };
    check(picture, limits)
}

/// Decoded size and what the decoder needs besides, both in bytes.
struct Cost {
    decoded: u64,
    besides: u64,
}

fn check((encoded, width, height, cost): (Encoded, u32, u32, Cost), limits: &ImageLimits) -> Result<Picture, ImageError> {
    let too_many = ImageError::TooManyPixels { width, height };
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits.max_pixels || cost.decoded > limits.max_decoded_bytes || width.max(height) > MAX_SIDE {
        return Err(too_many);
    }
    let need = cost.decoded + cost.besides.max(renditions::memory(width, height)) + OVERHEAD;
    if need > u64::from(limits.memory_budget_mb) * 1_000_000 {
        return Err(too_many);
    }
    Ok(Picture { need, encoded })
}

fn open(input: ImageInput) -> Result<(Box<dyn Input>, u64), ImageError> {
    match input {
        ImageInput::Bytes(bytes) => {
            let size = bytes.len() as u64;
            Ok((Box::new(Cursor::new(bytes)), size))
        }
        ImageInput::File(path) => {
            let file = File::open(path).map_err(|error| ImageError::Failed(error.into()))?;
            let size = file.metadata().map_err(|error| ImageError::Failed(error.into()))?.len();
            Ok((Box::new(BufReader::new(file)), size))
        }
    }
}

/// Reads up to 16 bytes and goes back to the beginning.
fn read_start(input: &mut (impl Input + ?Sized), start: &mut [u8; 16]) -> io::Result<usize> {
    let mut read = Vec::with_capacity(start.len());
    input.take(start.len() as u64).read_to_end(&mut read)?;
    start[..read.len()].copy_from_slice(&read);
    input.seek(SeekFrom::Start(0))?;
    Ok(read.len())
}

fn inspect_jpeg(mut input: Box<dyn Input>, bytes: u64) -> Result<(Encoded, u32, u32, Cost), ImageError> {
    let frame = jpeg_header::read_frame(input.as_mut()).map_err(|error| ImageError::Unreadable(error.into()))?;
    // The decoder reads such pictures in wrong colours. They are as rare as they are legal.
    if !frame.progressive && !frame.interleaved {
        return Err(ImageError::Unreadable("one component per scan is not supported".into()));
    }
    input.seek(SeekFrom::Start(0)).map_err(|error| ImageError::Failed(error.into()))?;
    let (width, height) = (frame.width, frame.height);
    let channels = if frame.sampling.len() == 1 { 1 } else { 3 };
    // Rows of up to 32 lines are kept per component while they are upsampled.
    let rows = u64::from(width).next_multiple_of(32) * 32 * frame.sampling.len() as u64 * 2;
    let cost = Cost { decoded: u64::from(width) * u64::from(height) * channels, besides: frame.coefficient_bytes() + rows + bytes };
    Ok((Encoded::Jpeg { input, bytes, frame }, width, height, cost))
}

fn inspect_png(input: Box<dyn Input>) -> Result<(Encoded, u32, u32, Cost), ImageError> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(PNG_EXTRAS);
    let decoder = PngDecoder::with_limits(input, limits).map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    let cost = Cost { decoded: decoder.total_bytes(), besides: PNG_EXTRAS };
    Ok((Encoded::Png(Box::new(decoder)), width, height, cost))
}

fn inspect_webp(input: Box<dyn Input>, simple_lossy: bool) -> Result<(Encoded, u32, u32, Cost), ImageError> {
    let decoder = WebPDecoder::new(input).map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    // In halves of a byte per pixel. Lossy: planes of luma and half-size chroma. Lossless: RGBA before the answer. Opacity: unpacked as
    // RGBA of its own, then as a plane. Animated: the first frame and a canvas.
    let halves = match (decoder.has_animation(), simple_lossy, decoder.color_type().has_alpha()) {
        (true, ..) => 29,
        (false, true, _) => 4,
        (false, false, false) => 8,
        (false, false, true) => 14,
    };
    let cost = Cost { decoded: decoder.total_bytes(), besides: pixels * halves / 2 };
    Ok((Encoded::WebP(Box::new(decoder)), width, height, cost))
}

/// A codec's error about a picture.
pub(crate) fn unreadable(error: CodecError) -> ImageError {
    ImageError::Unreadable(error.into())
}

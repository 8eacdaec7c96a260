//! Decoding.

use std::io::Read;

use atelier_domain::kernel::ImageError;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::intake::{Encoded, Input, Picture, unreadable};
use crate::jpeg_header::{self, Frame};
use crate::raster::{Channels, Raster, flatten_on_white, narrow_to_8_bits};

/// Most scans of a progressive JPEG; encoders write about ten. Every scan passes over the whole picture.
pub(crate) const MAX_SCANS: u32 = 64;

/// A picture as it is stored.
pub(crate) struct Decoded {
    /// Width and height before the decoder scaled it down.
    pub(crate) size: (u32, u32),
    /// The pixels, perhaps fewer, but enough for every rendition.
    pub(crate) raster: Raster,
    /// The turn that makes it upright.
    pub(crate) orientation: Orientation,
}

/// Decodes a picture.
pub(crate) fn decode(picture: Picture) -> Result<Decoded, ImageError> {
    match picture.encoded {
        Encoded::Jpeg { input, bytes, frame } => decode_jpeg(input, bytes, &frame),
        Encoded::Png(decoder) => decode_with(*decoder),
        Encoded::WebP(decoder) => decode_with(*decoder),
    }
}

fn decode_jpeg(input: Box<dyn Input>, size: u64, frame: &Frame) -> Result<Decoded, ImageError> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    input.take(size).read_to_end(&mut bytes).map_err(|error| ImageError::Failed(error.into()))?;
    if !jpeg_header::is_complete(&bytes) {
        return Err(ImageError::Unreadable("the file is cut off".into()));
    }
    let damaged = |error: DecodeErrors| ImageError::Unreadable(error.to_string().into());
    let channels = if frame.sampling.len() == 1 { Channels::Grey } else { Channels::Rgb };
    let colours = match channels {
        Channels::Grey => ColorSpace::Luma,
        Channels::Rgb => ColorSpace::RGB,
    };
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(frame.width as usize)
        .set_max_height(frame.height as usize)
        .jpeg_set_max_scans(MAX_SCANS as usize)
        .jpeg_set_out_colorspace(colours);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes.as_slice()), options);
    decoder.decode_headers().map_err(damaged)?;
    let length = frame.width as usize * frame.height as usize * channels.count();
    // A second frame header could promise another size than the one that was checked.
    if decoder.dimensions() != Some((frame.width as usize, frame.height as usize)) || decoder.output_buffer_size() != Some(length) {
        return Err(ImageError::Unreadable("contradictory headers".into()));
    }
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif)).unwrap_or(Orientation::NoTransforms);
    let size = (frame.width, frame.height);
    #[cfg(feature = "simd-jpeg")]
    if let Some(raster) = crate::turbo::decode(&bytes, frame, channels) {
        return Ok(Decoded { size, raster, orientation });
    }
    let mut pixels = vec![0; length];
    decoder.decode_into(&mut pixels).map_err(damaged)?;
    Ok(Decoded { size, raster: Raster { width: size.0, height: size.1, channels, pixels }, orientation })
}

fn decode_with(mut decoder: impl ImageDecoder) -> Result<Decoded, ImageError> {
    // A picture whose metadata are broken is still a picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (size, colour) = (decoder.dimensions(), decoder.color_type());
    let mut pixels = vec![0; usize::try_from(decoder.total_bytes()).map_err(|error| ImageError::Failed(error.into()))?];
    decoder.read_image(&mut pixels).map_err(unreadable)?;
    if matches!(colour, ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16) {
        narrow_to_8_bits(&mut pixels);
    }
    let channels = if colour.has_color() { Channels::Rgb } else { Channels::Grey };
    if colour.has_alpha() {
        flatten_on_white(&mut pixels, channels.count());
    }
    Ok(Decoded { size, raster: Raster { width: size.0, height: size.1, channels, pixels }, orientation })
}

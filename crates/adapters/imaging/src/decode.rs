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
const MAX_SCANS: usize = 64;

/// Decodes a picture as it is stored, with the turn that makes it upright.
pub(crate) fn decode(picture: Picture) -> Result<(Raster, Orientation), ImageError> {
    match picture.encoded {
        Encoded::Jpeg { input, bytes, frame } => decode_jpeg(input, bytes, &frame),
        Encoded::Png(decoder) => decode_with(*decoder),
        Encoded::WebP(decoder) => decode_with(*decoder),
    }
}

fn decode_jpeg(input: Box<dyn Input>, size: u64, frame: &Frame) -> Result<(Raster, Orientation), ImageError> {
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
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(colours);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes.as_slice()), options);
    decoder.decode_headers().map_err(damaged)?;
    let length = frame.width as usize * frame.height as usize * channels.count();
    // A second frame header could promise another size than the one that was checked.
    if decoder.dimensions() != Some((frame.width as usize, frame.height as usize)) || decoder.output_buffer_size() != Some(length) {
        return Err(ImageError::Unreadable("contradictory headers".into()));
    }
    let mut pixels = vec![0; length];
    decoder.decode_into(&mut pixels).map_err(damaged)?;
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif)).unwrap_or(Orientation::NoTransforms);
    Ok((Raster { width: frame.width, height: frame.height, channels, pixels }, orientation))
}

fn decode_with(mut decoder: impl ImageDecoder) -> Result<(Raster, Orientation), ImageError> {
    // A picture whose metadata are broken is still a picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let ((width, height), colour) = (decoder.dimensions(), decoder.color_type());
    let mut pixels = vec![0; usize::try_from(decoder.total_bytes()).map_err(|error| ImageError::Failed(error.into()))?];
    decoder.read_image(&mut pixels).map_err(unreadable)?;
    if matches!(colour, ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16) {
        narrow_to_8_bits(&mut pixels);
    }
    let channels = if colour.has_color() { Channels::Rgb } else { Channels::Grey };
    if colour.has_alpha() {
        flatten_on_white(&mut pixels, channels.count());
    }
    Ok((Raster { width, height, channels, pixels }, orientation))
}

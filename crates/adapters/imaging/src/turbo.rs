//! JPEG by libjpeg-turbo.

use atelier_domain::kernel::ImageError;
use bytes::Bytes;
use turbojpeg::{Colorspace, Compressor, Decompressor, Image, PixelFormat, ScalingFactor, Subsamp};

use crate::decode::MAX_SCANS;
use crate::jpeg_header::Frame;
use crate::raster::{Channels, Raster};
use crate::renditions::{self, Form, failed};

/// Decodes a picture with this header, smaller if that is enough for every rendition. Nothing when it is not of the usual kind, or damaged in any
/// way: then the other decoder says what becomes of it, as in builds without this one.
pub(crate) fn decode(jpeg: &[u8], frame: &Frame, channels: Channels) -> Option<Raster> {
    let mut decoder = Decompressor::new().ok()?;
    decoder.set_scan_limit(MAX_SCANS).ok()?;
    let header = decoder.read_header(jpeg).ok()?;
    let (colours, format) = match channels {
        Channels::Grey => (Colorspace::Gray, PixelFormat::GRAY),
        Channels::Rgb => (Colorspace::YCbCr, PixelFormat::RGB),
    };
    // Without tables it would take the usual ones.
    let is_usual = header.colorspace == colours && !header.is_arithmetic && !header.is_lossless && frame.has_tables;
    if !is_usual || (header.width, header.height) != (frame.width as usize, frame.height as usize) {
        return None;
    }
    let scale = ScalingFactor::new(1, renditions::divisor(frame.width, frame.height) as usize);
    decoder.set_scaling_factor(scale).ok()?;
    let (width, height) = (scale.scale(header.width), scale.scale(header.height));
    let pitch = width * channels.count();
    let mut pixels = vec![0; pitch * height];
    decoder.decompress(jpeg, Image { pixels: pixels.as_mut_slice(), width, pitch, height, format }).ok()?;
    Some(Raster { width: u32::try_from(width).ok()?, height: u32::try_from(height).ok()?, channels, pixels })
}

/// Encodes RGB pixels.
pub(crate) fn encode(picture: &Raster, quality: u8, form: Form) -> Result<Bytes, ImageError> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let pixels = Image { pixels: picture.pixels.as_slice(), width, pitch: 3 * width, height, format: PixelFormat::RGB };
    let written = || {
        let mut encoder = Compressor::new()?;
        encoder.set_quality(quality.into())?;
        encoder.set_subsamp(Subsamp::Sub2x2)?;
        encoder.set_progressive(form == Form::Optimised)?;
        encoder.compress_to_vec(pixels)
    };
    Ok(written().map_err(|error: turbojpeg::Error| failed(error))?.into())
}

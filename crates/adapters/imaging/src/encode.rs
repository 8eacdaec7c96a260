//! Encoding JPEG in pure Rust.

use atelier_domain::kernel::ImageError;
use bytes::Bytes;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::raster::Raster;
use crate::renditions::{Form, failed};

/// Encodes RGB pixels.
///
/// Sequential pictures with optimised tables would be smaller than plain ones too, but the encoder writes them with one component per
/// scan, which some decoders, `zune-jpeg` among them, read in wrong colours.
pub(crate) fn encode(picture: &Raster, quality: u8, form: Form) -> Result<Bytes, ImageError> {
    let side = |length: u32| u16::try_from(length).map_err(failed);
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_progressive(form == Form::Optimised);
    encoder.set_optimized_huffman_tables(form == Form::Optimised);
    encoder.encode(&picture.pixels, side(picture.width)?, side(picture.height)?, ColorType::Rgb).map_err(failed)?;
    Ok(jpeg.into())
}

//! Renditions: scaled, upright (checklist W199–W206).

use atelier_domain::kernel::{ImageError, ProcessedImage, Source};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use crate::decode::Decoded;
#[cfg(not(feature = "simd-jpeg"))]
use crate::encode::encode;
use crate::raster::{Channels, Raster};
#[cfg(feature = "simd-jpeg")]
use crate::turbo::encode;

const SOURCE: (u32, u8) = (1_600, 90);
const DISPLAY: (u32, u8) = (800, 85);
const THUMBNAIL: (u32, u8) = (200, 80);

/// How a rendition is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people: progressive with code tables of its own, the smallest form.
    Optimised,
    /// For the try-on engine: what decodes fastest.
    Plain,
}

/// The size that fits a square of `side`, never larger than the picture.
fn fit(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= side {
        return (width, height);
    }
    let scaled = |length: u32| {
        let rounded = (u64::from(length) * u64::from(side) + u64::from(longest) / 2) / u64::from(longest);
        u32::try_from(rounded).unwrap_or(side).max(1)
    };
    (scaled(width), scaled(height))
}

/// Memory that making the renditions takes at its peak besides the decoded picture, in bytes: rows or columns scaled one way, the source
/// rendition twice while it is turned, and the encoded results.
pub(crate) fn memory(width: u32, height: u32) -> u64 {
    let (to_width, to_height) = fit(width, height, SOURCE.0);
    let one_way = u64::from(to_width) * u64::from(height) + u64::from(to_height) * u64::from(width);
    let source = u64::from(to_width) * u64::from(to_height);
    3 * (one_way + 3 * source) + 3 * u64::from(THUMBNAIL.0) * u64::from(width.max(height))
}

/// Whether a picture is too thin for a thumbnail once it is scaled down to the source rendition.
fn is_thin(width: u32, height: u32) -> bool {
    let size = fit(width, height, SOURCE.0);
    size != (width, height) && size.0.min(size.1) < THUMBNAIL.0
}

/// By how much a decoder may divide width and height so that enough remains for every rendition.
#[cfg(feature = "simd-jpeg")]
pub(crate) fn divisor(width: u32, height: u32) -> u32 {
    let enough = |divisor: &u32| !is_thin(width, height) && width.max(height) / divisor >= SOURCE.0;
    [8, 4, 2].into_iter().find(enough).unwrap_or(1)
}

/// Makes every rendition of a decoded picture.
pub(crate) fn render(decoded: Decoded) -> Result<ProcessedImage, ImageError> {
    let Decoded { size: (width, height), raster: picture, orientation } = decoded;
    let mut resizer = Resizer::new();
    let size = fit(width, height, SOURCE.0);
    let early_thumbnail = if is_thin(width, height) { Some(upright(cover(&mut resizer, &picture)?, orientation)?) } else { None };
    let display_size = fit(width, height, DISPLAY.0);

    let source = if size == (picture.width, picture.height) { picture } else { scale(&mut resizer, &picture, size)? };
    let source = upright(source, orientation)?;
    let swapped = (source.width, source.height) != size;
    let display_size = if swapped { (display_size.1, display_size.0) } else { display_size };
    let scaled_display =
        if display_size == (source.width, source.height) { None } else { Some(scale(&mut resizer, &source, display_size)?) };
    let display = scaled_display.as_ref().unwrap_or(&source);
    let thumbnail = match early_thumbnail {
        Some(thumbnail) => thumbnail,
        // Twice the size is enough to scale down from.
        None if display.width.min(display.height) >= 2 * THUMBNAIL.0 => cover(&mut resizer, display)?,
        None => cover(&mut resizer, &source)?,
    };
    Ok(ProcessedImage {
        display: encode(display, DISPLAY.1, Form::Optimised)?,
        thumbnail: encode(&thumbnail, THUMBNAIL.1, Form::Optimised)?,
        source: encode(&source, SOURCE.1, Form::Plain)?,
        width: display.width,
        height: display.height,
    })
}

pub(crate) fn failed(error: impl Into<Source>) -> ImageError {
    ImageError::Failed(error.into())
}

fn scale(resizer: &mut Resizer, picture: &Raster, (width, height): (u32, u32)) -> Result<Raster, ImageError> {
    resize(resizer, picture, (width, height), &ResizeOptions::new())
}

/// The centred square of the picture, as a thumbnail.
fn cover(resizer: &mut Resizer, picture: &Raster) -> Result<Raster, ImageError> {
    resize(resizer, picture, (THUMBNAIL.0, THUMBNAIL.0), &ResizeOptions::new().fit_into_destination(Some((0.5, 0.5))))
}

/// Scales with Lanczos3, the options' default.
fn resize(resizer: &mut Resizer, picture: &Raster, (width, height): (u32, u32), options: &ResizeOptions) -> Result<Raster, ImageError> {
    let pixel = match picture.channels {
        Channels::Grey => PixelType::U8,
        Channels::Rgb => PixelType::U8x3,
    };
    let from = ImageRef::new(picture.width, picture.height, &picture.pixels, pixel).map_err(failed)?;
    let mut to = Image::new(width, height, pixel);
    resizer.resize(&from, &mut to, options).map_err(failed)?;
    Ok(Raster { width, height, channels: picture.channels, pixels: to.into_vec() })
}

/// The picture in RGB, turned upright.
fn upright(picture: Raster, orientation: Orientation) -> Result<Raster, ImageError> {
    let pixels = match picture.channels {
        Channels::Grey => picture.pixels.iter().flat_map(|grey| [*grey; 3]).collect(),
        Channels::Rgb => picture.pixels,
    };
    let rgb = RgbImage::from_raw(picture.width, picture.height, pixels).ok_or_else(|| failed("pixels do not fit the size"))?;
    let mut turned = DynamicImage::ImageRgb8(rgb);
    turned.apply_orientation(orientation);
    let rgb = turned.into_rgb8();
    Ok(Raster { width: rgb.width(), height: rgb.height(), channels: Channels::Rgb, pixels: rgb.into_raw() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_fit_and_keep_their_proportions() {
        assert_eq!(fit(1_600, 1_200, 800), (800, 600));
        assert_eq!(fit(1_200, 1_600, 800), (600, 800));
        assert_eq!(fit(300, 200, 800), (300, 200));
        assert_eq!(fit(800, 800, 800), (800, 800));
        assert_eq!(fit(801, 799, 800), (800, 798));
        assert_eq!(fit(65_535, 1, 800), (800, 1));
        assert_eq!(fit(1, 40_000, 800), (1, 800));
    }

    #[cfg(feature = "simd-jpeg")]
    #[test]
    fn what_is_decoded_smaller_is_enough_for_every_rendition() {
        assert_eq!(divisor(3_199, 2_000), 1);
        assert_eq!(divisor(3_200, 2_400), 2);
        assert_eq!(divisor(2_400, 6_399), 2);
        assert_eq!(divisor(6_400, 4_800), 4);
        assert_eq!(divisor(12_800, 3_000), 8);
        assert_eq!(divisor(12_800, 1_590), 1, "the thumbnail is cut from the whole");
        assert_eq!(divisor(65_535, 1), 1);
    }
}

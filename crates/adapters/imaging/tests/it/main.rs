//! Tests of the image pipeline. The pictures in `fixtures` are 64×48, the left half red, the right half blue (transparent where the name
//! says so); they were made with Pillow, because Rust's encoders do not write these forms.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod budget;
mod corpus;
mod formats;
mod metadata;
mod refusals;
mod sizes;

use atelier_adapter_imaging::{ImageLimits, ImagePipeline};
use atelier_domain::kernel::{ImageError, ImageInput, ImageProcessor, ProcessedImage};
use image::{ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage};

const RED: Rgb<u8> = Rgb([220, 20, 20]);
const GREEN: Rgb<u8> = Rgb([20, 200, 20]);
const BLUE: Rgb<u8> = Rgb([20, 20, 220]);
const YELLOW: Rgb<u8> = Rgb([220, 220, 20]);
const WHITE: Rgb<u8> = Rgb([255, 255, 255]);

fn pipeline() -> ImagePipeline {
    ImagePipeline::new(ImageLimits::default())
}

async fn process(bytes: impl Into<bytes::Bytes>) -> Result<ProcessedImage, ImageError> {
    pipeline().process(ImageInput::Bytes(bytes.into())).await
}

/// A rendition's pixels; it must be a JPEG of three components.
fn pixels(jpeg: &[u8]) -> RgbImage {
    let picture = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap();
    assert_eq!(picture.color(), image::ColorType::Rgb8);
    picture.into_rgb8()
}

/// Whether the pixel at these hundredths of width and height has about this colour.
#[track_caller]
fn assert_colour(picture: &RgbImage, (x, y): (u32, u32), expected: Rgb<u8>) {
    let pixel = picture.get_pixel(picture.width() * x / 100, picture.height() * y / 100);
    let near = pixel.0.iter().zip(expected.0).all(|(a, b)| a.abs_diff(b) <= 24);
    assert!(near, "{pixel:?} at {x} %, {y} %, not {expected:?}");
}

/// Vertical stripes: each colour reaches to its right edge.
fn stripes(width: u32, height: u32, colours: &[(u32, Rgb<u8>)]) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| colours.iter().find(|(edge, _)| x < *edge).unwrap().1)
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 92);
    let (width, height) = (u16::try_from(picture.width()).unwrap(), u16::try_from(picture.height()).unwrap());
    encoder.encode(picture.as_raw(), width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

fn png(pixels: &[u8], width: u32, height: u32, colours: ExtendedColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes).write_image(pixels, width, height, colours).unwrap();
    bytes
}

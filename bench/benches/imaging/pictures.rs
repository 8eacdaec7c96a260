//! What is taken in.

use std::fs;
use std::path::{Path, PathBuf};

use image::RgbImage;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, imageops};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

const WIDTH: u16 = 4_000;
const HEIGHT: u16 = 3_000;

/// EXIF data that say nothing but orientation 6: turn by 90 degrees to see it upright.
const TURNED: [u8; 32] = *b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

pub(crate) struct Picture {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
}

/// Grain as of a camera's sensor, without which an enlarged picture would be easier to decode than a photo: up to 16 levels up or down,
/// mostly few, the same in every run.
fn grain(picture: &mut RgbImage) {
    let mut state = 1_u32;
    for pixel in picture.pixels_mut() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let level = (0..4).map(|part| (state >> (8 * part) & 7) as i16).sum::<i16>() - 14;
        pixel.0 = pixel.0.map(|sample| (i16::from(sample) + level).clamp(0, 255) as u8);
    }
}

fn jpeg(picture: &RgbImage, progressive: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 90);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_progressive(progressive);
    encoder.add_app_segment(1, TURNED.to_vec()).unwrap();
    encoder.encode(picture, WIDTH, HEIGHT, ColorType::Rgb).unwrap();
    bytes
}

/// As few bytes as there can be, for the product takes ten mebibytes at most.
fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive);
    encoder.write_image(picture, WIDTH.into(), HEIGHT.into(), ExtendedColorType::Rgb8).unwrap();
    bytes
}

/// Writes the pictures, a sample enlarged to 4000×3000, into a folder. The PNG has no grain.
pub(crate) fn write(folder: &Path) -> Vec<Picture> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/person_3.jpg");
    let smooth = image::open(sample).unwrap().resize_exact(WIDTH.into(), HEIGHT.into(), imageops::FilterType::Triangle).to_rgb8();
    let mut grainy = smooth.clone();
    grain(&mut grainy);
    let pictures = [("JPEG", jpeg(&grainy, false)), ("progressive JPEG", jpeg(&grainy, true)), ("PNG", png(&smooth))];
    let keep = |(name, bytes): (&str, Vec<u8>)| {
        let file = folder.join(name.replace(' ', "_"));
        fs::write(&file, &bytes).unwrap();
        Picture { name: format!("{name}, {:.1} MB", bytes.len() as f64 / 1e6), file }
    };
    pictures.map(keep).into()
}

//! Whether pictures take no more memory than is reserved for them. In a process of its own: it measures the whole process.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use atelier_adapter_imaging::{ImageLimits, ImagePipeline};
use atelier_domain::kernel::{ImageInput, ImageProcessor};
use image::{ExtendedColorType, ImageEncoder};

const WIDTH: u16 = 4_000;
const HEIGHT: u16 = 3_000;

/// A value of `/proc/self/status`, in megabytes of 10⁶ bytes.
fn status(name: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1_024 / 1_000_000
}

fn jpeg(pixels: &[u8], progressive: bool, sampling: jpeg_encoder::SamplingFactor) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
    encoder.set_progressive(progressive);
    encoder.set_sampling_factor(sampling);
    encoder.encode(pixels, WIDTH, HEIGHT, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

/// The picture in every form whose decoder has memory needs of its own.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    let pixels: Vec<u8> =
        (0..u32::from(HEIGHT)).flat_map(|y| (0..u32::from(WIDTH)).flat_map(move |x| [(x / 16) as u8, (y / 12) as u8, 90])).collect();
    let (mut png, mut webp) = (Vec::new(), Vec::new());
    let opaque: Vec<u8> = pixels.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    image::codecs::png::PngEncoder::new(&mut png).write_image(&opaque, WIDTH.into(), HEIGHT.into(), ExtendedColorType::Rgba8).unwrap();
    image::codecs::webp::WebPEncoder::new_lossless(&mut webp)
        .write_image(&pixels, WIDTH.into(), HEIGHT.into(), ExtendedColorType::Rgb8)
        .unwrap();
    vec![
        ("sequential JPEG", jpeg(&pixels, false, jpeg_encoder::SamplingFactor::F_2_2)),
        ("progressive JPEG without subsampling", jpeg(&pixels, true, jpeg_encoder::SamplingFactor::F_1_1)),
        ("PNG with transparency", png),
        ("lossless WebP", webp),
    ]
}

#[test]
fn no_picture_takes_more_memory_than_was_reserved_for_it() {
    for (form, bytes) in forms() {
        let before = status("VmRSS");
        // Sets the peak back to what is in use now.
        if let Err(error) = fs::write("/proc/self/clear_refs", "5") {
            eprintln!("SKIPPED no_picture_takes_more_memory_than_was_reserved_for_it: {error}");
            return;
        }
        let pipeline = ImagePipeline::new(ImageLimits { threads: 1, ..ImageLimits::default() });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(pipeline.process(ImageInput::Bytes(bytes.into()))).unwrap();
        let (took, reserved) = (status("VmHWM").saturating_sub(before), u64::from(pipeline.peak_reserved_mb()));
        assert!(took <= reserved, "{form}: took {took} MB of {reserved} MB");
        assert!(took > 20, "{form}: 36 MB of pixels in {took} MB?");
    }
}

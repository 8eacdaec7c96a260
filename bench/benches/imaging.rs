//! Image intake of a 12-megapixel JPEG: decode, three renditions, encode.
#![expect(clippy::unwrap_used, reason = "a measurement fails by panicking")]

use std::path::Path;

use atelier_adapter_imaging::ImagePipeline;
use atelier_domain::kernel::{ImageInput, ImageProcessor};
use criterion::{Criterion, criterion_group, criterion_main};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// 4000×3000, quality 90, 4:2:0, enlarged from a sample picture.
fn twelve_megapixels() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/person_3.jpg");
    let picture = image::open(path).unwrap().resize_exact(4000, 3000, image::imageops::FilterType::Triangle).to_rgb8();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 90);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.encode(&picture, 4000, 3000, ColorType::Rgb).unwrap();
    bytes
}

fn imaging(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pipeline = ImagePipeline::default();
    let bytes = twelve_megapixels();
    let mut group = criterion.benchmark_group("intake");
    group.sample_size(20);
    group.bench_function("12 MP JPEG to three renditions", |bencher| {
        bencher.iter(|| runtime.block_on(pipeline.process(ImageInput::Bytes(bytes.clone().into()))).unwrap());
    });
    group.finish();
}

criterion_group!(benches, imaging);
criterion_main!(benches);

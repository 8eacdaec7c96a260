//! One try-on by the local engine, models loaded: the goal is under 1.5 s on one core.
#![expect(clippy::unwrap_used, reason = "a measurement fails by panicking")]

use std::path::Path;

use atelier_adapter_fitting::{Category, Control, Engine};
use criterion::{Criterion, criterion_group, criterion_main};
use image::RgbImage;

fn picture(name: &str) -> RgbImage {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples").join(name);
    image::open(path).unwrap().to_rgb8()
}

fn fitting(criterion: &mut Criterion) {
    let engine = Engine::load().unwrap();
    let mut group = criterion.benchmark_group("try-on");
    group.sample_size(10);
    for person in ["person_1.jpg", "person_3.jpg"] {
        for garment in ["garments/g_tee.jpg", "garments/g_longsleeve.jpg"] {
            let (photo, flat_lay) = (picture(person), picture(garment));
            group.bench_function(format!("{person} {garment}"), |bencher| {
                bencher.iter(|| engine.fit(&photo, &flat_lay, Category::Tops, &mut |_| Control::Continue).unwrap());
            });
        }
    }
    group.finish();
    criterion.bench_function("load the models", |bencher| bencher.iter(|| Engine::load().unwrap()));
}

criterion_group!(benches, fitting);
criterion_main!(benches);

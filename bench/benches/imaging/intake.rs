//! This product's side: what `bench/peer-images` does, by the pipeline.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use atelier_adapter_imaging::ImagePipeline;
use atelier_domain::kernel::{ImageInput, ImageProcessor};
use bytes::Bytes;

const JPEG: &str = if cfg!(feature = "simd-jpeg") { "libjpeg-turbo" } else { "JPEG in pure Rust" };

/// Takes in the file whose number comes on standard input, answers the milliseconds, and writes the renditions into a folder if one is named.
pub(crate) fn answer(files: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pipeline = ImagePipeline::default();
    let files: Vec<Bytes> = files.iter().map(|file| std::fs::read(file).unwrap().into()).collect();
    let mut answers = std::io::stdout().lock();
    writeln!(answers, "this product, {JPEG}").unwrap();
    for line in std::io::stdin().lines().map(Result::unwrap) {
        let (number, folder) = line.split_once(' ').map_or((line.as_str(), None), |(number, folder)| (number, Some(folder)));
        let file = files[number.parse::<usize>().unwrap()].clone();
        let start = Instant::now();
        let made = runtime.block_on(pipeline.process(ImageInput::Bytes(file))).unwrap();
        let took = start.elapsed().as_secs_f64() * 1e3;
        for (name, jpeg) in [("source", &made.source), ("display", &made.display), ("thumbnail", &made.thumbnail)] {
            if let Some(folder) = folder {
                std::fs::write(Path::new(folder).join(format!("{name}.jpg")), jpeg).unwrap();
            }
        }
        writeln!(answers, "{took}").unwrap();
    }
}

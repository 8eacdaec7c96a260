//! Measures the pipeline on one file: `cargo run --release -p atelier-adapter-imaging --example measure -- photo.jpg [times]`.
//! Pin it to a core (`taskset -c 0`) to compare codecs.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for developers")]

use std::path::PathBuf;
use std::time::Instant;

use atelier_adapter_imaging::{ImageLimits, ImagePipeline};
use atelier_domain::kernel::{ImageInput, ImageProcessor};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = PathBuf::from(arguments.next().expect("a file"));
    let times: usize = arguments.next().map_or(10, |times| times.parse().unwrap());
    let pipeline = ImagePipeline::new(ImageLimits::default());
    let mut milliseconds = Vec::new();
    for _ in 0..times {
        let start = Instant::now();
        let made = pipeline.process(ImageInput::File(file.clone())).await.unwrap();
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        if milliseconds.len() == times {
            println!("{}×{}, {} + {} + {} bytes", made.width, made.height, made.display.len(), made.thumbnail.len(), made.source.len());
        }
    }
    milliseconds.sort_by(f64::total_cmp);
    println!("min {:.0} ms, median {:.0} ms, {} MB reserved", milliseconds[0], milliseconds[times / 2], pipeline.peak_reserved_mb());
}

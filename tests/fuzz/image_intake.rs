//! Whatever bytes are sent as a picture: three sound renditions, or a refusal that is the sender's fault.
#![no_main]

use std::sync::LazyLock;

use atelier_adapter_imaging::{ImageLimits, ImagePipeline};
use atelier_domain::kernel::{Coded, ErrorKind, ImageInput, ImageProcessor};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
/// Fewer pixels than the product takes: the fuzzer has better to do than to decode 40 megapixels.
static PIPELINE: LazyLock<ImagePipeline> = LazyLock::new(|| ImagePipeline::new(ImageLimits { max_pixels: 1_000_000, ..ImageLimits::default() }));

fuzz_target!(|bytes: &[u8]| {
    match RUNTIME.block_on(PIPELINE.process(ImageInput::Bytes(bytes.to_vec().into()))) {
        Ok(made) => {
            for (rendition, side) in [(&made.display, 800), (&made.thumbnail, 200), (&made.source, 1600)] {
                let picture = image::load_from_memory(rendition).unwrap();
                assert!(picture.width() <= side && picture.height() <= side);
                assert!(!rendition.windows(4).any(|four| four == b"Exif"), "metadata is left");
            }
        }
        Err(error) => assert!(!matches!(error.kind(), ErrorKind::Internal | ErrorKind::Unavailable), "{error:?}"),
    }
});

use std::path::Path;

use atelier_domain::kernel::ImageError;

use crate::{BLUE, GREEN, RED, YELLOW, assert_colour, pixels, process};

/// The same files that are sent over HTTP, here also with `simd-jpeg`: both decoders take and refuse the same.
#[tokio::test]
async fn every_file_of_the_corpus_becomes_the_right_picture_or_the_right_refusal() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/corpus"));
    let list = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let [name, _, expected] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let outcome = match process(std::fs::read(folder.join("uploads").join(name)).unwrap()).await {
            Ok(made) => {
                let picture = pixels(&made.display);
                if expected.starts_with("picture") && made.height >= 8 {
                    for (place, colour) in [((25, 25), RED), ((75, 25), GREEN), ((25, 75), BLUE), ((75, 75), YELLOW)] {
                        assert_colour(&picture, place, colour);
                    }
                }
                format!("{} {}x{}", expected.split(' ').next().unwrap(), picture.width(), picture.height())
            }
            Err(ImageError::UnsupportedFormat) => "unsupported".into(),
            Err(ImageError::Unreadable(_)) => "unreadable".into(),
            Err(ImageError::TooManyPixels { .. }) => "too large".into(),
            Err(error) => error.to_string(),
        };
        assert_eq!(outcome, expected, "{name}");
    }
}

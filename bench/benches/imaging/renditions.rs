//! Whether all sides made the same.

use std::path::Path;

use image::RgbImage;

/// Levels of 255 that the average sample of a side's rendition may be away from the first side's: filters and rounding differ, and a
/// thumbnail that is cut half a pixel beside is six levels away. One that is turned is thirty away.
const MOST_DIFFERENT: f64 = 8.0;

/// The three renditions of a side.
pub(crate) struct Renditions(Vec<(&'static str, RgbImage, usize)>);

impl Renditions {
    pub(crate) fn read(folder: &Path) -> Self {
        let read = |name| {
            let bytes = std::fs::read(folder.join(format!("{name}.jpg"))).unwrap();
            assert!(!bytes.windows(4).any(|window| window == b"Exif"), "{name} in {} has metadata", folder.display());
            (name, image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg).unwrap().into_rgb8(), bytes.len())
        };
        Self(["source", "display", "thumbnail"].map(read).into())
    }

    /// Fails unless they show what the first side's show, in the same sizes.
    pub(crate) fn check_against(&self, first: Option<&Self>, side: &str) {
        for ((name, ours, _), (_, others, _)) in self.0.iter().zip(first.iter().flat_map(|first| &first.0)) {
            assert_eq!(ours.dimensions(), others.dimensions(), "{name} of {side}");
            let sum: u64 = ours.as_raw().iter().zip(others.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            let average = sum as f64 / ours.as_raw().len() as f64;
            assert!(average < MOST_DIFFERENT, "{name} of {side} is another picture: {average:.1} levels away");
        }
    }

    /// Kilobytes of each.
    pub(crate) fn kilobytes(&self) -> String {
        self.0.iter().map(|(_, _, bytes)| (bytes / 1_000).to_string()).collect::<Vec<_>>().join(" + ")
    }
}

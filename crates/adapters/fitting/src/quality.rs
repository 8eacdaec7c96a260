//! What a photo itself is like, whoever is on it: sharpness, size, shape.

use image::imageops::{self, FilterType};
use image::{GrayImage, RgbImage};
use imageproc::filter::laplacian_filter;

use crate::outcome::Warning;

/// Sharpness is told at this height of the person, in pixels, so that it does not depend on the camera.
const COMPARED_AT: u32 = 512;
/// Least variance of the Laplacian over the person; hand-set between the samples and the same photos blurred (tests below).
const SHARP: f64 = 20.0;
/// Fewest pixels from head to feet for a picture worth looking at.
const FINE: f32 = 400.0;
/// Width by height of a photo that shows a person and not a panorama or a strip.
const USUAL: std::ops::RangeInclusive<f32> = 0.4..=1.8;

/// What to tell of the photo. `person` is where the person is: left, top, width and height in pixels of the photo.
pub(crate) fn findings(photo: &RgbImage, person: (u32, u32, u32, u32)) -> Vec<Warning> {
    let (left, top, width, height) = person;
    let mut findings = Vec::new();
    if (height as f32) < FINE {
        findings.push(Warning::LowResolution);
    }
    if sharpness(&imageops::crop_imm(photo, left, top, width, height).to_image()) < SHARP {
        findings.push(Warning::Blurred);
    }
    if !USUAL.contains(&(photo.width() as f32 / photo.height() as f32)) {
        findings.push(Warning::UnusualShape);
    }
    findings
}

/// The variance of the Laplacian: edges are what blur takes away.
fn sharpness(person: &RgbImage) -> f64 {
    let grey = imageops::grayscale(person);
    let scale = f64::from(COMPARED_AT) / f64::from(grey.height().max(1));
    let compared: GrayImage = if scale < 1.0 {
        let width = ((f64::from(grey.width()) * scale).round() as u32).max(3);
        imageops::resize(&grey, width, COMPARED_AT, FilterType::Triangle)
    } else {
        grey
    };
    let edges = laplacian_filter(&compared);
    let count = edges.len().max(1) as f64;
    let mean = edges.iter().map(|edge| f64::from(*edge)).sum::<f64>() / count;
    edges.iter().map(|edge| (f64::from(*edge) - mean).powi(2)).sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(name: &str) -> RgbImage {
        let path = format!("{}/../../../samples/{name}", env!("CARGO_MANIFEST_DIR"));
        image::open(&path).unwrap_or_else(|error| panic!("{path}: {error}")).into_rgb8()
    }

    fn whole(photo: &RgbImage) -> (u32, u32, u32, u32) {
        (0, 0, photo.width(), photo.height())
    }

    #[test]
    fn sharp_photos_are_told_from_blurred_ones() {
        let mut wrong = Vec::new();
        for name in ["person_1.jpg", "person_2.jpg", "person_3.jpg", "person_4.jpg", "astronaut.png", "fashn_model.png"] {
            let photo = sample(name);
            let sharp = sharpness(&photo);
            let sigma = photo.height() as f32 / COMPARED_AT as f32 * 2.0;
            let blurred = sharpness(&imageproc::filter::gaussian_blur_f32(&photo, sigma));
            if sharp < SHARP || blurred > SHARP {
                wrong.push(format!("{name}: {sharp:.0} sharp, {blurred:.0} blurred"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn small_people_and_strips_are_told() {
        let photo = sample("person_1.jpg");
        assert_eq!(findings(&photo, whole(&photo)), []);
        let small = imageops::resize(&photo, photo.width() * 300 / photo.height(), 300, FilterType::Triangle);
        assert!(findings(&small, whole(&small)).contains(&Warning::LowResolution));
        let strip = RgbImage::new(2_000, 700);
        assert!(findings(&strip, whole(&strip)).contains(&Warning::UnusualShape));
    }
}

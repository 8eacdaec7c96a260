//! The sample pictures, and one engine for all tests.

use std::sync::LazyLock;

use atelier_adapter_fitting::{Category, Control, Engine, FitError, Fitted};
use image::RgbImage;

pub(crate) static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load().unwrap());

/// Where a picture of the repository's `samples` directory is: garments have a folder of their own.
pub(crate) fn sample_path(name: &str) -> String {
    let samples = format!("{}/../../../samples", env!("CARGO_MANIFEST_DIR"));
    let garment = format!("{samples}/garments/{name}");
    if std::path::Path::new(&garment).exists() { garment } else { format!("{samples}/{name}") }
}

/// A picture of the repository's `samples` directory.
pub(crate) fn sample(name: &str) -> RgbImage {
    image::open(sample_path(name)).unwrap().to_rgb8()
}

pub(crate) fn fit(person: &RgbImage, garment: &RgbImage) -> Result<Fitted, FitError> {
    fit_as(person, garment, Category::Tops)
}

pub(crate) fn fit_as(person: &RgbImage, garment: &RgbImage, category: Category) -> Result<Fitted, FitError> {
    ENGINE.fit(person, garment, category, &mut |_| Control::Continue)
}

/// The picture at the engine's working size.
pub(crate) fn at_result_size(picture: &RgbImage, result: &RgbImage) -> RgbImage {
    image::imageops::resize(picture, result.width(), result.height(), image::imageops::FilterType::CatmullRom)
}

/// Mean colour of the part of a picture between fractions of its width and height.
pub(crate) fn mean_colour(picture: &RgbImage, [left, top, right, bottom]: [f32; 4]) -> [f32; 3] {
    let at = |fraction: f32, side: u32| (fraction * side as f32) as u32;
    let (x, y) = (at(left, picture.width()), at(top, picture.height()));
    let (w, h) = (at(right, picture.width()) - x, at(bottom, picture.height()) - y);
    let mut sum = [0.0; 3];
    for px in image::imageops::crop_imm(picture, x, y, w, h).to_image().pixels() {
        for c in 0..3 {
            sum[c] += f32::from(px[c]) / (w * h) as f32;
        }
    }
    sum
}

/// Mean absolute difference of two pictures of the same size within a part of them.
pub(crate) fn difference(a: &RgbImage, b: &RgbImage, [left, top, right, bottom]: [f32; 4]) -> f32 {
    assert_eq!(a.dimensions(), b.dimensions());
    let inside = |x: u32, y: u32| {
        let (u, v) = (x as f32 / a.width() as f32, y as f32 / a.height() as f32);
        (left..right).contains(&u) && (top..bottom).contains(&v)
    };
    let (mut sum, mut count) = (0.0, 0.0);
    for (x, y, px) in a.enumerate_pixels().filter(|(x, y, _)| inside(*x, *y)) {
        let other = b.get_pixel(x, y);
        sum += (0..3).map(|c| f32::from(px[c].abs_diff(other[c]))).sum::<f32>() / 3.0;
        count += 1.0;
    }
    sum / count
}

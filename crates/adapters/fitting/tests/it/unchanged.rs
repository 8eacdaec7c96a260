//! What a garment does not touch is the same to the bit.

use atelier_adapter_fitting::{Category, FitError};
use image::RgbImage;
use image::imageops::{self, FilterType};

use crate::samples::{fit_as, sample};

/// Parts of the standing samples no garment of any category reaches, as left, top, right, bottom of the photo.
const FACE: [f32; 4] = [0.47, 0.08, 0.53, 0.14];
const WALLS: [[f32; 4]; 3] = [[0.0, 0.0, 0.15, 1.0], [0.85, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.03]];
const HEAD_AND_CHEST: [f32; 4] = [0.0, 0.0, 1.0, 0.30];
const SHINS_AND_FEET: [f32; 4] = [0.0, 0.75, 1.0, 1.0];

fn pixels(picture: &RgbImage, [left, top, right, bottom]: [f32; 4]) -> RgbImage {
    let (w, h) = (picture.width() as f32, picture.height() as f32);
    let (x, y) = ((left * w) as u32, (top * h) as u32);
    imageops::crop_imm(picture, x, y, (right * w) as u32 - x, (bottom * h) as u32 - y).to_image()
}

#[test]
fn face_walls_and_the_other_half_of_the_body_stay_as_they_are() {
    for person in ["person_1.jpg", "person_3.jpg"] {
        // At the engine's own size, so that nothing is resampled.
        let photo = sample(person);
        let photo = imageops::resize(&photo, photo.width() * 800 / photo.height(), 800, FilterType::CatmullRom);
        for (garment, category, further) in [
            ("g_tee.jpg", Category::Tops, Some(SHINS_AND_FEET)),
            ("g_jeans.jpg", Category::Bottoms, Some(HEAD_AND_CHEST)),
            ("skirt.jpg", Category::Bottoms, Some(HEAD_AND_CHEST)),
            ("dress_floral.jpg", Category::Dresses, None),
            ("g_jacket.jpg", Category::Outerwear, Some(SHINS_AND_FEET)),
        ] {
            let fitted = fit_as(&photo, &sample(garment), category).unwrap_or_else(|e: FitError| panic!("{garment} on {person}: {e}"));
            for area in [FACE].into_iter().chain(WALLS).chain(further) {
                assert!(pixels(&photo, area) == pixels(&fitted.image, area), "{garment} on {person} changes {area:?}");
            }
            assert!(photo != fitted.image);
        }
    }
}

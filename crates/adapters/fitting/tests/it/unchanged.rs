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

/// The sample at the engine's own size, so that nothing is resampled, and in a garment.
fn before_and_after(person: &str, garment: &str, category: Category) -> [RgbImage; 2] {
    let photo = sample(person);
    let photo = imageops::resize(&photo, photo.width() * 800 / photo.height(), 800, FilterType::CatmullRom);
    let fitted = fit_as(&photo, &sample(garment), category).unwrap_or_else(|e: FitError| panic!("{garment} on {person}: {e}"));
    [photo, fitted.image]
}

#[test]
fn face_walls_and_the_other_half_of_the_body_stay_as_they_are() {
    for person in ["person_1.jpg", "person_3.jpg"] {
        for (garment, category, further) in [
            ("g_tee.jpg", Category::Tops, Some(SHINS_AND_FEET)),
            ("g_jeans.jpg", Category::Bottoms, Some(HEAD_AND_CHEST)),
            ("skirt.jpg", Category::Bottoms, Some(HEAD_AND_CHEST)),
            ("dress_floral.jpg", Category::Dresses, None),
            ("g_jacket.jpg", Category::Outerwear, Some(SHINS_AND_FEET)),
        ] {
            let [photo, worn] = before_and_after(person, garment, category);
            for area in [FACE].into_iter().chain(WALLS).chain(further) {
                assert!(pixels(&photo, area) == pixels(&worn, area), "{garment} on {person} changes {area:?}");
            }
            assert!(photo != worn);
        }
    }
}

#[test]
fn shoes_and_socks_stay_whole_below_what_is_put_on() {
    // Black shoes below blue jeans, brown ones below a hem that is lighter than the cloth, white ones, boots with long socks.
    for (person, garment, category, [left, right], most) in [
        ("person_2.jpg", "g_jeans.jpg", Category::Bottoms, [[0.383, 0.915, 0.457, 0.955], [0.55, 0.915, 0.626, 0.955]], 6.0),
        ("person_3.jpg", "shorts.jpg", Category::Bottoms, [[0.375, 0.906, 0.458, 0.955], [0.542, 0.906, 0.625, 0.955]], 1.0),
        ("person_1.jpg", "shorts.jpg", Category::Bottoms, [[0.375, 0.906, 0.458, 0.955], [0.542, 0.906, 0.625, 0.955]], 1.0),
        ("person_4.jpg", "dress_plain.jpg", Category::Dresses, [[0.392, 0.813, 0.45, 0.955], [0.542, 0.813, 0.60, 0.955]], 1.0),
    ] {
        let [before, after] = before_and_after(person, garment, category);
        for foot in [left, right] {
            let (before, after) = (pixels(&before, foot), pixels(&after, foot));
            let changed: u32 = before.as_raw().iter().zip(after.as_raw()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
            let changed = changed as f32 / before.as_raw().len() as f32;
            assert!(changed < most, "{garment} changes a foot of {person} by {changed} of 255");
        }
    }
}

#[test]
fn the_dark_inside_of_an_old_cuff_does_not_stay_at_a_bare_wrist() {
    let [before, after] = before_and_after("person_3.jpg", "g_tee.jpg", Category::Tops);
    let darkest = |picture: &RgbImage| pixels(picture, [0.667, 0.4675, 0.713, 0.4975]).pixels().map(|p| p.0[1]).min().unwrap();
    assert!(darkest(&before) < 40 && darkest(&after) > 60, "{} {}", darkest(&before), darkest(&after));
}

//! Bottoms, dresses and outerwear: where they come to lie, and what is refused.

use atelier_adapter_fitting::{Category, FitError, Fitted, Refusal};
use image::RgbImage;

use crate::samples::{fit_as, mean_colour, sample};

fn refusal(person: &RgbImage, garment: &str, category: Category) -> Option<Refusal> {
    match fit_as(person, &sample(garment), category) {
        Err(FitError::Refused(refusal)) => Some(refusal),
        Ok(_) => None,
        Err(other) => panic!("{garment}: {other}"),
    }
}

fn fitted(person: &str, garment: &str, category: Category) -> Fitted {
    fit_as(&sample(person), &sample(garment), category).unwrap_or_else(|error| panic!("{garment} on {person}: {error}"))
}

/// Mean distance of the channels.
fn apart(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0..3).map(|c| (a[c] - b[c]).abs()).sum::<f32>() / 3.0
}

/// The thigh of the standing samples, as fractions of the photo.
const THIGH: [f32; 4] = [0.42, 0.56, 0.45, 0.60];

#[test]
fn trousers_and_a_long_skirt_reach_the_ankles_and_shorts_end_above_the_knee() {
    for (garment, ends) in
        [("g_jeans.jpg", 1.0..1.01), ("trousers_check.jpg", 1.0..1.01), ("shorts.jpg", 0.3..0.62), ("skirt.jpg", 0.9..1.01)]
    {
        let report = fitted("person_1.jpg", garment, Category::Bottoms).report;
        assert!(ends.contains(&report.hem), "{garment}: {}", report.hem);
        assert_eq!(report.sleeve, [0.0; 2], "{garment}");
    }
}

#[test]
fn a_bottom_is_where_the_thigh_was() {
    for (garment, colour) in [("shorts.jpg", [186.0, 164.0, 126.0]), ("skirt.jpg", [38.0, 98.0, 82.0])] {
        let picture = fitted("person_2.jpg", garment, Category::Bottoms).image;
        let thigh = mean_colour(&picture, THIGH);
        assert!(apart(thigh, colour) < 45.0, "{garment}: the thigh is {thigh:?}");
    }
}

#[test]
fn a_dress_hides_top_and_trousers_down_to_its_hem() {
    for garment in ["g_dress.jpg", "dress_plain.jpg", "dress_floral.jpg"] {
        let report = fitted("person_1.jpg", garment, Category::Dresses).report;
        assert!(report.hem >= 1.5, "{garment}: {}", report.hem);
    }
    let picture = fitted("person_2.jpg", "dress_plain.jpg", Category::Dresses).image;
    let thigh = mean_colour(&picture, THIGH);
    assert!(apart(thigh, [52.0, 62.0, 112.0]) < 45.0, "the thigh is {thigh:?}");
}

#[test]
fn a_coat_is_longer_than_a_jacket_and_shows_the_top_between_its_fronts() {
    let jacket = fitted("person_2.jpg", "g_jacket.jpg", Category::Outerwear).report;
    let coat = fitted("person_2.jpg", "coat.jpg", Category::Outerwear);
    assert!((0.95..1.3).contains(&jacket.hem), "{}", jacket.hem);
    assert!(coat.report.hem > jacket.hem, "{} and {}", coat.report.hem, jacket.hem);
    // The man wears a white tee; lining and cloth of the coat are brown.
    let chest = mean_colour(&coat.image, [0.485, 0.25, 0.515, 0.30]);
    assert!(chest[2] > 120.0, "between the fronts it is {chest:?}");
}

#[test]
fn a_garment_of_another_shape_than_its_category_is_refused() {
    let person = sample("person_1.jpg");
    let shapes = [
        ("g_jeans.jpg", [Category::Bottoms].as_slice()),
        ("shorts.jpg", &[Category::Bottoms]),
        ("skirt.jpg", &[Category::Bottoms]),
        ("g_tee.jpg", &[Category::Tops, Category::Outerwear]),
        ("tank_top.jpg", &[Category::Tops, Category::Outerwear]),
        ("g_dress.jpg", &[Category::Dresses]),
        ("dress_plain.jpg", &[Category::Dresses]),
        ("g_jacket.jpg", &[Category::Tops, Category::Outerwear]),
    ];
    let mut wrong = Vec::new();
    for (garment, fitting) in shapes {
        for category in Category::ALL {
            let refused = refusal(&person, garment, category);
            let expected = if fitting.contains(&category) { None } else { Some(Refusal::CategoryMismatch) };
            if refused != expected && !(category == Category::Dresses && garment == "g_jacket.jpg") {
                wrong.push(format!("{garment} as {category:?}: {refused:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_covers_the_legs_needs_someone_standing() {
    let seated = sample("fashn_model.png");
    assert_eq!(refusal(&seated, "g_jeans.jpg", Category::Bottoms), Some(Refusal::PoseUnsupported));
    assert_eq!(refusal(&seated, "g_dress.jpg", Category::Dresses), Some(Refusal::PoseUnsupported));
    assert_eq!(refusal(&seated, "g_jacket.jpg", Category::Outerwear), None);
}

#[test]
fn legs_out_of_the_picture_are_cut_off() {
    let photo = sample("person_2.jpg");
    let down_to_the_hips = image::imageops::crop_imm(&photo, 0, 0, photo.width(), photo.height() * 60 / 100).to_image();
    for (garment, category) in [("g_jeans.jpg", Category::Bottoms), ("g_dress.jpg", Category::Dresses)] {
        assert_eq!(refusal(&down_to_the_hips, garment, category), Some(Refusal::PoseCutOff), "{garment}");
    }
}

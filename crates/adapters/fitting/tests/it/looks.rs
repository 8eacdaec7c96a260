//! What a try-on looks like: the garment where it belongs, everything else as it was.

use image::RgbImage;
use image::imageops::FilterType;

use crate::samples::{at_result_size, difference, fit, mean_colour, sample};

const STANDING: [&str; 4] = ["person_1", "person_2", "person_3", "person_4"];
/// Parts of the standing samples, as fractions: left, top, right, bottom.
const FACE: [f32; 4] = [0.465, 0.08, 0.535, 0.15];
const CHEST: [f32; 4] = [0.44, 0.24, 0.56, 0.26];
const HANDS: [f32; 4] = [0.25, 0.52, 0.30, 0.56];
const FEET: [f32; 4] = [0.3, 0.85, 0.7, 1.0];
const WALL_LEFT: [f32; 4] = [0.0, 0.0, 0.2, 1.0];
const WALL_RIGHT: [f32; 4] = [0.8, 0.0, 1.0, 1.0];
const WALL_ABOVE: [f32; 4] = [0.0, 0.0, 1.0, 0.04];

#[test]
fn the_garment_is_where_the_chest_was_and_face_hands_and_room_are_as_before() {
    for name in STANDING {
        let photo = sample(&format!("{name}.jpg"));
        for (garment, near) in [("g_tee.jpg", [36.0, 104.0, 116.0]), ("g_longsleeve.jpg", [205.0, 203.0, 198.0])] {
            let fitted = fit(&photo, &sample(garment)).unwrap();
            let case = format!("{name} in {garment}");
            assert!(fitted.image.width().max(fitted.image.height()) <= 800, "{case}");
            let before = at_result_size(&photo, &fitted.image);
            let chest = mean_colour(&fitted.image, CHEST);
            let off = (0..3).map(|c| (chest[c] - near[c]).abs()).fold(0.0, f32::max);
            assert!(off < 45.0, "{case}: the chest is {chest:?}");
            for (part, area, allowed) in [
                ("face", FACE, 2.5),
                ("hands", HANDS, 2.5),
                ("feet", FEET, 2.5),
                ("wall on the left", WALL_LEFT, 2.5),
                ("wall on the right", WALL_RIGHT, 2.5),
                ("wall above", WALL_ABOVE, 2.5),
            ] {
                let changed = difference(&fitted.image, &before, area);
                assert!(changed < allowed, "{case}: the {part} changed by {changed}");
            }
        }
    }
}

#[test]
fn short_sleeves_end_on_the_upper_arm_and_long_ones_at_the_wrist() {
    let photo = sample("person_2.jpg");
    let tee = fit(&photo, &sample("g_tee.jpg")).unwrap().report;
    let long = fit(&photo, &sample("g_longsleeve.jpg")).unwrap().report;
    assert!(tee.sleeve.iter().all(|s| (0.3..0.6).contains(s)), "{:?}", tee.sleeve);
    assert_eq!(long.sleeve, [1.0, 1.0]);
    for report in [tee, long] {
        assert!((0.85..1.3).contains(&report.hem), "{}", report.hem);
    }
}

#[test]
fn every_standing_sample_gets_a_confident_result() {
    for name in STANDING {
        let fitted = fit(&sample(&format!("{name}.jpg")), &sample("g_tee.jpg")).unwrap();
        assert!(fitted.confidence > 0.8, "{name}: {}", fitted.confidence);
        let codes: Vec<&str> = fitted.warnings.iter().map(|w| w.code()).collect();
        assert!(!codes.contains(&"low_confidence") && !codes.contains(&"seated"), "{name}: {codes:?}");
    }
}

#[test]
fn a_seated_person_is_fitted_with_a_warning() {
    let fitted = fit(&sample("fashn_model.png"), &sample("g_longsleeve.jpg")).unwrap();
    assert!(fitted.warnings.iter().any(|w| w.code() == "seated"), "{:?}", fitted.warnings);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test by hand")]
fn results_look_like_the_stored_ones() {
    for (person, garment) in [
        ("person_1.jpg", "g_tee.jpg"),
        ("person_2.jpg", "g_longsleeve.jpg"),
        ("person_3.jpg", "g_tee.jpg"),
        ("person_4.jpg", "g_longsleeve.jpg"),
        ("fashn_model.png", "g_tee.jpg"),
    ] {
        let fitted = fit(&sample(person), &sample(garment)).unwrap();
        let small = image::imageops::resize(&fitted.image, fitted.image.width() / 2, fitted.image.height() / 2, FilterType::Triangle);
        let stem = |file: &str| file.split('.').next().unwrap().to_owned();
        let path = format!("{}/tests/golden/{}_{}.jpg", env!("CARGO_MANIFEST_DIR"), stem(person), stem(garment));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            small.save(&path).unwrap();
        }
        let stored = image::open(&path).unwrap().to_rgb8();
        let psnr = peak_signal_to_noise(&small, &stored);
        assert!(psnr > 30.0, "{person} in {garment}: {psnr:.1} dB; look at it, then store it with UPDATE_GOLDEN=1");
    }
}

fn peak_signal_to_noise(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let squares: f64 = a.as_raw().iter().zip(b.as_raw()).map(|(x, y)| f64::from(x.abs_diff(*y)).powi(2)).sum();
    10.0 * (255.0 * 255.0 / (squares / a.as_raw().len() as f64).max(1e-9)).log10()
}

//! What the confidence is worth: photos are spoilt step by step, and the cloth is compared with where it lies on the
//! sound photo. Results that are off have to carry a warning or be refused, and sound ones are not to be cried down.

use atelier_adapter_fitting::{Category, FitError, Fitted, Stage};
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use crate::samples::{ENGINE, sample};

/// Longer side of the photos and of the compared pictures.
const SIDE: u32 = 800;
/// Cloth that covers less than this of the right place (intersection over union) is off.
const OFF: f64 = 0.90;

/// What `Fitted::confidence` promises: of results at least this sure and without a warning …
const SURE: f32 = 0.8;
/// … at least this share lies right.
const LIES_RIGHT: f64 = 0.98;

/// Where the cloth lies, and what the engine says of it; none when it refuses.
fn cloth(photo: &RgbImage, garment: &RgbImage, category: Category) -> Option<(Vec<bool>, Fitted)> {
    let mut lies = Vec::new();
    let fitted = ENGINE.fit_in_pictures(photo, &[(category, garment)], &mut |stage, picture| {
        if stage == Stage::Warp {
            lies = picture.pixels().map(|px| px.0 != [128; 3]).collect();
        }
    });
    match fitted {
        Ok(fitted) => Some((lies, fitted)),
        Err(FitError::Refused(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

fn map(photo: &RgbImage, value: impl Fn(u32, u32, usize, f32) -> f32) -> RgbImage {
    RgbImage::from_fn(photo.width(), photo.height(), |x, y| {
        let px = photo.get_pixel(x, y);
        Rgb(std::array::from_fn(|c| value(x, y, c, f32::from(px[c])).clamp(0.0, 255.0) as u8))
    })
}

fn noise(x: u32, y: u32, c: usize) -> f32 {
    let mut h = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ (c as u32).wrapping_mul(0xC2B2_AE3D);
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    ((h >> 16) & 0xFFFF) as f32 / 32767.5 - 1.0
}

/// Ways to spoil a photo without moving anything in it, from 0 (not at all) to 1.
type Spoil = fn(&RgbImage, f32) -> RgbImage;
const WAYS: &[(&str, Spoil)] = &[
    ("blurred", |p, s| imageops::fast_blur(p, 0.2 + 14.0 * s)),
    ("coarse", |p, s| {
        let k = 1.0 - 0.93 * s;
        let small = imageops::resize(p, (p.width() as f32 * k) as u32, (p.height() as f32 * k) as u32, FilterType::Triangle);
        imageops::resize(&small, p.width(), p.height(), FilterType::Triangle)
    }),
    ("noisy", |p, s| map(p, |x, y, c, v| v + 150.0 * s * noise(x, y, c))),
    ("faint", |p, s| map(p, |_, _, _, v| 128.0 + (v - 128.0) * (1.0 - 0.97 * s))),
    ("dark", |p, s| map(p, |_, _, _, v| v * (1.0 - 0.97 * s))),
    ("overexposed", |p, s| map(p, |_, _, _, v| v * (1.0 + 4.0 * s))),
    ("against the light", |p, s| {
        let wide = p.width() as f32;
        map(p, |x, _, _, v| v + 330.0 * s * (1.0 - (x as f32 / wide - 0.5).abs() * 2.0))
    }),
];
const STEPS: [f32; 5] = [0.15, 0.3, 0.5, 0.75, 1.0];

#[test]
#[expect(clippy::disallowed_methods, reason = "a switch and a table for whoever runs the test by hand")]
fn results_that_are_off_carry_a_warning() {
    let thorough = std::env::var_os("SOAK").is_some();
    let people: &[&str] = if thorough { &["person_1.jpg", "person_2.jpg", "person_3.jpg", "person_4.jpg"] } else { &["person_1.jpg"] };
    let steps = if thorough { &STEPS[..] } else { &STEPS[3..] };
    let garment = sample("longsleeve_plain.jpg");
    let mut wrong = Vec::new();
    let (mut sound, mut sound_and_warned, mut off, mut refused) = (0, 0, 0, 0);
    let (mut sure, mut sure_and_right) = (0, 0);
    for person in people {
        let photo = sample(person);
        let photo = imageops::resize(&photo, photo.width() * SIDE / photo.height(), SIDE, FilterType::CatmullRom);
        let (right, plain) = cloth(&photo, &garment, Category::Tops).unwrap();
        assert!(plain.confidence >= SURE, "{person}: {}", plain.confidence);
        for (way, spoil) in WAYS {
            for step in steps {
                let case = format!("{person} {way} {step}");
                let Some((lies, fitted)) = cloth(&spoil(&photo, *step), &garment, Category::Tops) else {
                    refused += 1;
                    eprintln!("{case}: refused");
                    continue;
                };
                let Fitted { confidence, warnings, report, .. } = fitted;
                let both = lies.iter().zip(&right).filter(|(a, b)| **a && **b).count() as f64;
                let either = lies.iter().zip(&right).filter(|(a, b)| **a || **b).count() as f64;
                let overlap = both / either.max(1.0);
                eprintln!("{case}: overlap {overlap:.3}, confidence {confidence:.2}, {warnings:?}, {:?}", report.condition);
                let lies_right = overlap >= OFF;
                if lies_right {
                    sound += 1;
                    sound_and_warned += i32::from(!warnings.is_empty());
                } else {
                    off += 1;
                    if warnings.is_empty() {
                        wrong.push(format!("{case}: overlap {overlap:.2} with confidence {confidence:.2} and no warning"));
                    }
                }
                if warnings.is_empty() && confidence >= SURE {
                    sure += 1;
                    sure_and_right += i32::from(lies_right);
                }
            }
        }
    }
    eprintln!("{sound} sound ({sound_and_warned} of them with a warning), {off} off, {refused} refused");
    eprintln!("{sure} sure and without a warning, {sure_and_right} of them right");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(f64::from(sure_and_right) >= LIES_RIGHT * f64::from(sure), "{sure_and_right} of {sure}");
    if thorough {
        assert!(sure >= 30, "{sure}");
    }
}

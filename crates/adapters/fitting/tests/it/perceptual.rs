//! How different two pictures look, and the stored pictures of each stage.

use std::collections::BTreeMap;

use atelier_adapter_fitting::{Category, Stage};
use image::imageops::{self, FilterType};
use image::{GrayImage, RgbImage};

use crate::samples::{ENGINE, sample};

/// Longer side of the stored pictures.
const STORED_AT: u32 = 320;
/// Side of the windows that are compared, and their distance.
const WINDOW: u32 = 8;
const STEP: u32 = 4;
/// Most that a picture may differ from the stored one, whose compression alone costs up to 0.034.
const ALIKE: f64 = 0.045;
/// What noise of one step in 256 does not reach, and a chest moved by five pixels does (see the test below).
const NOTICEABLE: f64 = 0.02;

/// 0 for the same picture, 1 for nothing in common: one less the mean structural similarity (SSIM, Wang et al. 2004) of
/// the three channels, over windows.
fn distance(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let channel = |picture: &RgbImage, c: usize| {
        GrayImage::from_fn(picture.width(), picture.height(), |x, y| image::Luma([picture.get_pixel(x, y)[c]]))
    };
    1.0 - (0..3).map(|c| similarity(&channel(a, c), &channel(b, c))).sum::<f64>() / 3.0
}

fn similarity(a: &GrayImage, b: &GrayImage) -> f64 {
    let (flat, weak) = ((0.01_f64 * 255.0).powi(2), (0.03_f64 * 255.0).powi(2));
    let count = f64::from(WINDOW * WINDOW);
    let (mut sum, mut windows) = (0.0, 0.0);
    for top in (0..=a.height() - WINDOW).step_by(STEP as usize) {
        for left in (0..=a.width() - WINDOW).step_by(STEP as usize) {
            let [mut x, mut y, mut xx, mut yy, mut xy] = [0.0; 5];
            for (u, v) in (0..WINDOW * WINDOW).map(|i| (left + i % WINDOW, top + i / WINDOW)) {
                let (p, q) = (f64::from(a.get_pixel(u, v)[0]), f64::from(b.get_pixel(u, v)[0]));
                (x, y, xx, yy, xy) = (x + p, y + q, xx + p * p, yy + q * q, xy + p * q);
            }
            let (x, y) = (x / count, y / count);
            let (xx, yy, xy) = (xx / count - x * x, yy / count - y * y, xy / count - x * y);
            sum += (2.0 * x * y + flat) * (2.0 * xy + weak) / ((x * x + y * y + flat) * (xx + yy + weak));
            windows += 1.0;
        }
    }
    sum / windows
}

fn reduced(picture: &RgbImage) -> RgbImage {
    let k = f64::from(STORED_AT) / f64::from(picture.width().max(picture.height()));
    let side = |n: u32| (f64::from(n) * k).round() as u32;
    imageops::resize(picture, side(picture.width()), side(picture.height()), FilterType::Triangle)
}

/// What every stage shows of a try-on, by its name; reduced.
fn stages(person: &str, garment: &str, category: Category) -> BTreeMap<&'static str, RgbImage> {
    let mut shown = BTreeMap::new();
    let (person, garment) = (sample(person), sample(garment));
    let name = |stage| match stage {
        Stage::Pose => "1_pose",
        Stage::Labels => "2_labels",
        Stage::Garment => "3_garment",
        Stage::Warp => "4_warp",
        Stage::Composite => "5_composite",
    };
    ENGINE
        .fit_in_pictures(&person, &[(category, &garment)], &mut |stage, picture| drop(shown.insert(name(stage), reduced(&picture))))
        .unwrap();
    shown
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test by hand")]
fn every_stage_looks_like_its_stored_picture() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for (person, garment, category) in [
        ("person_1.jpg", "g_tee.jpg", Category::Tops),
        ("person_2.jpg", "g_jeans.jpg", Category::Bottoms),
        ("person_4.jpg", "dress_floral.jpg", Category::Dresses),
        ("person_2.jpg", "coat.jpg", Category::Outerwear),
    ] {
        let shown = stages(person, garment, category);
        assert_eq!(shown.len(), Stage::ALL.len());
        for (stage, picture) in shown {
            let name = format!("{}_{}_{stage}", person.split('.').next().unwrap(), garment.split('.').next().unwrap());
            let path = format!("{}/tests/golden/stages/{name}.jpg", env!("CARGO_MANIFEST_DIR"));
            if update {
                picture.save(&path).unwrap();
            }
            let stored = image::open(&path).unwrap_or_else(|error| panic!("{path}: {error}")).to_rgb8();
            let apart = distance(&picture, &stored);
            if apart > ALIKE {
                wrong.push(format!("{name}: {apart:.3}"));
            }
        }
    }
    assert!(wrong.is_empty(), "look at them (`atelier-admin fit --debug`), then store them with UPDATE_GOLDEN=1:\n{}", wrong.join("\n"));
}

#[test]
fn the_distance_tells_a_fault_from_noise() {
    let picture = reduced(&sample("person_1.jpg"));
    let (w, h) = picture.dimensions();
    let noisy =
        RgbImage::from_fn(w, h, |x, y| image::Rgb(picture.get_pixel(x, y).0.map(|v| v.saturating_add(((x * 7 + y * 13) % 3) as u8))));
    let moved = {
        let chest = imageops::crop_imm(&picture, w * 3 / 8, h / 4, w / 4, h / 5).to_image();
        let mut out = picture.clone();
        imageops::replace(&mut out, &chest, i64::from(w * 3 / 8) + 5, i64::from(h / 4) + 3);
        out
    };
    let (same, noise, fault) = (distance(&picture, &picture), distance(&picture, &noisy), distance(&picture, &moved));
    assert!(same < 1e-9 && noise < NOTICEABLE && fault > NOTICEABLE, "{same} {noise} {fault}");
}

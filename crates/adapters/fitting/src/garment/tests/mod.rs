//! The garment steps on the sample pictures.

mod bottoms;
mod hard;
mod truth;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};

use image::{GrayImage, Rgb, RgbImage};

use super::neckline::NecklineShape;
use super::silhouette::SilhouetteKind;
use super::{CutOut, TopLandmarks, cut_out, landmarks_of_top, silhouette_kind};
use crate::planes::{Mask, Point};
use crate::refusal::Refusal;

use truth::{Pair, TOPS};

/// How far a landmark may be off, in pixels of pictures that are 1000 pixels wide.
const TOLERANCE: f32 = 16.0;
/// The same for the armpits, whose gap closes in the shade before its tip.
const ARMPIT_TOLERANCE: f32 = 28.0;
/// How much more is allowed where the garment hardly differs from the background.
const FAINT_ALLOWANCE: f32 = 8.0;

fn sample(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../samples").join(path)
}

fn picture(path: &str) -> RgbImage {
    image::open(sample(path)).unwrap().to_rgb8()
}

fn garment(name: &str) -> RgbImage {
    picture(&format!("garments/{name}.jpg"))
}

type Found = Arc<(CutOut, TopLandmarks)>;

/// What was found on a sample; several tests look at the same ones.
fn found(name: &'static str) -> Found {
    static SEEN: LazyLock<Mutex<HashMap<&'static str, Found>>> = LazyLock::new(Mutex::default);
    let seen = SEEN.lock().unwrap().get(name).cloned();
    seen.unwrap_or_else(|| {
        let cut = cut_out(&garment(name)).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        let top = landmarks_of_top(&cut).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        let found = Arc::new((cut, top));
        SEEN.lock().unwrap().insert(name, Arc::clone(&found));
        found
    })
}

/// Where a point of the cut-out is in a picture of that size.
fn in_picture(cut: &CutOut, size: (u32, u32), point: Point) -> Point {
    let (sin, cos) = (-cut.turned).to_radians().sin_cos();
    let centre = |w: f32, h: f32| Point::new(w - 1.0, h - 1.0) * 0.5;
    let d = point - centre(cut.mask.width as f32, cut.mask.height as f32);
    let turned = Point::new(cos * d.x - sin * d.y, sin * d.x + cos * d.y);
    turned * (1.0 / cut.scale) + centre(size.0 as f32, size.1 as f32)
}

#[test]
fn the_landmarks_of_every_sample_top_are_where_they_were_drawn() {
    let mut wrong = Vec::new();
    for truth in TOPS {
        let found = found(truth.name);
        let (cut, top) = (&found.0, &found.1);
        let mut check = |what: &str, points: [Point; 2], expected: Pair| {
            for (point, (x, y)) in points.into_iter().zip(expected) {
                let at = in_picture(cut, (1000, 1000), point);
                let off = at.distance(Point::new(x, y));
                let tolerance = if what == "armpits" { ARMPIT_TOLERANCE } else { TOLERANCE };
                if off > tolerance + if cut.low_contrast { FAINT_ALLOWANCE } else { 0.0 } {
                    wrong.push(format!("{} {what}: {:.0},{:.0} is {off:.0} from {x},{y}", truth.name, at.x, at.y));
                }
            }
        };
        check("shoulders", top.shoulders, truth.shoulders);
        check("collar", top.collar, truth.collar);
        check("armpits", top.armpits, truth.armpits);
        check("hem", top.hem_corners, truth.hem_corners);
        assert_eq!(top.sleeves.is_some(), truth.cuffs.is_some(), "{}", truth.name);
        if let (Some(sleeves), Some([outer, inner])) = (&top.sleeves, truth.cuffs) {
            let ends = |line: fn(&super::SleeveContour) -> &Vec<Point>| [0, 1].map(|i| *line(&sleeves[i]).last().unwrap());
            check("outer cuff", ends(|sleeve| &sleeve.outer), outer);
            check("inner cuff", ends(|sleeve| &sleeve.inner), inner);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The outline a sample was drawn from.
fn silhouette(name: &str) -> GrayImage {
    image::open(sample(&format!("garments/silhouettes/{name}.png"))).unwrap().to_luma8()
}

/// Intersection over union of a cut-out's mask with the silhouette the sample was drawn from.
fn overlap(cut: &CutOut, truth: &GrayImage) -> f32 {
    overlap_at(cut, truth, 1000.0)
}

/// The same of a picture `side` pixels wide.
fn overlap_at(cut: &CutOut, truth: &GrayImage, side: f32) -> f32 {
    let (mut both, mut either) = (0.0, 0.0);
    let step = side / truth.width() as f32 * cut.scale;
    for (x, y, pixel) in truth.enumerate_pixels() {
        let (u, v) = ((x as f32 + 0.5) * step, (y as f32 + 0.5) * step);
        let found = cut.mask.get((u as usize).min(cut.mask.width - 1), (v as usize).min(cut.mask.height - 1));
        let drawn = pixel.0[0] > 127;
        both += f32::from(u8::from(found && drawn));
        either += f32::from(u8::from(found || drawn));
    }
    both / either
}

#[test]
fn the_cut_out_covers_the_silhouette_the_garment_was_drawn_from() {
    let mut wrong = Vec::new();
    for truth in TOPS.iter().filter(|truth| !truth.name.starts_with("g_")) {
        let found = found(truth.name);
        let cut = &found.0;
        if cut.turned != 0.0 {
            continue;
        }
        let overlap = overlap(cut, &silhouette(truth.name));
        let least = if cut.low_contrast { 0.94 } else { 0.97 };
        if overlap < least {
            wrong.push(format!("{}: {overlap:.3}", truth.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_edge_of_a_dark_top_on_white_shows_no_white_fringe() {
    let found = found("tee_black");
    let cut = &found.0;
    let mut fringe = 0;
    for (index, &alpha) in cut.alpha.data.iter().enumerate() {
        fringe += usize::from(alpha > 0.3 && cut.rgb.index(index).iter().all(|v| *v > 120.0));
    }
    assert!(fringe < 20, "{fringe} light pixels");
}

#[test]
fn a_garment_lying_askew_is_turned_upright() {
    let rotated = found("tee_rotated");
    let (cut, top) = (&rotated.0, &rotated.1);
    assert!((cut.turned - 8.0).abs() < 1.0, "{}", cut.turned);
    assert!((top.shoulders[0].y - top.shoulders[1].y).abs() < 12.0);
    assert!(cut.symmetry > 0.9);
    assert!(found("tee_plaid").0.turned == 0.0);
}

#[test]
fn faint_garments_are_found_in_the_second_pass_and_marked_so() {
    for (name, faint) in [("tee_white", true), ("tee_beige", true), ("tee_black", false), ("longsleeve_plain", false)] {
        assert_eq!(found(name).0.low_contrast, faint, "{name}");
    }
}

#[test]
fn the_inside_of_the_back_is_told_from_the_front() {
    let round = ["g_tee", "g_longsleeve", "tee_black", "tee_white", "tee_floral", "longsleeve_dark", "tee_on_wood", "tee_rotated"];
    for name in round {
        let line = found(name).1.neckline.unwrap_or_else(|| panic!("{name}: no neckline"));
        assert_eq!(line.shape, NecklineShape::Round, "{name}");
    }
    assert!((found("g_tee").1.neckline.unwrap().bottom - 197.0 * 0.9).abs() < 5.0);
    let vneck = found("vneck");
    let top = &vneck.1;
    let line = top.neckline.unwrap();
    assert_eq!(line.shape, NecklineShape::Vee);
    assert!((line.bottom - 300.0 * 0.9).abs() < 9.0, "{}", line.bottom);
    assert!(top.shows_back(Point::new(top.centre_x, 180.0)) && !top.shows_back(Point::new(top.centre_x, 300.0)));
    for name in ["tank_top", "camisole", "g_dress"] {
        assert_eq!(found(name).1.neckline, None, "{name}");
    }
}

#[test]
fn the_sides_run_down_from_the_armpit_to_the_hem() {
    for truth in TOPS {
        let found = found(truth.name);
        let top = &found.1;
        for (side, (armpit, corner)) in top.sides.iter().zip(top.armpits.iter().zip(&top.hem_corners)) {
            assert!(side.windows(2).all(|pair| pair[0].y < pair[1].y), "{}", truth.name);
            assert_eq!((side.first(), side.last()), (Some(armpit), Some(corner)), "{}", truth.name);
        }
        let (first, last) = (top.hem[0], top.hem[top.hem.len() - 1]);
        assert!(first.distance(top.hem_corners[0]) < 3.0 && last.distance(top.hem_corners[1]) < 3.0, "{}", truth.name);
    }
}

#[test]
fn the_kind_of_garment_follows_from_the_silhouette() {
    for truth in TOPS {
        let expected = if truth.cuffs.is_some() { SilhouetteKind::Sleeved } else { SilhouetteKind::Sleeveless };
        assert_eq!(silhouette_kind(&found(truth.name).0.mask), expected, "{}", truth.name);
    }
    let jeans = cut_out(&garment("g_jeans")).unwrap();
    assert_eq!(silhouette_kind(&jeans.mask), SilhouetteKind::Trousers);
    assert_eq!(silhouette_kind(&Mask::new(50, 50)), SilhouetteKind::Sleeveless);
}

fn refusal_of(picture: &RgbImage) -> Option<Refusal> {
    cut_out(picture).err()
}

#[test]
fn an_empty_picture_has_no_garment() {
    assert_eq!(refusal_of(&RgbImage::from_pixel(600, 800, Rgb([240, 240, 240]))), Some(Refusal::GarmentNotFound));
    let noise = RgbImage::from_fn(400, 400, |x, y| Rgb([(200 + (x * 7919 + y * 104_729 + x * y * 31) % 7) as u8; 3]));
    assert_eq!(refusal_of(&noise), Some(Refusal::GarmentNotFound));
}

#[test]
fn a_tiny_picture_is_too_small() {
    assert_eq!(refusal_of(&RgbImage::new(50, 300)), Some(Refusal::PictureTooSmall));
}

#[test]
fn photos_without_a_plain_background_are_refused() {
    let motley = RgbImage::from_fn(500, 500, |x, y| {
        let hash = (x / 40 * 73 + y / 40 * 151) % 7;
        Rgb([(hash * 36) as u8, (250 - hash * 30) as u8, (hash * hash * 5) as u8])
    });
    let refusals = [
        ("motley", refusal_of(&motley)),
        ("astronaut", refusal_of(&picture("astronaut.png"))),
        ("bricks", refusal_of(&picture("person_3.jpg"))),
    ];
    for (name, refusal) in refusals {
        let expected = [Refusal::GarmentBackgroundNotPlain, Refusal::GarmentNotFound, Refusal::GarmentCutOff];
        assert!(refusal.is_some_and(|refusal| expected.contains(&refusal)), "{name}: {refusal:?}");
    }
}

#[test]
fn a_garment_that_runs_out_of_the_picture_is_cut_off() {
    let tee = garment("g_tee");
    let crop = |x, y, w, h| image::imageops::crop_imm(&tee, x, y, w, h).to_image();
    for (side, cropped) in
        [("below", crop(0, 0, 1000, 700)), ("left", crop(300, 0, 700, 1000)), ("above and right", crop(0, 250, 650, 750))]
    {
        assert_eq!(refusal_of(&cropped), Some(Refusal::GarmentCutOff), "{side}");
    }
    assert_eq!(refusal_of(&crop(60, 90, 880, 830)), None, "a close crop");
}

#[test]
fn a_small_blocky_picture_still_gives_the_landmarks() {
    let small = image::imageops::thumbnail(&garment("g_tee"), 260, 260);
    let cut = cut_out(&small).unwrap();
    let top = landmarks_of_top(&cut).unwrap();
    assert!(top.sleeves.is_some());
    assert!(top.armpits[0].distance(Point::new(282.0, 372.0) * 0.26) < 9.0);
    assert!((cut.scale - 1.0).abs() < 1e-6);
}

#[test]
fn a_disc_is_no_top() {
    let disc = RgbImage::from_fn(500, 500, |x, y| {
        let inside = (x as f32 - 250.0).hypot(y as f32 - 250.0) < 150.0;
        if inside { Rgb([180, 30, 40]) } else { Rgb([240, 240, 240]) }
    });
    let cut = cut_out(&disc).unwrap();
    // It may pass for a sleeveless top; it must not be taken for a sleeved one.
    assert!(landmarks_of_top(&cut).is_ok_and(|top| top.sleeves.is_none()) || landmarks_of_top(&cut).is_err());
}

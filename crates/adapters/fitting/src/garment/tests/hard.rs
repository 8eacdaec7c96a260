//! How much of the truth the cut-out and the landmarks reach on garments that are hard to see; with
//! `--no-capture` the tests print it.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use super::truth::TOPS;
use super::{cut_out, found, garment, in_picture, overlap, silhouette};
use crate::planes::Point;
use crate::refusal::Refusal;

fn map(picture: &RgbImage, value: impl Fn(u32, u32, f32) -> f32) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        Rgb(picture.get_pixel(x, y).0.map(|v| value(x, y, f32::from(v)).clamp(0.0, 255.0) as u8))
    })
}

fn small_and_blocky(picture: &RgbImage) -> RgbImage {
    let small = imageops::resize(picture, 260, 260, FilterType::Triangle);
    let mut jpeg = Vec::new();
    small.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 50)).unwrap();
    image::load_from_memory(&jpeg).unwrap().to_rgb8()
}

fn same(picture: &RgbImage) -> RgbImage {
    picture.clone()
}

fn noisy(picture: &RgbImage) -> RgbImage {
    map(picture, |x, y, v| v + ((x * 7919 + y * 104_729 + x * y * 31) % 37) as f32 - 18.0)
}

fn unevenly_lit(picture: &RgbImage) -> RgbImage {
    map(picture, |x, y, v| v * (0.62 + 0.38 * (x as f32 * 0.7 + y as f32 * 0.3) / 1000.0))
}

fn on_colour(picture: &RgbImage) -> RgbImage {
    let cast = [0.55, 0.8, 0.62];
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let px = picture.get_pixel(x, y);
        Rgb(std::array::from_fn(|c| (f32::from(px[c]) * cast[c]) as u8))
    })
}

/// What it is called, the sample, what is done to it, and the least intersection over union with the silhouette it was
/// drawn from; a little below what was measured.
type Hard = (&'static str, &'static str, fn(&RgbImage) -> RgbImage, f32);
const HARD: &[Hard] = &[
    ("white on white", "tee_white", same, 0.94),
    ("beige on beige", "tee_beige", same, 0.94),
    ("black on white", "tee_black", same, 0.97),
    ("black on black", "tee_black_on_black", same, 0.90),
    ("lace-like hem", "top_lace", same, 0.95),
    ("on a wooden board", "tee_on_wood", same, 0.97),
    ("260 pixels, JPEG 50", "tee_plaid", small_and_blocky, 0.93),
    ("260 pixels, JPEG 50, flowers", "dress_floral", small_and_blocky, 0.93),
    ("noise", "shirt_blue", noisy, 0.95),
    ("light from one side", "sweater_grey", unevenly_lit, 0.95),
    ("on a green floor", "tee_floral", on_colour, 0.95),
];

#[test]
fn hard_garments_are_cut_out() {
    let mut wrong = Vec::new();
    for (what, name, done, least) in HARD {
        match cut_out(&done(&garment(name))) {
            Ok(cut) => {
                let picture = done(&garment(name)).width();
                let reached = super::overlap_at(&cut, &silhouette(name), picture as f32);
                eprintln!("{what} ({name}): {reached:.3}{}", if cut.low_contrast { ", low contrast" } else { "" });
                if reached < *least {
                    wrong.push(format!("{what}: {reached:.3}"));
                }
            }
            Err(refusal) => wrong.push(format!("{what}: {refusal:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_garment_that_cannot_be_told_from_its_background_is_refused() {
    let gone = map(&garment("tee_white"), |_, _, v| 240.0 + (v - 240.0) * 0.02);
    let refused = cut_out(&gone).err();
    assert!(matches!(refused, Some(Refusal::GarmentNotFound)), "{refused:?}");
}

#[test]
fn the_landmarks_are_within_a_hundredth_of_the_picture_on_average() {
    let mut all = Vec::new();
    for truth in TOPS {
        let found = found(truth.name);
        let (cut, top) = (&found.0, &found.1);
        let pairs = [
            (top.shoulders, truth.shoulders),
            (top.collar, truth.collar),
            (top.armpits, truth.armpits),
            (top.hem_corners, truth.hem_corners),
        ];
        let off: Vec<f32> = pairs
            .iter()
            .flat_map(|(points, expected)| points.iter().zip(expected))
            .map(|(p, (x, y))| in_picture(cut, (1000, 1000), *p).distance(Point::new(*x, *y)))
            .collect();
        let mean = off.iter().sum::<f32>() / off.len() as f32;
        let most = off.iter().copied().fold(0.0, f32::max);
        let reached = if cut.turned == 0.0 && !truth.name.starts_with("g_") {
            format!("{:.3}", overlap(cut, &silhouette(truth.name)))
        } else {
            "-".to_owned()
        };
        eprintln!("{}: landmarks {mean:.1} px off, {most:.1} at most, of 1000; overlap {reached}", truth.name);
        all.extend(off);
    }
    let mean = all.iter().sum::<f32>() / all.len() as f32;
    eprintln!("all: {mean:.1} px");
    assert!(mean < 10.0, "{mean}");
}

//! Whatever the pictures: a picture or a refusal that says why, and never a panic.

use std::time::{Duration, Instant};

use atelier_adapter_fitting::{Category, FitError};
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use crate::samples::{fit_as, sample};

/// Inputs of a usual run, and with `SOAK=1`.
const USUAL: u64 = 30;
const SOAK: u64 = 200;
/// No input may keep its thread's core longer than this. Time on the core, since other tests run beside this one.
const LONGEST: Duration = Duration::from_secs(3);
/// What counts where the system does not tell the time on the core.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How long this thread has been on a core: the engine works on the thread that calls it.
fn on_core() -> Option<Duration> {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    spent.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// A small repeatable generator (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u32) -> u32 {
        (self.roll() % u64::from(n.max(1))) as u32
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u32) as usize]
    }
}

/// One picture done to as a careless user, or a broken camera, might.
fn spoilt(picture: &RgbImage, dice: &mut Dice) -> RgbImage {
    let mut out = picture.clone();
    for _ in 0..dice.below(3) {
        let (w, h) = out.dimensions();
        out = match dice.below(7) {
            0 => {
                let (cw, ch) = (w * (30 + dice.below(70)) / 100, h * (30 + dice.below(70)) / 100);
                let (x, y) = (dice.below(w - cw + 1), dice.below(h - ch + 1));
                imageops::crop_imm(&out, x, y, cw.max(1), ch.max(1)).to_image()
            }
            1 => imageops::flip_horizontal(&out),
            2 => imageops::flip_vertical(&out),
            3 => {
                let strength = dice.below(90) + 5;
                map(&out, |v, _| v + dice.below(strength) as f32 - strength as f32 / 2.0)
            }
            4 => {
                let cast: [f32; 3] = std::array::from_fn(|_| 0.4 + dice.below(120) as f32 / 100.0);
                map(&out, |v, c| v * cast[c])
            }
            5 => {
                let (nw, nh) = (*dice.pick(&[60, 130, 400, 1500]), *dice.pick(&[60, 130, 400, 1500]));
                imageops::resize(&out, nw, nh, FilterType::Triangle)
            }
            _ => imageops::rotate90(&out),
        };
    }
    out
}

fn map(picture: &RgbImage, mut value: impl FnMut(f32, usize) -> f32) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let px = picture.get_pixel(x, y);
        Rgb(std::array::from_fn(|c| value(f32::from(px[c]), c).clamp(0.0, 255.0) as u8))
    })
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a switch and a summary for whoever runs the test by hand, and a limit on its time")]
fn spoilt_pictures_give_a_picture_or_a_typed_refusal() {
    let people = ["person_1.jpg", "person_2.jpg", "person_4.jpg", "fashn_model.png", "astronaut.png"].map(sample);
    let garments =
        ["g_tee.jpg", "g_jeans.jpg", "shorts.jpg", "skirt.jpg", "g_dress.jpg", "dress_floral.jpg", "g_jacket.jpg", "coat.jpg"].map(sample);
    let rounds = if std::env::var_os("SOAK").is_some() { SOAK } else { USUAL };
    let (mut pictures, mut refusals, mut longest) = (0, 0, Duration::ZERO);
    for seed in 0..rounds {
        let mut dice = Dice(seed);
        let (person, garment) = (spoilt(dice.pick(&people), &mut dice), spoilt(dice.pick(&garments), &mut dice));
        let category = *dice.pick(&Category::ALL);
        let (began, core) = (Instant::now(), on_core());
        match fit_as(&person, &garment, category) {
            Ok(fitted) => {
                pictures += 1;
                assert!((0.0..=1.0).contains(&fitted.confidence), "seed {seed}: {}", fitted.confidence);
                assert!(fitted.image.width().max(fitted.image.height()) <= 800, "seed {seed}");
                assert!(fitted.report.hem.is_finite() && fitted.report.scale.is_finite(), "seed {seed}: {:?}", fitted.report);
            }
            Err(FitError::Refused(_)) => refusals += 1,
            Err(other) => panic!("seed {seed}: {other}"),
        }
        let (spent, limit) = match (core, on_core()) {
            (Some(before), Some(after)) => (after - before, LONGEST),
            _ => (began.elapsed(), LONGEST_WAIT),
        };
        assert!(spent < limit, "seed {seed} took {spent:?}");
        longest = longest.max(spent);
    }
    eprintln!("{pictures} pictures, {refusals} refusals, {longest:?} at most");
    assert!(pictures > 0 && refusals > 0, "{pictures} pictures, {refusals} refusals: the inputs are too kind or too cruel");
}

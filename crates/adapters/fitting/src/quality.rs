//! What a photo itself is like where the person is: sharpness, noise, light, size, shape.

use image::RgbImage;

use crate::outcome::{Condition, Warning};
use crate::planes::{Area, Plane, percentile, resize};

/// Sharpness is told at this height of the person, in pixels, so that it does not depend on the camera.
const COMPARED_AT: usize = 512;
/// Least variance of the Laplacian over the person; hand-set between the samples and the same photos blurred (tests below).
const SHARP: f32 = 20.0;
/// Fewest pixels from head to feet for a picture worth looking at.
const FINE: f32 = 400.0;
/// Width by height of a photo that shows a person and not a panorama or a strip.
const USUAL: std::ops::RangeInclusive<f32> = 0.4..=1.8;
/// Standard deviation of noise, in eight-bit levels, from which on colours cannot be told apart.
const NOISY: f32 = 20.0;
/// Share of the person without any drawing, because it is white, from which on a photo is overexposed.
const WASHED_OUT: f32 = 0.15;
/// From here on the sensor, or the file, holds no more light.
const WHITE: u8 = 252;
/// Where the outline is above this, there is the person.
const PERSON: f32 = 0.5;

impl Condition {
    /// Measures a photo at the working size; `outline` says pixel by pixel how surely the person is there.
    pub(crate) fn measure(photo: &RgbImage, outline: &[f32]) -> Self {
        let width = photo.width() as usize;
        let Some(area) = Area::around(outline, width, |m| *m > PERSON) else {
            return Self::default();
        };
        let pixels: Vec<[u8; 3]> = photo.pixels().map(|px| px.0).collect();
        let pixels = area.crop(&pixels, width);
        let size = (area.width(), area.height());
        let grey = |px: &[u8; 3]| 0.2126 * f32::from(px[0]) + 0.7152 * f32::from(px[1]) + 0.0722 * f32::from(px[2]);
        let grey = Plane { width: size.0, height: size.1, data: pixels.iter().map(grey).collect() };
        let person = Plane { width: size.0, height: size.1, data: area.crop(outline, width) };
        let white = |px: &[u8; 3]| px.iter().all(|v| *v >= WHITE);
        let (mut all, mut without_drawing) = (1.0, 0.0);
        for (px, _) in pixels.iter().zip(&person.data).filter(|(_, m)| **m > PERSON) {
            all += 1.0;
            without_drawing += f32::from(u8::from(white(px)));
        }
        let sound = person.zip(&Plane { data: pixels.iter().map(|px| f32::from(u8::from(!white(px)))).collect(), ..person }, |m, s| m * s);
        Self { sharpness: sharpness(&grey, &person), noise: noise(&grey, &sound), white: without_drawing / all }
    }

    /// How near each measure is to what is warned of: 1 and above is too bad.
    fn faults(&self) -> [(Warning, f32); 3] {
        [
            (Warning::Blurred, SHARP / self.sharpness.max(1e-3)),
            (Warning::Noisy, self.noise / NOISY),
            (Warning::Overexposed, self.white / WASHED_OUT),
        ]
    }

    /// What to tell of it.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        self.faults().into_iter().filter(|(_, fault)| *fault > 1.0).map(|(warning, _)| warning).collect()
    }

    /// How much of what the engine goes by is left, 0..=1: a half where the first warning is due.
    pub(crate) fn clarity(&self) -> f32 {
        let worst = self.faults().into_iter().map(|(_, fault)| fault).fold(0.0, f32::max);
        1.0 / (1.0 + worst * worst)
    }
}

/// What the size and shape of a photo are to be warned of; `person` is the height of the person in it, in pixels.
pub(crate) fn of_format((width, height): (u32, u32), person: f32) -> Vec<Warning> {
    let shape = width as f32 / height as f32;
    let found = [(Warning::LowResolution, person < FINE), (Warning::UnusualShape, !USUAL.contains(&shape))];
    found.into_iter().filter(|(_, applies)| *applies).map(|(warning, _)| warning).collect()
}

/// The values of a kernel of three by three pixels, given by its corner, edge and middle, over the person.
fn filtered<'a>(grey: &'a Plane, person: &'a Plane, [corner, edge, middle]: [f32; 3]) -> impl Iterator<Item = f32> + 'a {
    (1..grey.height.saturating_sub(1)).flat_map(move |y| {
        let [above, here, below] = [y - 1, y, y + 1].map(|y| grey.row(y).windows(3));
        let rows = above.zip(here).zip(below).zip(&person.row(y)[1..]);
        rows.filter(|(_, m)| **m > PERSON)
            .map(move |(((a, h), b), _)| corner * (a[0] + a[2] + b[0] + b[2]) + edge * (a[1] + h[0] + h[2] + b[1]) + middle * h[1])
    })
}

fn sharpness(grey: &Plane, person: &Plane) -> f32 {
    let scale = COMPARED_AT as f32 / grey.height as f32;
    if scale < 1.0 {
        let width = ((grey.width as f32 * scale).round() as usize).max(3);
        return laplacian_variance(&resize(grey, width, COMPARED_AT), &resize(person, width, COMPARED_AT));
    }
    laplacian_variance(grey, person)
}

fn laplacian_variance(grey: &Plane, person: &Plane) -> f32 {
    let (mut count, mut sum, mut squares) = (1e-6, 0.0, 0.0);
    for edge in filtered(grey, person, [0.0, 1.0, -4.0]) {
        count += 1.0;
        sum += f64::from(edge);
        squares += f64::from(edge * edge);
    }
    (squares / count - (sum / count).powi(2)) as f32
}

/// The usual answer to a kernel that neither slopes nor straight edges answer to (Immerkær, "Fast noise variance
/// estimation", 1996, here by the median, for which texture counts little).
fn noise(grey: &Plane, sound: &Plane) -> f32 {
    let mut answers: Vec<f32> = filtered(grey, sound, [1.0, -2.0, 4.0]).map(f32::abs).collect();
    percentile(&mut answers, 0.5) / 6.0 / 0.6745
}

#[cfg(test)]
mod tests {
    use image::imageops;

    use super::*;

    fn sample(name: &str) -> RgbImage {
        let path = format!("{}/../../../samples/{name}", env!("CARGO_MANIFEST_DIR"));
        image::open(&path).unwrap_or_else(|error| panic!("{path}: {error}")).into_rgb8()
    }

    /// The condition of what stands in the middle.
    fn condition(photo: &RgbImage) -> Condition {
        let (w, h) = photo.dimensions();
        let middle = |x: u32, y: u32| (w / 4..w * 3 / 4).contains(&x) && (h / 20..h * 19 / 20).contains(&y);
        let outline: Vec<f32> = (0..h).flat_map(|y| (0..w).map(move |x| (x, y))).map(|(x, y)| f32::from(u8::from(middle(x, y)))).collect();
        Condition::measure(photo, &outline)
    }

    /// With repeatable noise of up to three times what is warned of.
    fn grained(photo: &RgbImage) -> RgbImage {
        let mut state = 7_u32;
        let mut grain = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as f32 / 32_767.5 - 1.0
        };
        let mut out = photo.clone();
        out.iter_mut().for_each(|v| *v = (f32::from(*v) + 3.0 * NOISY * grain()).clamp(0.0, 255.0) as u8);
        out
    }

    #[test]
    fn sound_photos_are_told_from_spoilt_ones() {
        let mut wrong = Vec::new();
        for name in ["person_1.jpg", "person_2.jpg", "person_3.jpg", "person_4.jpg", "astronaut.png", "fashn_model.png"] {
            let photo = sample(name);
            let blurred = imageproc::filter::gaussian_blur_f32(&photo, photo.height() as f32 / 512.0 * 2.0);
            let noisy = grained(&photo);
            let light = imageops::brighten(&photo, 190);
            for (spoilt, picture, warnings) in [
                ("sound", photo, &[][..]),
                ("blurred", blurred, &[Warning::Blurred]),
                ("noisy", noisy, &[Warning::Noisy]),
                ("too light", light, &[Warning::Overexposed]),
            ] {
                let found = condition(&picture);
                if !warnings.iter().all(|warning| found.warnings().contains(warning))
                    || (warnings.is_empty() && !found.warnings().is_empty())
                {
                    wrong.push(format!("{name} {spoilt}: {found:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn nobody_in_the_picture_is_no_fault_to_divide_by() {
        let empty = Condition::measure(&RgbImage::new(9, 9), &[0.0; 81]);
        assert!((0.0..=1.0).contains(&empty.clarity()));
    }

    #[test]
    fn small_people_and_strips_are_told() {
        assert_eq!(of_format((900, 1_200), 1_000.0), []);
        assert_eq!(of_format((900, 1_200), 300.0), [Warning::LowResolution]);
        assert_eq!(of_format((2_000, 700), 600.0), [Warning::UnusualShape]);
    }
}

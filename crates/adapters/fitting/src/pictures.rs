//! What each stage found, as pictures to look at.

use image::{Rgb, RgbImage};
use imageproc::drawing::{draw_filled_circle_mut, draw_line_segment_mut};

use crate::garment::CutOut;
use crate::geometry::Point;
use crate::look::LaidOut;
use crate::person::{Body, Label, Person, Side};
use crate::planes::Colour;
use crate::warp::Dressed;

const JOINT: Rgb<u8> = Rgb([255, 60, 40]);
const BONE: Rgb<u8> = Rgb([255, 200, 60]);
const EDGE: Rgb<u8> = Rgb([60, 200, 255]);
/// Colours of skin, hair, what is worn above, what is worn below, background.
const LABEL_COLOURS: [(Label, [f32; 3]); 5] = [
    (Label::Skin, [240.0, 190.0, 160.0]),
    (Label::Hair, [120.0, 70.0, 30.0]),
    (Label::Upper, [60.0, 170.0, 90.0]),
    (Label::Lower, [70.0, 100.0, 220.0]),
    (Label::Background, [225.0, 225.0, 225.0]),
];

/// The joints and the outline the network saw; `mask` is 0..=1, row by row.
pub(crate) fn pose(photo: &RgbImage, body: &Body, mask: &[f32]) -> RgbImage {
    let mut out = photo.clone();
    for (px, m) in out.pixels_mut().zip(mask) {
        *px = Rgb(px.0.map(|v| (f32::from(v) * (0.45 + 0.55 * m.clamp(0.0, 1.0))) as u8));
    }
    let head = &body.head;
    for side in Side::BOTH {
        let l = body.limbs(side);
        line(&mut out, &[head.mouth, body.mid_shoulder, l.shoulder, l.elbow, l.wrist, l.hand_tip], BONE);
        line(&mut out, &[body.mid_shoulder, body.mid_hip, l.hip, l.knee, l.ankle, l.heel, l.toe], BONE);
        dots(&mut out, &[l.shoulder, l.elbow, l.wrist, l.hip, l.knee, l.ankle], JOINT);
    }
    dots(&mut out, &head.face, EDGE);
    out
}

/// Every pixel in the colours of its labels.
pub(crate) fn labels(person: &Person) -> RgbImage {
    let mut out = Colour::new(person.width(), person.height());
    for i in 0..person.width() * person.height() {
        let mut sum = person.photo.index(i).map(|v| 0.25 * v);
        for (label, colour) in LABEL_COLOURS {
            let share = person.labels.of(label).data[i];
            for (v, c) in sum.iter_mut().zip(colour) {
                *v += 0.75 * share * c;
            }
        }
        out.set_index(i, sum);
    }
    out.to_rgb()
}

/// The cut-out on grey with its landmarks.
pub(crate) fn garment(cut: &CutOut, marks: Option<&LaidOut>) -> RgbImage {
    let mut shown = Colour::from_channels([0, 1, 2].map(|_| cut.alpha.map(|_| 128.0)));
    shown.blend(&cut.rgb, &cut.alpha);
    let mut out = shown.to_rgb();
    match marks {
        Some(LaidOut::Top(top)) => {
            for sleeve in top.sleeves.iter().flatten() {
                line(&mut out, &sleeve.outer, EDGE);
                line(&mut out, &sleeve.inner, EDGE);
            }
            top.sides.iter().for_each(|side| line(&mut out, side, EDGE));
            line(&mut out, &top.hem, EDGE);
            for pair in [top.shoulders, top.collar, top.armpits, top.hem_corners] {
                dots(&mut out, &pair, JOINT);
            }
        }
        Some(LaidOut::Bottom(bottom)) => {
            bottom.sides.iter().for_each(|side| line(&mut out, side, EDGE));
            dots(&mut out, &bottom.waist, JOINT);
            if let Some(legs) = &bottom.legs {
                legs.inner.iter().for_each(|inner| line(&mut out, inner, EDGE));
                dots(&mut out, &[legs.crotch], JOINT);
            }
        }
        None => {}
    }
    out
}

/// The bent cloth alone, on grey.
pub(crate) fn layers(dressed: &Dressed) -> RgbImage {
    let layers = dressed.layers();
    let (width, height) = layers.first().map_or((1, 1), |l| (l.width, l.height));
    let mut out = vec![[128.0_f32; 3]; width * height];
    for layer in layers {
        for (under, px) in out.iter_mut().zip(&layer.pixels) {
            *under = std::array::from_fn(|c| under[c] * (1.0 - px[3]) + px[c]);
        }
    }
    RgbImage::from_fn(width as u32, height as u32, |x, y| Rgb(out[y as usize * width + x as usize].map(|v| v as u8)))
}

fn line(out: &mut RgbImage, points: &[Point], colour: Rgb<u8>) {
    for w in points.windows(2) {
        draw_line_segment_mut(out, (w[0].x, w[0].y), (w[1].x, w[1].y), colour);
    }
}

fn dots(out: &mut RgbImage, points: &[Point], colour: Rgb<u8>) {
    let radius = (out.width().max(out.height()) / 180) as i32;
    for p in points {
        draw_filled_circle_mut(out, (p.x as i32, p.y as i32), radius, colour);
    }
}

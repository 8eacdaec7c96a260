//! In-painting by a pyramid: holes take the colours around them, the coarser the deeper inside.

use super::resize::doubled;
use super::{Colour, Plane};

/// Fills what has little `known` weight (0 to 1) with a smooth continuation of the rest. Pixels of weight one keep
/// their colour; in between the two are mixed. Without any known pixel the picture stays as it is.
pub(crate) fn inpaint(picture: &Colour, known: &Plane) -> Colour {
    if known.data.iter().all(|w| *w <= 0.0) {
        return picture.clone();
    }
    let premultiplied = picture.map_channels(|channel| channel.zip(known, |v, w| v * w));
    let (filled, _) = fill(premultiplied.channels, known.clone());
    let mut out = Colour::from_channels(filled);
    out.blend(picture, known);
    out
}

/// Fills premultiplied channels; gives plain values and the weight behind them.
fn fill(channels: [Plane; 3], weight: Plane) -> ([Plane; 3], Plane) {
    let whole = weight.data.iter().all(|w| *w >= 1.0);
    if whole || (weight.width == 1 && weight.height == 1) {
        let plain = channels.map(|channel| channel.zip(&weight, |v, w| v / w.max(1e-6)));
        return (plain, weight);
    }
    let (half, half_weight) = pull(&channels, &weight);
    let (coarse, _) = fill(half, half_weight);
    let upscaled = coarse.map(|channel| doubled(&channel, weight.width, weight.height));
    let mut channels = channels;
    for (channel, below) in channels.iter_mut().zip(&upscaled) {
        for ((value, &w), &under) in channel.data.iter_mut().zip(&weight.data).zip(&below.data) {
            *value += (1.0 - w) * under;
        }
    }
    (channels, weight)
}

/// The next coarser level: sums of the known pixels, with a weight that saturates quickly.
fn pull(channels: &[Plane; 3], weight: &Plane) -> ([Plane; 3], Plane) {
    let (width, height) = (weight.width.div_ceil(2), weight.height.div_ceil(2));
    let sums = channels.each_ref().map(|channel| tent_sum(channel, width, height));
    let total = tent_sum(weight, width, height);
    let saturated = total.map(|w| w.min(1.0));
    let scaled = sums.map(|mut sum| {
        for ((value, &w), &limit) in sum.data.iter_mut().zip(&total.data).zip(&saturated.data) {
            *value *= if w > 1e-9 { limit / w } else { 0.0 };
        }
        sum
    });
    (scaled, saturated)
}

/// Sums over 4 by 4 pixels with the weights 1-3-3-1, centred on each pair: a box alone would leave blocks.
fn tent_sum(plane: &Plane, width: usize, height: usize) -> Plane {
    const TENT: [f32; 4] = [0.25, 0.75, 0.75, 0.25];
    let mut out = Plane::new(width, height);
    // One value of nothing before the row, and one or two behind it.
    let mut down = vec![0.0; 2 * width + 2];
    for y in 0..height {
        down.fill(0.0);
        for (k, tap) in TENT.iter().enumerate() {
            let Some(from) = (2 * y + k).checked_sub(1).filter(|&v| v < plane.height) else { continue };
            for (sum, v) in down[1..].iter_mut().zip(plane.row(from)) {
                *sum += tap * v;
            }
        }
        for ((value, left), right) in out.row_mut(y).iter_mut().zip(down.chunks_exact(2)).zip(down[2..].chunks_exact(2)) {
            *value = TENT[0] * left[0] + TENT[1] * left[1] + TENT[2] * right[0] + TENT[3] * right[1];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(plane: Plane) -> Colour {
        Colour::from_channels([plane.clone(), plane.clone(), plane])
    }

    #[test]
    fn a_hole_in_a_flat_picture_takes_its_colour() {
        let picture = grey(Plane::from_fn(57, 43, |x, y| if (10..40).contains(&x) && y > 8 { 255.0 } else { 80.0 }));
        let known = Plane::from_fn(57, 43, |x, y| if (10..40).contains(&x) && y > 8 { 0.0 } else { 1.0 });
        let filled = inpaint(&picture, &known);
        assert!(filled.channels[1].data.iter().all(|v| (v - 80.0).abs() < 0.5));
    }

    #[test]
    fn a_hole_between_two_colours_goes_from_one_to_the_other() {
        let picture = grey(Plane::from_fn(64, 64, |x, _| if x < 20 { 40.0 } else { 200.0 }));
        let known = Plane::from_fn(64, 64, |x, _| if (20..44).contains(&x) { 0.0 } else { 1.0 });
        let filled = inpaint(&picture, &known);
        let row = filled.channels[0].row(32);
        assert!((row[5] - 40.0).abs() < 1e-3 && (row[60] - 200.0).abs() < 1e-3);
        assert!(row[21] < 110.0 && row[42] > 130.0, "{row:?}");
        assert!((row[31] - 120.0).abs() < 35.0, "{row:?}");
    }

    #[test]
    fn nothing_known_leaves_the_picture_as_it_is() {
        let picture = grey(Plane::filled(9, 5, 33.0));
        assert_eq!(inpaint(&picture, &Plane::new(9, 5)), picture);
    }
}

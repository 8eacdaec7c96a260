//! Blurs that count only some of the pixels.

use super::{Colour, Plane, gaussian};

/// A weighted blur, and how much weight was near each pixel.
#[derive(Clone, Debug)]
pub(crate) struct Normalised {
    /// The weighted mean; meaningless where `weight` is next to nothing.
    pub(crate) value: Plane,
    /// The blurred weight.
    pub(crate) weight: Plane,
}

/// A weighted blur of a colour picture, and how much weight was near each pixel.
#[derive(Clone, Debug)]
pub(crate) struct NormalisedColour {
    /// The weighted mean; meaningless where `weight` is next to nothing.
    pub(crate) value: Colour,
    /// The blurred weight.
    pub(crate) weight: Plane,
}

/// `blur(plane * weight) / blur(weight)`: the Gaussian mean over the pixels that count.
pub(crate) fn normalised_blur(plane: &Plane, weight: &Plane, sigma: f32) -> Normalised {
    let blurred = gaussian(weight, sigma);
    Normalised { value: weighted_mean(plane, weight, &blurred, sigma), weight: blurred }
}

/// The same for each channel of a colour picture.
pub(crate) fn normalised_blur_colour(colour: &Colour, weight: &Plane, sigma: f32) -> NormalisedColour {
    let blurred = gaussian(weight, sigma);
    let value = colour.map_channels(|channel| weighted_mean(channel, weight, &blurred, sigma));
    NormalisedColour { value, weight: blurred }
}

fn weighted_mean(plane: &Plane, weight: &Plane, blurred: &Plane, sigma: f32) -> Plane {
    let mut mean = gaussian(&plane.zip(weight, |v, w| v * w), sigma);
    mean.zip_in_place(blurred, |v, w| v / w.max(1e-6));
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_without_weight_do_not_count() {
        let plane = Plane::from_fn(40, 8, |x, _| if x < 20 { 5.0 } else { 900.0 });
        let weight = Plane::from_fn(40, 8, |x, _| if x < 20 { 1.0 } else { 0.0 });
        let blurred = normalised_blur(&plane, &weight, 4.0);
        for x in 0..26 {
            assert!((blurred.value.get(x, 4) - 5.0).abs() < 0.01, "{x}");
        }
        assert!(blurred.weight.get(0, 0) > 0.99 && blurred.weight.get(39, 4) < 0.01);
    }
}

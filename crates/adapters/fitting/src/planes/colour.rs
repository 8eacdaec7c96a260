//! Three channels of floats.

use image::RgbImage;

use super::Plane;

/// A three-channel float picture: red, green and blue from 0 to 255, or CIE Lab. The channels are kept apart, since
/// nearly every filter works on one at a time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Colour {
    /// Pixels per row.
    pub(crate) width: usize,
    /// Number of rows.
    pub(crate) height: usize,
    /// The three channels, all of the same size.
    pub(crate) channels: [Plane; 3],
}

impl Colour {
    /// A black picture.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self::from_channels([Plane::new(width, height), Plane::new(width, height), Plane::new(width, height)])
    }

    /// A picture of three channels of the same size.
    pub(crate) fn from_channels(channels: [Plane; 3]) -> Self {
        channels[0].assert_same_size(&channels[1]);
        channels[0].assert_same_size(&channels[2]);
        Self { width: channels[0].width, height: channels[0].height, channels }
    }

    /// Red, green and blue from 0 to 255.
    pub(crate) fn from_rgb(image: &RgbImage) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let mut colour = Self::new(width, height);
        let [red, green, blue] = &mut colour.channels;
        let pixels = image.as_raw().chunks_exact(3);
        for (((pixel, r), g), b) in pixels.zip(&mut red.data).zip(&mut green.data).zip(&mut blue.data) {
            *r = f32::from(pixel[0]);
            *g = f32::from(pixel[1]);
            *b = f32::from(pixel[2]);
        }
        colour
    }

    /// The picture rounded to eight bits; values outside 0 to 255 are clipped.
    pub(crate) fn to_rgb(&self) -> RgbImage {
        let [red, green, blue] = &self.channels;
        let byte = |value: f32| (value + 0.5) as u8;
        let mut image = RgbImage::new(self.width as u32, self.height as u32);
        let pixels = image.chunks_exact_mut(3);
        for (((pixel, &r), &g), &b) in pixels.zip(&red.data).zip(&green.data).zip(&blue.data) {
            pixel.copy_from_slice(&[byte(r), byte(g), byte(b)]);
        }
        image
    }

    /// The colour at `(x, y)`.
    #[inline]
    pub(crate) fn get(&self, x: usize, y: usize) -> [f32; 3] {
        self.index(y * self.width + x)
    }

    /// The colour at the row-major index.
    #[inline]
    pub(crate) fn index(&self, index: usize) -> [f32; 3] {
        [self.channels[0].data[index], self.channels[1].data[index], self.channels[2].data[index]]
    }

    /// Sets the colour at the row-major index.
    #[inline]
    pub(crate) fn set_index(&mut self, index: usize, colour: [f32; 3]) {
        for (channel, value) in self.channels.iter_mut().zip(colour) {
            channel.data[index] = value;
        }
    }

    /// A picture of the same filter applied to each channel.
    pub(crate) fn map_channels(&self, filter: impl Fn(&Plane) -> Plane) -> Self {
        Self::from_channels([filter(&self.channels[0]), filter(&self.channels[1]), filter(&self.channels[2])])
    }

    /// The bilinear interpolation at `(x, y)`; outside, the nearest edge pixel counts.
    pub(crate) fn sample(&self, x: f32, y: f32) -> [f32; 3] {
        [self.channels[0].sample(x, y), self.channels[1].sample(x, y), self.channels[2].sample(x, y)]
    }

    /// Blends `over` on top, `alpha` from 0 (unchanged) to 1 (replaced).
    pub(crate) fn blend(&mut self, over: &Self, alpha: &Plane) {
        for (channel, top) in self.channels.iter_mut().zip(&over.channels) {
            channel.assert_same_size(top);
            channel.assert_same_size(alpha);
            for ((value, &with), &a) in channel.data.iter_mut().zip(&top.data).zip(&alpha.data) {
                *value += (with - *value) * a;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eight_bit_picture_survives_the_round_trip() {
        let image = RgbImage::from_fn(5, 4, |x, y| image::Rgb([(x * 50) as u8, (y * 60) as u8, 255]));
        assert_eq!(Colour::from_rgb(&image).to_rgb(), image);
    }

    #[test]
    fn values_outside_eight_bits_are_clipped() {
        let channels = [Plane::filled(1, 1, -8.0), Plane::filled(1, 1, 300.0), Plane::filled(1, 1, 99.6)];
        assert_eq!(Colour::from_channels(channels).to_rgb().into_raw(), [0, 255, 100]);
    }

    #[test]
    fn blending_by_half_gives_the_mean() {
        let mut base = Colour::new(1, 1);
        let white = base.map_channels(|_| Plane::filled(1, 1, 200.0));
        base.blend(&white, &Plane::filled(1, 1, 0.5));
        assert_eq!(base.get(0, 0), [100.0; 3]);
    }
}

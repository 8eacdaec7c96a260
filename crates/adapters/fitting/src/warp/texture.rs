//! A picture with transparency that can be sampled anywhere.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::F32x4;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use crate::geometry::Point;
use crate::planes::{Area, Colour, Plane};

/// Premultiplied RGBA: colour 0..=255 times alpha, alpha 0..=1, row by row.
#[derive(Clone, Debug)]
pub(crate) struct Texture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<[f32; 4]>,
}

impl Texture {
    pub(crate) fn transparent(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[0.0; 4]; width * height] }
    }

    /// A cut-out: `rgb` 0..=255, `alpha` 0..=1.
    pub(crate) fn from_cut_out(rgb: &Colour, alpha: &Plane) -> Self {
        let pixels = alpha.data.iter().enumerate().map(|(i, &a)| {
            let [r, g, b] = rgb.index(i);
            [r * a, g * a, b * a, a]
        });
        Self { width: alpha.width, height: alpha.height, pixels: pixels.collect() }
    }

    /// The part of the texture in the area.
    pub(crate) fn cropped(&self, area: &Area) -> Self {
        Self { width: area.width(), height: area.height(), pixels: area.crop(&self.pixels, self.width) }
    }

    /// The smallest area outside of which there is nothing.
    pub(crate) fn support(&self) -> Option<Area> {
        Area::around(&self.pixels, self.width, |px| px[3] > 0.0)
    }

    /// The alpha alone.
    pub(crate) fn alpha(&self) -> Plane {
        Plane { width: self.width, height: self.height, data: self.pixels.iter().map(|p| p[3]).collect() }
    }

    /// Bilinear value at `p`; transparent outside.
    pub(crate) fn sample(&self, p: Point) -> [f32; 4] {
        let (x0, y0) = (p.x.floor(), p.y.floor());
        let (fx, fy) = (p.x - x0, p.y - y0);
        let (x, y) = (x0 as isize, y0 as isize);
        let mut sum = [0.0; 4];
        for (dx, dy, weight) in [(0, 0, (1.0 - fx) * (1.0 - fy)), (1, 0, fx * (1.0 - fy)), (0, 1, (1.0 - fx) * fy), (1, 1, fx * fy)] {
            let (x, y) = (x + dx, y + dy);
            if x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height {
                let px = self.pixels[y as usize * self.width + x as usize];
                for c in 0..4 {
                    sum[c] += weight * px[c];
                }
            }
        }
        sum
    }

    /// The texture made smaller by `k` (below 1), every new pixel the weighted mean of what it covers. Sampling a
    /// much larger texture directly would alias prints and stripes.
    pub(crate) fn shrunk(&self, k: f32) -> Self {
        let side = |n: usize| ((n as f32 * k).round() as usize).max(1);
        let (width, height) = (side(self.width), side(self.height));
        let source: Vec<F32x4> = self.pixels.iter().map(|p| F32x4::new(*p)).collect();
        let mut target = TypedImage::<F32x4>::new(width as u32, height as u32);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).use_alpha(false);
        let resized = TypedImageRef::new(self.width as u32, self.height as u32, &source)
            .map_err(|e| e.to_string())
            .and_then(|s| Resizer::new().resize_typed(&s, &mut target, &options).map_err(|e| e.to_string()));
        debug_assert!(resized.is_ok(), "{resized:?}");
        // The filter overshoots at hard edges.
        let sound = |p: [f32; 4]| {
            let alpha = p[3].clamp(0.0, 1.0);
            [p[0], p[1], p[2], 255.0].map(|v| v.clamp(0.0, 255.0 * alpha))
        };
        let pixels = target.pixels().iter().map(|p| sound(p.0)).map(|[r, g, b, a]| [r, g, b, a / 255.0]);
        Self { width, height, pixels: pixels.collect() }
    }
}

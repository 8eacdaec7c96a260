//! Telling the garment from the background, pixel by pixel.

use crate::planes::{
    Colour, Component, Components, Connectivity, Mask, Plane, close, dilate, dilate_grey, erode, gaussian, gradient_magnitude, median,
    open, percentile,
};
use crate::refusal::Refusal;

use super::background::Background;
use super::watershed::snap;

/// How the garment is told from the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// Clear differences only; smooth darkening is taken for the garment's shadow.
    Shadowed,
    /// The faintest differences, for white on white. Shadow counts as garment at first and is then peeled off.
    LowContrast,
}

/// The least share of the picture a garment covers.
const LEAST_AREA: f32 = 0.04;
/// The share of the garment's extent along an edge of the picture from which on it must go on outside.
const MOST_CONTACT: f32 = 0.3;
/// An outline found by the faintest differences is frayed: how far frays reach, in pixels.
const FRAYS: f32 = 5.0;
/// How deep a shadow may lie around a garment, in pixels.
const SHADOW_DEPTH: usize = 20;
/// How far the edge of a faint garment may be off on either side, in pixels.
const SNAP_INWARDS: usize = 22;
const SNAP_OUTWARDS: usize = 4;
/// A garment this much darker than the background cannot be taken for its shadow.
const DARK: f32 = -40.0;
/// The largest share of a garment that shaded gaps have been taken for.
const MOST_GAPS: f32 = 0.02;

/// How a picture differs from its background.
pub(super) struct Difference {
    /// Lightness above that of the background.
    light: Plane,
    /// Distance in colour, lightness aside.
    chroma: Plane,
    /// Distance in colour from the background as it looks in the shade, where it loses colour with its lightness.
    shade_chroma: Plane,
    /// Change of lightness per pixel, lightly smoothed.
    gradient: Plane,
    inliers: Vec<usize>,
}

impl Difference {
    pub(super) fn new(lab: &Colour, background: Background) -> Self {
        let [light, a, b] = &lab.channels;
        let [base_light, base_a, base_b] = &background.lab.channels;
        let mut chroma = Plane::new(lab.width, lab.height);
        let mut shade_chroma = Plane::new(lab.width, lab.height);
        for i in 0..chroma.data.len() {
            let (a, b, base_a, base_b) = (a.data[i], b.data[i], base_a.data[i], base_b.data[i]);
            // Less light scales all three of L + 16, a and b alike.
            let shade = (light.data[i] + 16.0) / (base_light.data[i] + 16.0).max(1.0);
            chroma.data[i] = length(a - base_a, b - base_b);
            shade_chroma.data[i] = length(a - base_a * shade, b - base_b * shade);
        }
        Self {
            light: light.zip(base_light, |v, base| v - base),
            chroma,
            shade_chroma,
            gradient: gradient_magnitude(&gaussian(light, 1.2)),
            inliers: background.inliers,
        }
    }

    /// The silhouette of the garment.
    pub(super) fn silhouette(&self, pass: Pass) -> Result<Mask, Refusal> {
        // What is only darker is less likely to be garment than what is lighter or of another colour.
        let darker = if pass == Pass::Shadowed { 0.45 } else { 1.0 };
        let distance = self.light.zip(&self.chroma, |l, c| length(if l < 0.0 { darker * l } else { l }, c));
        let noise = percentile(&mut self.inliers.iter().map(|&i| distance.data[i]).collect::<Vec<_>>(), 0.95);
        let threshold = match pass {
            Pass::Shadowed => (2.0 * noise).max(5.0),
            Pass::LowContrast => (1.8 * noise).max(1.6),
        };
        let free = self.free(&distance, threshold, pass);
        let silhouette = close(&largest(&outside(&free, &distance, threshold).not(), Connectivity::Eight)?, 5);
        match pass {
            Pass::Shadowed => Ok(self.without_shaded_gaps(silhouette, free, &distance, threshold)),
            Pass::LowContrast => {
                let peeled = self.peel(&silhouette);
                let snapped = snap(&peeled, &self.gradient, SNAP_INWARDS, SNAP_OUTWARDS);
                let smooth = gaussian(&open(&snapped, 9).to_plane(), FRAYS).mask(|v| v > 0.5);
                largest(&smooth, Connectivity::Four)
            }
        }
    }

    /// What may be background by itself, wherever it lies.
    fn free(&self, distance: &Plane, threshold: f32, pass: Pass) -> Mask {
        let mut free = open(&distance.mask(|d| d > threshold), 3).not();
        if pass == Pass::Shadowed {
            for (i, free) in free.data.iter_mut().enumerate() {
                *free |= self.is_shadow(i, 4.5, -45.0..2.0) && self.gradient.data[i] < 1.1;
            }
        }
        open(&free, 3)
    }

    /// Takes the shaded gaps between dark sleeves and torso off the silhouette: too narrow to be smooth anywhere, but
    /// much lighter than the garment.
    fn without_shaded_gaps(&self, silhouette: Mask, mut free: Mask, distance: &Plane, threshold: f32) -> Mask {
        let core = core_of(&silhouette);
        let inside = core.data.iter().zip(&self.light.data).filter(|(core, _)| **core);
        let usual = median(&mut inside.map(|(_, light)| *light).collect::<Vec<_>>());
        if usual > DARK {
            return silhouette;
        }
        for (i, free) in free.data.iter_mut().enumerate() {
            *free |= self.is_shadow(i, 6.0, 0.55 * usual..2.0);
        }
        let Ok(without) = largest(&outside(&open(&free, 3), distance, threshold).not(), Connectivity::Eight) else {
            return silhouette;
        };
        // Only the gaps are to go, not the blurred rim all around.
        let without = silhouette.zip(&dilate(&without, 5), |whole, kept| whole && kept);
        let gone = silhouette.count() - without.count();
        // Had more gone, it would have been a light part of the garment.
        if (gone as f32) < MOST_GAPS * silhouette.count() as f32 { without } else { silhouette }
    }

    /// Whether a pixel is the background's colour, only darker.
    fn is_shadow(&self, index: usize, most_chroma: f32, darkening: std::ops::Range<f32>) -> bool {
        self.shade_chroma.data[index] < most_chroma && darkening.contains(&self.light.data[index])
    }

    /// Takes the shadow off a silhouette: smooth, neutral pixels that can be reached from outside.
    fn peel(&self, silhouette: &Mask) -> Mask {
        let rough = dilate_grey(&self.gradient, 1);
        let smooth = Mask {
            width: silhouette.width,
            height: silhouette.height,
            data: (0..rough.data.len()).map(|i| rough.data[i] < 0.55 && self.is_shadow(i, 3.0, -25.0..1.0)).collect(),
        };
        let background = silhouette.not();
        let allowed = background.zip(&smooth, |b, s| b || s);
        let mut reached = background;
        for _ in 0..SHADOW_DEPTH {
            let next = dilate(&reached, 3).zip(&allowed, |r, a| r && a);
            if next == reached {
                break;
            }
            reached = next;
        }
        let peeled = open(&reached.not(), 7);
        if peeled.count() as f32 > 0.8 * silhouette.count() as f32 { peeled } else { silhouette.clone() }
    }
}

/// Of a vector whose squares a float can hold, which `hypot` does not rely on and is slower for.
fn length(a: f32, b: f32) -> f32 {
    (a * a + b * b).sqrt()
}

/// The background: what may be and is connected to the edge of the picture, and large holes that resemble it.
fn outside(free: &Mask, distance: &Plane, threshold: f32) -> Mask {
    let mut free = free.clone();
    let (right, bottom) = (free.width - 1, free.height - 1);
    for x in 0..free.width {
        free.set(x, 0, true);
        free.set(x, bottom, true);
    }
    for y in 0..free.height {
        free.set(0, y, true);
        free.set(right, y, true);
    }
    let components = Components::of(&free, Connectivity::Four);
    let mut depths: Vec<Vec<f32>> = vec![Vec::new(); components.list.len()];
    let least = 0.002 * free.data.len() as f32;
    let is_hole = |c: &Component| c.left > 0 && c.area as f32 > least;
    for (&label, &d) in components.labels.iter().zip(&distance.data) {
        if label > 0 && is_hole(&components.list[label as usize - 1]) {
            depths[label as usize - 1].push(d);
        }
    }
    let belongs: Vec<bool> = components
        .list
        .iter()
        .zip(&mut depths)
        .map(|(c, depths)| c.left == 0 || (is_hole(c) && median(depths) < 0.6 * threshold))
        .collect();
    let data = components.labels.iter().map(|&l| l > 0 && belongs[l as usize - 1]).collect();
    Mask { width: free.width, height: free.height, data }
}

/// The largest component, if it can be a garment that is wholly in the picture.
fn largest(mask: &Mask, connectivity: Connectivity) -> Result<Mask, Refusal> {
    let components = Components::of(mask, connectivity);
    let index = components.largest().ok_or(Refusal::GarmentNotFound)?;
    if (components.list[index].area as f32) < LEAST_AREA * mask.data.len() as f32 {
        return Err(Refusal::GarmentNotFound);
    }
    let garment = components.mask_of(index);
    if is_cut_off(&garment, &components.list[index]) { Err(Refusal::GarmentCutOff) } else { Ok(garment) }
}

/// Whether the garment touches two edges of the picture, or one along a good part of its own extent.
fn is_cut_off(garment: &Mask, bounds: &Component) -> bool {
    let (right, bottom) = (garment.width - 1, garment.height - 1);
    // The outermost pixels are always background, so the second row or column counts.
    let row = |y: usize| garment.row(y).iter().filter(|&&v| v).count();
    let column = |x: usize| (0..garment.height).filter(|&y| garment.get(x, y)).count();
    let wide = (bounds.right - bounds.left + 1) as f32;
    let high = (bounds.bottom - bounds.top + 1) as f32;
    let mut touched = 0;
    let mut along = false;
    for (touches, contact, extent) in [
        (bounds.top <= 1, row(1), wide),
        (bounds.bottom + 1 >= bottom, row(bottom - 1), wide),
        (bounds.left <= 1, column(1), high),
        (bounds.right + 1 >= right, column(right - 1), high),
    ] {
        touched += usize::from(touches);
        along |= touches && contact as f32 > MOST_CONTACT * extent;
    }
    touched >= 2 || along
}

/// The silhouette without a rim: certainly garment.
pub(super) fn core_of(silhouette: &Mask) -> Mask {
    erode(silhouette, 9)
}

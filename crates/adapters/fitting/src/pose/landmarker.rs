//! Joints and outline of one person.

use image::RgbImage;
use tract_onnx::prelude::TractResult;

use super::network::{Network, take_output};
use super::region::{REGION_SIDE, Region};
use super::sampling::{sample_map, sample_region};
use crate::geometry::{Point, pt};

/// Points the network gives: 33 of the body and 6 for its own tracking.
const POINTS: usize = 39;
/// Points of the body.
pub(crate) const BODY_POINTS: usize = 33;
const HEAT_SIDE: usize = 64;
/// Half the window of heat-map cells that refine a point.
const HEAT_REACH: usize = 3;

/// What the landmark network saw.
pub(crate) struct Landmarks {
    /// Body points in picture pixels.
    pub(crate) points: [Point; BODY_POINTS],
    /// How likely each point is visible, 0..=1.
    pub(crate) visibility: [f32; BODY_POINTS],
    /// Body points in metres around the middle of the hips.
    pub(crate) world: [[f32; 3]; BODY_POINTS],
    /// How likely there is a person at all, 0..=1.
    pub(crate) presence: f32,
    /// Outline of the person, 0..=1, `width * height` of the picture.
    pub(crate) mask: Vec<f32>,
}

pub(crate) struct Landmarker {
    network: Network,
}

impl Landmarker {
    pub(crate) fn load(onnx: &[u8]) -> TractResult<Self> {
        Ok(Self { network: Network::load(onnx, REGION_SIDE)? })
    }

    pub(crate) fn run(&self, picture: &RgbImage, region: Region) -> TractResult<Landmarks> {
        let input = sample_region(picture, REGION_SIDE, |u, v| region.to_picture(u, v));
        let input: Vec<f32> = input.iter().map(|px| px / 255.0).collect();
        let mut outputs = self.network.run(&input)?;
        let raw = take_output(&mut outputs, POINTS * 5)?;
        let presence = take_output(&mut outputs, 1)?[0];
        let outline = take_output(&mut outputs, REGION_SIDE * REGION_SIDE)?;
        let heat = take_output(&mut outputs, HEAT_SIDE * HEAT_SIDE * POINTS)?;
        let metres = take_output(&mut outputs, POINTS * 3)?;

        let refined = |i: usize| refine(pt(raw[i * 5], raw[i * 5 + 1]), &heat, i);
        Ok(Landmarks {
            points: std::array::from_fn(|i| {
                let p = refined(i);
                region.to_picture(p.x, p.y)
            }),
            visibility: std::array::from_fn(|i| sigmoid(raw[i * 5 + 3])),
            world: std::array::from_fn(|i| std::array::from_fn(|c| metres[i * 3 + c])),
            presence,
            mask: mask_in_picture(&outline, region, picture.dimensions()),
        })
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Moves a point to the weighted centre of its heat map nearby, when the heat map is sure of anything there.
fn refine(p: Point, heat: &[f32], point: usize) -> Point {
    let cells = HEAT_SIDE as f32 / REGION_SIDE as f32;
    let (gx, gy) = ((p.x * cells).floor(), (p.y * cells).floor());
    let inside = 0.0..HEAT_SIDE as f32;
    if !inside.contains(&gx) || !inside.contains(&gy) {
        return p;
    }
    let window = |g: f32| (g as usize).saturating_sub(HEAT_REACH)..(g as usize + HEAT_REACH + 1).min(HEAT_SIDE);
    let (mut best, mut sum, mut at) = (0.0f32, 0.0, Point::default());
    for y in window(gy) {
        for x in window(gx) {
            let w = sigmoid(heat[(y * HEAT_SIDE + x) * POINTS + point]);
            best = best.max(w);
            sum += w;
            at = at + pt(x as f32, y as f32) * w;
        }
    }
    if best < 0.5 { p } else { at * (1.0 / sum / cells) }
}

fn mask_in_picture(logits: &[f32], region: Region, (width, height): (u32, u32)) -> Vec<f32> {
    let mask: Vec<f32> = logits.iter().map(|&v| sigmoid(v)).collect();
    let mut out = Vec::with_capacity((width * height) as usize);
    for y in 0..height {
        for x in 0..width {
            out.push(sample_map(&mask, REGION_SIDE, region.to_region(pt(x as f32, y as f32))));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsure_heat_map_leaves_the_point_alone() {
        let heat = vec![-9.0; HEAT_SIDE * HEAT_SIDE * POINTS];
        assert_eq!(refine(pt(100.0, 60.0), &heat, 4), pt(100.0, 60.0));
    }

    #[test]
    fn a_sure_heat_map_draws_the_point_to_its_peak() {
        let mut heat = vec![-30.0; HEAT_SIDE * HEAT_SIDE * POINTS];
        heat[(16 * HEAT_SIDE + 27) * POINTS + 4] = 5.0;
        assert!(refine(pt(100.0, 60.0), &heat, 4).distance(pt(108.0, 64.0)) < 1e-3);
    }
}

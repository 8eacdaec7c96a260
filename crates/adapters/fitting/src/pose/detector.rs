//! Finds people: boxes, and the two key points that place the region of interest.

use image::RgbImage;
use tract_onnx::prelude::TractResult;

use super::anchors::{ANCHOR_COUNT, DETECTOR_SIDE, anchors};
use super::network::{Network, take_output};
use super::sampling::sample_region;
use crate::geometry::{Point, pt};

const MIN_SCORE: f32 = 0.5;
const OVERLAP: f32 = 0.3;
/// Values per box: centre, size and four key points.
const BOX_VALUES: usize = 12;

/// One person found. In the detector's square until [`Detector::find`] returns it, then in picture pixels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Detection {
    pub(crate) score: f32,
    pub(crate) top_left: Point,
    pub(crate) bottom_right: Point,
    /// Middle of the hips.
    pub(crate) centre: Point,
    /// A point on the circle around the whole body.
    pub(crate) rim: Point,
}

impl Detection {
    pub(crate) fn area(&self) -> f32 {
        let size = self.bottom_right - self.top_left;
        size.x.max(0.0) * size.y.max(0.0)
    }

    fn overlap(&self, other: &Self) -> f32 {
        let w = self.bottom_right.x.min(other.bottom_right.x) - self.top_left.x.max(other.top_left.x);
        let h = self.bottom_right.y.min(other.bottom_right.y) - self.top_left.y.max(other.top_left.y);
        if w <= 0.0 || h <= 0.0 {
            return 0.0;
        }
        w * h / (self.area() + other.area() - w * h)
    }

    fn mapped(&self, f: impl Fn(Point) -> Point) -> Self {
        Self { score: self.score, top_left: f(self.top_left), bottom_right: f(self.bottom_right), centre: f(self.centre), rim: f(self.rim) }
    }
}

pub(crate) struct Detector {
    network: Network,
    anchors: Vec<[f32; 2]>,
}

impl Detector {
    pub(crate) fn load(onnx: &[u8]) -> TractResult<Self> {
        Ok(Self { network: Network::load(onnx, DETECTOR_SIDE)?, anchors: anchors() })
    }

    /// People in the picture, surest first, in picture pixels.
    pub(crate) fn find(&self, picture: &RgbImage) -> TractResult<Vec<Detection>> {
        let (w, h) = (picture.width() as f32, picture.height() as f32);
        let square = w.max(h);
        let pad = pt((square - w) / 2.0, (square - h) / 2.0);
        let k = square / DETECTOR_SIDE as f32;
        // No half-pixel shift: the network was trained on tensors sampled at whole indices.
        let input = sample_region(picture, DETECTOR_SIDE, |u, v| pt(u * k - pad.x, v * k - pad.y));
        let input: Vec<f32> = input.iter().map(|px| px / 127.5 - 1.0).collect();
        let mut outputs = self.network.run(&input)?;
        let boxes = take_output(&mut outputs, ANCHOR_COUNT * BOX_VALUES)?;
        let logits = take_output(&mut outputs, ANCHOR_COUNT)?;
        let merged = merge_overlapping(decode(&boxes, &logits, &self.anchors));
        Ok(merged.iter().map(|d| d.mapped(|p| p * square - pad)).collect())
    }
}

fn decode(boxes: &[f32], logits: &[f32], anchors: &[[f32; 2]]) -> Vec<Detection> {
    let side = DETECTOR_SIDE as f32;
    let mut found = Vec::new();
    for ((b, logit), anchor) in boxes.chunks_exact(BOX_VALUES).zip(logits).zip(anchors) {
        let score = 1.0 / (1.0 + (-logit.clamp(-100.0, 100.0)).exp());
        if score <= MIN_SCORE {
            continue;
        }
        let at = |i: usize| pt(b[i] / side + anchor[0], b[i + 1] / side + anchor[1]);
        let half = pt(b[2], b[3]) * (0.5 / side);
        found.push(Detection { score, top_left: at(0) - half, bottom_right: at(0) + half, centre: at(4), rim: at(6) });
    }
    found
}

/// Non-maximum suppression that averages each overlapping group, weighted by score, instead of keeping only the best:
/// key points of neighbouring anchors scatter, and their mean is steadier.
fn merge_overlapping(mut found: Vec<Detection>) -> Vec<Detection> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut merged = Vec::new();
    while let Some(best) = found.first().cloned() {
        let (group, rest): (Vec<_>, Vec<_>) = found.into_iter().partition(|d| *d == best || best.overlap(d) > OVERLAP);
        let weight: f32 = group.iter().map(|d| d.score).sum();
        let mean = |f: fn(&Detection) -> Point| group.iter().fold(Point::default(), |sum, d| sum + f(d) * (d.score / weight));
        merged.push(Detection {
            score: best.score,
            top_left: mean(|d| d.top_left),
            bottom_right: mean(|d| d.bottom_right),
            centre: mean(|d| d.centre),
            rim: mean(|d| d.rim),
        });
        found = rest;
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detection(score: f32, x: f32) -> Detection {
        Detection { score, top_left: pt(x, 0.0), bottom_right: pt(x + 1.0, 1.0), centre: pt(x, 0.5), rim: pt(x, 1.0) }
    }

    #[test]
    fn overlapping_boxes_become_one_weighted_by_score() {
        let merged = merge_overlapping(vec![detection(0.6, 0.3), detection(0.9, 0.0)]);
        assert_eq!(merged.len(), 1);
        assert_eq!(merged[0].score, 0.9);
        assert!((merged[0].top_left.x - 0.12).abs() < 1e-6);
    }

    #[test]
    fn boxes_apart_stay_apart_surest_first() {
        let merged = merge_overlapping(vec![detection(0.6, 0.0), detection(0.9, 0.8)]);
        assert_eq!(merged.iter().map(|d| d.score).collect::<Vec<_>>(), [0.9, 0.6]);
    }

    #[test]
    fn a_box_is_decoded_around_its_anchor_and_weak_ones_are_dropped() {
        let mut boxes = vec![0.0; 2 * BOX_VALUES];
        boxes[..8].copy_from_slice(&[22.4, 0.0, 44.8, 22.4, 0.0, 11.2, 0.0, -11.2]);
        let found = decode(&boxes, &[3.0, -3.0], &[[0.5, 0.5], [0.1, 0.1]]);
        assert_eq!(found.len(), 1);
        let d = &found[0];
        assert!(d.top_left.distance(pt(0.5, 0.45)) < 1e-6);
        assert!(d.bottom_right.distance(pt(0.7, 0.55)) < 1e-6);
        assert!(d.centre.distance(pt(0.5, 0.55)) < 1e-6);
        assert!(d.rim.distance(pt(0.5, 0.45)) < 1e-6);
    }
}

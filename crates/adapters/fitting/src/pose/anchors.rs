//! The detector's anchor points.

/// Side of the detector's input, in pixels.
pub(crate) const DETECTOR_SIDE: usize = 224;

/// Feature maps as (cells per side, anchors per cell): strides 8, 16 and three layers of 32, two anchors each.
const LAYERS: [(usize, usize); 3] = [(28, 2), (14, 2), (7, 6)];

/// Number of anchors, which is the number of boxes the detector gives.
pub(crate) const ANCHOR_COUNT: usize = 28 * 28 * 2 + 14 * 14 * 2 + 7 * 7 * 6;

/// Anchor centres in 0..1 of the input square, in the order of the detector's boxes.
pub(crate) fn anchors() -> Vec<[f32; 2]> {
    let mut out = Vec::with_capacity(ANCHOR_COUNT);
    for (cells, per_cell) in LAYERS {
        let centre = |i: usize| (i as f32 + 0.5) / cells as f32;
        for y in 0..cells {
            for x in 0..cells {
                out.extend(std::iter::repeat_n([centre(x), centre(y)], per_cell));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_2254_anchors_from_corner_to_corner() {
        let all = anchors();
        assert_eq!(all.len(), 2254);
        assert_eq!(all.len(), ANCHOR_COUNT);
        assert_eq!(all[0], [0.5 / 28.0; 2]);
        assert_eq!(all[1], all[0]);
        assert_eq!(all[2], [1.5 / 28.0, 0.5 / 28.0]);
        assert_eq!(all[2253], [6.5 / 7.0; 2]);
    }
}

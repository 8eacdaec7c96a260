//! Moving a doubtful edge to the nearest real one.

use std::collections::VecDeque;

use crate::planes::{Mask, Plane, dilate, erode, open};

/// Steps of edge strength that are told apart.
const LEVELS: usize = 64;
/// Edge strength from which on all edges are equally strong, in lightness per pixel.
const STRONGEST: f32 = 4.0;

/// The silhouette with its edge moved to the strongest edge within `inwards` pixels inside and `outwards` outside of
/// it: two floods, from inside and from outside, that rise over the edge strength until they meet.
pub(super) fn snap(silhouette: &Mask, strength: &Plane, inwards: usize, outwards: usize) -> Mask {
    let inner = sure_inside(silhouette, inwards);
    let outer = dilate(silhouette, 2 * outwards + 1).not();
    let mut flood = Flood::new(silhouette, strength);
    for index in 0..inner.data.len() {
        if inner.data[index] {
            flood.claim(index, Side::Inside, 0);
        } else if outer.data[index] {
            flood.claim(index, Side::Outside, 0);
        }
    }
    flood.run();
    Mask { data: flood.owner.iter().map(|side| *side == Side::Inside).collect(), ..*silhouette }
}

/// The silhouette without its rim; thin parts, such as straps, lose only a little.
fn sure_inside(silhouette: &Mask, inwards: usize) -> Mask {
    let side = 2 * inwards + 1;
    let thin = silhouette.zip(&open(silhouette, side), |whole, thick| whole && !thick);
    let thin = erode(&open(&thin, 9), 5);
    erode(silhouette, side).zip(&thin, |a, b| a || b)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Nobody,
    Inside,
    Outside,
}

struct Flood {
    owner: Vec<Side>,
    level: Vec<u8>,
    /// Pixels to spread from, by the level at which they were reached.
    waiting: Vec<VecDeque<usize>>,
    width: usize,
}

impl Flood {
    fn new(size: &Mask, strength: &Plane) -> Self {
        let scale = (LEVELS - 1) as f32 / STRONGEST;
        Self {
            owner: vec![Side::Nobody; size.data.len()],
            level: strength.data.iter().map(|s| (s * scale).min((LEVELS - 1) as f32) as u8).collect(),
            waiting: vec![VecDeque::new(); LEVELS],
            width: size.width,
        }
    }

    fn claim(&mut self, index: usize, side: Side, reached_at: usize) {
        self.owner[index] = side;
        self.waiting[reached_at.max(usize::from(self.level[index]))].push_back(index);
    }

    fn run(&mut self) {
        for level in 0..LEVELS {
            while let Some(index) = self.waiting[level].pop_front() {
                let side = self.owner[index];
                let x = index % self.width;
                let neighbours = [
                    (x > 0).then(|| index - 1),
                    (x + 1 < self.width).then_some(index + 1),
                    index.checked_sub(self.width),
                    Some(index + self.width).filter(|&i| i < self.owner.len()),
                ];
                for neighbour in neighbours.into_iter().flatten() {
                    if self.owner[neighbour] == Side::Nobody {
                        self.claim(neighbour, side, level);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_that_is_off_by_a_few_pixels_snaps_to_the_real_one() {
        let block = |inset: usize| Mask::from_fn(90, 90, |x, y| (inset..90 - inset).contains(&x) && (inset..90 - inset).contains(&y));
        let edge = Plane::from_fn(90, 90, |x, y| {
            let from_edge = x.min(y).min(89 - x).min(89 - y);
            if (19..=20).contains(&from_edge) { 2.0 } else { 0.1 }
        });
        for off in [14, 18, 22, 25] {
            let snapped = snap(&block(off), &edge, 12, 12);
            let wrong = snapped.zip(&block(20), |a, b| a != b).count();
            assert!(wrong < 120, "{wrong} pixels wrong from {off}");
        }
    }

    #[test]
    fn a_thin_strap_is_kept() {
        let strap = Mask::from_fn(80, 80, |x, y| (30..50).contains(&x) || y > 50);
        let edge = crate::planes::gradient_magnitude(&strap.to_plane().map(|v| v * 8.0));
        let snapped = snap(&strap, &edge, 14, 6);
        assert!(snapped.get(40, 10) && !snapped.get(20, 10));
    }
}

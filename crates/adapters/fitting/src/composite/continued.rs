//! Continues a patterned background behind the person: a blurred one shows where bricks, boards or shelves end.
//!
//! A hole is filled with the piece of the photo that fits its surroundings best, moved as a whole, and its colours are
//! brought to those at the hole's edge ("shift map" with one shift a hole; He and Sun, "Statistics of patch offsets").

use crate::planes::{Area, Colour, Component, Components, Connectivity, Mask, Plane, dilate, gaussian_colour, normalised_blur_colour};

/// Width in pixels of the rim of known pixels that a piece has to fit.
const RIM: usize = 7;
/// Holes of fewer pixels are filled smoothly.
const LEAST_HOLE: usize = 24;
/// Pixels of a rim, and of a hole, that are looked at for each shift.
const LOOKED_AT: usize = 160;
/// The search goes this many pixels at a time, then one by one around the best.
const STRIDE: i32 = 2;
/// What a piece leaves of a hole is tried again, so many times in all.
const ROUNDS: usize = 2;
/// Share of a hole that the moved piece has to cover.
const LEAST_COVERED: f32 = 0.80;
/// Share of a rim that the moved piece may leave.
const MOST_RIM_MISSED: f32 = 0.4;
/// A piece that differs by more than this from the rim (mean of the channels, 0 to 255, apart from its brightness) does
/// not fit.
const FITS: f32 = 14.0;
/// A shift costs this much a pixel, and up and down this many times as much: floors and skirting boards are level.
const COST: f32 = 0.004;
const LEVEL: f32 = 4.0;

/// What a hole of which nothing is covered would cost.
const UNCOVERED: f32 = 30.0;

/// How far a piece may come from, in pixels: to the sides, and up or down.
pub(super) struct Reach {
    pub(super) across: usize,
    pub(super) down: usize,
}

impl Reach {
    /// What is looked at for holes in an area of a picture of that size.
    pub(super) fn around(&self, area: &Area, size: (usize, usize)) -> Area {
        area.grown(self.across + 2 * RIM, self.down + 2 * RIM, size)
    }
}

/// Fills the holes of `smooth`, a picture already filled smoothly, with pieces of `photo` where `known` is set.
pub(super) fn fill_with_pieces(smooth: &mut Colour, photo: &Colour, known: &Mask, holes: &Mask, reach: &Reach) {
    let Some(area) = Area::around(&holes.data, holes.width, |hole| *hole) else { return };
    let area = reach.around(&area, (photo.width, photo.height));
    let mut filled = smooth.cropped(&area);
    fill(&mut filled, &photo.cropped(&area), &known.cropped(&area), &holes.cropped(&area), reach);
    smooth.paste(&filled, &area);
}

fn fill(smooth: &mut Colour, photo: &Colour, known: &Mask, holes: &Mask, reach: &Reach) {
    let softened = gaussian_colour(photo, 1.0);
    let mut rest = holes.clone();
    for _ in 0..ROUNDS {
        let components = Components::of(&rest, Connectivity::Eight);
        for (n, component) in components.list.iter().enumerate() {
            if component.area < LEAST_HOLE {
                continue;
            }
            let (rim, inside) = rim_and_inside(&components, n, known);
            if rim.len() < LEAST_HOLE {
                continue;
            }
            let search = Search { photo: &softened, known, rim: thinned(&rim, photo.width), hole: thinned(&inside, photo.width) };
            if let Some(shift) = search.best(reach) {
                paste(smooth, photo, known, &rim, &inside, shift, &mut rest);
            }
        }
    }
}

/// The known pixels around a hole and the pixels in it, as places.
fn rim_and_inside(components: &Components, n: usize, known: &Mask) -> (Vec<usize>, Vec<usize>) {
    let Component { left, top, right, bottom, .. } = components.list[n];
    let area = Area { left, top, right: right + 1, bottom: bottom + 1 }.grown(RIM, RIM, (known.width, known.height));
    let label = n as u32 + 1;
    let data = area.crop(&components.labels, known.width).iter().map(|l| *l == label).collect();
    let hole = Mask { width: area.width(), height: area.height(), data };
    let wide = dilate(&hole, RIM);
    let (mut rim, mut inside) = (Vec::new(), Vec::new());
    for (i, (&hole, &wide)) in hole.data.iter().zip(&wide.data).enumerate() {
        let place = (area.top + i / area.width()) * known.width + area.left + i % area.width();
        if hole {
            inside.push(place);
        } else if wide && known.data[place] {
            rim.push(place);
        }
    }
    (rim, inside)
}

/// Evenly chosen pixels, as columns and rows.
fn thinned(all: &[usize], width: usize) -> Vec<(i32, i32)> {
    all.iter().step_by((all.len() / LOOKED_AT).max(1)).map(|i| ((i % width) as i32, (i / width) as i32)).collect()
}

struct Search<'a> {
    photo: &'a Colour,
    known: &'a Mask,
    rim: Vec<(i32, i32)>,
    hole: Vec<(i32, i32)>,
}

impl Search<'_> {
    /// The shift whose piece fits best, if any does.
    fn best(&self, reach: &Reach) -> Option<(i32, i32)> {
        let mut best = (f32::MAX, (0, 0));
        let steps = |reach: usize| {
            let most = reach as i32 / STRIDE;
            (-most..=most).map(|i| i * STRIDE)
        };
        for dy in steps(reach.down) {
            steps(reach.across).for_each(|dx| self.consider((dx, dy), &mut best));
        }
        let (x, y) = best.1;
        for dy in 1 - STRIDE..STRIDE {
            (1 - STRIDE..STRIDE).for_each(|dx| self.consider((x + dx, y + dy), &mut best));
        }
        (best.0 < FITS).then_some(best.1)
    }

    fn consider(&self, shift: (i32, i32), best: &mut (f32, (i32, i32))) {
        if let Some(cost) = self.cost(shift, best.0) {
            *best = (cost, shift);
        }
    }

    /// Share of the places whose origin is not known; none when that is more than `most`.
    fn missed(&self, places: &[(i32, i32)], shift: (i32, i32), most: f32) -> Option<f32> {
        let count = places.len() as f32;
        let mut missed = 0.0;
        for &place in places {
            if moved(self.known, place, shift).is_none() {
                missed += 1.0;
                if missed > most * count {
                    return None;
                }
            }
        }
        Some(missed / count)
    }

    /// How badly the piece fits; none when it is worse than `limit` or does not cover the hole.
    fn cost(&self, shift: (i32, i32), limit: f32) -> Option<f32> {
        let uncovered = self.missed(&self.hole, shift, 1.0 - LEAST_COVERED)?;
        let price = COST * (shift.0.abs() as f32 + LEVEL * shift.1.abs() as f32) + UNCOVERED * uncovered;
        if price >= limit {
            return None;
        }
        self.missed(&self.rim, shift, MOST_RIM_MISSED)?;
        let pair = |&(x, y): &(i32, i32)| {
            let from = moved(self.known, (x, y), shift)?;
            let (a, b) = (self.photo.get(x as usize, y as usize), self.photo.index(from));
            Some([a[0] - b[0], a[1] - b[1], a[2] - b[2]])
        };
        let apart: Vec<[f32; 3]> = self.rim.iter().filter_map(pair).collect();
        let count = apart.len() as f32;
        let brighter: [f32; 3] = std::array::from_fn(|c| apart.iter().map(|d| d[c]).sum::<f32>() / count);
        let light = brighter.iter().map(|v| v.abs()).sum::<f32>() / 3.0;
        let differs = |d: &[f32; 3]| (0..3).map(|c| (d[c] - brighter[c]).abs()).sum::<f32>() / 3.0;
        let cost = price + 0.25 * light + apart.iter().map(differs).sum::<f32>() / count;
        (cost < limit).then_some(cost)
    }
}

/// Where a column and row come from, as a place, when that is known.
fn moved(known: &Mask, (x, y): (i32, i32), (dx, dy): (i32, i32)) -> Option<usize> {
    let (x, y) = (usize::try_from(x + dx).ok()?, usize::try_from(y + dy).ok()?);
    let from = y * known.width + x;
    (x < known.width && y < known.height && known.data[from]).then_some(from)
}

/// Copies the piece into the hole, with the difference at the rim spread over it; takes it off the `rest`.
fn paste(smooth: &mut Colour, photo: &Colour, known: &Mask, rim: &[usize], hole: &[usize], shift: (i32, i32), rest: &mut Mask) {
    let (width, height) = (photo.width, photo.height);
    let (mut difference, mut weight) = (Colour::new(width, height), Plane::new(width, height));
    let origin = |i: usize| moved(known, ((i % width) as i32, (i / width) as i32), shift);
    for &i in rim {
        if let Some(from) = origin(i) {
            let (a, b) = (photo.index(i), photo.index(from));
            difference.set_index(i, std::array::from_fn(|c| a[c] - b[c]));
            weight.data[i] = 1.0;
        }
    }
    let spread = normalised_blur_colour(&difference, &weight, 2.5 * RIM as f32);
    for &i in hole {
        if let Some(from) = origin(i) {
            let (piece, by) = (photo.index(from), spread.value.index(i));
            rest.data[i] = false;
            let near = (spread.weight.data[i] * 40.0).min(1.0);
            smooth.set_index(i, std::array::from_fn(|c| (piece[c] + by[c] * near).clamp(0.0, 255.0)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bricks of 24 by 12 pixels with joints of two.
    fn bricks(width: usize, height: usize) -> Colour {
        let brick = |x: usize, y: usize| {
            let row = y / 12;
            let joint = y % 12 < 2 || (x + 12 * (row % 2)) % 24 < 2;
            if joint { 200.0 } else { 90.0 + (row * 7 % 13) as f32 }
        };
        let plane = Plane::from_fn(width, height, brick);
        Colour::from_channels([plane.clone(), plane.map(|v| v * 0.6), plane.map(|v| v * 0.5)])
    }

    #[test]
    fn bricks_go_on_behind_a_hole() {
        let wall = bricks(160, 140);
        let in_hole = |i: usize| (60..84).contains(&(i % 160)) && (30..110).contains(&(i / 160));
        let hole = Mask { width: 160, height: 140, data: (0..160 * 140).map(in_hole).collect() };
        let known = Mask { data: hole.data.iter().map(|v| !v).collect(), ..hole };
        let mut filled = wall.map_channels(|c| c.map(|_| 128.0));
        fill_with_pieces(&mut filled, &wall, &known, &hole, &Reach { across: 60, down: 10 });
        let off = (0..160 * 140).filter(|&i| in_hole(i)).map(|i| (filled.index(i)[0] - wall.index(i)[0]).abs());
        let mean = off.sum::<f32>() / hole.count() as f32;
        assert!(mean < 6.0, "{mean}");
    }

    #[test]
    fn where_no_piece_fits_the_smooth_filling_stays() {
        // Every pixel another colour: nothing repeats.
        let noise = |seed: usize| Plane::from_fn(90, 80, |x, y| ((x * 7919 + y * 104_729 + x * y * seed) % 251) as f32);
        let wall = Colour::from_channels([noise(31), noise(57), noise(91)]);
        let in_hole = |i: usize| (30..50).contains(&(i % 90)) && (20..60).contains(&(i / 90));
        let hole = Mask { width: 90, height: 80, data: (0..90 * 80).map(in_hole).collect() };
        let known = Mask { data: hole.data.iter().map(|v| !v).collect(), ..hole };
        let smooth = wall.map_channels(|c| c.map(|_| 128.0));
        let mut filled = smooth.clone();
        fill_with_pieces(&mut filled, &wall, &known, &hole, &Reach { across: 30, down: 10 });
        assert!(filled == smooth);
    }
}

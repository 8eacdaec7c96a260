//! Drawing a texture through a grid of quadrilaterals.

use super::texture::Texture;
use crate::geometry::{Point, pt};

/// A grid of pairs of points: where in the texture, and where in the picture. All rows have the same length.
#[derive(Debug, Default)]
pub(crate) struct Mesh {
    pub(crate) texture: Vec<Vec<Point>>,
    pub(crate) picture: Vec<Vec<Point>>,
}

impl Mesh {
    pub(crate) fn push(&mut self, texture: Vec<Point>, picture: Vec<Point>) {
        self.texture.push(texture);
        self.picture.push(picture);
    }

    /// Adds a column on both sides, running on from the outer columns by `share` of their width, so that soft edges
    /// of the texture are drawn whole.
    pub(crate) fn pad_columns(&mut self, share: f32) {
        for row in self.texture.iter_mut().chain(&mut self.picture) {
            let n = row.len();
            let (first, last) = (row[0].lerp(row[1], -share), row[n - 1].lerp(row[n - 2], -share));
            row.insert(0, first);
            row.push(last);
        }
    }

    /// Adds a row below, running on from the last two rows by `share` of their distance.
    pub(crate) fn pad_bottom(&mut self, share: f32) {
        for grid in [&mut self.texture, &mut self.picture] {
            let n = grid.len();
            let next = grid[n - 2].iter().zip(&grid[n - 1]).map(|(a, b)| b.lerp(*a, -share)).collect();
            grid.push(next);
        }
    }

    /// Draws `texture`, which has `scale` pixels for each unit of the grid's texture points, into a picture of `width`
    /// by `height`. Later rows cover earlier ones where the grid folds.
    pub(crate) fn draw(&self, texture: &Texture, scale: f32, width: usize, height: usize) -> Texture {
        let mut out = Texture::transparent(width, height);
        for (s, t) in self.texture.windows(2).zip(self.picture.windows(2)) {
            for j in 0..s[0].len() - 1 {
                let corners = |g: &[Vec<Point>]| [g[0][j], g[0][j + 1], g[1][j], g[1][j + 1]];
                let (s, t) = (corners(s), corners(t));
                for half in [[0, 1, 2], [1, 3, 2]] {
                    draw_triangle(&mut out, texture, half.map(|i| (s[i] + HALF) * scale - HALF), half.map(|i| t[i]));
                }
            }
        }
        out
    }
}

/// Half a pixel: scaling keeps corners of pixels, points are centres.
const HALF: Point = pt(0.5, 0.5);

/// Slack on the edges of a triangle, so that no pixel falls between two of them.
const EDGE: f32 = 1e-3;

fn draw_triangle(out: &mut Texture, texture: &Texture, s: [Point; 3], t: [Point; 3]) {
    let (e1, e2) = (t[1] - t[0], t[2] - t[0]);
    let area = e1.x * e2.y - e2.x * e1.y;
    if area.abs() < 1e-6 {
        return;
    }
    let range = |values: [f32; 3], limit: usize| {
        let low = values.iter().copied().fold(f32::MAX, f32::min).floor().max(0.0);
        let high = values.iter().copied().fold(f32::MIN, f32::max).ceil().min(limit as f32 - 1.0);
        if high < low { 0..0 } else { low as usize..high as usize + 1 }
    };
    for y in range(t.map(|p| p.y), out.height) {
        for x in range(t.map(|p| p.x), out.width) {
            let (dx, dy) = (x as f32 - t[0].x, y as f32 - t[0].y);
            let a = (dx * e2.y - dy * e2.x) / area;
            let b = (dy * e1.x - dx * e1.y) / area;
            if a >= -EDGE && b >= -EDGE && a + b <= 1.0 + EDGE {
                let p = s[0] + (s[1] - s[0]) * a + (s[2] - s[0]) * b;
                let i = y * out.width + x;
                out.pixels[i] = texture.sample(p);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chequered(n: usize) -> Texture {
        let mut t = Texture::transparent(n, n);
        for (i, px) in t.pixels.iter_mut().enumerate() {
            let v = if (i / n + i % n).is_multiple_of(2) { 200.0 } else { 10.0 };
            *px = [v, v / 2.0, 7.0, 1.0];
        }
        t
    }

    #[test]
    fn a_mesh_that_moves_nothing_draws_the_texture_unchanged() {
        let texture = chequered(20);
        let mut mesh = Mesh::default();
        for y in [0.0, 6.5, 19.0] {
            let row: Vec<Point> = [0.0, 3.3, 11.0, 19.0].iter().map(|&x| pt(x, y)).collect();
            mesh.push(row.clone(), row);
        }
        let drawn = mesh.draw(&texture, 1.0, 20, 20);
        for (a, b) in drawn.pixels.iter().zip(&texture.pixels) {
            for c in 0..4 {
                assert!((a[c] - b[c]).abs() < 0.1, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn outside_the_mesh_nothing_is_drawn() {
        let mut mesh = Mesh::default();
        for y in [2.0, 5.0] {
            mesh.push(vec![pt(2.0, y), pt(5.0, y)], vec![pt(2.0, y), pt(5.0, y)]);
        }
        let drawn = mesh.draw(&chequered(20), 1.0, 20, 20);
        assert_eq!(drawn.pixels[0], [0.0; 4]);
        assert_eq!(drawn.pixels.iter().filter(|p| p[3] > 0.0).count(), 16);
    }
}

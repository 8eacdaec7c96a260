//! Cross-sections that follow one another without crossing.

use crate::geometry::Point;

/// How far beyond its ends a section has to stay clear of the next one, as a share of its width: what meshes are padded by.
pub(super) const MARGIN: f32 = 0.08;
/// The least distance of two sections, in pixels.
const LEAST_STEP: f32 = 0.25;
/// How often the points of a row are moved on by the least step.
const MOVES: usize = 400;
/// How often a section is turned half-way towards the one before, until it does not cross it any more.
const TURNS: usize = 6;

/// Two edges of a strip whose cross-sections join `a[i]` and `b[i]`, changed where a section would cross the one before:
/// there the cloth would lie on itself, front down. The first section stays as it is. Seen down the strip, `b` is to the
/// left of `a` where `forwards` is 1, to the right where it is -1.
pub(super) fn unfolded(mut a: Vec<Point>, mut b: Vec<Point>, forwards: f32) -> [Vec<Point>; 2] {
    let n = a.len().min(b.len());
    let middle = |a: Point, b: Point| a.lerp(b, 0.5);
    for i in 1..n {
        let before = (a[i - 1], b[i - 1]);
        let mut turned = 0;
        while crosses(before, (a[i], b[i]), forwards) {
            let (m, half) = (middle(a[i], b[i]), (b[i] - a[i]) * 0.5);
            let square = (before.1 - before.0).normalised();
            let length = half.length().max(0.5);
            // At last parallel to the section before, and a step further.
            let parallel = turned >= TURNS;
            let direction = if parallel { square } else { half.normalised().lerp(square, 0.5).normalised() };
            let normal = Point::new(-square.y, square.x) * forwards;
            let behind = (m - middle(before.0, before.1)).dot(normal);
            let m = if behind < LEAST_STEP { m + normal * (LEAST_STEP - behind) } else { m };
            (a[i], b[i]) = (m - direction * length, m + direction * length);
            if parallel {
                break;
            }
            turned += 1;
        }
    }
    [a, b]
}

/// Moves the points of a row until no triangle between it and the row `above` lies on itself. Rows go from left to right
/// where `forwards` is 1, from right to left where it is -1; triangles are those a mesh is drawn by.
pub(super) fn moved_clear(above: &[Point], row: &mut [Point], forwards: f32) {
    let step = |along: Point| Point::new(-along.y, along.x).normalised() * (LEAST_STEP * forwards);
    for _ in 0..MOVES {
        let mut clear = true;
        for j in 1..row.len().min(above.len()) {
            let (a, b) = (above[j - 1], above[j]);
            if facing(a, b, row[j - 1], forwards) < 0.0 {
                row[j - 1] = row[j - 1] + step(b - a);
                clear = false;
            }
            if facing(b, row[j], row[j - 1], forwards) < 0.0 {
                row[j] = row[j] - step(row[j - 1] - b);
                clear = false;
            }
        }
        if clear {
            break;
        }
    }
}

/// Moves the rows of a strip, each clear of the one before, and tells how many square pixels still lie on others.
pub(super) fn move_all_clear(rows: &mut [Vec<Point>], forwards: f32) -> f32 {
    for i in 1..rows.len() {
        let (before, after) = rows.split_at_mut(i);
        moved_clear(&before[i - 1], &mut after[0], forwards);
    }
    let turned_over = |a: Point, b: Point, c: Point| (-facing(a, b, c, forwards)).max(0.0);
    let of_two = |above: &[Point], row: &[Point]| -> f32 {
        (1..row.len()).map(|j| turned_over(above[j - 1], above[j], row[j - 1]) + turned_over(above[j], row[j], row[j - 1])).sum()
    };
    rows.windows(2).map(|two| of_two(&two[0], &two[1])).sum()
}

/// The square pixels of a triangle of a strip, below 0 where it shows its back.
fn facing(a: Point, b: Point, c: Point, forwards: f32) -> f32 {
    (b - a).cross(c - a) / 2.0 * forwards
}

/// Whether a section, run on a little at both ends, is not wholly ahead of the one before.
fn crosses(before: (Point, Point), section: (Point, Point), forwards: f32) -> bool {
    let wide = |(a, b): (Point, Point)| (a.lerp(b, -MARGIN), b.lerp(a, -MARGIN));
    let ((a0, b0), (a1, b1)) = (wide(before), wide(section));
    let ahead = |p: Point| (b0 - a0).cross(p - a0) * forwards > 0.0;
    let behind = |p: Point| (b1 - a1).cross(p - a1) * forwards < 0.0;
    !(ahead(a1) && ahead(b1) && behind(a0) && behind(b0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::pt;

    #[test]
    fn a_straight_strip_stays_as_it_is() {
        let a: Vec<Point> = (0..5).map(|i| pt(0.0, i as f32)).collect();
        let b: Vec<Point> = (0..5).map(|i| pt(4.0, i as f32)).collect();
        assert_eq!(unfolded(a.clone(), b.clone(), 1.0), [a, b]);
    }

    #[test]
    fn a_row_that_reaches_above_the_one_before_is_moved_clear_of_it() {
        let above = [pt(0.0, 0.0), pt(4.0, 0.0), pt(5.0, 8.0), pt(9.0, 8.0)];
        let mut row = [pt(0.0, 4.0), pt(6.0, 4.0), pt(7.0, 7.0), pt(9.0, 12.0)];
        moved_clear(&above, &mut row, 1.0);
        for j in 1..row.len() {
            assert!((above[j] - above[j - 1]).cross(row[j - 1] - above[j - 1]) >= 0.0, "{row:?}");
            assert!((row[j] - above[j]).cross(row[j - 1] - above[j]) >= 0.0, "{row:?}");
        }
        assert_eq!(row[0], pt(0.0, 4.0), "what does not fold stays");
    }

    #[test]
    fn rows_of_either_direction_are_moved_clear_of_each_other() {
        let bent = |sign: f32| -> Vec<Vec<Point>> {
            [[(0.0, 0.0), (4.0, 0.0), (8.0, 0.0)], [(0.0, 9.0), (4.0, 4.0), (8.0, 2.0)], [(3.0, 15.0), (5.0, 9.0), (7.0, 1.0)]]
                .map(|row| row.map(|(x, y)| pt(sign * x, y)).to_vec())
                .to_vec()
        };
        for sign in [1.0, -1.0] {
            let mut rows = bent(sign);
            let as_they_were = move_all_clear(&mut rows[..2], sign);
            assert_eq!((as_they_were, &rows), (0.0, &bent(sign)), "what is clear stays");
            assert_eq!(move_all_clear(&mut rows, sign), 0.0, "{rows:?}");
            assert_ne!(rows[2], bent(sign)[2]);
        }
    }

    #[test]
    fn sections_that_cross_are_turned_until_they_do_not() {
        let a = vec![pt(0.0, 0.0), pt(0.0, 5.0), pt(0.0, 3.0), pt(1.0, 12.0)];
        let b = vec![pt(4.0, 0.0), pt(4.0, -3.0), pt(4.0, 9.0), pt(5.0, 12.0)];
        for (a, b) in [(a.clone(), b.clone()), (b, a)] {
            let forwards = if (b[0] - a[0]).cross(pt(0.0, 1.0)) < 0.0 { -1.0 } else { 1.0 };
            let [a, b] = unfolded(a, b, forwards);
            for i in 1..a.len() {
                assert!(!crosses((a[i - 1], b[i - 1]), (a[i], b[i]), forwards), "section {i}: {a:?} {b:?}");
            }
        }
    }
}

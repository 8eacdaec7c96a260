//! Outlines as point lists.

use image::{GrayImage, Luma};
use imageproc::{contours, geometry, point};

use super::{Area, Mask, Point};

/// The outer outline of the largest component of the mask, pixel by pixel and closed (the first point is not
/// repeated), or nothing for an empty mask.
pub(crate) fn outer_contour(mask: &Mask) -> Vec<Point> {
    // A frame of unset pixels: the tracing does not follow shapes along the edge of the picture.
    let Some(area) = Area::around(&mask.data, mask.width, |set| *set) else { return Vec::new() };
    let part = mask.cropped(&area);
    let mut framed = GrayImage::new(part.width as u32 + 2, part.height as u32 + 2);
    for y in 0..part.height {
        for (x, &set) in part.row(y).iter().enumerate() {
            framed.put_pixel(x as u32 + 1, y as u32 + 1, Luma([if set { 255 } else { 0 }]));
        }
    }
    let corner = Point::new(area.left as f32, area.top as f32);
    contours::find_contours::<i32>(&framed)
        .into_iter()
        .filter(|contour| contour.border_type == contours::BorderType::Outer)
        .map(|contour| contour.points.iter().map(|p| Point::new((p.x - 1) as f32, (p.y - 1) as f32) + corner).collect())
        .max_by(|a: &Vec<Point>, b: &Vec<Point>| enclosed(a).total_cmp(&enclosed(b)))
        .unwrap_or_default()
}

/// The area a closed outline encloses.
fn enclosed(points: &[Point]) -> f32 {
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).map(|(&a, &b)| a.cross(b)).sum::<f32>().abs() / 2.0
}

/// The open outline with the points left out that lie within `tolerance` of it (Douglas and Peucker).
pub(crate) fn simplify(points: &[Point], tolerance: f32) -> Vec<Point> {
    if points.len() < 3 {
        return points.to_vec();
    }
    let points: Vec<_> = points.iter().map(|p| point::Point::new(p.x, p.y)).collect();
    let kept = geometry::approximate_polygon_dp(&points, f64::from(tolerance), false);
    kept.iter().map(|p| Point::new(p.x, p.y)).collect()
}

/// The corners of the convex hull, in order around it.
pub(crate) fn convex_hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let mut hull = half_hull(sorted.iter());
    hull.extend(half_hull(sorted.iter().rev()));
    hull
}

/// One side of the hull (Andrew's monotone chain), without its last point.
fn half_hull<'a>(points: impl Iterator<Item = &'a Point>) -> Vec<Point> {
    let mut chain: Vec<Point> = Vec::new();
    for &next in points {
        while let [.., before, last] = chain[..] {
            if (last - before).cross(next - last) > 0.0 {
                break;
            }
            chain.pop();
        }
        chain.push(next);
    }
    chain.pop();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outline_of_a_square_is_its_border_pixels() {
        let mask = Mask::from_fn(20, 15, |x, y| (3..10).contains(&x) && (2..8).contains(&y));
        let outline = outer_contour(&mask);
        assert_eq!(outline.len(), 22);
        assert!(outline.iter().all(|p| p.x == 3.0 || p.x == 9.0 || p.y == 2.0 || p.y == 7.0));
    }

    #[test]
    fn a_shape_along_the_edge_of_the_picture_has_an_outline() {
        let outline = outer_contour(&Mask::from_fn(6, 5, |x, _| x < 4));
        assert_eq!(outline.len(), 14);
        assert!(outer_contour(&Mask::new(6, 5)).is_empty());
    }

    #[test]
    fn the_largest_of_two_shapes_is_outlined() {
        let mask = Mask::from_fn(30, 12, |x, y| (x < 4 && y < 4) || (x > 10 && (2..9).contains(&y)));
        assert!(outer_contour(&mask).iter().all(|p| p.x > 10.0));
    }

    #[test]
    fn simplifying_keeps_the_corners_of_a_polyline() {
        let mut points: Vec<_> = (0..20).map(|i| Point::new(i as f32, 0.0)).collect();
        points.extend((1..20).map(|i| Point::new(19.0, i as f32)));
        let kept = simplify(&points, 0.5);
        assert_eq!(kept, [Point::new(0.0, 0.0), Point::new(19.0, 0.0), Point::new(19.0, 19.0)]);
    }

    #[test]
    fn the_hull_of_a_square_with_points_inside_is_the_square() {
        let mut points = vec![Point::new(5.0, 5.0), Point::new(3.0, 7.0), Point::new(5.0, 0.0)];
        points.extend([(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)].map(|(x, y)| Point::new(x, y)));
        let hull = convex_hull(&points);
        assert_eq!(hull.len(), 4);
        assert!(!hull.contains(&Point::new(5.0, 5.0)));
    }
}

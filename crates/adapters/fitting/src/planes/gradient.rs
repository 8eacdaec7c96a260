//! Edge strength.

use super::Plane;

/// The Sobel gradient magnitude, in units of the plane per pixel.
pub(crate) fn gradient_magnitude(plane: &Plane) -> Plane {
    let (right, bottom) = (plane.width - 1, plane.height - 1);
    Plane::from_fn(plane.width, plane.height, |x, y| {
        let (x0, x1) = (x.saturating_sub(1), (x + 1).min(right));
        let above = plane.row(y.saturating_sub(1));
        let here = plane.row(y);
        let below = plane.row((y + 1).min(bottom));
        let across = (above[x1] - above[x0]) + 2.0 * (here[x1] - here[x0]) + (below[x1] - below[x0]);
        let down = (below[x0] - above[x0]) + 2.0 * (below[x] - above[x]) + (below[x1] - above[x1]);
        across.hypot(down) / 8.0
    })
}

/// The largest value of the 3 by 3 neighbourhood.
pub(crate) fn dilate_grey(plane: &Plane) -> Plane {
    let (right, bottom) = (plane.width - 1, plane.height - 1);
    let across = Plane::from_fn(plane.width, plane.height, |x, y| {
        let row = plane.row(y);
        row[x.saturating_sub(1)].max(row[x]).max(row[(x + 1).min(right)])
    });
    Plane::from_fn(plane.width, plane.height, |x, y| {
        across.get(x, y.saturating_sub(1)).max(across.get(x, y)).max(across.get(x, (y + 1).min(bottom)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_has_its_slope_as_gradient() {
        let ramp = Plane::from_fn(9, 9, |x, y| 3.0 * x as f32 + 4.0 * y as f32);
        assert!((gradient_magnitude(&ramp).get(4, 4) - 5.0).abs() < 1e-4);
    }

    #[test]
    fn a_grey_dilation_spreads_the_largest_value_by_one_pixel() {
        let mut plane = Plane::new(5, 5);
        plane.set(2, 2, 1.0);
        let grown = dilate_grey(&plane);
        assert_eq!(grown.data.iter().filter(|v| **v > 0.5).count(), 9);
        assert!(grown.get(1, 1) > 0.5 && grown.get(0, 2) < 0.5);
    }
}

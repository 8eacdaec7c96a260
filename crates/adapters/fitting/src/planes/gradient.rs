//! Edge strength.

use super::Plane;

/// The Sobel gradient magnitude, in units of the plane per pixel.
pub(crate) fn gradient_magnitude(plane: &Plane) -> Plane {
    let mut out = Plane::new(plane.width, plane.height);
    let mut rows = [vec![0.0; plane.width + 2], vec![0.0; plane.width + 2], vec![0.0; plane.width + 2]];
    for y in 0..plane.height {
        for (row, from) in rows.iter_mut().zip([y.saturating_sub(1), y, (y + 1).min(plane.height - 1)]) {
            pad(plane.row(from), 1, row);
        }
        let [above, here, below] = rows.each_ref().map(|row| row.windows(3));
        for (((value, above), here), below) in out.row_mut(y).iter_mut().zip(above).zip(here).zip(below) {
            let across = (above[2] - above[0]) + 2.0 * (here[2] - here[0]) + (below[2] - below[0]);
            let down = (below[0] - above[0]) + 2.0 * (below[1] - above[1]) + (below[2] - above[2]);
            *value = (across * across + down * down).sqrt() / 8.0;
        }
    }
    out
}

/// The largest value within `reach` pixels in either direction.
pub(crate) fn dilate_grey(plane: &Plane, reach: usize) -> Plane {
    let mut across = Plane::new(plane.width, plane.height);
    let mut padded = vec![0.0; plane.width + 2 * reach];
    for y in 0..plane.height {
        pad(plane.row(y), reach, &mut padded);
        across.row_mut(y).copy_from_slice(plane.row(y));
        for step in 0..=2 * reach {
            raise(across.row_mut(y), &padded[step..]);
        }
    }
    let mut out = across.clone();
    for y in 0..plane.height {
        for from in y.saturating_sub(reach)..(y + reach + 1).min(plane.height) {
            raise(out.row_mut(y), across.row(from));
        }
    }
    out
}

/// Copies a row, its ends repeated `by` pixels outwards.
fn pad(row: &[f32], by: usize, out: &mut [f32]) {
    out[..by].fill(row[0]);
    out[by..by + row.len()].copy_from_slice(row);
    out[by + row.len()..].fill(row[row.len() - 1]);
}

fn raise(values: &mut [f32], to: &[f32]) {
    for (value, &to) in values.iter_mut().zip(to) {
        *value = if to > *value { to } else { *value };
    }
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
        let grown = dilate_grey(&plane, 1);
        assert_eq!(grown.data.iter().filter(|v| **v > 0.5).count(), 9);
        assert!(grown.get(1, 1) > 0.5 && grown.get(0, 2) < 0.5);
        assert_eq!(dilate_grey(&plane, 2), dilate_grey(&grown, 1));
    }
}

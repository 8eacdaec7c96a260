//! The colour of the surface the garment lies on, continued under the garment.

use crate::planes::{Colour, Plane, median};
use crate::refusal::Refusal;

/// Terms of the quadratic: 1, x, y, x squared, y squared, xy.
const TERMS: usize = 6;
/// Rounds of fitting and throwing out what does not fit.
const ROUNDS: usize = 4;
/// A frame that differs from the fit by more than this (in Lab units, in the middle) is not plain.
const MOST_RESIDUAL: f32 = 9.0;
/// The least share of the frame that has to fit.
const LEAST_INLIERS: f32 = 0.35;

/// A smooth background fitted to the frame of a picture.
#[derive(Clone, Debug)]
pub(super) struct Background {
    /// The Lab colour of the background everywhere.
    pub(super) lab: Colour,
    /// The row-major indices of the frame's pixels that fit.
    pub(super) inliers: Vec<usize>,
}

impl Background {
    /// Fits a quadratic per channel to the outermost two per cent of a Lab picture, ignoring what sticks out into it.
    pub(super) fn fit(lab: &Colour) -> Result<Self, Refusal> {
        let frame = frame_of(lab);
        let mut inliers = frame.clone();
        // The usual colour to start with: a quadratic through everything would bend towards a garment over the edge.
        let mut coefficients = [0, 1, 2].map(|c| {
            let mut values: Vec<f32> = frame.iter().map(|&i| lab.channels[c].data[i]).collect();
            [f64::from(median(&mut values)), 0.0, 0.0, 0.0, 0.0, 0.0]
        });
        for round in 0..=ROUNDS {
            if round > 0 {
                coefficients = least_squares(lab, &inliers).ok_or(Refusal::GarmentBackgroundNotPlain)?;
            }
            let residuals: Vec<f32> = frame.iter().map(|&i| residual(lab, &coefficients, i)).collect();
            let middle = median(&mut residuals.clone());
            if middle > MOST_RESIDUAL {
                return Err(Refusal::GarmentBackgroundNotPlain);
            }
            let limit = 3.0 * (1.5 * middle + 1.0);
            inliers = frame.iter().zip(&residuals).filter(|(_, r)| **r < limit).map(|(&i, _)| i).collect();
            if (inliers.len() as f32) < LEAST_INLIERS * frame.len() as f32 {
                return Err(Refusal::GarmentBackgroundNotPlain);
            }
        }
        Ok(Self { lab: evaluate(&coefficients, lab.width, lab.height), inliers })
    }
}

fn frame_of(lab: &Colour) -> Vec<usize> {
    let (width, height) = (lab.width, lab.height);
    let border = ((0.02 * width.min(height) as f32) as usize).max(3);
    let inside = |v: usize, end: usize| v >= border && v + border < end;
    (0..width * height).filter(|i| !(inside(i % width, width) && inside(i / width, height))).collect()
}

/// The terms at a pixel; the coordinates run from 0 to 1 so that the equations are well conditioned.
fn terms(index: usize, width: usize, height: usize) -> [f64; TERMS] {
    let x = (index % width) as f64 / width as f64;
    let y = (index / width) as f64 / height as f64;
    [1.0, x, y, x * x, y * y, x * y]
}

fn residual(lab: &Colour, coefficients: &[[f64; TERMS]; 3], index: usize) -> f32 {
    let terms = terms(index, lab.width, lab.height);
    let colour = lab.index(index);
    let squares = coefficients.iter().zip(colour).map(|(c, v)| {
        let fit: f64 = c.iter().zip(terms).map(|(c, t)| c * t).sum();
        (f64::from(v) - fit).powi(2)
    });
    squares.sum::<f64>().sqrt() as f32
}

fn least_squares(lab: &Colour, pixels: &[usize]) -> Option<[[f64; TERMS]; 3]> {
    let mut matrix = [[0.0; TERMS]; TERMS];
    let mut right = [[0.0; TERMS]; 3];
    for &index in pixels {
        let terms = terms(index, lab.width, lab.height);
        let colour = lab.index(index);
        for (row, &a) in matrix.iter_mut().zip(&terms) {
            for (cell, &b) in row.iter_mut().zip(&terms) {
                *cell += a * b;
            }
        }
        for (sums, value) in right.iter_mut().zip(colour) {
            for (sum, &term) in sums.iter_mut().zip(&terms) {
                *sum += term * f64::from(value);
            }
        }
    }
    let lower = cholesky(&matrix)?;
    Some(right.map(|b| substitute(&lower, b)))
}

/// The lower triangle whose product with its transpose is the matrix, unless that is singular.
fn cholesky(matrix: &[[f64; TERMS]; TERMS]) -> Option<[[f64; TERMS]; TERMS]> {
    let mut lower = [[0.0; TERMS]; TERMS];
    for i in 0..TERMS {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let rest = matrix[i][j] - known;
            lower[i][j] = if i == j { (rest > 1e-9).then(|| rest.sqrt())? } else { rest / lower[j][j] };
        }
    }
    Some(lower)
}

fn substitute(lower: &[[f64; TERMS]; TERMS], mut vector: [f64; TERMS]) -> [f64; TERMS] {
    for i in 0..TERMS {
        let known: f64 = (0..i).map(|k| lower[i][k] * vector[k]).sum();
        vector[i] = (vector[i] - known) / lower[i][i];
    }
    for i in (0..TERMS).rev() {
        let known: f64 = (i + 1..TERMS).map(|k| lower[k][i] * vector[k]).sum();
        vector[i] = (vector[i] - known) / lower[i][i];
    }
    vector
}

fn evaluate(coefficients: &[[f64; TERMS]; 3], width: usize, height: usize) -> Colour {
    Colour::from_channels(coefficients.map(|c| {
        let c = c.map(|v| v as f32);
        let mut plane = Plane::new(width, height);
        for y in 0..height {
            let v = y as f32 / height as f32;
            let (constant, slope) = (c[0] + v * (c[2] + v * c[4]), c[1] + v * c[5]);
            for (x, value) in plane.row_mut(y).iter_mut().enumerate() {
                let u = x as f32 / width as f32;
                *value = constant + u * (slope + u * c[3]);
            }
        }
        plane
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaded(width: usize, height: usize) -> Colour {
        Colour::from_channels([
            Plane::from_fn(width, height, |x, y| 90.0 - x as f32 * 0.05 - (y as f32 - 30.0).powi(2) * 0.002),
            Plane::from_fn(width, height, |x, y| 1.0 + x as f32 * y as f32 * 0.0004),
            Plane::filled(width, height, -3.0),
        ])
    }

    #[test]
    fn a_quadratic_shading_is_found_again_despite_a_garment_over_the_frame() {
        let (truth, mut lab) = (shaded(120, 90), shaded(120, 90));
        for y in 30..90 {
            for x in 50..70 {
                lab.set_index(y * 120 + x, [20.0, 40.0, 10.0]);
            }
        }
        let background = Background::fit(&lab).unwrap();
        for (fit, want) in background.lab.channels.iter().zip(&truth.channels) {
            assert!(fit.zip(want, |a, b| (a - b).abs()).data.iter().all(|d| *d < 0.05));
        }
    }

    #[test]
    fn a_motley_frame_is_not_plain() {
        let motley = Plane::from_fn(80, 80, |x, y| if (x / 5 + y / 7) % 2 == 0 { 80.0 } else { 20.0 });
        let lab = Colour::from_channels([motley.clone(), motley.map(|v| v - 50.0), motley.map(|v| 50.0 - v)]);
        assert_eq!(Background::fit(&lab).unwrap_err(), Refusal::GarmentBackgroundNotPlain);
    }
}

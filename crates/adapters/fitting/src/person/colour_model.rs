//! How likely a colour is under a label: a smoothed histogram over Lab.

/// Bins for lightness and for each of the two colour axes.
const L_BINS: usize = 16;
const AB_BINS: usize = 30;
const BINS: usize = L_BINS * AB_BINS * AB_BINS;
/// Colour axes are cut at this value on both sides.
const AB_LIMIT: f32 = 60.0;
/// Below this weight a histogram says nothing.
const MIN_WEIGHT: f32 = 30.0;
/// Likelihood of a colour never seen: keeps one odd pixel from deciding.
const FLOOR: f32 = 2e-5;

/// The bin of a Lab colour (L 0..=100).
pub(crate) fn bin_of([l, a, b]: [f32; 3]) -> u16 {
    let axis = |v: f32| ((v + AB_LIMIT) / (2.0 * AB_LIMIT) * AB_BINS as f32).clamp(0.0, AB_BINS as f32 - 0.01) as usize;
    let light = (l / 100.0 * L_BINS as f32).clamp(0.0, L_BINS as f32 - 0.01) as usize;
    ((light * AB_BINS + axis(a)) * AB_BINS + axis(b)) as u16
}

/// Likelihood of every colour bin.
pub(crate) struct ColourModel {
    likelihood: Vec<f32>,
}

impl ColourModel {
    /// Learns from the bins of pixels and the weight of each.
    pub(crate) fn learn(pixels: impl Iterator<Item = (u16, f32)>) -> Self {
        let mut counts = vec![0.0; BINS];
        let mut total = 0.0;
        for (bin, weight) in pixels {
            counts[usize::from(bin)] += weight;
            total += weight;
        }
        if total < MIN_WEIGHT {
            return Self { likelihood: vec![FLOOR; BINS] };
        }
        blur_axis(&mut counts, AB_BINS * AB_BINS, L_BINS, 1.0);
        blur_axis(&mut counts, AB_BINS, AB_BINS, 0.9);
        blur_axis(&mut counts, 1, AB_BINS, 0.9);
        for v in &mut counts {
            *v = *v / total + FLOOR;
        }
        Self { likelihood: counts }
    }

    pub(crate) fn likelihood(&self, bin: u16) -> f32 {
        self.likelihood[usize::from(bin)]
    }

    /// The likelihoods raised to `power`: weakens the assumption that neighbouring pixels are independent.
    pub(crate) fn tempered(&self, power: f32) -> Self {
        Self { likelihood: self.likelihood.iter().map(|v| v.powf(power)).collect() }
    }
}

/// Gaussian blur along one axis of the histogram (`stride` between neighbours, `len` of them), ends repeated.
fn blur_axis(counts: &mut [f32], stride: usize, len: usize, sigma: f32) {
    const REACH: usize = 3;
    let kernel: Vec<f32> = (0..=REACH).map(|k| (-((k * k) as f32) / (2.0 * sigma * sigma)).exp()).collect();
    let norm = kernel[0] + 2.0 * kernel[1..].iter().sum::<f32>();
    let mut line = vec![0.0; len];
    for start in (0..counts.len()).filter(|i| (i / stride).is_multiple_of(len)) {
        for (i, v) in line.iter_mut().enumerate() {
            *v = counts[start + i * stride];
        }
        if line.iter().all(|v| *v == 0.0) {
            continue;
        }
        for i in 0..len {
            let mut sum = kernel[0] * line[i];
            for k in 1..=REACH {
                sum += kernel[k] * (line[i.saturating_sub(k)] + line[(i + k).min(len - 1)]);
            }
            counts[start + i * stride] = sum / norm;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_seen_is_likelier_than_its_neighbour_and_than_one_never_seen() {
        let seen = bin_of([50.0, 10.0, 10.0]);
        let model = ColourModel::learn(std::iter::repeat_n((seen, 1.0), 100));
        let near = model.likelihood(bin_of([50.0, 14.0, 10.0]));
        let far = model.likelihood(bin_of([90.0, -40.0, -40.0]));
        assert!(model.likelihood(seen) > near && near > far);
        assert!((far - FLOOR).abs() < 1e-9);
    }

    #[test]
    fn too_few_pixels_teach_nothing() {
        let model = ColourModel::learn(std::iter::repeat_n((3, 1.0), 10));
        assert_eq!(model.likelihood(3), model.likelihood(4));
    }
}

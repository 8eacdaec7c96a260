//! Order statistics.

/// The value below which the share `q` (0 to 1) of the values lies; zero for none. Reorders the values.
pub(crate) fn percentile(values: &mut [f32], q: f32) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let index = ((values.len() - 1) as f32 * q.clamp(0.0, 1.0)).round() as usize;
    *values.select_nth_unstable_by(index, f32::total_cmp).1
}

/// The value in the middle; zero for none. Reorders the values.
pub(crate) fn median(values: &mut [f32]) -> f32 {
    percentile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_and_the_percentiles_at_the_ends() {
        let mut values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert!((median(&mut values) - 3.0).abs() < 1e-6);
        assert!((percentile(&mut values, 0.0) - 1.0).abs() < 1e-6);
        assert!((percentile(&mut values, 1.0) - 5.0).abs() < 1e-6);
        assert!(median(&mut []).abs() < 1e-6);
    }
}

//! Binary erosion and dilation by squares; beyond the edge nothing counts either way.

use super::Mask;

/// Set wherever any pixel within the square of odd `side` is set.
pub(crate) fn dilate(mask: &Mask, side: usize) -> Mask {
    spread(mask, side / 2, true)
}

/// Set only where every pixel within the square of odd `side` is set.
pub(crate) fn erode(mask: &Mask, side: usize) -> Mask {
    spread(mask, side / 2, false)
}

/// An erosion and then a dilation: removes what is thinner than `side`.
pub(crate) fn open(mask: &Mask, side: usize) -> Mask {
    dilate(&erode(mask, side), side)
}

/// A dilation and then an erosion: fills what is thinner than `side`.
pub(crate) fn close(mask: &Mask, side: usize) -> Mask {
    erode(&dilate(mask, side), side)
}

/// Spreads the pixels equal to `value` by `radius` in both directions.
fn spread(mask: &Mask, radius: usize, value: bool) -> Mask {
    if radius == 0 {
        return mask.clone();
    }
    let (width, height) = (mask.width, mask.height);
    let mut across = mask.clone();
    for y in 0..height {
        spread_row(mask.row(y), &mut across.data[y * width..(y + 1) * width], radius, value);
    }
    let mut out = across.clone();
    let mut counts = vec![0_u16; width];
    let count_row = |counts: &mut [u16], y: usize, up: bool| {
        for (count, &set) in counts.iter_mut().zip(across.row(y)) {
            let one = u16::from(set == value);
            *count = if up { *count + one } else { *count - one };
        }
    };
    for y in 0..radius.min(height) {
        count_row(&mut counts, y, true);
    }
    for y in 0..height {
        if y + radius < height {
            count_row(&mut counts, y + radius, true);
        }
        if y > radius {
            count_row(&mut counts, y - radius - 1, false);
        }
        for (pixel, &count) in out.data[y * width..(y + 1) * width].iter_mut().zip(&counts) {
            *pixel = (count > 0) == value;
        }
    }
    out
}

fn spread_row(row: &[bool], out: &mut [bool], radius: usize, value: bool) {
    let width = row.len();
    // The columns before this one are reached by a matching pixel already seen.
    let mut reached = 0;
    for (x, &set) in row.iter().enumerate() {
        if set == value {
            let end = (x + radius + 1).min(width);
            let start = x.saturating_sub(radius).max(reached);
            if start < end {
                out[start..end].fill(value);
            }
            reached = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speckle() -> Mask {
        Mask::from_fn(31, 23, |x, y| (x * 7919 + y * 104_729 + x * y * 13) % 11 < 4)
    }

    fn naive(mask: &Mask, side: usize, grow: bool) -> Mask {
        let r = (side / 2) as i64;
        Mask::from_fn(mask.width, mask.height, |x, y| {
            let mut any = false;
            for dy in -r..=r {
                for dx in -r..=r {
                    let (u, v) = (x as i64 + dx, y as i64 + dy);
                    if u >= 0 && v >= 0 && u < mask.width as i64 && v < mask.height as i64 {
                        any |= mask.get(u as usize, v as usize) == grow;
                    }
                }
            }
            any == grow
        })
    }

    #[test]
    fn dilation_and_erosion_agree_with_their_definitions() {
        let mask = speckle();
        for side in [1, 3, 5, 9, 61] {
            assert_eq!(dilate(&mask, side), naive(&mask, side, true), "dilate {side}");
            assert_eq!(erode(&mask, side), naive(&mask, side, false), "erode {side}");
        }
    }

    #[test]
    fn opening_removes_a_thin_line_and_keeps_a_block() {
        let mask = Mask::from_fn(20, 20, |x, y| y == 2 || ((5..12).contains(&x) && (8..15).contains(&y)));
        let opened = open(&mask, 3);
        assert!(!opened.get(10, 2) && opened.get(5, 8) && opened.get(11, 14));
        assert_eq!(opened.count(), 49);
    }

    #[test]
    fn closing_fills_a_thin_gap() {
        let mask = Mask::from_fn(20, 9, |x, _| x != 9);
        assert_eq!(close(&mask, 3).count(), 180);
    }
}

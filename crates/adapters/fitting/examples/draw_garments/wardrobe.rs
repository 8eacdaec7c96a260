//! The garments: outlines, colours and seams.

use super::canvas::{Garment, Knot, Rgb3, mirrored, noise};

const WHITE: Rgb3 = [246.0, 246.0, 244.0];

/// Everything there is to draw.
pub(crate) fn all() -> Vec<Garment> {
    vec![shorts(), skirt(), trousers_check(), dress_plain(), dress_floral(), coat(), black_on_black(), lace()]
}

fn plain(name: &'static str, outline: Vec<(f32, f32, bool)>, cloth: fn(f32, f32) -> Rgb3) -> Garment {
    Garment { name, outline, cloth, inside: None, seams: Vec::new(), background: WHITE, folds: 1.0, pleats: 0.0 }
}

fn shorts() -> Garment {
    let left = [
        (340.0, 250.0, true),
        (316.0, 360.0, false),
        (292.0, 500.0, false),
        (276.0, 640.0, true),
        (474.0, 664.0, true),
        (486.0, 570.0, false),
        (494.0, 490.0, true),
    ];
    let mut garment = plain("shorts", mirrored(&left, &[], &[(500.0, 256.0, false)]), |_, _| [186.0, 164.0, 126.0]);
    garment.seams = vec![
        (vec![(334.0, 290.0), (500.0, 296.0), (666.0, 290.0)], 3.0, 0.72),
        (vec![(500.0, 296.0), (500.0, 486.0)], 3.0, 0.68),
        (vec![(474.0, 298.0), (478.0, 400.0), (498.0, 440.0)], 2.0, 0.84),
        (vec![(318.0, 376.0), (382.0, 350.0), (408.0, 296.0)], 3.0, 0.72),
        (vec![(682.0, 376.0), (618.0, 350.0), (592.0, 296.0)], 3.0, 0.72),
        (vec![(278.0, 620.0), (476.0, 643.0)], 2.0, 0.8),
        (vec![(722.0, 620.0), (524.0, 643.0)], 2.0, 0.8),
    ];
    garment
}

fn skirt() -> Garment {
    let left = [(372.0, 130.0, true), (360.0, 180.0, false), (318.0, 400.0, false), (236.0, 850.0, true)];
    let mut garment = plain("skirt", mirrored(&left, &[(500.0, 872.0, false)], &[(500.0, 136.0, false)]), |_, _| [38.0, 98.0, 82.0]);
    garment.seams = vec![
        (vec![(364.0, 172.0), (500.0, 178.0), (636.0, 172.0)], 3.0, 0.7),
        (vec![(240.0, 832.0), (500.0, 852.0), (760.0, 832.0)], 2.0, 0.82),
    ];
    garment.pleats = 0.10;
    garment
}

fn trousers_check() -> Garment {
    let left = [
        (352.0, 60.0, true),
        (326.0, 190.0, false),
        (306.0, 340.0, false),
        (318.0, 640.0, false),
        (344.0, 932.0, true),
        (462.0, 938.0, true),
        (478.0, 640.0, false),
        (494.0, 340.0, true),
    ];
    let mut garment = plain("trousers_check", mirrored(&left, &[], &[(500.0, 66.0, false)]), |x, y| {
        // The cloth hangs down each leg, so that the checks do too.
        let band = |v: f32, period: f32, width: f32| f32::from(v.rem_euclid(period) < width);
        let dark = 0.16 * band(x, 44.0, 16.0) + 0.16 * band(y, 44.0, 16.0);
        let red = band(x + 7.0, 88.0, 3.0).max(band(y + 7.0, 88.0, 3.0));
        let cloth = [148.0, 146.0, 142.0].map(|c| c * (1.0 - dark));
        [cloth[0] + 60.0 * red, cloth[1] - 40.0 * red, cloth[2] - 44.0 * red]
    });
    garment.seams = vec![
        (vec![(346.0, 100.0), (500.0, 106.0), (654.0, 100.0)], 3.0, 0.7),
        (vec![(500.0, 106.0), (500.0, 336.0)], 3.0, 0.7),
        (vec![(334.0, 190.0), (392.0, 172.0), (418.0, 106.0)], 3.0, 0.74),
        (vec![(666.0, 190.0), (608.0, 172.0), (582.0, 106.0)], 3.0, 0.74),
        (vec![(404.0, 240.0), (400.0, 930.0)], 2.0, 0.86),
        (vec![(596.0, 240.0), (600.0, 930.0)], 2.0, 0.86),
    ];
    garment.folds = 0.8;
    garment
}

fn dress_plain() -> Garment {
    let left = [
        (402.0, 84.0, true),
        (350.0, 102.0, true),
        (366.0, 190.0, false),
        (326.0, 284.0, true),
        (344.0, 420.0, false),
        (322.0, 600.0, false),
        (300.0, 900.0, true),
    ];
    let mut garment = plain(
        "dress_plain",
        mirrored(&left, &[(500.0, 912.0, false)], &[(565.0, 150.0, false), (500.0, 176.0, false), (435.0, 150.0, false)]),
        |_, _| [52.0, 62.0, 112.0],
    );
    garment.seams = vec![
        (vec![(326.0, 290.0), (380.0, 340.0)], 2.0, 0.75),
        (vec![(674.0, 290.0), (620.0, 340.0)], 2.0, 0.75),
        (vec![(302.0, 884.0), (500.0, 895.0), (698.0, 884.0)], 2.0, 0.82),
    ];
    garment
}

fn dress_floral() -> Garment {
    let left = [
        (412.0, 84.0, true),
        (338.0, 112.0, false),
        (262.0, 156.0, false),
        (182.0, 288.0, true),
        (266.0, 340.0, true),
        (342.0, 256.0, true),
        (354.0, 340.0, false),
        (366.0, 430.0, false),
        (306.0, 660.0, false),
        (226.0, 920.0, true),
    ];
    let mut garment = plain("dress_floral", mirrored(&left, &[(500.0, 942.0, false)], &[(500.0, 72.0, false)]), floral);
    let half_round: Vec<_> = (0..=16).map(|i| f32::from(i as u8) / 16.0 * std::f32::consts::PI).collect();
    let neck = half_round.iter().map(|a| (500.0 - 88.0 * a.cos(), 84.0 + 66.0 * a.sin(), false));
    let back = half_round.iter().map(|a| (500.0 + 88.0 * a.cos(), 84.0 - 14.0 * a.sin(), false));
    garment.inside = Some((neck.chain(back).collect(), [196.0, 190.0, 172.0]));
    garment.seams = vec![
        (half_round.iter().map(|a| (500.0 - 102.0 * a.cos(), 86.0 + 82.0 * a.sin())).collect(), 2.0, 0.8),
        (vec![(340.0, 114.0), (342.0, 256.0)], 2.0, 0.78),
        (vec![(660.0, 114.0), (658.0, 256.0)], 2.0, 0.78),
        (vec![(366.0, 430.0), (500.0, 438.0), (634.0, 430.0)], 3.0, 0.72),
    ];
    garment.pleats = 0.08;
    garment
}

/// Flowers of five petals, thrown about on cream.
fn floral(x: f32, y: f32) -> Rgb3 {
    let (column, row) = ((x / 62.0).floor(), (y / 62.0).floor());
    for (i, j) in [(0.0, 0.0), (-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)] {
        let (c, r) = (column + i, row + j);
        let shift = |seed| noise(c * 50.0 + 9.0, r * 50.0 + 9.0, 50.0, 50.0, seed) * 11.0;
        let (dx, dy) = (x - (c + 0.5) * 62.0 - shift(21), y - (r + 0.5) * 62.0 - shift(22));
        let (distance, angle) = (dx.hypot(dy), dy.atan2(dx) + shift(23));
        if distance < 5.0 {
            return [244.0, 206.0, 84.0];
        }
        if distance < 15.0 + 6.0 * (angle * 5.0).cos() {
            return if (c + r).rem_euclid(2.0) < 1.0 { [198.0, 74.0, 92.0] } else { [92.0, 112.0, 168.0] };
        }
    }
    [236.0, 228.0, 206.0]
}

/// Worn open: between its fronts the lining shows.
fn coat() -> Garment {
    let left = [
        (430.0, 56.0, true),
        (338.0, 98.0, false),
        (268.0, 150.0, false),
        (212.0, 400.0, false),
        (172.0, 700.0, true),
        (254.0, 716.0, true),
        (300.0, 500.0, false),
        (326.0, 340.0, true),
        (314.0, 560.0, false),
        (288.0, 938.0, true),
    ];
    let mut garment = plain("coat", mirrored(&left, &[(500.0, 944.0, false)], &[(500.0, 66.0, false)]), |_, _| [182.0, 140.0, 94.0]);
    let opening = [(436.0, 60.0, true), (458.0, 200.0, false), (468.0, 400.0, false), (462.0, 960.0, true)];
    garment.inside = Some((mirrored(&opening, &[], &[(500.0, 70.0, false)]), [96.0, 62.0, 50.0]));
    garment.seams = vec![
        (vec![(432.0, 60.0), (388.0, 200.0), (424.0, 214.0), (466.0, 400.0)], 3.0, 0.6),
        (vec![(568.0, 60.0), (612.0, 200.0), (576.0, 214.0), (534.0, 400.0)], 3.0, 0.6),
        (vec![(340.0, 100.0), (326.0, 340.0)], 2.0, 0.7),
        (vec![(660.0, 100.0), (674.0, 340.0)], 2.0, 0.7),
        (vec![(330.0, 610.0), (412.0, 600.0)], 4.0, 0.62),
        (vec![(670.0, 610.0), (588.0, 600.0)], 4.0, 0.62),
    ];
    garment.background = [240.0, 240.0, 238.0];
    garment
}

/// The left half of a tee from collar to hem.
const TEE: [Knot; 7] = [
    (424.0, 150.0, true),
    (330.0, 184.0, false),
    (196.0, 344.0, true),
    (278.0, 406.0, true),
    (344.0, 326.0, true),
    (346.0, 600.0, false),
    (338.0, 858.0, true),
];
/// The neckline of a tee, from right to left.
const NECK: [Knot; 3] = [(556.0, 186.0, false), (500.0, 204.0, false), (444.0, 186.0, false)];

fn black_on_black() -> Garment {
    let mut garment = plain("tee_black_on_black", mirrored(&TEE, &[(500.0, 866.0, false)], &NECK), |_, _| [34.0, 34.0, 37.0]);
    garment.seams = vec![(vec![(340.0, 840.0), (500.0, 848.0), (660.0, 840.0)], 2.0, 0.8)];
    garment.background = [58.0, 58.0, 60.0];
    garment
}

/// A hem of scallops below a band of openwork.
fn lace() -> Garment {
    let scallops: Vec<Knot> =
        (1..24).map(|i| (338.0 + 13.5 * f32::from(i as u8), if i % 2 == 1 { 876.0 } else { 858.0 }, i % 2 == 0)).collect();
    let mut garment = plain("top_lace", mirrored(&TEE, &scallops, &NECK), |x, y| {
        let (u, v) = ((x / 13.5).fract() - 0.5, (y / 13.5).fract() - 0.5);
        let open = y > 790.0 && u.hypot(v) < 0.26;
        if open { [188.0, 158.0, 166.0] } else { [138.0, 36.0, 62.0] }
    });
    garment.seams = vec![(vec![(344.0, 786.0), (500.0, 790.0), (656.0, 786.0)], 3.0, 0.7)];
    garment
}

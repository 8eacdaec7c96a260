//! What kind of garment a silhouette is.

use crate::planes::Mask;

use super::outline::Outline;

/// The shape of a garment by how often a row of the picture enters it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SilhouetteKind {
    /// Two legs side by side over most of the lower half.
    Trousers,
    /// Sleeves beside a torso.
    Sleeved,
    /// One piece: a sleeveless top or dress, or a skirt.
    Sleeveless,
}

/// Tells the kind of garment.
pub(crate) fn silhouette_kind(mask: &Mask) -> SilhouetteKind {
    let Some(outline) = Outline::new(mask) else { return SilhouetteKind::Sleeveless };
    let every_other = |from: f32, to: f32| (outline.row_at(from)..outline.row_at(to)).step_by(2);
    let lower = every_other(0.55, 0.97);
    let legs = lower.clone().filter(|&y| has_two_legs(&outline, y)).count();
    if legs as f32 > 0.6 * lower.count() as f32 {
        return SilhouetteKind::Trousers;
    }
    let sleeved = every_other(0.1, 0.95).filter(|&y| has_sleeves(&outline, y)).count();
    if sleeved as f32 > 0.01 * outline.height() { SilhouetteKind::Sleeved } else { SilhouetteKind::Sleeveless }
}

fn has_two_legs(outline: &Outline, y: usize) -> bool {
    match outline.runs(y)[..] {
        [left, right] => {
            let (narrow, wide) = (left.span().min(right.span()), left.span().max(right.span()));
            narrow as f32 > 0.5 * wide as f32
        }
        _ => false,
    }
}

fn has_sleeves(outline: &Outline, y: usize) -> bool {
    match &outline.runs(y)[..] {
        [left, between @ .., right] => {
            between.iter().map(|run| run.span()).max().is_some_and(|widest| widest > left.span().max(right.span()))
        }
        _ => false,
    }
}

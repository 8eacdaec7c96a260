//! What kind of garment a silhouette is, and which categories that fits.

use crate::outcome::Category;
use crate::planes::Mask;

use super::outline::Outline;

/// A top edge that dips by less than this share of the height in the middle has no neck opening: it is a waistband.
const LEAST_NECK: f32 = 0.035;
/// From this length on, in widths below the arms, a garment can be a dress …
const SHORTEST_DRESS: f32 = 2.05;
/// … and up to this one it can be a top.
const LONGEST_TOP: f32 = 2.25;

/// The shape of a garment by how often a row of the picture enters it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SilhouetteKind {
    /// Two legs side by side below a waist.
    Trousers,
    /// One piece that hangs from a waist.
    Skirt,
    /// Sleeves beside a torso.
    Sleeved,
    /// One piece with a neck opening: a sleeveless top or dress.
    Sleeveless,
}

impl SilhouetteKind {
    /// Whether a garment of this shape can belong to the category, whatever its length.
    pub(crate) fn may_be(self, category: Category) -> bool {
        (category == Category::Bottoms) == matches!(self, Self::Trousers | Self::Skirt)
    }

    /// Whether a garment of this shape, `length` widths long below the arms, can belong to the category.
    pub(crate) fn suits(self, category: Category, length: f32) -> bool {
        self.may_be(category)
            && match category {
                Category::Bottoms => true,
                Category::Tops => length < LONGEST_TOP,
                Category::Dresses => length > SHORTEST_DRESS,
                Category::Outerwear => self == Self::Sleeved || length < LONGEST_TOP,
            }
    }
}

/// Tells the kind of garment.
pub(crate) fn silhouette_kind(mask: &Mask) -> SilhouetteKind {
    let Some(outline) = Outline::new(mask) else { return SilhouetteKind::Sleeveless };
    let every_other = |from: f32, to: f32| (outline.row_at(from)..outline.row_at(to)).step_by(2);
    let legs_in = |from: f32, to: f32| {
        let rows = every_other(from, to);
        let legs = rows.clone().filter(|&y| has_two_legs(&outline, y)).count();
        legs as f32 / rows.count().max(1) as f32
    };
    let waistband = neck_dip(&outline) < LEAST_NECK;
    // Shorts have short legs.
    if legs_in(0.55, 0.97) > 0.6 || (waistband && legs_in(0.80, 0.95) > 0.8) {
        return SilhouetteKind::Trousers;
    }
    let sleeved = every_other(0.1, 0.95).filter(|&y| has_sleeves(&outline, y)).count();
    if sleeved as f32 > 0.01 * outline.height() {
        SilhouetteKind::Sleeved
    } else if waistband {
        SilhouetteKind::Skirt
    } else {
        SilhouetteKind::Sleeveless
    }
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

/// By which share of the height the top edge is lower in the middle than at its highest point.
fn neck_dip(outline: &Outline) -> f32 {
    outline.top_at(outline.centre_x).map_or(1.0, |middle| (middle.y - outline.top as f32) / outline.height())
}

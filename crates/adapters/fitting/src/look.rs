//! Which garments make a look, in which order, and how each is laid on the person.

use image::RgbImage;

use crate::garment::{self, BottomLandmarks, CutOut, TopLandmarks};
use crate::outcome::Category;
use crate::person::Person;
use crate::refusal::Refusal;
use crate::warp::{Dressed, fit_bottom, fit_top};

/// The garments in the order they are put on: as given, but outerwear goes over everything.
///
/// # Errors
/// `NotWornTogether` when there are none, or two take the same place on the body.
pub(crate) fn in_order<'a>(garments: &[(Category, &'a RgbImage)]) -> Result<Vec<(Category, &'a RgbImage)>, Refusal> {
    let places = |category| match category {
        Category::Tops => [true, false, false],
        Category::Bottoms => [false, true, false],
        Category::Dresses => [true, true, false],
        Category::Outerwear => [false, false, true],
    };
    let mut taken = [false; 3];
    for (category, _) in garments {
        for (taken, place) in taken.iter_mut().zip(places(*category)) {
            if *taken && place {
                return Err(Refusal::NotWornTogether);
            }
            *taken |= place;
        }
    }
    if garments.is_empty() {
        return Err(Refusal::NotWornTogether);
    }
    let mut sorted = garments.to_vec();
    sorted.sort_by_key(|(category, _)| *category == Category::Outerwear);
    Ok(sorted)
}

/// Whether a garment goes over the top put on before it: trousers and skirts do.
pub(crate) fn tucked(before: &[(Category, &RgbImage)], category: Category) -> bool {
    category == Category::Bottoms && before.iter().any(|(c, _)| *c == Category::Tops)
}

/// The landmarks of a garment of either topology.
pub(crate) enum LaidOut {
    Top(Box<TopLandmarks>),
    Bottom(BottomLandmarks),
}

/// Finds the landmarks, unless the garment is not of the category.
pub(crate) fn laid_out(cut: &CutOut, category: Category) -> Result<LaidOut, Refusal> {
    let kind = garment::silhouette_kind(&cut.mask);
    // Whatever its length, a silhouette of the other topology is refused before landmarks are looked for.
    if !kind.may_be(category) {
        return Err(Refusal::CategoryMismatch);
    }
    if category == Category::Bottoms {
        return garment::landmarks_of_bottom(cut).map(LaidOut::Bottom);
    }
    let marks = garment::landmarks_of_top(cut)?;
    if kind.suits(category, marks.length_in_widths()) { Ok(LaidOut::Top(Box::new(marks))) } else { Err(Refusal::CategoryMismatch) }
}

impl LaidOut {
    pub(crate) fn fit(&self, person: &Person, cut: &CutOut, category: Category) -> Dressed {
        match self {
            Self::Top(marks) => Dressed::Top(fit_top(person, cut, marks, category)),
            Self::Bottom(marks) => Dressed::Bottom(fit_bottom(person, cut, marks)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jacket_goes_over_everything_and_nothing_is_worn_twice() {
        let picture = RgbImage::new(1, 1);
        let order = |categories: &[Category]| {
            let garments: Vec<_> = categories.iter().map(|c| (*c, &picture)).collect();
            in_order(&garments).map(|sorted| sorted.into_iter().map(|(c, _)| c).collect::<Vec<_>>())
        };
        use Category::{Bottoms, Dresses, Outerwear, Tops};
        assert_eq!(order(&[Outerwear, Tops, Bottoms]), Ok(vec![Tops, Bottoms, Outerwear]));
        assert_eq!(order(&[Bottoms, Tops]), Ok(vec![Bottoms, Tops]));
        assert_eq!(order(&[Outerwear, Dresses]), Ok(vec![Dresses, Outerwear]));
        for wrong in [&[][..], &[Tops, Tops], &[Dresses, Bottoms], &[Tops, Dresses], &[Outerwear, Outerwear]] {
            assert_eq!(order(wrong), Err(Refusal::NotWornTogether), "{wrong:?}");
        }
    }

    #[test]
    fn a_bottom_put_on_after_a_top_has_it_tucked_in() {
        let picture = RgbImage::new(1, 1);
        assert!(tucked(&[(Category::Tops, &picture)], Category::Bottoms));
        assert!(!tucked(&[(Category::Bottoms, &picture)], Category::Tops));
        assert!(!tucked(&[], Category::Bottoms));
    }
}

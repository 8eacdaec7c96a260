//! Several garments in one look.

use atelier_adapter_fitting::{Category, Control, FitError, Fitted, Refusal};

use crate::samples::{ENGINE, mean_colour, sample};

fn look(person: &str, garments: &[(Category, &str)]) -> Result<Fitted, FitError> {
    let pictures: Vec<_> = garments.iter().map(|(category, name)| (*category, sample(name))).collect();
    let worn: Vec<_> = pictures.iter().map(|(category, picture)| (*category, picture)).collect();
    ENGINE.fit_look(&sample(person), &worn, &mut |_| Control::Continue)
}

/// Parts of the standing samples, as fractions: the chest, a thigh, and the belly where a hem or a waistband is.
const CHEST: [f32; 4] = [0.46, 0.28, 0.54, 0.34];
const THIGH: [f32; 4] = [0.42, 0.56, 0.45, 0.60];
const BELLY: [f32; 4] = [0.47, 0.455, 0.53, 0.475];

fn near(seen: [f32; 3], wanted: [f32; 3]) -> bool {
    (0..3).all(|c| (seen[c] - wanted[c]).abs() < 45.0)
}

const SKIRT: [f32; 3] = [38.0, 98.0, 82.0];

#[test]
fn a_top_and_a_skirt_make_a_look_and_their_order_says_which_one_is_over_the_other() {
    let (top, bottom) = ((Category::Tops, "tee_white.jpg"), (Category::Bottoms, "skirt.jpg"));
    let hanging = look("person_2.jpg", &[bottom, top]).unwrap();
    let tucked = look("person_2.jpg", &[top, bottom]).unwrap();
    for fitted in [&hanging, &tucked] {
        let (chest, thigh) = (mean_colour(&fitted.image, CHEST), mean_colour(&fitted.image, THIGH));
        assert!(chest.iter().all(|v| *v > 170.0), "the chest is {chest:?}");
        assert!(near(thigh, SKIRT), "the thigh is {thigh:?}");
        assert!(fitted.report.timings.iter().all(|t| !t.is_zero()));
    }
    let (over, under) = (mean_colour(&hanging.image, BELLY), mean_colour(&tucked.image, BELLY));
    assert!(over.iter().all(|v| *v > 150.0), "hanging, the belly is {over:?}");
    assert!(near(under, SKIRT), "tucked in, the belly is {under:?}");
}

#[test]
fn a_coat_goes_over_a_dress_whatever_the_order() {
    let (coat, dress) = ((Category::Outerwear, "coat.jpg"), (Category::Dresses, "dress_plain.jpg"));
    let fitted = look("person_1.jpg", &[coat, dress]).unwrap();
    let swapped = look("person_1.jpg", &[dress, coat]).unwrap();
    assert!(fitted.image == swapped.image);
}

#[test]
fn what_takes_the_same_place_is_not_worn_together() {
    let (top, dress) = ((Category::Tops, "g_tee.jpg"), (Category::Dresses, "g_dress.jpg"));
    for garments in [vec![top, dress], vec![top, top], vec![]] {
        let refused = look("person_1.jpg", &garments);
        assert!(matches!(refused, Err(FitError::Refused(Refusal::NotWornTogether))), "{garments:?}");
    }
}

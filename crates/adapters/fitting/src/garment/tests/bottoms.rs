//! Trousers, shorts, skirts and dresses: landmarks, shapes, and the categories they suit.

use super::{cut_out, garment, in_picture, overlap, silhouette};
use crate::garment::silhouette::SilhouetteKind;
use crate::garment::{landmarks_of_bottom, landmarks_of_top, silhouette_kind};
use crate::outcome::Category;
use crate::planes::Point;

/// How far a landmark may be off, in pixels of pictures that are 1000 pixels wide.
const TOLERANCE: f32 = 18.0;

type Place = (f32, f32);

/// Where the left outer and inner corner of a leg and the crotch were drawn.
const LEGS: [(&str, Place, Place, Place); 3] = [
    ("g_jeans", (285.0, 940.0), (432.0, 945.0), (500.0, 345.0)),
    ("shorts", (276.0, 640.0), (474.0, 664.0), (500.0, 490.0)),
    ("trousers_check", (344.0, 932.0), (462.0, 938.0), (500.0, 340.0)),
];

#[test]
fn legs_are_found_where_they_were_drawn() {
    let mut wrong = Vec::new();
    for (name, outer, inner, crotch) in LEGS {
        let cut = cut_out(&garment(name)).unwrap();
        let marks = landmarks_of_bottom(&cut).unwrap();
        let legs = marks.legs.unwrap_or_else(|| panic!("{name} has legs"));
        let ends = [(*marks.sides[0].last().unwrap(), outer), (*legs.inner[0].last().unwrap(), inner), (legs.crotch, crotch)];
        for (found, (x, y)) in ends {
            let at = in_picture(&cut, (1000, 1000), found);
            let off = at.distance(Point::new(x, y));
            if off > TOLERANCE {
                wrong.push(format!("{name}: {:.0},{:.0} is {off:.0} from {x},{y}", at.x, at.y));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_skirt_has_a_waist_and_no_legs() {
    let cut = cut_out(&garment("skirt")).unwrap();
    let marks = landmarks_of_bottom(&cut).unwrap();
    assert!(marks.legs.is_none());
    let waist = marks.waist.map(|p| in_picture(&cut, (1000, 1000), p).x);
    assert!((waist[0] - 362.0).abs() < TOLERANCE && (waist[1] - 638.0).abs() < TOLERANCE, "{waist:?}");
    let corner = in_picture(&cut, (1000, 1000), *marks.sides[0].last().unwrap());
    assert!(corner.distance(Point::new(236.0, 850.0)) < TOLERANCE, "{corner:?}");
}

#[test]
fn the_cut_out_of_what_is_no_top_covers_its_silhouette() {
    let mut wrong = Vec::new();
    for name in ["shorts", "skirt", "trousers_check", "dress_plain", "dress_floral", "coat"] {
        let cut = cut_out(&garment(name)).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        let overlap = overlap(&cut, &silhouette(name));
        // Between the short legs of the shorts there is their shadow (0.962 measured).
        let least = if name == "shorts" { 0.955 } else { 0.97 };
        if overlap < least || cut.turned != 0.0 {
            wrong.push(format!("{name}: {overlap:.3}, turned {}", cut.turned));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn shapes_of_bottoms_dresses_and_coats_are_told_apart() {
    for (name, kind) in [
        ("shorts", SilhouetteKind::Trousers),
        ("trousers_check", SilhouetteKind::Trousers),
        ("skirt", SilhouetteKind::Skirt),
        ("dress_plain", SilhouetteKind::Sleeveless),
        ("dress_floral", SilhouetteKind::Sleeved),
        ("coat", SilhouetteKind::Sleeved),
    ] {
        assert_eq!(silhouette_kind(&cut_out(&garment(name)).unwrap().mask), kind, "{name}");
    }
}

#[test]
fn length_tells_a_dress_from_a_top() {
    for (name, dress) in [("dress_plain", true), ("dress_floral", true), ("g_dress", true), ("g_tee", false), ("g_longsleeve", false)] {
        let cut = cut_out(&garment(name)).unwrap();
        let (kind, length) = (silhouette_kind(&cut.mask), landmarks_of_top(&cut).unwrap().length_in_widths());
        assert_eq!(kind.suits(Category::Dresses, length), dress, "{name}: {length}");
        assert_eq!(kind.suits(Category::Tops, length), !dress, "{name}: {length}");
    }
}

#[test]
fn only_what_hangs_from_a_waist_is_a_bottom() {
    for kind in [SilhouetteKind::Trousers, SilhouetteKind::Skirt] {
        assert!(kind.suits(Category::Bottoms, 1.0));
        for category in [Category::Tops, Category::Dresses, Category::Outerwear] {
            assert!(!kind.suits(category, 2.1), "{kind:?} {category:?}");
        }
    }
    for kind in [SilhouetteKind::Sleeved, SilhouetteKind::Sleeveless] {
        assert!(!kind.suits(Category::Bottoms, 2.1), "{kind:?}");
        assert!(kind.suits(Category::Tops, 1.8) && !kind.suits(Category::Tops, 2.6));
        assert!(kind.suits(Category::Dresses, 2.6) && !kind.suits(Category::Dresses, 1.8));
        assert!(kind.suits(Category::Outerwear, 1.9));
    }
    assert!(SilhouetteKind::Sleeved.suits(Category::Outerwear, 2.6));
}

#[test]
fn the_lining_between_the_fronts_of_an_open_coat_is_cleared_and_the_fronts_stay() {
    let mut cut = cut_out(&garment("coat")).unwrap();
    let marks = landmarks_of_top(&cut).unwrap();
    crate::garment::clear_opening(&mut cut, &marks);
    let alpha = |(x, y): (f32, f32)| cut.alpha.sample(x * 0.9, y * 0.9);
    for place in [(500.0, 300.0), (500.0, 800.0)] {
        assert!(alpha(place) < 0.1, "{place:?}: {}", alpha(place));
    }
    assert!(alpha((400.0, 500.0)) > 0.99, "{}", alpha((400.0, 500.0)));
}

#[test]
fn a_closed_tee_has_no_opening() {
    let mut cut = cut_out(&garment("longsleeve_plain")).unwrap();
    let marks = landmarks_of_top(&cut).unwrap();
    let before = cut.alpha.sum();
    crate::garment::clear_opening(&mut cut, &marks);
    assert!(cut.alpha.sum() > 0.95 * before);
}

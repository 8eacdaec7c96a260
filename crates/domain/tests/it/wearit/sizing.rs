//! Which size would fit.

use atelier_domain::wearit::body::{Length, Measurements};
use atelier_domain::wearit::sizing::{ChartKind, Fit, SizeChart, size_hints};
use atelier_domain::wearit::wardrobe::Category;
use proptest::prelude::*;

const CHART: &str = r#"[
    {"size": "S", "chest": [86, 94], "waist": [70, 78]},
    {"size": "M", "chest": [94, 102], "waist": [78, 86]},
    {"size": "L", "chest": [104, 112], "waist": [86, 96]}
]"#;

fn measured(chest: Option<f64>, waist: Option<f64>) -> Measurements {
    let length = |name, cm: Option<f64>| cm.map(|cm| Length::measure(name, cm).unwrap());
    Measurements { chest: length("chest", chest), waist: length("waist", waist), ..Measurements::default() }
}

fn hint(chest: Option<f64>, waist: Option<f64>) -> Option<(String, Fit)> {
    let chart = SizeChart::parse(CHART).unwrap();
    let mut hints = size_hints(Some(&chart), Category::Tops, &measured(chest, waist));
    assert!(hints.len() <= 1);
    hints.pop().map(|hint| (hint.size, hint.fit))
}

#[test]
fn the_size_is_the_smallest_that_nothing_is_too_large_for() {
    for (chest, waist, size, fit) in [
        (Some(90.0), Some(75.0), "S", Fit::Good),
        (Some(94.0), Some(78.0), "S", Fit::Good),
        (Some(94.5), None, "M", Fit::Good),
        (Some(90.0), Some(80.0), "M", Fit::Loose),
        (Some(103.0), None, "L", Fit::Loose),
        (Some(90.0), Some(90.0), "L", Fit::Uneven),
        (Some(120.0), Some(80.0), "L", Fit::TooLarge),
        (Some(80.0), Some(60.0), "S", Fit::TooSmall),
        (Some(80.0), Some(75.0), "S", Fit::Loose),
    ] {
        assert_eq!(hint(chest, waist), Some((size.to_owned(), fit)), "{chest:?} {waist:?}");
    }
    assert_eq!(hint(None, None), None);
}

#[test]
fn what_a_category_is_not_cut_by_is_not_looked_at() {
    let chart = SizeChart::parse(CHART).unwrap();
    let body = measured(Some(110.0), Some(75.0));
    assert_eq!(size_hints(Some(&chart), Category::Bottoms, &body)[0].size, "S");
    assert_eq!(size_hints(Some(&chart), Category::Tops, &body)[0].size, "L");
    assert!(size_hints(Some(&chart), Category::Shoes, &body).is_empty());
    assert!(size_hints(None, Category::Accessories, &body).is_empty());
}

#[test]
fn without_a_chart_the_letters_of_the_norm_are_told_for_women_and_men() {
    let hints = size_hints(None, Category::Tops, &measured(Some(92.0), None));
    let told: Vec<_> = hints.iter().map(|hint| (hint.chart, hint.size.as_str(), hint.fit)).collect();
    assert_eq!(told, [(ChartKind::StandardWomen, "M", Fit::Good), (ChartKind::StandardMen, "S", Fit::Good)]);
}

#[test]
fn a_chart_survives_its_own_form() {
    let chart = SizeChart::parse(CHART).unwrap();
    assert_eq!(SizeChart::parse(&chart.to_json().to_string()), Ok(chart));
}

#[test]
fn nonsense_is_no_chart() {
    let many: Vec<String> = (0..31).map(|n| format!(r#"{{"size":"{n}","chest":[80,90]}}"#)).collect();
    for text in [
        "",
        "{}",
        "[]",
        "[1]",
        r#"[{"size":"S"}]"#,
        r#"[{"chest":[80,90]}]"#,
        r#"[{"size":"","chest":[80,90]}]"#,
        r#"[{"size":" S","chest":[80,90]}]"#,
        r#"[{"size":"S","chest":[90,80]}]"#,
        r#"[{"size":"S","chest":[80]}]"#,
        r#"[{"size":"S","chest":[0,90]}]"#,
        r#"[{"size":"S","chest":[80,301]}]"#,
        r#"[{"size":"S","chest":["80",90]}]"#,
        r#"[{"size":"S","inseam":[80,90]}]"#,
        r#"[{"size":"S","chest":[80,90]},{"size":"S","chest":[90,100]}]"#,
        r#"[{"size":"L","chest":[90,100]},{"size":"S","chest":[80,90]}]"#,
        &format!("[{}]", many.join(",")),
    ] {
        assert!(SizeChart::parse(text).is_err(), "{text}");
    }
}

proptest! {
    /// A larger body is never told a smaller size.
    #[test]
    fn sizes_grow_with_the_body(chest in 60.0..160.0_f64, waist in 50.0..150.0_f64, more in 0.0..40.0_f64) {
        let chart = SizeChart::parse(CHART).unwrap();
        let row = |hints: &[atelier_domain::wearit::sizing::SizeHint]| chart.rows().iter().position(|row| row.size == hints[0].size);
        let before = size_hints(Some(&chart), Category::Tops, &measured(Some(chest), Some(waist)));
        let after = size_hints(Some(&chart), Category::Tops, &measured(Some(chest + more), Some(waist)));
        prop_assert!(row(&before) <= row(&after));
    }
}

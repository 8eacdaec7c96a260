//! Progress, stopping, repeatability and sharing between threads.

use atelier_adapter_fitting::{Category, Control, Engine, FitError, Stage};

use crate::samples::{ENGINE, fit, sample};

#[test]
fn the_caller_hears_of_every_stage_once_and_in_order() {
    let mut heard = Vec::new();
    let fitted = ENGINE
        .fit(&sample("person_1.jpg"), &sample("g_tee.jpg"), Category::Tops, &mut |stage| {
            heard.push(stage);
            Control::Continue
        })
        .unwrap();
    assert_eq!(heard, Stage::ALL);
    assert!(heard.windows(2).all(|w| w[0].percent() < w[1].percent()));
    assert!(fitted.report.timings.iter().all(|t| !t.is_zero()));
}

#[test]
fn the_caller_can_stop_before_any_stage() {
    let (person, garment) = (sample("person_1.jpg"), sample("g_tee.jpg"));
    for last in Stage::ALL {
        let mut heard = Vec::new();
        let outcome = ENGINE.fit(&person, &garment, Category::Tops, &mut |stage| {
            heard.push(stage);
            if stage == last { Control::Stop } else { Control::Continue }
        });
        assert!(matches!(outcome, Err(FitError::Stopped)), "{last:?}");
        assert_eq!(heard.last(), Some(&last));
    }
}

#[test]
fn the_same_pictures_give_the_same_result_from_two_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared::<Engine>(&ENGINE);
    let run = || fit(&sample("person_4.jpg"), &sample("g_longsleeve.jpg")).unwrap().image;
    let (a, b) = std::thread::scope(|s| {
        let other = s.spawn(run);
        (run(), other.join().unwrap())
    });
    assert!(a == b);
}

#[test]
fn a_look_at_a_photo_tells_how_much_of_it_the_person_fills() {
    let report = ENGINE.examine(&sample("person_1.jpg")).unwrap();
    assert!(report.presence > 0.9);
    assert!((0.75..1.0).contains(&report.height_share), "{}", report.height_share);
    assert!(report.warnings.is_empty());
}

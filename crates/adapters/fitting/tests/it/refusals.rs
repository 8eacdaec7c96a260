//! Pictures the engine will not work with are refused with a reason, never answered with a broken picture.

use atelier_adapter_fitting::{FitError, Refusal};
use image::{Rgb, RgbImage};

use crate::samples::{ENGINE, fit, sample};

fn refusal(person: &RgbImage, garment: &RgbImage) -> Refusal {
    match fit(person, garment) {
        Err(FitError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn blank() -> RgbImage {
    RgbImage::from_pixel(600, 800, Rgb([235, 236, 238]))
}

#[test]
fn a_blank_photo_shows_no_person() {
    let tee = sample("g_tee.jpg");
    assert_eq!(refusal(&blank(), &tee), Refusal::NoPerson);
    assert!(matches!(ENGINE.examine(&blank()), Err(FitError::Refused(Refusal::NoPerson))));
    assert_eq!(refusal(&tee, &tee), Refusal::NoPerson);
}

#[test]
fn two_people_of_a_size_are_refused() {
    let one = sample("person_1.jpg");
    let mut two = RgbImage::new(one.width() * 2, one.height());
    image::imageops::replace(&mut two, &one, 0, 0);
    image::imageops::replace(&mut two, &sample("person_2.jpg"), i64::from(one.width()), 0);
    assert_eq!(refusal(&two, &sample("g_tee.jpg")), Refusal::SeveralPeople);
}

#[test]
fn a_portrait_without_hips_is_cut_off() {
    let photo = sample("person_2.jpg");
    let portrait = image::imageops::crop_imm(&photo, 200, 0, 500, 420).to_image();
    assert_eq!(refusal(&portrait, &sample("g_tee.jpg")), Refusal::PoseCutOff);
}

#[test]
fn a_space_suit_hides_the_body() {
    assert_eq!(refusal(&sample("astronaut.png"), &sample("g_tee.jpg")), Refusal::ClothingUnclear);
}

#[test]
fn a_blank_garment_picture_shows_no_garment() {
    assert_eq!(refusal(&sample("person_1.jpg"), &blank()), Refusal::GarmentNotFound);
}

#[test]
fn jeans_are_not_a_top() {
    assert_eq!(refusal(&sample("person_1.jpg"), &sample("g_jeans.jpg")), Refusal::CategoryMismatch);
}

#[test]
fn tiny_pictures_are_refused() {
    let tiny = RgbImage::new(90, 90);
    assert_eq!(refusal(&tiny, &sample("g_tee.jpg")), Refusal::PictureTooSmall);
    assert_eq!(refusal(&sample("person_1.jpg"), &tiny), Refusal::PictureTooSmall);
}

#[test]
fn every_refusal_has_its_own_code_a_message_and_advice() {
    let mut reasons: Vec<&str> = Refusal::ALL.iter().map(|r| r.reason()).collect();
    assert!(reasons.iter().all(|r| r.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
    reasons.sort_unstable();
    reasons.dedup();
    assert_eq!(reasons.len(), Refusal::ALL.len());
    assert!(Refusal::ALL.iter().all(|r| r.message().ends_with('.') && r.advice().ends_with('.')));
}

#[test]
fn a_garment_that_somebody_wears_is_no_picture_of_a_garment() {
    let person = sample("person_1.jpg");
    for worn in ["person_2.jpg", "person_4.jpg", "fashn_model.png"] {
        assert_eq!(refusal(&person, &sample(worn)), Refusal::GarmentWorn, "{worn}");
    }
}

#[test]
fn a_photo_on_its_side_is_refused() {
    let lying = image::imageops::rotate90(&sample("person_1.jpg"));
    assert_eq!(refusal(&lying, &sample("g_tee.jpg")), Refusal::PoseUnsupported);
}

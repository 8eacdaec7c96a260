//! Random bodies and random garments: the cloth never folds, and what is drawn is a picture.

use image::{Rgb, RgbImage};

use super::bottom::{Hips, fit_bottom, hip_mesh, leg_mesh, skirt_mesh};
use super::frame::Frame;
use super::mesh::Mesh;
use super::sleeve::sleeve_mesh;
use super::torso::torso_mesh;
use crate::garment::{BottomLandmarks, CutOut, Legs, TopLandmarks, cut_out, landmarks_of_top};
use crate::geometry::{Point, pt};
use crate::outcome::Category;
use crate::person::{Body, Person, Side};
use crate::planes::{Colour, Knot, Plane, capsule_chain, polygon};
use crate::pose::Landmarks;

const WIDTH: usize = 300;
const HEIGHT: usize = 460;
const ROUNDS: u32 = 200;

/// Repeatable numbers of -1 to 1.
struct Dice(u32);

impl Dice {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 & 0xFFFF) as f32 / 32767.5 - 1.0
    }

    fn around(&mut self, p: Point, reach: f32) -> Point {
        p + pt(self.next(), self.next()) * reach
    }
}

/// Someone standing, every joint up to `reach` pixels off.
fn landmarks(dice: &mut Dice, reach: f32) -> Landmarks {
    let mut points = [pt(150.0, 70.0); 33];
    let both = [
        (2, 7.0, 62.0),
        (3, 10.0, 62.0),
        (9, 6.0, 84.0),
        (11, 40.0, 120.0),
        (13, 56.0, 180.0),
        (15, 60.0, 235.0),
        (17, 62.0, 250.0),
        (19, 60.0, 254.0),
        (23, 25.0, 240.0),
        (25, 28.0, 330.0),
        (27, 28.0, 412.0),
        (29, 27.0, 420.0),
        (31, 32.0, 430.0),
    ];
    for (index, off, y) in both {
        let other = if index == 2 || index == 3 { index + 3 } else { index + 1 };
        let reach = if index < 11 { 0.0 } else { reach };
        points[index] = dice.around(pt(150.0 + off, y), reach);
        points[other] = dice.around(pt(150.0 - off, y), reach);
    }
    let world = points.map(|p| [(p.x - 150.0) / 250.0, (p.y - 240.0) / 250.0, 0.0]);
    Landmarks { points, visibility: [1.0; 33], world, presence: 1.0, mask: Vec::new() }
}

fn person() -> Person {
    let seen = landmarks(&mut Dice(1), 0.0);
    let p = &seen.points;
    let chain = |knots: &[(Point, f32)]| {
        let knots: Vec<Knot> = knots.iter().map(|(at, r)| Knot::new(*at, *r)).collect();
        capsule_chain(WIDTH, HEIGHT, &knots, 1.0)
    };
    let head = chain(&[(p[0], 22.0)]);
    let torso = polygon(WIDTH, HEIGHT, &[p[12], p[11], p[23] + pt(10.0, 5.0), p[24] + pt(-10.0, 5.0)], 2.0);
    let arms = [11, 12].map(|i| chain(&[(p[i], 12.0), (p[i + 2], 9.0), (p[i + 4], 8.0)])).into_iter();
    let legs = [23, 24].map(|i| chain(&[(p[i], 18.0), (p[i + 2], 13.0), (p[i + 4], 8.0)]));
    let upper = arms.fold(torso, |a, b| a.zip(&b, f32::max));
    let lower = legs[0].zip(&legs[1], f32::max);
    let photo = RgbImage::from_fn(WIDTH as u32, HEIGHT as u32, |x, y| {
        let at = |plane: &Plane| plane.get(x as usize, y as usize) > 0.5;
        let noise = (x * 7 + y * 13) % 5;
        let colour = if at(&head) {
            [214, 170, 150]
        } else if at(&upper) {
            [150, 40, 40]
        } else if at(&lower) {
            [50, 60, 120]
        } else {
            [205, 208, 204]
        };
        Rgb(colour.map(|v| v + noise as u8))
    });
    let mask = head.zip(&upper, f32::max).zip(&lower, f32::max).data;
    let body = Body::measure(&seen).unwrap();
    Person::analyse(&photo, body, mask)
}

fn garment(dice: &mut Dice, legs: bool) -> BottomLandmarks {
    let waist = 100.0 + 40.0 * dice.next();
    let height = 420.0 + 200.0 * dice.next();
    let flare = 60.0 + 60.0 * dice.next();
    let bottom = 50.0 + height;
    let side = |sign: f32, slant: f32| {
        let f = |y: f32| (y - 50.0) / height;
        (0..40).map(|i| 50.0 + (height - slant) * i as f32 / 39.0).map(|y| pt(300.0 + sign * (waist + flare * f(y)), y)).collect::<Vec<_>>()
    };
    let (slant, crotch) = (10.0 + 10.0 * dice.next(), 50.0 + height * (0.42 + 0.2 * dice.next()));
    let inner = |sign: f32| {
        let gap = 0.4 * flare;
        let f = |y: f32| (y - crotch) / (bottom - crotch);
        (0..30).map(|i| crotch + (bottom - crotch) * i as f32 / 29.0).map(|y| pt(300.0 + sign * gap * f(y), y)).collect::<Vec<_>>()
    };
    BottomLandmarks {
        waist: [pt(300.0 - waist, 50.0), pt(300.0 + waist, 50.0)],
        legs: legs.then(|| Legs { crotch: pt(300.0, crotch), inner: [inner(-1.0), inner(1.0)] }),
        sides: [side(-1.0, slant), side(1.0, slant)],
        bottom,
    }
}

/// The cut-out with those landmarks.
fn drawn(garment: &BottomLandmarks) -> CutOut {
    let mut outline: Vec<Point> = garment.sides[0].clone();
    if let Some(legs) = &garment.legs {
        outline.extend(legs.inner[0].iter().rev());
        outline.extend(&legs.inner[1]);
    }
    outline.extend(garment.sides[1].iter().rev());
    let alpha = polygon(600, 720, &outline, 0.0);
    let mask = alpha.mask(|a| a > 0.5);
    let channel = |v: f32| Plane::filled(600, 720, v);
    let rgb = Colour::from_channels([channel(200.0), channel(90.0), channel(30.0)]);
    CutOut { rgb, alpha, mask, scale: 1.0, turned: 0.0, symmetry: 1.0, low_contrast: false }
}

/// How many triangles of the mesh are turned over.
fn folds(mesh: &Mesh) -> usize {
    let area = |g: &[Vec<Point>], [a, b, c]: [(usize, usize); 3]| {
        let p = |(i, j): (usize, usize)| g[i][j];
        (p(b) - p(a)).cross(p(c) - p(a))
    };
    let mut folded = 0;
    for i in 0..mesh.texture.len() - 1 {
        for j in 0..mesh.texture[0].len() - 1 {
            for corners in [[(i, j), (i, j + 1), (i + 1, j)], [(i, j + 1), (i + 1, j + 1), (i + 1, j)]] {
                let (source, target) = (area(&mesh.texture, corners), area(&mesh.picture, corners));
                folded += usize::from(source.abs() > 0.05 && target.abs() > 0.05 && source * target < 0.0);
            }
        }
    }
    folded
}

#[test]
fn random_warps_never_fold() {
    let mut person = person();
    let mut wrong = Vec::new();
    for round in 0..ROUNDS {
        let mut dice = Dice(round.wrapping_mul(7919) + 17);
        person.body = Body::measure(&landmarks(&mut dice, 9.0)).unwrap();
        let scale = 0.16 + 0.05 * dice.next();
        let trousers = garment(&mut dice, true);
        let hips = Hips::measure(&person);
        let legs = trousers.legs.as_ref().unwrap();
        let mut meshes = vec![("hips", hip_mesh(&trousers, legs, &hips, scale))];
        for side in Side::BOTH {
            let length = 0.6 + 0.4 * dice.next();
            meshes.push(("leg", leg_mesh(&person, &trousers, legs, &hips, side, scale, length.clamp(0.25, 1.0))));
        }
        let skirt = garment(&mut dice, false);
        meshes.push(("skirt", skirt_mesh(&person, &skirt, &hips, scale, 0.5 + 0.4 * dice.next())));
        for (name, mesh) in meshes {
            let folded = folds(&mesh);
            if folded > 0 {
                wrong.push(format!("round {round}: {folded} triangles of the {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What must not happen, of every top of the samples that is named, on random bodies.
fn on_random_bodies(tops: &[(&str, Category)], wrong_of: impl Fn(&Person, &TopLandmarks, &Frame) -> Option<String>) {
    let mut person = person();
    let mut wrong = Vec::new();
    for (name, category) in tops {
        let path = format!("{}/../../../samples/garments/{name}.jpg", env!("CARGO_MANIFEST_DIR"));
        let marks = landmarks_of_top(&cut_out(&image::open(path).unwrap().to_rgb8()).unwrap()).unwrap();
        for round in 0..ROUNDS / 4 {
            let mut dice = Dice(round.wrapping_mul(6007) + 29);
            person.body = Body::measure(&landmarks(&mut dice, 9.0)).unwrap();
            let frame = Frame::new(&person, &marks, *category);
            wrong.extend(wrong_of(&person, &marks, &frame).map(|what| format!("{name}, round {round}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_torso_of_a_top_never_folds_on_random_bodies() {
    let tops = [
        ("g_tee", Category::Tops),
        ("longsleeve_plain", Category::Tops),
        ("tank_top", Category::Tops),
        ("dress_floral", Category::Dresses),
        ("coat", Category::Outerwear),
    ];
    on_random_bodies(&tops, |person, marks, frame| {
        let folded = folds(&torso_mesh(person, marks, frame).mesh);
        (folded > 0).then(|| format!("{folded} triangles"))
    });
}

#[test]
fn the_sleeves_of_a_top_never_fold_on_random_bodies() {
    let tops = [("g_tee", Category::Tops), ("longsleeve_plain", Category::Tops), ("coat", Category::Outerwear)];
    on_random_bodies(&tops, |person, marks, frame| {
        let armpits = torso_mesh(person, marks, frame).armpits;
        let contours = marks.sleeves.as_ref().unwrap();
        let folded = Side::BOTH.map(|side| {
            let i = side.index();
            folds(&sleeve_mesh(person, marks, &contours[i], frame, side, armpits[i]).0)
        });
        (folded != [0, 0]).then(|| format!("{folded:?} triangles"))
    });
}

#[test]
fn what_is_drawn_has_alpha_between_nothing_and_all_and_no_colour_beyond_it() {
    let mut person = person();
    for round in 0..12 {
        let mut dice = Dice(round * 31 + 5);
        person.body = Body::measure(&landmarks(&mut dice, 9.0)).unwrap();
        let marks = garment(&mut dice, round % 2 == 0);
        let fitted = fit_bottom(&person, &drawn(&marks), &marks);
        assert!(fitted.scale.is_finite() && (0.2..=1.0).contains(&fitted.length));
        assert!(fitted.hips.alpha().sum() > 500.0, "round {round}: nothing is drawn");
        for layer in fitted.legs.iter().chain([&fitted.hips]) {
            for px in &layer.pixels {
                assert!((0.0..=1.001).contains(&px[3]), "round {round}: {px:?}");
                assert!(px[..3].iter().all(|v| (0.0..=255.5 * px[3].max(0.01)).contains(v)), "round {round}: {px:?}");
            }
        }
    }
}

//! Tops, dresses and jackets: the torso, then the sleeves.

use super::front::Front;
use super::layer::{Rim, Setting, front_shadow, put};
use super::neutralise::neutralise;
use super::shading::{exposure, light_of_old_clothing, shadow_below};
use super::{Composite, Scene};
use crate::outcome::Category;
use crate::person::{Label, Person};
use crate::planes::{Plane, gaussian};
use crate::warp::FittedTop;

pub(super) fn compose(scene: &Scene<'_>, fitted: &FittedTop) -> Composite {
    let person = &scene.near;
    let sw = person.body.shoulder_width;
    let front = Front::of(person);
    let torso_alpha = fitted.torso.alpha();
    let cover = fitted.sleeves.iter().fold(torso_alpha.clone(), |c, s| c.zip(&s.layer.alpha(), f32::max));
    let neutral = neutralise(scene, fitted, &cover, &front);
    let mut out = neutral.picture;

    let upper = person.labels.of(Label::Upper);
    let light = match fitted.category {
        Category::Dresses => light_of_outfit(person, &cover),
        _ => light_of_old_clothing(person, upper, &cover),
    };
    let level = exposure(scene.whole);
    let before_torso = front.head.zip(&front.arms, f32::max);
    // The garment's shadow falls on the body only: the wall is too far behind.
    let on_body = person.silhouettes.person.map(|m| 0.6 * m * m);
    let rim = |width: f32| Rim { width: width * sw, shadow: 0.03 * sw };
    let setting = Setting { front: &before_torso, light: &light, level, below: &on_body };
    put(&mut out, &fitted.torso, &torso_alpha, &rim(0.16), &setting);
    let mut drawn = torso_alpha;
    for sleeve in &fitted.sleeves {
        let before_sleeve = front.head.zip(&front.hands_before_sleeve(person, sleeve.side, sleeve.length), f32::max);
        let alpha = sleeve.layer.alpha();
        let setting = Setting { front: &before_sleeve, light: &light, level, below: &drawn };
        put(&mut out, &sleeve.layer, &alpha, &rim(0.10), &setting);
        drawn = drawn.zip(&alpha, f32::max);
    }
    front_shadow(&mut out, &shadow_below(&before_torso, (0.03 * sw) as usize, 0.035 * sw), &cover);
    Composite { picture: out.to_rgb(), repainted: neutral.repainted, cover }
}

/// Light of what is worn above and below, each by itself: their colours differ, and that is no light.
fn light_of_outfit(person: &Person, cover: &Plane) -> Plane {
    let worn = [Label::Upper, Label::Lower].map(|l| person.labels.of(l));
    let lights = worn.map(|label| light_of_old_clothing(person, label, cover));
    let near = worn.map(|label| gaussian(label, 0.10 * person.body.shoulder_width));
    let share = near[0].zip(&near[1], |above, below| (below + 1e-4) / (above + below + 2e-4));
    let mut light = lights[0].clone();
    for (i, v) in light.data.iter_mut().enumerate() {
        *v += (lights[1].data[i] - *v) * share.data[i];
    }
    light
}

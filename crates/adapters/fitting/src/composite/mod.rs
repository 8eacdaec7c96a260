//! Puts the layers together: the photo without its old top, the torso, the sleeves, and what is in front of them.

mod front;
mod neutralise;
mod shading;
mod skin;

use image::RgbImage;

use self::front::Front;
use self::neutralise::neutralise;
use self::shading::{exposure, light_of_old_clothing, roundness, shadow_below};
use crate::person::Person;
use crate::planes::{Colour, Plane, gaussian};
use crate::warp::{FittedTop, Texture};

/// The finished picture.
pub(crate) struct Composite {
    pub(crate) picture: RgbImage,
    /// Share of the old clothing that the new garment did not cover.
    pub(crate) repainted: f32,
}

/// Shadow a sleeve or a front object throws on the garment, and the garment on what is behind.
const CONTACT_SHADOW: f32 = 0.26;
const FRONT_SHADOW: f32 = 0.30;

/// Composes a fitted top over the photo.
pub(crate) fn compose(person: &Person, fitted: &FittedTop) -> Composite {
    let sw = person.body.shoulder_width;
    let front = Front::of(person);
    let torso_alpha = fitted.torso.alpha();
    let cover = fitted.sleeves.iter().fold(torso_alpha.clone(), |c, s| c.zip(&s.layer.alpha(), f32::max));
    let neutral = neutralise(person, fitted, &cover, &front);
    let mut out = neutral.picture;

    let light = light_of_old_clothing(person);
    let level = exposure(person);
    let before_torso = front.head.zip(&front.arms, f32::max);
    // The garment's shadow falls on the body only: the wall is too far behind.
    let on_body = person.silhouettes.person.map(|m| 0.6 * m * m);
    let mut drawn = on_body;
    put(&mut out, &fitted.torso, &torso_alpha, &before_torso, &light, level, &Rim { width: 0.16 * sw, shadow: 0.03 * sw }, &drawn);
    drawn = torso_alpha;
    for sleeve in &fitted.sleeves {
        let before_sleeve = front.head.zip(&front.hands_before_sleeve(person, sleeve.side, sleeve.length), f32::max);
        let alpha = sleeve.layer.alpha();
        put(&mut out, &sleeve.layer, &alpha, &before_sleeve, &light, level, &Rim { width: 0.10 * sw, shadow: 0.03 * sw }, &drawn);
        drawn = drawn.zip(&alpha, f32::max);
    }
    let shadow = shadow_below(&before_torso, (0.03 * sw) as usize, 0.035 * sw);
    darken(&mut out, &shadow.zip(&cover, |s, c| FRONT_SHADOW * s * c));
    Composite { picture: out.to_rgb(), repainted: neutral.repainted }
}

/// Widths in pixels of a layer's rounded edge and of its shadow.
struct Rim {
    width: f32,
    shadow: f32,
}

#[expect(clippy::too_many_arguments, reason = "one layer and everything that lights it")]
fn put(out: &mut Colour, layer: &Texture, alpha: &Plane, front: &Plane, light: &Plane, level: f32, rim: &Rim, below: &Plane) {
    let shadow = gaussian(alpha, rim.shadow);
    let round = roundness(alpha, rim.width);
    for (i, px) in layer.pixels.iter().enumerate() {
        let visible = 1.0 - front.data[i];
        let shade = 1.0 - CONTACT_SHADOW * shadow.data[i] * (1.0 - alpha.data[i]) * below.data[i] * visible;
        let a = px[3] * visible;
        if a <= 0.0 && shade > 0.999 {
            continue;
        }
        let k = light.data[i] * round.data[i] * level;
        let under = out.index(i);
        let colour = |c: usize| (px[c] / px[3].max(1e-3) * k).min(255.0);
        out.set_index(i, std::array::from_fn(|c| under[c] * shade * (1.0 - a) + colour(c) * a));
    }
}

fn darken(out: &mut Colour, by: &Plane) {
    for channel in &mut out.channels {
        channel.zip_in_place(by, |v, d| v * (1.0 - d));
    }
}

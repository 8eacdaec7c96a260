//! Puts the layers together: the photo without the old garment, the new one, and what is in front of it.

mod behind;
mod bottom;
mod continued;
mod front;
mod layer;
mod legs;
mod neutralise;
mod shading;
mod skin;
mod top;

use image::RgbImage;

use crate::outcome::Category;
use crate::person::{Label, Person, Side};
use crate::planes::{Area, Plane};
use crate::warp::Dressed;

/// Labels below this are nobody's clothing.
const WORN: f32 = 0.1;
/// Shadows, soft edges and paint reach this far beyond cloth, in shoulder widths.
const BEYOND: f32 = 0.25;

/// The finished picture.
pub(crate) struct Composite {
    pub(crate) picture: RgbImage,
    /// Share of the old clothing that the new garment did not cover.
    pub(crate) repainted: f32,
    /// Where the new garment is, 0..=1.
    pub(crate) cover: Plane,
}

/// The part of the photo that can change, and the whole around it.
struct Scene<'a> {
    near: Person,
    whole: &'a Person,
    area: Area,
}

/// Composes a fitted garment over the photo; `tucked` says that a bottom goes over what is worn above.
pub(crate) fn compose(person: &Person, dressed: &Dressed, tucked: bool) -> Composite {
    let area = changing(person, dressed, tucked);
    let scene = Scene { near: person.within(&area), whole: person, area };
    let part = match dressed.within(&area) {
        Dressed::Top(fitted) => top::compose(&scene, &fitted),
        Dressed::Bottom(fitted) => bottom::compose(&scene, &fitted, tucked),
    };
    let mut picture = person.photo.to_rgb();
    image::imageops::replace(&mut picture, &part.picture, area.left as i64, area.top as i64);
    let mut cover = Plane::new(person.width(), person.height());
    cover.paste(&part.cover, &area);
    Composite { picture, cover, ..part }
}

/// Where the picture can change: new cloth, old cloth and the limbs that come out of it.
fn changing(person: &Person, dressed: &Dressed, tucked: bool) -> Area {
    let category = match dressed {
        Dressed::Top(fitted) => fitted.category,
        Dressed::Bottom(_) => Category::Bottoms,
    };
    let (above, below) = (category != Category::Bottoms, category.covers_legs());
    let size = (person.width(), person.height());
    let worn = |label: Label| Area::around(&person.labels.of(label).data, size.0, |v| *v > WORN);
    let cloth = [dressed.support(), if above || tucked { worn(Label::Upper) } else { None }, if below { worn(Label::Lower) } else { None }];
    let mut joints = Vec::new();
    for side in Side::BOTH {
        let l = person.body.limbs(side);
        if above {
            joints.extend([person.body.head.mouth, l.shoulder, l.elbow, l.wrist, l.hand_tip]);
        }
        if below {
            joints.extend([l.hip, l.knee, l.ankle, l.heel, l.toe]);
        }
    }
    let places = joints.iter().map(|p| {
        let (x, y) = (p.x.clamp(0.0, (size.0 - 1) as f32) as usize, p.y.clamp(0.0, (size.1 - 1) as f32) as usize);
        Area { left: x, top: y, right: x + 1, bottom: y + 1 }
    });
    let margin = (BEYOND * person.body.shoulder_width) as usize;
    let all = cloth.into_iter().flatten().chain(places).reduce(|a, b| a.joined(&b));
    all.unwrap_or(Area { left: 0, top: 0, right: size.0, bottom: size.1 }).grown(margin, margin, size)
}

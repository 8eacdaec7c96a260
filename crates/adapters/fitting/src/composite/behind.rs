//! What is behind the person, and small tools for soft masks.

use super::Scene;
use super::continued::{Reach, fill_with_pieces};
use crate::planes::{Colour, Mask, Plane, dilate_grey, inpaint};

/// The background of the scene's part, continued behind the person. Where `shows` is above zero it is to be seen, and
/// patterns go on.
pub(super) fn background(scene: &Scene<'_>, shows: &Plane) -> Colour {
    let (whole, sw) = (scene.whole, scene.whole.body.shoulder_width);
    let reach = Reach { across: (1.6 * sw) as usize, down: (0.3 * sw) as usize };
    let around = reach.around(&scene.area, (whole.width(), whole.height()));
    let photo = whole.photo.cropped(&around);
    let known = grown(&whole.silhouettes.person.cropped(&around), 3).mask(|m| m < 0.04);
    let mut out = inpaint(&photo, &known.to_plane());
    let part = scene.area.seen_from(around.left, around.top);
    let mut shown = Plane::new(photo.width, photo.height);
    shown.paste(shows, &part);
    let holes = Mask { data: shown.data.iter().zip(&known.data).map(|(s, k)| *s > 0.02 && !k).collect(), ..known };
    fill_with_pieces(&mut out, &photo, &known, &holes, &reach);
    out.cropped(&part)
}

/// The greatest value within `reach` pixels.
pub(super) fn grown(plane: &Plane, reach: usize) -> Plane {
    dilate_grey(plane, reach)
}

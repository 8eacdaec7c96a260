//! What is behind the person, and small tools for soft masks.

use super::continued::{Reach, fill_with_pieces};
use crate::person::Person;
use crate::planes::{Colour, Mask, Plane, dilate_grey, inpaint};

/// The background, continued behind the person. Where `shows` is above zero it is to be seen, and patterns go on.
pub(super) fn background(person: &Person, shows: &Plane) -> Colour {
    let mask = grown(&person.silhouettes.person, 3);
    let known = mask.mask(|m| m < 0.04);
    let mut out = inpaint(&person.photo, &known.to_plane());
    let sw = person.body.shoulder_width;
    let reach = Reach { across: (1.6 * sw) as i32, down: (0.3 * sw) as i32 };
    let holes = Mask { data: shows.data.iter().zip(&known.data).map(|(s, k)| *s > 0.02 && !k).collect(), ..known };
    fill_with_pieces(&mut out, &person.photo, &known, &holes, &reach);
    out
}

/// The greatest value within `reach` pixels.
pub(super) fn grown(plane: &Plane, reach: usize) -> Plane {
    (0..reach).fold(plane.clone(), |p, _| dilate_grey(&p))
}

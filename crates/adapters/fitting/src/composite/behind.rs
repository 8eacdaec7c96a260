//! What is behind the person, and small tools for soft masks.

use crate::person::Person;
use crate::planes::{Colour, Plane, dilate_grey, inpaint};

/// The background, continued behind the person.
pub(super) fn background(person: &Person) -> Colour {
    let mask = grown(&person.silhouettes.person, 3);
    inpaint(&person.photo, &mask.map(|m| f32::from(m < 0.04)))
}

/// The greatest value within `reach` pixels.
pub(super) fn grown(plane: &Plane, reach: usize) -> Plane {
    (0..reach).fold(plane.clone(), |p, _| dilate_grey(&p))
}

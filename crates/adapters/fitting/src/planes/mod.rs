//! Pixel kernels: one-channel and three-channel float pictures, binary masks, and the filters the engine is built of.
//!
//! Every picture is row-major; pixel `(x, y)` has its centre at the coordinate `(x, y)`. Filters repeat the edge
//! pixels outwards. Nothing here knows about people or garments.

mod area;
mod blur;
mod colour;
mod components;
mod contour;
mod distance;
mod gradient;
mod guided;
mod lab;
mod mask;
mod morphology;
mod normalised;
mod plane;
mod point;
mod push_pull;
mod resize;
mod shapes;
mod statistics;

pub(crate) use area::Area;
pub(crate) use blur::{box_blur, gaussian, gaussian_colour};
pub(crate) use colour::Colour;
pub(crate) use components::{Component, Components, Connectivity};
pub(crate) use contour::{convex_hull, outer_contour, simplify};
pub(crate) use distance::distance_inside;
pub(crate) use gradient::{dilate_grey, gradient_magnitude};
pub(crate) use guided::GuidedFilter;
pub(crate) use lab::{lab_of, lightness, to_lab};
pub(crate) use mask::{Mask, Run};
pub(crate) use morphology::{close, dilate, erode, open};
pub(crate) use normalised::{Normalised, normalised_blur, normalised_blur_colour};
pub(crate) use plane::Plane;
pub(crate) use point::Point;
pub(crate) use push_pull::inpaint;
pub(crate) use resize::{doubled, halve, halve_colour, resize, resize_colour};
pub(crate) use shapes::{Knot, capsule_chain, polygon, radii_from_axis};
pub(crate) use statistics::{median, percentile};

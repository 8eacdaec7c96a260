//! The landmarks of a top: everything the warp needs to lay it on a body.

use crate::planes::{Area, Colour, Point, gaussian_colour, to_lab};
use crate::refusal::Refusal;

use super::armholes::Armholes;
use super::cut_out::CutOut;
use super::neckline::{NeckHole, Neckline, collar, neck_hole};
use super::outline::Outline;
use super::sleeves::SleeveContour;

/// No neckline is deeper than this, in widths between the shoulders: two and a half of the widest collar.
const DEEPEST_NECK: f32 = 1.8;
/// What is looked at beyond the neckline and for smoothing, in pixels.
const NECK_MARGIN: usize = 16;

/// Where the parts of a top are. All are pixels of the cut-out; in pairs, the picture's left comes first.
#[derive(Clone, Debug)]
pub(crate) struct TopLandmarks {
    /// The column of the axis of symmetry.
    pub(crate) centre_x: f32,
    /// On the top edge: the upper end of the sleeve seams, or the outer end of the straps of a sleeveless top.
    pub(crate) shoulders: [Point; 2],
    /// On the top edge: the two ends of the collar, where the neck begins.
    pub(crate) collar: [Point; 2],
    /// The lower end of the sleeve seams or armholes, on the sides of the torso.
    pub(crate) armpits: [Point; 2],
    /// The lower corners of the torso.
    pub(crate) hem_corners: [Point; 2],
    /// The sides of the torso from the armpit down to the hem corner; `y` only ever increases.
    pub(crate) sides: [Vec<Point>; 2],
    /// The lower edge from the left hem corner to the right one, pixel by pixel along the outline.
    pub(crate) hem: Vec<Point>,
    /// The front neckline, when the inside of the back shows above it; see [`TopLandmarks::shows_back`].
    pub(crate) neckline: Option<Neckline>,
    /// The sleeves, left one first; none for a sleeveless top.
    pub(crate) sleeves: Option<[SleeveContour; 2]>,
}

impl TopLandmarks {
    /// From the collar to the hem, in widths below the arms: what tells a dress from a top.
    pub(crate) fn length_in_widths(&self) -> f32 {
        let level = |pair: &[Point; 2]| f32::midpoint(pair[0].y, pair[1].y);
        (level(&self.hem_corners) - level(&self.shoulders)) / (self.armpits[1].x - self.armpits[0].x).max(1.0)
    }

    /// Whether the inside of the back shows at `point`, through the neck hole: nothing the front of a body is dressed in.
    pub(crate) fn shows_back(&self, point: Point) -> bool {
        self.neckline.is_some_and(|line| line.shows_back(self.collar, point))
    }
}

/// Finds the landmarks of a top, a dress or a jacket.
///
/// # Errors
///
/// `GarmentLandmarks` when the silhouette is not that of a top.
pub(crate) fn landmarks_of_top(cut: &CutOut) -> Result<TopLandmarks, Refusal> {
    let outline = Outline::new(&cut.mask).ok_or(Refusal::GarmentLandmarks)?;
    locate(cut, &outline).filter(is_plausible).ok_or(Refusal::GarmentLandmarks)
}

fn locate(cut: &CutOut, outline: &Outline) -> Option<TopLandmarks> {
    let armholes = Armholes::find(outline)?;
    let collar = collar(outline, armholes.shoulders)?;
    let lab = around_neck(cut, outline, armholes.shoulders);
    let NeckHole { collar, neckline } = neck_hole(outline, &lab, armholes.shoulders, collar);
    let torso = Torso::below(outline, &armholes);
    let hem_corners = [torso.hem_corner(-1.0)?, torso.hem_corner(1.0)?];
    let sides = [torso.side(armholes.armpits[0], hem_corners[0], -1.0), torso.side(armholes.armpits[1], hem_corners[1], 1.0)];
    let foot = Point::new(outline.centre_x, torso.rows.last()?.0);
    let sleeves = if armholes.sleeved {
        Some([SleeveContour::find(outline, &armholes, 0, -1.0)?, SleeveContour::find(outline, &armholes, 1, 1.0)?])
    } else {
        None
    };
    Some(TopLandmarks {
        centre_x: outline.centre_x,
        shoulders: armholes.shoulders,
        collar,
        armpits: armholes.armpits,
        hem_corners,
        sides,
        hem: outline.path(hem_corners[0], hem_corners[1], foot),
        neckline,
        sleeves,
    })
}

/// The lightly smoothed colours where a neckline can be; black elsewhere.
fn around_neck(cut: &CutOut, outline: &Outline, shoulders: [Point; 2]) -> Colour {
    let size = (cut.rgb.width, cut.rgb.height);
    let deepest = outline.top + (DEEPEST_NECK * (shoulders[1].x - shoulders[0].x)) as usize;
    let area = Area {
        left: (shoulders[0].x.max(0.0) as usize).min(size.0),
        top: outline.top,
        right: (shoulders[1].x.max(0.0) as usize).clamp(shoulders[0].x.max(0.0) as usize, size.0),
        bottom: deepest.min(outline.bottom) + 1,
    };
    let area = area.grown(NECK_MARGIN, NECK_MARGIN, size);
    let mut lab = Colour::new(size.0, size.1);
    lab.paste(&to_lab(&gaussian_colour(&cut.rgb.cropped(&area), 1.0)), &area);
    lab
}

/// The part below the armpits: the run through the centre column, row by row.
struct Torso {
    /// The row, and the first and last column.
    rows: Vec<(f32, f32, f32)>,
    centre_x: f32,
}

impl Torso {
    fn below(outline: &Outline, armholes: &Armholes) -> Self {
        let first = armholes.armpits[0].y.max(armholes.armpits[1].y) as usize;
        let rows = (first..=outline.bottom)
            .filter_map(|y| outline.centre_run(y).map(|run| (y as f32, run.start as f32, run.end as f32)))
            .collect();
        Self { rows, centre_x: outline.centre_x }
    }

    fn edge(row: (f32, f32, f32), outwards: f32) -> Point {
        Point::new(if outwards < 0.0 { row.1 } else { row.2 }, row.0)
    }

    /// The point of the lower half that is farthest down and outwards.
    fn hem_corner(&self, outwards: f32) -> Option<Point> {
        let (first, last) = (self.rows.first()?.0, self.rows.last()?.0);
        let reach = |p: &Point| p.y + 0.9 * outwards * (p.x - self.centre_x);
        self.rows
            .iter()
            .filter(|row| row.0 > f32::midpoint(first, last))
            .map(|&row| Self::edge(row, outwards))
            .max_by(|a, b| reach(a).total_cmp(&reach(b)))
    }

    fn side(&self, armpit: Point, corner: Point, outwards: f32) -> Vec<Point> {
        let between = self.rows.iter().filter(|row| armpit.y < row.0 && row.0 < corner.y).map(|&row| Self::edge(row, outwards));
        std::iter::once(armpit).chain(between).chain([corner]).collect()
    }
}

/// Whether the landmarks are where those of a top can be.
fn is_plausible(top: &TopLandmarks) -> bool {
    let [shoulders, collar, armpits, hem] = [top.shoulders, top.collar, top.armpits, top.hem_corners].map(|[left, right]| right.x - left.x);
    let deep = |upper: [Point; 2], lower: [Point; 2]| (0..2).all(|i| lower[i].y > upper[i].y);
    let length = top.hem_corners[0].y - top.armpits[0].y;
    shoulders > 8.0
        && collar > 4.0
        && collar < shoulders
        && armpits > 8.0
        && hem > 0.4 * armpits
        && deep(top.shoulders, top.armpits)
        && length > 0.5 * (top.armpits[0].y - top.shoulders[0].y)
}

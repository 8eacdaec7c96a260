//! What every pixel of the photo shows: skin, hair, what is worn above, what is worn below, or background.
//!
//! The posterior is a spatial prior (see [`super::priors`]) times a colour likelihood learnt from this very photo, in
//! a few rounds: each round learns the colours again from what the last one was sure of. It knows nothing about
//! clothes, so it needs no trained network, and it works on one photo at a time.

use super::body::Body;
use super::colour_model::{ColourModel, bin_of};
use super::priors::Expectation;
use crate::geometry::pt;
use crate::planes::{Area, Colour, Components, Connectivity, GuidedFilter, Plane, gaussian, resize, resize_colour, to_lab};

/// Number of labels.
pub(crate) const LABELS: usize = 5;

/// What a pixel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    Skin = 0,
    Hair = 1,
    Upper = 2,
    Lower = 3,
    Background = 4,
}

/// Probabilities of every label, at the size of the photo.
pub(crate) struct LabelMap {
    planes: [Plane; LABELS],
    /// Mean of (most likely − second most likely) over the torso, 0..=1: how clearly the clothing stands out.
    pub(crate) margin: f32,
    /// Share of the upper clothing that lies where close-fitting clothes would not.
    pub(crate) bulk: f32,
}

impl LabelMap {
    pub(crate) fn of(&self, label: Label) -> &Plane {
        &self.planes[label as usize]
    }

    pub(super) fn cropped(&self, area: &Area) -> Self {
        Self { planes: self.planes.each_ref().map(|plane| plane.cropped(area)), ..*self }
    }
}

const ROUNDS: usize = 3;
/// Exponent of the likelihood: neighbouring pixels are far from independent.
const TEMPER: f32 = 0.8;
/// The map is made at this fraction of the photo's resolution; the guided filter follows edges well enough there.
const SCALE: f32 = 0.5;

/// The surroundings that are labelled with the person, in shoulder widths; beyond, everything is background.
const AROUND: f32 = 0.3;
/// How much the background counts when its colours are learnt.
const BACKGROUND_SHARE: f32 = 0.3;

/// Labels a photo. `mask` is the person's outline at the photo's size.
pub(crate) fn label(photo: &Colour, mask: &Plane, body: &Body) -> LabelMap {
    let (width, height) = (mask.width, mask.height);
    let half = |n: usize| ((n as f32 * SCALE).round() as usize).max(1);
    let size = (half(width), half(height));
    let photo = resize_colour(photo, size.0, size.1);
    let whole_mask = resize(mask, size.0, size.1);
    let body = body.scaled(size.0 as f32 / width as f32);
    let sw = body.shoulder_width;
    let bins: Vec<u16> = {
        let lab = to_lab(&photo);
        (0..size.0 * size.1).map(|i| bin_of(lab.index(i))).collect()
    };

    let everywhere = Area { left: 0, top: 0, right: size.0, bottom: size.1 };
    let margin = (AROUND * sw) as usize;
    let area = whole_mask.support().map_or(everywhere, |area| area.grown(margin, margin, size));
    let (w, h) = (area.width(), area.height());
    let body = body.seen_from(pt(area.left as f32, area.top as f32));
    let mask = whole_mask.cropped(&area);
    let outside = |i: usize| !(area.left..area.right).contains(&(i % size.0)) || !(area.top..area.bottom).contains(&(i / size.0));
    let beyond: Vec<u16> = bins.iter().enumerate().filter(|(i, _)| outside(*i)).map(|(_, bin)| *bin).collect();
    let bins = area.crop(&bins, size.0);
    let guide = GuidedFilter::new(&photo.cropped(&area), ((0.03 * sw) as usize).max(2), 2e-4);

    let expectation = Expectation::new(&body, w, h);
    let ring = gaussian(&mask, 0.12 * sw);
    let (mut priors, mut seeds) = (Vec::with_capacity(w * h), Vec::with_capacity(w * h));
    for i in 0..w * h {
        let m = mask.data[i];
        priors.push(expectation.prior(i, m));
        let mut seed = expectation.seed(i, m);
        seed[Label::Background as usize] = f32::from(m < 0.05 && ring.data[i] > 0.02);
        seeds.push(seed);
    }

    let mut posterior: Vec<[f32; LABELS]> = Vec::new();
    for round in 0..ROUNDS {
        let models = (0..LABELS).map(|n| {
            let background = n == Label::Background as usize;
            let share = if background { BACKGROUND_SHARE } else { 1.0 };
            let weight = |i: usize| match round {
                0 => seeds[i][n],
                _ => seeds[i][n] * 0.3 + posterior[i][n].powi(2) * share,
            };
            let further: &[u16] = if background && round > 0 { &beyond } else { &[] };
            let further = further.iter().map(|bin| (*bin, BACKGROUND_SHARE));
            ColourModel::learn(bins.iter().enumerate().map(|(i, bin)| (*bin, weight(i))).chain(further)).tempered(TEMPER)
        });
        let models: Vec<ColourModel> = models.collect();
        posterior = (0..w * h).map(|i| normalised(std::array::from_fn(|n| priors[i][n] * models[n].likelihood(bins[i])))).collect();
        smooth_along_edges(&mut posterior, &guide, w, h);
    }

    drop_loose_hair(&mut posterior, &seeds, &body, w, h);
    LabelMap {
        margin: torso_margin(&posterior, &seeds),
        bulk: bulk(&posterior, &expectation),
        planes: std::array::from_fn(|n| {
            let mut plane = Plane::filled(size.0, size.1, f32::from(n == Label::Background as usize));
            plane.paste(&one_label(&posterior, n, w, h), &area);
            resize(&plane, width, height)
        }),
    }
}

fn one_label(posterior: &[[f32; LABELS]], n: usize, width: usize, height: usize) -> Plane {
    Plane { width, height, data: posterior.iter().map(|p| p[n]).collect() }
}

fn normalised(mut p: [f32; LABELS]) -> [f32; LABELS] {
    let sum: f32 = p.iter().sum::<f32>() + 1e-12;
    p.iter_mut().for_each(|v| *v /= sum);
    p
}

/// The guided filter is linear and keeps constants, so the last label is what the others leave.
fn smooth_along_edges(posterior: &mut [[f32; LABELS]], guide: &GuidedFilter, w: usize, h: usize) {
    let smooth: Vec<Plane> = (0..LABELS - 1).map(|n| guide.filter(&one_label(posterior, n, w, h))).collect();
    for (i, p) in posterior.iter_mut().enumerate() {
        let mut rest = 1.0;
        for (n, plane) in smooth.iter().enumerate() {
            rest -= plane.data[i];
            p[n] = plane.data[i].clamp(0.0, 1.0);
        }
        p[LABELS - 1] = rest.clamp(0.0, 1.0);
        *p = normalised(*p);
    }
}

/// Hair hangs together with the hair above the eyes. What else is labelled hair has its colour only: a beard is skin
/// for our purpose, and a dark collar is clothing.
fn drop_loose_hair(posterior: &mut [[f32; LABELS]], seeds: &[[f32; LABELS]], body: &Body, w: usize, h: usize) {
    let hair = Label::Hair as usize;
    let components = Components::of(&one_label(posterior, hair, w, h).mask(|v| v > 0.25), Connectivity::Eight);
    let mut rooted = vec![false; components.list.len() + 1];
    for (&n, seed) in components.labels.iter().zip(seeds) {
        rooted[n as usize] |= seed[hair] > 0.0;
    }
    rooted[0] = true;
    let head = &body.head;
    for (i, p) in posterior.iter_mut().enumerate() {
        if rooted[components.labels[i] as usize] {
            continue;
        }
        let at = pt((i % w) as f32, (i / w) as f32);
        let below_mouth = (head.mouth - at).dot(head.up) / head.eye_to_mouth;
        let face = at.distance(head.centre) < head.radius && below_mouth < 1.1;
        p[if face { Label::Skin } else { Label::Upper } as usize] += p[hair];
        p[hair] = 0.0;
    }
}

fn bulk(posterior: &[[f32; LABELS]], expectation: &Expectation<'_>) -> f32 {
    let (mut outside, mut all) = (0.0, 1e-6);
    for (i, p) in posterior.iter().enumerate() {
        let upper = p[Label::Upper as usize];
        if upper > 0.3 {
            all += upper;
            outside += upper * (1.0 - expectation.clothed(i));
        }
    }
    outside / all
}

fn torso_margin(posterior: &[[f32; LABELS]], seeds: &[[f32; LABELS]]) -> f32 {
    let (mut sum, mut weight) = (0.0, 1e-6);
    for (p, seed) in posterior.iter().zip(seeds) {
        let upper = p[Label::Upper as usize];
        let rival = p.iter().enumerate().filter(|(n, _)| *n != Label::Upper as usize).map(|(_, v)| *v).fold(0.0, f32::max);
        sum += seed[Label::Upper as usize] * (upper - rival);
        weight += seed[Label::Upper as usize];
    }
    sum / weight
}

//! Takes away what the new garment leaves uncovered of the old one.

use super::Scene;
use super::behind::{background, grown};
use super::front::Front;
use super::legs::{feet, paint_legs, worn_below};
use super::skin::{SkinPainter, lit_skin};
use crate::geometry::{Point, along, polyline_length, pt};
use crate::outcome::Category;
use crate::person::{Label, Person, Side, march};
use crate::planes::{Colour, Knot, Plane, capsule_chain, gaussian, inpaint, polygon};
use crate::warp::FittedTop;

/// The photo without what would show of the old clothing, and how much of it had to go (share of the old clothing).
pub(super) struct Neutral {
    pub(super) picture: Colour,
    pub(super) repainted: f32,
}

pub(super) fn neutralise(scene: &Scene<'_>, fitted: &FittedTop, cover: &Plane, front: &Front) -> Neutral {
    let person = &scene.near;
    let below = &worn_below(person);
    let upper = person.labels.of(Label::Upper);
    let dress = fitted.category == Category::Dresses;
    let worn = old_clothing(person, fitted.category, below);
    let old = uncovered(scene, fitted, [&worn, below], cover, front);
    let mut picture = person.photo.clone();
    let neck = neck(person, fitted, front);
    let chains = arm_chains(person, fitted);
    let arms = bare_arms(person, fitted);
    // Paint runs a little into the skin beside the cloth: there the old collar and cuffs threw their shadows.
    let soft = gaussian(&old, 0.03 * person.body.shoulder_width);
    let painted = old.zip(&soft, |o, s| o.max((s * 2.5).min(1.0)));

    // Order matters: what is behind first, so that skin is painted over the background beside it.
    let mut beneath = background(scene, &old);
    if !dress {
        let waist = Plane::from_fn(upper.width, upper.height, |x, y| {
            ((person.body.torso_fraction(pt(x as f32, y as f32)) - 0.80) / 0.1).clamp(0.0, 1.0)
        });
        let lower = person.labels.of(Label::Lower);
        let trousers = inpaint(&person.photo, &lower.map(|v| f32::from(v > 0.8)));
        let near_lower = gaussian(lower, 0.05 * person.body.shoulder_width);
        let onto_lower = waist.zip(&near_lower, |w, l| w * (l * 3.0).min(1.0));
        beneath.blend(&trousers, &onto_lower);
    }
    picture.blend(&beneath, &old);

    if fitted.category != Category::Outerwear {
        let painter = SkinPainter::new(scene);
        painter.paint(&mut picture, &neck.zip(&painted, |n, o| n * o), None);
        for (chain, arm) in chains.iter().zip(&arms) {
            painter.paint(&mut picture, &arm.zip(&painted, |a, o| a * o), Some(chain));
        }
        if dress {
            paint_legs(&mut picture, &painter, person, &old);
        }
    }
    Neutral { picture, repainted: (old.sum() / worn.sum().max(1.0)) as f32 }
}

/// What the new garment is worn instead of.
fn old_clothing(person: &Person, category: Category, below: &Plane) -> Plane {
    let upper = person.labels.of(Label::Upper);
    match category {
        Category::Dresses => upper.zip(below, |u, l| (u + l).min(1.0)),
        _ => upper.clone(),
    }
}

/// Old clothing that neither the new garment nor anything in front of it covers. A little more than the label says:
/// the pixels between cloth and background are a mixture of both, and would stay as a rim.
fn uncovered(scene: &Scene<'_>, fitted: &FittedTop, [old, below]: [&Plane; 2], cover: &Plane, front: &Front) -> Plane {
    let person = &scene.near;
    let over = fitted.category == Category::Outerwear;
    let cuffs = if over { Plane::new(old.width, old.height) } else { old_cuffs(person) };
    let wide = grown(&old.zip(&cuffs, f32::max), 2);
    let skin = lit_skin(scene);
    let mut keep = vec![&skin, person.labels.of(Label::Hair)];
    // The dark inside of a cuff can have the colour of the trousers, but hangs together with none.
    if fitted.category != Category::Dresses {
        keep.push(below);
    }
    let stays = match fitted.category {
        // A shirt's cuffs look out of a jacket's sleeves.
        Category::Outerwear => bare_arms(person, fitted).iter().fold(worn_under(person, fitted), |all, arm| all.zip(arm, f32::max)),
        Category::Dresses => feet(person, below),
        _ => Plane::new(old.width, old.height),
    };
    let mut out = Plane::new(old.width, old.height);
    for (i, v) in out.data.iter_mut().enumerate() {
        let sure = ((wide.data[i] - 0.15) / 0.35).clamp(0.0, 1.0);
        let other = keep.iter().map(|p| p.data[i]).fold(0.0, f32::max);
        let other = ((other - 0.35) / 0.4).clamp(0.0, 1.0);
        *v = sure * (1.0 - other) * (1.0 - front.head.data[i]) * (1.0 - stays.data[i]);
        if cover.data[i] >= 0.999 {
            *v = 0.0;
        }
    }
    gaussian(&out, 0.7)
}

/// What a jacket is worn over and does not hide: between its fronts, at the neck, and what hangs out below.
fn worn_under(person: &Person, fitted: &FittedTop) -> Plane {
    let torso = &fitted.torso;
    let mut out = Plane::new(torso.width, torso.height);
    let top = fitted.collar[0].y.max(fitted.collar[1].y) as usize;
    let (left, right) = (fitted.collar[0].x, fitted.collar[1].x);
    for y in 0..out.height {
        let row = &torso.pixels[y * torso.width..(y + 1) * torso.width];
        let first = row.iter().position(|p| p[3] > 0.5);
        let last = row.iter().rposition(|p| p[3] > 0.5);
        let (first, last) = match (first, last) {
            (Some(first), Some(last)) => (first, last + 1),
            _ if y < top => (left.max(0.0) as usize, (right.max(0.0) as usize + 1).min(out.width)),
            _ => continue,
        };
        out.row_mut(y)[first.min(last)..last].fill(1.0);
    }
    let hips = person.body.mid_hip;
    let below = Plane::from_fn(out.width, out.height, |x, y| {
        let p = pt(x as f32, y as f32);
        let inside = (p - hips).dot(person.body.across).abs() < 0.55 * person.body.shoulder_width;
        f32::from(inside && person.body.torso_fraction(p) > fitted.hem)
    });
    out.zip(&below, f32::max)
}

/// Around the wrists of someone in long sleeves everything but the hand is old sleeve, whatever its label: the inside
/// of a cuff has a colour of its own.
fn old_cuffs(person: &Person) -> Plane {
    let sw = person.body.shoulder_width;
    let upper = person.labels.of(Label::Upper);
    let mut out = Plane::new(upper.width, upper.height);
    for side in Side::BOTH {
        let l = person.body.limbs(side);
        let sleeved = (0..5).filter(|i| upper.nearest(l.elbow.lerp(l.wrist, *i as f32 / 5.0)).is_some_and(|v| v > 0.5)).count();
        if sleeved >= 3 {
            let end = l.wrist + (l.wrist - l.elbow).normalised() * (0.10 * sw);
            let chain = [Knot::new(l.elbow.lerp(l.wrist, 0.6), 0.16 * sw), Knot::new(end, 0.15 * sw)];
            let cuff = capsule_chain(out.width, out.height, &chain, 2.0);
            out = out.zip(&cuff, f32::max);
        }
    }
    out.zip(&grown(&person.silhouettes.person, 3), |c, m| c * m)
}

/// The wedge from chin to collar, where an old collar would show.
fn neck(person: &Person, fitted: &FittedTop, front: &Front) -> Plane {
    let body = &person.body;
    let (sw, em, head) = (body.shoulder_width, body.head.eye_to_mouth, &body.head);
    let chin = head.mouth - head.up * (0.55 * em);
    let [left, right] = fitted.collar;
    let (out, down) = (body.across * (0.12 * sw) - body.down * (0.03 * sw), body.down * (0.9 * sw));
    let mirrored = body.across * (0.12 * sw) + body.down * (0.03 * sw);
    let half = body.across * (1.15 * em);
    let corners = [chin - half, chin + half, right + out, right + down, left + down, left - mirrored];
    // Cloth as light as the wall has a frayed outline, a neck has none.
    let smooth = gaussian(&person.silhouettes.person, 0.025 * sw).map(|m| (m * 3.0 - 1.0).clamp(0.0, 1.0));
    polygon(person.width(), person.height(), &corners, 1.5).zip(&front.hair, |n, hair| n * (1.0 - hair)).zip(&smooth, |n, m| n * m)
}

/// Where bare arms would be, from just above the end of the new sleeves.
fn bare_arms(person: &Person, fitted: &FittedTop) -> [Plane; 2] {
    arm_chains(person, fitted).map(|chain| capsule_chain(person.width(), person.height(), &chain, 1.0))
}

/// The axes of bare arms with their half-widths, in pixels, down to where the hand is seen. What is hidden goes on as wide
/// as the arm is where it comes out of the old sleeve, and as far off the line of the joints.
fn arm_chains(person: &Person, fitted: &FittedTop) -> [Vec<Knot>; 2] {
    let sw = person.body.shoulder_width;
    Side::BOTH.map(|side| {
        let l = person.body.limbs(side);
        let length = fitted.sleeves.iter().find(|s| s.side == side).map_or(0.0, |s| s.length);
        let line = [l.shoulder, l.elbow, l.wrist];
        let arm = polyline_length(&line);
        let upper = l.shoulder.distance(l.elbow) / arm.max(1.0);
        let radius = |t: f32| sw * if t < upper { 0.15 - 0.035 * t / upper } else { 0.115 - 0.045 * (t - upper) / (1.0 - upper) };
        let seen = skin_begins(person, &line, radius);
        let knot = |t: f32| {
            let (at, tangent) = along(&line, t * arm);
            match &seen {
                Some(seen) if t < seen.at => Knot::new(at + tangent.turned() * (seen.off * t / seen.at), radius(t) * seen.wider),
                _ => Knot::new(at, radius(t)),
            }
        };
        let from = (length - 0.06).max(0.0);
        let knots = (0..=8).map(|i| from + (1.0 - from) * i as f32 / 8.0).map(knot);
        let hand = hand_begins(person, side).map(|at| Knot::new(at, 0.062 * sw));
        knots.chain(hand).collect()
    })
}

/// Where an arm comes out of a sleeve.
struct BareFrom {
    /// Share of the arm from the shoulder.
    at: f32,
    /// How far its middle is to the left of the line of the joints, in pixels.
    off: f32,
    /// Its width as a share of the usual one.
    wider: f32,
}

/// Where the skin of an arm that is bare further down begins, along the line of its joints; none where that is not seen well.
fn skin_begins(person: &Person, line: &[Point], radius: impl Fn(f32) -> f32) -> Option<BareFrom> {
    let skin = person.labels.of(Label::Skin);
    let length = polyline_length(line);
    let is_skin = |t: f32| skin.nearest(along(line, t * length).0).is_some_and(|s| s > 0.7);
    let at = (4..16).map(|i| 0.05 * i as f32).find(|&t| (0..4).all(|i| is_skin(t + 0.03 * i as f32)))? + 0.05;
    let (middle, tangent) = along(line, at * length);
    let reach = |direction: Point| march(skin, middle, direction, 2.0 * radius(at));
    let (left, right) = (reach(tangent.turned())?, reach(tangent.turned() * -1.0)?);
    let wider = ((left + right) / 2.0 / radius(at)).clamp(0.8, 1.6);
    Some(BareFrom { at, off: (left - right) / 2.0, wider })
}

/// Where, beyond the wrist, the skin of the hand comes out of an old sleeve; none when it does at the wrist, or nowhere.
fn hand_begins(person: &Person, side: Side) -> Option<Point> {
    let l = person.body.limbs(side);
    let skin = person.labels.of(Label::Skin);
    let to_hand = l.hand_tip - l.wrist;
    let on_hand = |t: f32| skin.nearest(l.wrist + to_hand * t).is_some_and(|s| s > 0.7);
    let first = (0..20).map(|i| 0.03 * i as f32).find(|&t| on_hand(t) && on_hand(t + 0.06))?;
    (first > 0.02).then(|| l.wrist + to_hand * (first + 0.08))
}

//! What is checked before money is spent.

use crate::wearit::body::Body;

use super::{TryOn, TryOnError, TryOnOptions, TryOnProvider};
use crate::kernel::ClothingId;

/// What may be found on a body photo that no provider can make anything of. Other findings are worth a warning.
const UNUSABLE: [&str; 3] = ["no_person", "several_people", "picture_too_small"];

/// A wish that is about to be granted.
pub(super) struct Wish<'a> {
    pub(super) body: &'a Body,
    pub(super) clothing_ids: &'a [ClothingId],
    pub(super) options: &'a TryOnOptions,
}

/// Refuses what the provider would be paid for in vain: a photo without one person on it, and a picture that is being made already.
/// `unfinished` are the try-ons under way with the first garment.
pub(super) fn check(wish: &Wish<'_>, provider: &dyn TryOnProvider, unfinished: &[TryOn]) -> Result<(), TryOnError> {
    if !provider.is_charged() {
        return Ok(());
    }
    if let Some(finding) = wish.body.photo_findings.iter().find(|finding| UNUSABLE.contains(&finding.as_str())) {
        return Err(TryOnError::PhotoNotUsable { finding: finding.clone() });
    }
    let same =
        |tryon: &&TryOn| tryon.body_id == Some(wish.body.id) && tryon.clothing_ids == wish.clothing_ids && tryon.options == *wish.options;
    unfinished.iter().find(same).map_or(Ok(()), |tryon| Err(TryOnError::Duplicate(tryon.id)))
}

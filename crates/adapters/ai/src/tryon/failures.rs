//! The canonical failures of every vendor in one place: what happened, in whose words, and what the person can do.
//!
//! What a vendor says is never shown to people and never logged unredacted: it may hold addresses or pictures.

use std::time::Duration;

use atelier_domain::wearit::tryon::{FailureCode, ProviderFailure, TryOnFailure};

use super::http::{CallError, redacted};

/// One canonical failure.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    code: FailureCode,
    reason: &'static str,
    message: &'static str,
    advice: &'static str,
}

macro_rules! troubles {
    ($($name:ident = $code:ident, $reason:literal, $message:literal, $advice:expr;)*) => {
        $(pub(super) const $name: Trouble =
            Trouble { code: FailureCode::$code, reason: $reason, message: $message, advice: $advice };)*
        #[cfg(test)]
        const ALL: &[Trouble] = &[$($name),*];
    };
}

const LATER: &str = "Ask for it again in a while.";
const OPERATOR: &str = "Nothing is wrong with your pictures: whoever runs this service has to look at it.";
const OTHER_PICTURES: &str = "Use other pictures, without bare skin where it can be avoided.";

troubles! {
    PICTURE_UNREADABLE = InputUnreadable, "picture_unreadable", "The engine could not read a picture.", "Upload the picture again, as JPEG or PNG.";
    INPUT_REJECTED = InputRejected, "input_rejected", "The engine did not accept the request.", "Use another picture, or leave the options out.";
    PICTURE_SIZE = InputRejected, "picture_size", "A picture is too small or too large for the engine.", "Use a picture of at least 768 by 1024 pixels.";
    NOT_SERVED = InputRejected, "not_served", "No model of this engine serves these garments.", "Ask for fewer garments, or for another model.";
    SEED_RANGE = InputRejected, "seed_out_of_range", "The model does not take this seed.", "Use a smaller seed, or none.";
    GARMENT_PHOTO = InputRejected, "garment_photo", "The engine could not use the garment's picture.", "Use a picture of the garment alone or worn by one person, seen from the front.";
    POSE = PoseNotFound, "pose_not_found", "The engine found no usable person in the photo.", "Use a photo of one person, standing, seen from the front, from head to hips at least.";
    CONTENT = ContentRejected, "content_rejected", "The engine refused the content of the pictures.", OTHER_PICTURES;
    BLACK = ContentRejected, "black_picture", "The engine gave a black picture: its content filter refused the result.", OTHER_PICTURES;
    BUSY = ProviderBusy, "busy", "The engine is busy.", LATER;
    WARMING = ProviderBusy, "warming", "The engine is starting.", LATER;
    UNREACHABLE = ProviderBusy, "unreachable", "The engine cannot be reached.", LATER;
    EXHAUSTED = ProviderExhausted, "out_of_credits", "The engine's credits are used up.", OPERATOR;
    ACCESS = ProviderExhausted, "access_refused", "The engine refused this service's key.", OPERATOR;
    TIMEOUT = ProviderTimeout, "provider_timeout", "The engine was not ready in time.", LATER;
    FAILED = ProviderError, "provider_failed", "The engine failed.", LATER;
    LOST = ProviderError, "request_lost", "The engine lost the request.", LATER;
    MODEL_MISSING = ProviderExhausted, "model_missing", "The engine does not know the model.", OPERATOR;
    RESULT_EXPIRED = ProviderError, "result_expired", "The picture was deleted before it could be fetched.", LATER;
    RESULT_UNREADABLE = ProviderError, "result_unreadable", "The engine's picture could not be read.", LATER;
    CANCELLED = Cancelled, "cancelled_by_provider", "The engine cancelled the request.", LATER;
}

/// Vendors' error names (FASHN's error-handling page, fal's and Cog's names where they mean the same), as of 2026-11-21.
const NAMES: &[(&str, &Trouble)] = &[
    ("ImageLoadError", &PICTURE_UNREADABLE),
    ("image_load_error", &PICTURE_UNREADABLE),
    ("file_download_error", &PICTURE_UNREADABLE),
    ("InputValidationError", &INPUT_REJECTED),
    ("BadRequest", &INPUT_REJECTED),
    ("image_too_small", &PICTURE_SIZE),
    ("image_too_large", &PICTURE_SIZE),
    ("PhotoTypeError", &GARMENT_PHOTO),
    ("PoseError", &POSE),
    ("face_detection_error", &POSE),
    ("ContentModerationError", &CONTENT),
    ("NSFWError", &CONTENT),
    ("content_policy_violation", &CONTENT),
    ("RateLimitExceeded", &BUSY),
    ("ConcurrencyLimitExceeded", &BUSY),
    ("OutOfCredits", &EXHAUSTED),
    ("UnauthorizedAccess", &ACCESS),
    ("NotFound", &LOST),
    ("PollingTimeout", &TIMEOUT),
    ("PipelineError", &FAILED),
    ("LoRALoadError", &FAILED),
    ("ThirdPartyError", &FAILED),
    ("3rdPartyProviderError", &FAILED),
    ("InternalServerError", &FAILED),
];

/// Words of free texts, tried in this order: all words of a rule must be there.
const PHRASES: &[(&[&str], &Trouble)] = &[
    (&["nsfw"], &CONTENT),
    (&["flagged", "sensitive"], &CONTENT),
    (&["safety", "check"], &CONTENT),
    (&["safety", "filter"], &CONTENT),
    (&["content policy"], &CONTENT),
    (&["moderation"], &CONTENT),
    (&["inappropriate"], &CONTENT),
    (&["insufficient", "credit"], &EXHAUSTED),
    (&["out of credit"], &EXHAUSTED),
    (&["spend limit"], &EXHAUSTED),
    (&["billing"], &EXHAUSTED),
    (&["no person"], &POSE),
    (&["no human"], &POSE),
    (&["no face"], &POSE),
    (&["pose", "detect"], &POSE),
    (&["keypoints"], &POSE),
    (&["pose", "not found"], &POSE),
    (&["cannot identify image"], &PICTURE_UNREADABLE),
    (&["unidentifiedimage"], &PICTURE_UNREADABLE),
    (&["image", "truncated"], &PICTURE_UNREADABLE),
    (&["failed", "download"], &PICTURE_UNREADABLE),
    (&["could not", "download"], &PICTURE_UNREADABLE),
    (&["image", "too small"], &PICTURE_SIZE),
    (&["image", "too large"], &PICTURE_SIZE),
    (&["timed out"], &TIMEOUT),
    (&["timeout"], &TIMEOUT),
    (&["deadline"], &TIMEOUT),
    (&["out of memory"], &FAILED),
];

impl Trouble {
    /// The failure for a person, with the wait the provider asked for.
    pub(super) fn after(&self, retry_after: Option<Duration>) -> ProviderFailure {
        let failure = TryOnFailure::new(self.code, self.reason, self.message, self.advice);
        ProviderFailure::Failed { failure, retry_after }
    }

    /// The failure for a person.
    pub(super) fn failed(&self) -> ProviderFailure {
        self.after(None)
    }

    /// The failure, with what the vendor said in the log.
    pub(super) fn said(&self, provider: &'static str, text: &str) -> ProviderFailure {
        tracing::warn!(provider, reason = self.reason, said = redacted(text), "a try-on failed at its provider");
        self.failed()
    }
}

/// The failure a vendor's error name means, if it is a known one.
pub(super) fn named(name: &str) -> Option<&'static Trouble> {
    NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, trouble)| *trouble)
}

/// The failure a vendor's free text means: a rule's, a known name in it, else the provider's own failure.
pub(super) fn told(text: &str) -> &'static Trouble {
    let text = text.to_lowercase();
    let by_phrase = PHRASES.iter().find(|(words, _)| words.iter().all(|word| text.contains(word)));
    let by_name = || NAMES.iter().find(|(name, _)| text.contains(&name.to_lowercase()));
    by_phrase.map(|(_, trouble)| *trouble).or_else(|| by_name().map(|(_, trouble)| *trouble)).unwrap_or(&FAILED)
}

/// The failure an HTTP status means where no vendor says more.
pub(super) fn status(status: u16) -> &'static Trouble {
    match status {
        400 | 413 | 415 | 422 => &INPUT_REJECTED,
        401 | 403 => &ACCESS,
        402 => &EXHAUSTED,
        404 | 410 => &MODEL_MISSING,
        408 | 504 => &TIMEOUT,
        409 | 425 | 429 | 503 => &BUSY,
        _ => &FAILED,
    }
}

/// What a call without an answer means where nothing was paid for.
pub(super) fn call(provider: &'static str, error: &CallError) -> ProviderFailure {
    tracing::warn!(provider, error = %error, "a provider gave no answer");
    UNREACHABLE.failed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_texts_and_a_reason_of_its_own() {
        for trouble in ALL {
            assert!(!trouble.message.is_empty() && trouble.advice.ends_with('.'), "{trouble:?}");
            assert_eq!(ALL.iter().filter(|other| other.reason == trouble.reason).count(), 1, "{trouble:?}");
        }
    }

    #[test]
    fn free_texts_find_their_failure() {
        for (text, expected) in [
            ("NSFW content detected. Try running it again, or try a different prompt.", &CONTENT),
            ("The input was flagged as sensitive (E005)", &CONTENT),
            ("cannot identify image file <_io.BytesIO>", &PICTURE_UNREADABLE),
            ("No person detected in human_img", &POSE),
            ("Prediction timed out", &TIMEOUT),
            ("fashn.errors.PoseError: nothing", &POSE),
            ("IndexError: list index out of range", &FAILED),
            ("CUDA out of memory", &FAILED),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }
}

//! Versions as entity tags: `ETag` tells the one that was answered, `If-Match` the one a change is made to (RFC 9110, sections 8.8.3 and
//! 13.1.1).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};

use crate::error::ApiError;

/// The header `ETag` of a version, for `insert_header`.
pub(crate) fn etag(version: u32) -> (header::HeaderName, String) {
    (header::ETAG, format!("\"{version}\""))
}

/// The version in the header `If-Match`; none without the header, and with `*`, which any version matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IfMatch(pub(crate) Option<u32>);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;
    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let sent = request.headers().get(header::IF_MATCH).map(|value| value.to_str().unwrap_or_default());
        let wrong = || ApiError::invalid_field("If-Match", "send the ETag as it was answered, e.g. \"3\"");
        ready(parse(sent).ok_or_else(wrong))
    }
}

/// A proxy that compresses answers makes the tags it passes on weak; they still name the version.
fn parse(sent: Option<&str>) -> Option<IfMatch> {
    let Some(tag) = sent.map(str::trim).filter(|tag| *tag != "*") else { return Some(IfMatch(None)) };
    let digits = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
    let version = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    Some(IfMatch(Some(version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_as_it_was_answered_also_weak() {
        assert_eq!(parse(Some(&etag(3).1)), Some(IfMatch(Some(3))));
        assert_eq!(parse(Some("W/\"17\"")), Some(IfMatch(Some(17))));
    }

    #[test]
    fn no_header_and_the_star_match_every_version() {
        assert_eq!((parse(None), parse(Some(" * "))), (Some(IfMatch(None)), Some(IfMatch(None))));
    }

    #[test]
    fn what_was_never_answered_is_refused() {
        for tag in ["", "3", "\"\"", "\"+3\"", "\"3", "\"a\"", "\"3\", \"4\"", "\"4294967296\""] {
            assert_eq!(parse(Some(tag)), None, "{tag}");
        }
    }
}

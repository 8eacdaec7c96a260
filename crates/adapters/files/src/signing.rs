//! Signed URLs: `{base}/files/{key}?expires=<unix seconds>&signature=<hex>`, for writing also with `size` and `type`.
//!
//! The signature is HMAC-SHA-256 (RFC 2104) over method, key, expiry, content type and size, so a link opens one object, one way, until
//! one moment.

use std::borrow::Cow;
use std::time::Duration;

use atelier_domain::kernel::{ExposeSecret, ObjectKey, SecretString, SignedMethod, SignedRequest, SignedUrl, Timestamp};
use chrono::DateTime;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;

/// What may stand unencoded in a URL's path (RFC 3986, 3.3), `/` included.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The longest life of a link, as S3 has it: 7 days (checklist W217).
const MAX_SECONDS: u64 = 604_800;

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grant<'a> {
    Read,
    Write { content_type: Cow<'a, str>, size: u64 },
}

/// Signs URLs and checks what comes back.
pub(crate) struct UrlSigner {
    base: String,
    keyed: Hmac<Sha256>,
}

impl UrlSigner {
    pub(crate) fn new(public_url: &str, key: &SecretString) -> Self {
        let keyed = Hmac::new_from_slice(key.expose_secret().as_bytes()).expect("HMAC takes a key of any length");
        Self { base: format!("{}/files/", public_url.trim_end_matches('/')), keyed }
    }

    /// A URL for `expires_in`, brought within 1 s – 7 days; its last moment is rounded up to a whole second.
    pub(crate) fn sign(&self, key: &ObjectKey, grant: &Grant<'_>, now: Timestamp, expires_in: Duration) -> SignedUrl {
        let seconds = expires_in.as_secs().saturating_add(u64::from(expires_in.subsec_nanos() > 0)).clamp(1, MAX_SECONDS);
        let started = now.timestamp() + i64::from(now.timestamp_subsec_nanos() > 0);
        let expires = started.saturating_add_unsigned(seconds);
        let signature = hex::encode(self.mac(key, grant, expires).finalize().into_bytes());
        let mut url = format!("{}{}?expires={expires}&signature={signature}", self.base, utf8_percent_encode(key.as_str(), PATH));
        if let Grant::Write { content_type, size } = grant {
            url.push('&');
            url.push_str(
                &form_urlencoded::Serializer::new(String::new())
                    .append_pair("size", &size.to_string())
                    .append_pair("type", content_type)
                    .finish(),
            );
        }
        SignedUrl { url, expires_at: DateTime::from_timestamp(expires, 0).unwrap_or(Timestamp::MAX_UTC) }
    }

    /// What the request may do, if it is one that was signed here and has not expired.
    pub(crate) fn check<'a>(&self, request: &'a SignedRequest, now: Timestamp) -> Option<Grant<'a>> {
        let query = Query::parse(&request.query)?;
        let grant = match (request.method, query.size, query.content_type) {
            (SignedMethod::Get, None, None) => Grant::Read,
            (SignedMethod::Put, Some(size), Some(content_type)) => Grant::Write { content_type, size },
            _ => return None,
        };
        // Compares in constant time.
        self.mac(&request.key, &grant, query.expires).verify_slice(&query.signature).ok()?;
        (now < DateTime::from_timestamp(query.expires, 0)?).then_some(grant)
    }

    fn mac(&self, key: &ObjectKey, grant: &Grant<'_>, expires: i64) -> Hmac<Sha256> {
        let (method, content_type, size) = match grant {
            Grant::Read => ("GET", "", String::new()),
            Grant::Write { content_type, size } => ("PUT", content_type.as_ref(), size.to_string()),
        };
        let expires = expires.to_string();
        let mut mac = self.keyed.clone();
        for part in [method, key.as_str(), &expires, content_type, &size] {
            // The length in front keeps the parts apart, whatever they hold.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }
}

/// The parameters of a signed URL: each at most once, and no others.
struct Query<'a> {
    expires: i64,
    signature: Vec<u8>,
    size: Option<u64>,
    content_type: Option<Cow<'a, str>>,
}

impl<'a> Query<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (mut expires, mut signature, mut size, mut content_type) = (None, None, None, None);
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let seen_before = match name.as_ref() {
                "expires" => expires.replace(canonical_number::<i64>(&value)?).is_some(),
                "signature" => signature.replace(hex::decode(value.as_ref()).ok()?).is_some(),
                "size" => size.replace(canonical_number::<u64>(&value)?).is_some(),
                "type" => content_type.replace(value).is_some(),
                _ => true,
            };
            if seen_before {
                return None;
            }
        }
        Some(Self { expires: expires?, signature: signature?, size, content_type })
    }
}

/// A number in the one form it is written in: no sign in front, no leading zero.
fn canonical_number<T: std::str::FromStr + ToString>(text: &str) -> Option<T> {
    text.parse::<T>().ok().filter(|number| number.to_string() == text)
}

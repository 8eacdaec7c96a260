//! Signatures of URLs.

use std::hash::{BuildHasher, RandomState};

use atelier_domain::kernel::{ObjectKey, SignedMethod, SignedRequest, Timestamp};

/// What a URL allows.
pub(super) struct Grant<'a> {
    pub(super) method: SignedMethod,
    pub(super) key: &'a ObjectKey,
    pub(super) expires_at: Timestamp,
    /// For writing; empty otherwise.
    pub(super) content_type: &'a str,
    /// For writing, in bytes; 0 otherwise.
    pub(super) size: u64,
}

/// Signs with keyed hashes whose keys live as long as the store: nobody outside the process can forge a URL, and none survives it.
#[derive(Default)]
pub(super) struct Signer {
    keys: [RandomState; 2],
}

impl Signer {
    fn signature(&self, grant: &Grant<'_>) -> String {
        let method = match grant.method {
            SignedMethod::Get => "GET",
            SignedMethod::Put => "PUT",
        };
        let signed = (method, grant.key.as_str(), grant.expires_at.timestamp_millis(), grant.content_type, grant.size);
        self.keys.iter().map(|key| format!("{:016x}", key.hash_one(signed))).collect()
    }

    /// The query string of a URL.
    pub(super) fn query(&self, grant: &Grant<'_>) -> String {
        format!("expires={}&size={}&signature={}", grant.expires_at.timestamp_millis(), grant.size, self.signature(grant))
    }

    /// What the request may do at `now`: `None` unless it is the one signed and not too late.
    pub(super) fn verify<'a>(&self, request: &'a SignedRequest, now: Timestamp) -> Option<Grant<'a>> {
        let field =
            |name: &str| request.query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name)).map(|(_, v)| v);
        let expires_at = Timestamp::from_timestamp_millis(field("expires")?.parse().ok()?)?;
        let content_type = match request.method {
            SignedMethod::Get => "",
            SignedMethod::Put => request.content_type.as_deref()?,
        };
        let grant = Grant { method: request.method, key: &request.key, expires_at, content_type, size: field("size")?.parse().ok()? };
        (now < expires_at && field("signature")? == self.signature(&grant)).then_some(grant)
    }
}

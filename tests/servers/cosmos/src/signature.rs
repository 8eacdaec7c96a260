//! The signature of the master key, as Azure checks it, except that any date will do.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::percent_decode_str;
use sha2::Sha256;

/// What begins every authorization by the master key.
const PREFIX: &str = "type=master&ver=1.0&sig=";

/// The account's key. It has no `Debug`, so that it shows up nowhere.
pub(crate) struct MasterKey(Vec<u8>);

/// The key is not Base64.
#[derive(Debug, thiserror::Error)]
#[error("the key is not Base64")]
pub(crate) struct BadKey(#[source] base64::DecodeError);

impl MasterKey {
    pub(crate) fn from_base64(key: &str) -> Result<Self, BadKey> {
        STANDARD.decode(key).map(Self).map_err(BadKey)
    }

    /// Whether this authorization is the key's for a request of this method, path and `x-ms-date`.
    pub(crate) fn signed(&self, method: &str, path: &str, date: Option<&str>, authorization: Option<&str>) -> bool {
        let (Some(date), Some(authorization)) = (date, authorization) else { return false };
        let token = percent_decode_str(authorization).decode_utf8_lossy();
        let Some(signature) = token.strip_prefix(PREFIX).and_then(|signature| STANDARD.decode(signature).ok()) else { return false };
        let path = percent_decode_str(path).decode_utf8_lossy();
        let (kind, link) = resource(path.trim_matches('/'));
        let text = format!("{}\n{kind}\n{link}\n{}\n\n", method.to_ascii_lowercase(), date.to_ascii_lowercase());
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return false };
        mac.update(text.as_bytes());
        mac.verify_slice(&signature).is_ok()
    }
}

/// The type of what a path names, and the link that is signed: the thing itself, or what it lies in where the path ends with a type.
fn resource(path: &str) -> (&str, &str) {
    let segments: Vec<&str> = path.split('/').collect();
    if segments.len().is_multiple_of(2) {
        (segments[segments.len() - 2], path)
    } else {
        (segments[segments.len() - 1], path.rsplit_once('/').map_or("", |(parent, _)| parent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the page that [the crate](crate) names.
    const KEY: &str = "dsZQi3KtZmCv1ljt3VNWNm7sQUF1y5rJfC6kv5JiwvW0EndXdDku/dkKBp8/ufDToSxLzR4y+O/0H/t4bQtVNw==";
    const DATE: &str = "Thu, 27 Apr 2017 00:51:12 GMT";
    const AUTHORIZATION: &str = "type%3dmaster%26ver%3d1.0%26sig%3dc09PEVJrgp2uQRkr934kFbTqhByc7TVr3OHyqlu%2bc%2bc%3d";

    #[test]
    fn the_documented_example_is_accepted_and_nothing_else() {
        let key = MasterKey::from_base64(KEY).unwrap();
        assert!(key.signed("GET", "/dbs/ToDoList", Some(DATE), Some(AUTHORIZATION)));
        assert!(!key.signed("DELETE", "/dbs/ToDoList", Some(DATE), Some(AUTHORIZATION)));
        assert!(!key.signed("GET", "/dbs/todolist", Some(DATE), Some(AUTHORIZATION)));
        assert!(!key.signed("GET", "/dbs/ToDoList", Some("Thu, 27 Apr 2017 00:51:13 GMT"), Some(AUTHORIZATION)));
        assert!(!key.signed("GET", "/dbs/ToDoList", Some(DATE), None));
        assert!(!key.signed("GET", "/dbs/ToDoList", None, Some(AUTHORIZATION)));
        assert!(!MasterKey::from_base64("AAAA").unwrap().signed("GET", "/dbs/ToDoList", Some(DATE), Some(AUTHORIZATION)));
    }

    #[test]
    fn a_path_that_ends_with_a_type_is_signed_with_what_it_lies_in() {
        assert_eq!(resource(""), ("", ""));
        assert_eq!(resource("dbs"), ("dbs", ""));
        assert_eq!(resource("dbs/a"), ("dbs", "dbs/a"));
        assert_eq!(resource("dbs/a/colls/b/docs"), ("docs", "dbs/a/colls/b"));
    }
}

//! Keys as paths: every key has one path, every path one key.

use atelier_domain::kernel::{ObjectKey, ObjectPrefix};
use object_store::path::Path;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stands in a path as it stands in the key; everything else is percent-encoded, `%` among it.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'/');

fn encoded(text: &str) -> Path {
    Path::parse(utf8_percent_encode(text, PLAIN).to_string()).expect("an encoded key is a path")
}

/// Where an object lives.
pub(crate) fn of(key: &ObjectKey) -> Path {
    encoded(key.as_str())
}

/// Where the objects of a prefix live.
pub(crate) fn of_prefix(prefix: &ObjectPrefix) -> Path {
    encoded(prefix.as_str().trim_end_matches('/'))
}

/// The key of the object at `path`; none for a file that this store did not write.
pub(crate) fn key_at(path: &Path) -> Option<ObjectKey> {
    let key = percent_decode_str(path.as_ref()).decode_utf8().ok()?;
    let key = ObjectKey::parse(&key).ok()?;
    (of(&key) == *path).then_some(key)
}

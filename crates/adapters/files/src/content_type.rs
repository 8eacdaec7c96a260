//! Content types. A directory keeps no attributes, so the type follows from the key.

use std::path::Path;

use atelier_domain::kernel::ObjectKey;

/// The type an object is served with.
pub(crate) fn of(key: &ObjectKey) -> &'static str {
    let extension = Path::new(key.as_str()).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

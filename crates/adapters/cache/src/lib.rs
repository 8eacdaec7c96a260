//! What is kept in the process because it is asked for again and again (checklist W147).

mod signed_urls;

pub use signed_urls::SignedUrlCache;

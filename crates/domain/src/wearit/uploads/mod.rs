//! Direct uploads: a signed URL to put a file to, and its use in place of a multipart image.

mod error;
mod model;
mod ports;

pub use error::UploadError;
pub use model::{Upload, UploadType};
pub use ports::UploadRepository;

//! Direct uploads: a signed URL to put a file to, and its use in place of a multipart image.
//!
//! `service` announces, reads and spends uploads; `image_source` is what the other features take an image as;
//! `jobs` deletes files whose row is gone.

mod error;
mod image_source;
mod jobs;
mod model;
mod ports;
mod service;

pub use error::UploadError;
pub use image_source::{ImageSource, OpenedImage};
pub use jobs::{DeleteObjectsHandler, SweepUploads, SweepUploadsHandler};
pub use model::{Upload, UploadType};
pub use ports::UploadRepository;
pub use service::{CreateUpload, UploadService, UploadTicket};

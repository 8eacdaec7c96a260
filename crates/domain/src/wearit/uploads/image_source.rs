//! Where the image of a request comes from.

use std::path::PathBuf;

use crate::kernel::{ImageInput, UploadId};

use super::Upload;

/// The image of a request: sent with it, or put to the object store beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageSource {
    /// A part of the request, spooled to this file; the caller removes it afterwards.
    File(PathBuf),
    /// A direct upload, used up by the request.
    Upload(UploadId),
}

/// An image ready to be processed, and the upload it uses up.
#[derive(Debug, Clone)]
pub struct OpenedImage {
    /// The untrusted bytes.
    pub input: ImageInput,
    /// The upload to be spent in the unit of work that stores what was made of the image.
    pub upload: Option<Upload>,
}

//! Image intake as a port.

use std::path::PathBuf;

use bytes::Bytes;

use super::{Coded, ErrorKind, Source};

/// Where the bytes of an untrusted image are.
#[derive(Debug, Clone)]
pub enum ImageInput {
    /// A spooled upload on disk.
    File(PathBuf),
    /// Bytes in memory: an object read back, or a provider's result.
    Bytes(Bytes),
}

/// The renditions made from one uploaded image. All are JPEG, RGB, upright, without any metadata.
#[derive(Debug, Clone)]
pub struct ProcessedImage {
    /// Fits 800×800, never enlarged, quality 85.
    pub display: Bytes,
    /// Exactly 200×200, centred cover, quality 80.
    pub thumbnail: Bytes,
    /// Fits 1600×1600, never enlarged: what the try-on engine reads.
    pub source: Bytes,
    /// Width of `display` in pixels.
    pub width: u32,
    /// Height of `display` in pixels.
    pub height: u32,
}

/// Why an image was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Not a JPEG, PNG or WebP by its content.
    #[error("the image must be a JPEG, PNG or WebP file")]
    UnsupportedFormat,
    /// More than 10 MiB.
    #[error("the image is larger than {limit_bytes} bytes")]
    TooManyBytes {
        /// The limit in bytes.
        limit_bytes: u64,
    },
    /// More pixels, or more decoded bytes, than allowed.
    #[error("the image is too large: {width}×{height} pixels; at most 40 megapixels and 160 MB decoded")]
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Recognised, but broken.
    #[error("the image cannot be read: it is damaged or incomplete")]
    Unreadable(#[source] Source),
    /// The image pool is full: try again.
    #[error("too many images are being processed: try again in a moment")]
    Busy,
    /// Our own failure.
    #[error("image processing failed")]
    Failed(#[source] Source),
}

impl Coded for ImageError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnsupportedFormat => ErrorKind::UnsupportedMedia,
            Self::TooManyBytes { .. } => ErrorKind::TooLarge,
            Self::TooManyPixels { .. } | Self::Unreadable(_) => ErrorKind::Invalid,
            Self::Busy => ErrorKind::Unavailable,
            Self::Failed(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnsupportedFormat => "UNSUPPORTED_MEDIA_TYPE",
            Self::TooManyBytes { .. } => "PAYLOAD_TOO_LARGE",
            Self::TooManyPixels { .. } | Self::Unreadable(_) => "VALIDATION_ERROR",
            Self::Busy => "BUSY",
            Self::Failed(_) => "INTERNAL_ERROR",
        }
    }
}

/// Turns untrusted images into safe renditions.
#[async_trait::async_trait]
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait ImageProcessor: Send + Sync {
    /// Recognises by content, checks bytes, pixels and decoded size before decoding, turns upright, drops metadata, makes every rendition.
    ///
    /// MUST bound the memory of all decodings together and never block the async threads.
    async fn process(&self, input: ImageInput) -> Result<ProcessedImage, ImageError>;
}

//! Image intake: untrusted pictures in, safe renditions out. In pure Rust, unless the feature `simd-jpeg` is on.
//!
//! [`ImagePipeline`] implements [`ImageProcessor`](atelier_domain::kernel::ImageProcessor):
//!
//! | step | module |
//! | --- | --- |
//! | places in line, threads, memory budget | `pipeline`, `limits` |
//! | recognising the format and reading the header, before anything is decoded | `intake`, `jpeg_header` |
//! | decoding to upright-agnostic RGB or grey | `decode`, `raster` |
//! | scaling, turning upright | `renditions` |
//! | encoding | `encode`, or with `simd-jpeg` `turbo`, which also decodes JPEG |
//!
//! Nothing but pixels gets from a picture into its renditions: no EXIF, no XMP, no colour profile, no comment.

mod decode;
#[cfg(not(feature = "simd-jpeg"))]
mod encode;
mod intake;
mod jpeg_header;
mod limits;
mod pipeline;
mod raster;
mod renditions;
#[cfg(feature = "simd-jpeg")]
mod turbo;

pub use limits::ImageLimits;
pub use pipeline::ImagePipeline;

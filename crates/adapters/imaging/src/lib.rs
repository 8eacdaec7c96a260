//! Image intake: untrusted pictures in, safe renditions out, in pure Rust.
//!
//! [`ImagePipeline`] implements [`ImageProcessor`](atelier_domain::kernel::ImageProcessor):
//!
//! | step | module |
//! | --- | --- |
//! | places in line, threads, memory budget | `pipeline`, `limits` |
//! | recognising the format and reading the header, before anything is decoded | `intake`, `jpeg_header` |
//! | decoding to upright-agnostic RGB or grey | `decode`, `raster` |
//! | scaling, turning upright, encoding | `renditions` |
//!
//! Nothing but pixels gets from a picture into its renditions: no EXIF, no XMP, no colour profile, no comment.

mod decode;
mod intake;
mod jpeg_header;
mod limits;
mod pipeline;
mod raster;
mod renditions;

pub use limits::ImageLimits;
pub use pipeline::ImagePipeline;

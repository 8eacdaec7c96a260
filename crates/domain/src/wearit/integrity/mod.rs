//! Rows and files belong together: the check that says where they do not (checklist W227).
//!
//! A row without its file is reported: nobody can bring the picture back. A file without its row is what a request left that died between
//! writing the file and committing the row; it is reported, and removed once it is too old to belong to a request under way.

mod jobs;
mod model;
mod service;

pub use jobs::{CheckFiles, CheckFilesHandler};
pub use model::{FileKind, FileOwner, Findings, IntegrityError, Phase, Step};
pub use service::IntegrityService;

//! Results: what the jury's notes come to, and what is published of it.
//!
//! `statistics`, `agreement`, `jury`, `ranking`, `similarity` and `export` are pure functions; `service` reads what they need and says who
//! may see it; `leaderboard` is the form in which it is shown and kept.

mod agreement;
mod duplicates;
mod export;
mod jury;
mod leaderboard;
mod ports;
mod ranking;
mod rows;
mod service;
mod similarity;
mod statistics;

pub use agreement::{Measurement, krippendorff_alpha};
pub use duplicates::{SimilarTask, SimilarityInput};
pub use export::safe_cell;
pub use jury::{DIVERGENCE_HALF_POINTS, Grade, Judge, JuryAgreement, needs_third_examiner};
pub use leaderboard::{Leaderboard, LeaderboardRow, StudentName};
pub use ports::{PublishedResults, ResultsQueries, ResultsRepository};
pub use ranking::{Standing, Submission, Unranked, ranking};
pub use rows::{Cell, Export, Exported, Row};
pub use service::ResultsService;
pub use similarity::{NearDuplicates, Prompt, SimilarPair, near_duplicates};
pub use statistics::{Average, NoteStatistics};

//! Evaluations: the jury's notes, and which examiner has which conversation.

mod assignment;
mod model;
mod note;
mod ports;
mod service;

pub use assignment::{Assignment, AssignmentState};
pub use model::{Comment, Evaluation, EvaluationStats, GivenNote};
pub use note::{Note, SCALE};
pub use ports::{AssignmentQueries, AssignmentRepository, EvaluationFilter, EvaluationQueries, EvaluationRepository};
pub use service::{ChangeEvaluation, EvaluationPorts, EvaluationSeen, EvaluationService, NewEvaluation, QueueState, Queued};

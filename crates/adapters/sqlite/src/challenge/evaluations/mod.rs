//! Evaluations, and which examiner has which conversation.

mod assignment;
mod evaluation;

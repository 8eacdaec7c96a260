//! Prompt Challenge in MongoDB.

mod concurrency;
mod contract;
mod documents;
mod erasure;
mod foreign_documents;
mod source_documents;

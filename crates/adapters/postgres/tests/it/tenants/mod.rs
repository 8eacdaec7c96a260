//! What one owner does and is told does not depend on what another has.

mod embeddings;
mod interpreter;
mod isolation;
mod program;
mod walls;

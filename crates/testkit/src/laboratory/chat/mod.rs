//! Vendors of language models: [`ChatLab`] is one of them on loopback.
//!
//! It checks what the vendor checks (path, key, fields it does not know) and answers each request with the next [`Turn`] of its script, or,
//! when the script is at its end, by repeating the last message word by word. `openai` and `mistral` write the documented shapes.

mod lab;
mod mistral;
mod openai;
mod turn;

pub use lab::{ChatLab, ChatVendor};
pub use turn::{Said, Turn};

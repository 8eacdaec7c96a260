//! Prompt Challenge: students write prompts, language models answer, examiners grade.

pub mod chat;

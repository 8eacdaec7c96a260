//! The guide, so that its example is compiled.
#![doc = include_str!("../../../docs/guides/core-database-service.md")]

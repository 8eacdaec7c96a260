//! The HTTP surface in process; everything is in `tests/`.

//! Journeys with the built binaries; everything is in `tests/`.

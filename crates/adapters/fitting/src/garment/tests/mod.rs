//! The garment steps on the sample pictures.

//! The note: 1 to 10 in half points (checklist P143–P157, CP24, CP25).

use std::fmt;

use crate::kernel::Invalid;

/// The scale's labels, for 1 to 10.
pub const SCALE: [&str; 10] =
    ["Très insuffisant", "Insuffisant", "Médiocre", "Passable", "Moyen", "Correct", "Bien", "Très bien", "Excellent", "Exceptionnel"];

/// A note, kept as half points: 2 to 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Note(u8);

impl Note {
    /// Every legal note, ascending: 19 of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (2..=20).map(Self)
    }

    /// Checks a note as it is sent.
    ///
    /// # Errors
    /// [`Invalid`] on field `note`, in the source document's words.
    pub fn parse(value: f64) -> Result<Self, Invalid> {
        let halves = value * 2.0;
        let message = if value.is_nan() {
            "La note doit être un nombre"
        } else if value < 1.0 {
            "La note doit être au minimum de 1"
        } else if value > 10.0 {
            "La note doit être au maximum de 10"
        } else if halves.fract() != 0.0 {
            "La note doit être un multiple de 0.5"
        } else {
            return Ok(Self(halves as u8));
        };
        Err(Invalid::field("note", message))
    }

    /// The note of these half points, when it is legal.
    pub fn from_halves(halves: u8) -> Option<Self> {
        (2..=20).contains(&halves).then_some(Self(halves))
    }

    /// The half points.
    pub fn halves(self) -> u8 {
        self.0
    }

    /// The note as it is sent.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 2.0
    }

    /// The label of the whole points.
    pub fn label(self) -> &'static str {
        SCALE[usize::from(self.0 / 2) - 1]
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_19_notes_are_legal_and_their_neighbours_are_not() {
        let legal: Vec<f64> = Note::all().map(Note::value).collect();
        assert_eq!(legal.len(), 19);
        for note in &legal {
            assert_eq!(Note::parse(*note).map(Note::value), Ok(*note));
            for neighbour in [note - 0.25, note + 0.25, note + 0.01, note - 1e-9] {
                assert!(Note::parse(neighbour).is_err(), "{neighbour}");
            }
        }
        for wrong in [0.5, 0.0, -1.0, 10.5, 7.3, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(Note::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn refusals_are_in_the_words_of_the_source() {
        let message = |value| Note::parse(value).map_err(|Invalid(fields)| fields[0].message.clone());
        assert_eq!(message(0.5), Err("La note doit être au minimum de 1".to_owned()));
        assert_eq!(message(10.5), Err("La note doit être au maximum de 10".to_owned()));
    }

    #[test]
    fn half_points_have_the_label_of_the_whole_ones() {
        assert_eq!(Note::parse(7.5).map(Note::label), Ok("Bien"));
        assert_eq!(Note::parse(10.0).map(Note::label), Ok("Exceptionnel"));
        assert_eq!(Note::parse(1.0).map(Note::label), Ok("Très insuffisant"));
    }
}

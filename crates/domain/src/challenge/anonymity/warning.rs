//! What an author is told of what a text gives away.

use super::{IdentifyingStrings, LeakScan};

/// What a text gives away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeakKind {
    /// First or last name.
    Name,
    /// The e-mail address, or its part before the `@`.
    Email,
    /// The student number.
    StudentNumber,
    /// The group.
    Group,
}

impl LeakKind {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "nom",
            Self::Email => "email",
            Self::StudentNumber => "numeroEtudiant",
            Self::Group => "groupe",
        }
    }
}

/// What each of these texts gives away of a person: the number of the text, from 0, and what, each pair once, in order.
pub fn leaks<'t>(person: &IdentifyingStrings<'_>, texts: impl IntoIterator<Item = &'t str>) -> Vec<(usize, LeakKind)> {
    let nobody = IdentifyingStrings::default();
    let scans = [
        (LeakKind::Name, IdentifyingStrings { first_name: person.first_name, last_name: person.last_name, ..nobody }),
        (LeakKind::Email, IdentifyingStrings { email: person.email, ..nobody }),
        (LeakKind::StudentNumber, IdentifyingStrings { student_number: person.student_number, ..nobody }),
        (LeakKind::Group, IdentifyingStrings { group: person.group, ..nobody }),
    ]
    .map(|(kind, strings)| (kind, LeakScan::of(&strings)));
    let mut found = Vec::new();
    for (number, text) in texts.into_iter().enumerate() {
        found.extend(scans.iter().filter(|(_, scan)| !scan.occurrences(text).is_empty()).map(|(kind, _)| (number, *kind)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_told_with_each_kind_once() {
        let ada = IdentifyingStrings {
            first_name: "Ada",
            last_name: "Lovelace",
            email: "countess@analytical.example",
            student_number: Some("E-1815"),
            group: Some("TD3"),
        };
        let texts = ["Bonjour", "Ada, Ada : countess (TD3)", "e1815", "a.lovelace"];
        let expected = [(1, LeakKind::Name), (1, LeakKind::Email), (1, LeakKind::Group), (2, LeakKind::StudentNumber), (3, LeakKind::Name)];
        assert_eq!(leaks(&ada, texts), expected);
        assert_eq!(leaks(&IdentifyingStrings::default(), texts), []);
    }
}

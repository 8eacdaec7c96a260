//! What is whose, by what was told first to whom; and the same told twice, compared.

use std::collections::HashMap;

use atelier_domain::kernel::Timestamp;
use atelier_testkit::noon;
use chrono::{NaiveDate, TimeDelta};
use serde_json::Value;

use super::program::Who;

const NOBODY: &str = "ffffffffffffffff";

/// An id of nothing.
pub(super) fn nobody(number: u32) -> String {
    format!("{NOBODY}{number:08x}")
}

impl Who {
    /// A word that is in every text and picture of the person.
    fn stem(self) -> &'static str {
        match self {
            Self::Amber => "amberquartz",
            Self::Birch => "birchsaddle",
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Amber => Self::Birch,
            Self::Birch => Self::Amber,
        }
    }
}

/// The word with the number of the run: nobody was ever called so before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks(pub(super) usize);

impl Marks {
    pub(super) fn of(self, who: Who) -> String {
        format!("{}{:05}", who.stem(), self.0)
    }

    /// When the run begins: each has a day of its own, so that no job of one is put off by the next.
    pub(super) fn dawn(self) -> Timestamp {
        noon() + TimeDelta::days(i64::try_from(self.0).unwrap())
    }

    /// Whether the text has a mark that is not this person's, be it of an earlier run.
    fn has_another(self, who: Who, text: &str) -> bool {
        let own = self.of(who);
        [Who::Amber, Who::Birch].iter().any(|any| text.match_indices(any.stem()).any(|(place, _)| !text[place..].starts_with(&own)))
    }

    /// The text with the mark and the days as they are in every run.
    pub(super) fn without_number(self, who: Who, text: &str) -> String {
        let text = text.replace(&self.of(who), who.stem());
        let mut plain = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(dash) = rest.find('-') {
            let day = dash.checked_sub(4).and_then(|begin| rest.get(begin..begin + 10)).and_then(|day| day.parse::<NaiveDate>().ok());
            let end = if let Some(day) = day {
                plain.push_str(&rest[..dash - 4]);
                plain.push_str(&format!("day {}", (day - self.dawn().date_naive()).num_days()));
                dash + 6
            } else {
                plain.push_str(&rest[..=dash]);
                dash + 1
            };
            rest = &rest[end..];
        }
        plain + rest
    }
}

/// Runs of 24 and more hex digits: ids, and secrets and signatures, of which none is made twice.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_hexdigit()).filter(|run| run.len() >= 24 && !run.starts_with(NOBODY))
}

/// Hears everything anybody is told.
pub(super) struct Ear {
    marks: Marks,
    owners: HashMap<String, Who>,
}

impl Ear {
    pub(super) fn new(marks: Marks) -> Self {
        Self { marks, owners: HashMap::new() }
    }

    /// Says what must not come back to the other: a secret of another form than the rest.
    pub(super) fn belongs(&mut self, who: Who, text: &str) {
        self.owners.insert(text.to_owned(), who);
    }

    /// Somebody is told something in answer to what was sent: the first piece of it that is the other's, and was not sent.
    pub(super) fn hear(&mut self, who: Who, sent: &str, told: &str) -> Result<(), String> {
        if self.marks.has_another(who, told) && !self.marks.has_another(who, sent) {
            return Err(format!("{who:?} is told another's mark: {told}"));
        }
        for token in tokens(told) {
            match self.owners.get(token) {
                Some(owner) if *owner != who && !sent.contains(token) => {
                    return Err(format!("{who:?} is told the other's {token}: {told}"));
                }
                Some(_) => {}
                None if sent.contains(token) => {}
                None => self.belongs(who, token),
            }
        }
        Ok(())
    }

    /// Whether the text holds nothing but what is this person's, as far as it is anybody's.
    pub(super) fn is_of(&self, who: Who, text: &str) -> bool {
        !self.marks.has_another(who, text) && tokens(text).all(|token| self.owners.get(token).is_none_or(|owner| *owner == who))
    }
}

/// Numbers what is made anew in each run by its first appearance, so that two runs can be compared; instants are told from the run's beginning.
pub(super) struct Names {
    dawn: i64,
    numbers: HashMap<String, usize>,
}

impl Names {
    pub(super) fn new(marks: Marks) -> Self {
        Self { dawn: marks.dawn().timestamp_millis(), numbers: HashMap::new() }
    }

    /// The text with numbers in place of ids, signatures and secrets.
    pub(super) fn plain(&mut self, text: &str) -> String {
        let mut plain = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(begin) = rest.find(|c: char| c.is_ascii_hexdigit()) {
            let (before, run) = rest.split_at(begin);
            let end = run.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(run.len());
            let (run, after) = run.split_at(end);
            plain.push_str(before);
            if let (13, Ok(instant)) = (run.len(), run.parse::<i64>()) {
                plain.push_str(&format!("{}ms", instant - self.dawn));
            } else if run.len() < 24 || run.starts_with(NOBODY) {
                plain.push_str(run);
            } else {
                let next = self.numbers.len();
                plain.push_str(&format!("#{}", self.numbers.entry(run.to_owned()).or_insert(next)));
            }
            rest = after;
        }
        plain + rest
    }
}

/// Takes out what says nothing of anybody: the request's id, and what is drawn by lot in another form than hex digits. The place in the queue
/// is everybody's: that others wait is meant to be told.
pub(super) fn without_chance(value: &mut Value) {
    const CHANCE: [&str; 6] = ["request_id", "access_token", "refresh_token", "data_user_id", "secret", "queue_position"];
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !CHANCE.contains(&name.as_str()));
            fields.values_mut().for_each(without_chance);
        }
        Value::Array(items) => items.iter_mut().for_each(without_chance),
        _ => {}
    }
}

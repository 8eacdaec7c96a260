//! Endpoints: where messages go, which, and whether they still do.

use std::fmt;
use std::str::FromStr;

use crate::kernel::{EndpointId, Invalid, Timestamp, UserId};

use super::{EndpointSecret, UnknownWord};

/// What a message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The picture of a try-on is there.
    TryOnCompleted,
    /// There will be no picture, for the reason told.
    TryOnFailed,
    /// The person does not want the picture any more.
    TryOnCancelled,
    /// Nothing happened: the owner of the endpoint tries it out. Sent whatever the endpoint listens to.
    Test,
}

impl Event {
    /// What an endpoint can listen to.
    pub const SELECTABLE: [Self; 3] = [Self::TryOnCompleted, Self::TryOnFailed, Self::TryOnCancelled];

    /// The name on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TryOnCompleted => "tryon.completed",
            Self::TryOnFailed => "tryon.failed",
            Self::TryOnCancelled => "tryon.cancelled",
            Self::Test => "webhook.test",
        }
    }

    /// Reads what an endpoint is to listen to: no names mean everything, and a name twice is one.
    ///
    /// # Errors
    /// [`Invalid`] on field `events`.
    pub fn parse_selection(names: &[String]) -> Result<Vec<Self>, Invalid> {
        let of_name = |name: &String| Self::SELECTABLE.into_iter().find(|event| event.as_str() == name);
        let mut events = names
            .iter()
            .map(|name| of_name(name).ok_or_else(|| Invalid::field("events", "must be of tryon.completed, tryon.failed, tryon.cancelled")))
            .collect::<Result<Vec<_>, _>>()?;
        events.sort_unstable();
        events.dedup();
        Ok(if events.is_empty() { Self::SELECTABLE.to_vec() } else { events })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Event {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::SELECTABLE.into_iter().chain([Self::Test]).find(|event| event.as_str() == text).ok_or(UnknownWord)
    }
}

/// Why nothing is sent to an endpoint any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disabled {
    /// Its owner said so.
    ByOwner,
    /// Everything sent to it failed for [`Endpoint::PATIENCE`].
    Failing,
    /// It answered 410: nobody is there for good.
    Gone,
}

impl Disabled {
    const ALL: [Self; 3] = [Self::ByOwner, Self::Failing, Self::Gone];

    /// The word on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByOwner => "by_owner",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }
}

impl FromStr for Disabled {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text).ok_or(UnknownWord)
    }
}

/// An address that is told what happens to its owner's try-ons.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Whose.
    pub user_id: UserId,
    /// Where messages go; may hold a secret of its owner, so it is not logged.
    pub url: String,
    /// What its owner calls it; may be empty.
    pub description: String,
    /// What it is told.
    pub events: Vec<Event>,
    /// What its messages are signed with.
    pub secret: EndpointSecret,
    /// What they are signed with besides until the given instant, so that a receiver can change secrets without losing a message.
    pub earlier_secret: Option<(EndpointSecret, Timestamp)>,
    /// Why nothing is sent to it, if so.
    pub disabled: Option<Disabled>,
    /// Since when everything sent to it failed.
    pub failing_since: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its owner last changed it.
    pub updated_at: Timestamp,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Endpoint");
        shown.field("id", &self.id).field("events", &self.events).field("disabled", &self.disabled).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Most endpoints of a person.
    pub const MOST: usize = 10;
    /// Most characters of a description.
    pub const MOST_DESCRIPTION: usize = 200;
    /// Most bytes of an address.
    pub const MOST_URL: usize = 2_048;
    /// How long an endpoint may fail without a success before it is disabled: five days.
    pub const PATIENCE: chrono::TimeDelta = chrono::TimeDelta::days(5);
    /// How long the secret before the present one is used besides: a day.
    pub const SECRET_OVERLAP: chrono::TimeDelta = chrono::TimeDelta::hours(24);

    /// Whether it is told of this event now.
    pub fn listens_to(&self, event: Event) -> bool {
        self.disabled.is_none() && (event == Event::Test || self.events.contains(&event))
    }

    /// What messages are signed with at `now`, the present secret first.
    pub fn secrets(&self, now: Timestamp) -> Vec<&EndpointSecret> {
        let earlier = self.earlier_secret.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        [Some(&self.secret), earlier].into_iter().flatten().collect()
    }

    /// Makes `secret` the present one; the one before stays good for [`SECRET_OVERLAP`](Self::SECRET_OVERLAP).
    pub fn rotate(&mut self, secret: EndpointSecret, now: Timestamp) {
        let before = std::mem::replace(&mut self.secret, secret);
        self.earlier_secret = Some((before, now + Self::SECRET_OVERLAP));
        self.updated_at = now;
    }

    /// A message arrived.
    pub fn succeeded(&mut self) {
        self.failing_since = None;
    }

    /// A message did not arrive: the endpoint is disabled when it says that nobody is there for good, or when that has gone on for
    /// [`PATIENCE`](Self::PATIENCE).
    pub fn failed(&mut self, is_gone: bool, now: Timestamp) {
        let since = *self.failing_since.get_or_insert(now);
        if is_gone {
            self.disabled.get_or_insert(Disabled::Gone);
        } else if now - since >= Self::PATIENCE {
            self.disabled.get_or_insert(Disabled::Failing);
        }
    }

    /// Its owner wants messages again: what failed before is forgotten.
    pub fn enable(&mut self) {
        self.disabled = None;
        self.failing_since = None;
    }
}

//! A lease and its states.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use uuid::Uuid;

use crate::dataservice::{Database, Tier};
use crate::kernel::{Timestamp, UserId};

/// The text is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(&'static str);

/// What a lease is called: `conn_` and at least 128 random bits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LeaseId(String);

impl LeaseId {
    /// From a secret token, which nobody can guess.
    pub fn of(token: &str) -> Self {
        Self(format!("conn_{token}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LeaseId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let plain = |rest: &str| rest.len() <= 80 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        match text.strip_prefix("conn_") {
            Some(rest) if !rest.is_empty() && plain(rest) => Ok(Self(text.to_owned())),
            _ => Err(Malformed("conn_ and letters, digits, - or _")),
        }
    }
}

/// The service that asks, as it names itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServiceName(String);

impl ServiceName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ServiceName {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if plain && (1..=63).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("1 to 63 lower-case letters, digits and hyphens"))
        }
    }
}

/// What the credential may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Read.
    Read,
    /// Read and write.
    Write,
}

impl Operation {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl FromStr for Operation {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text {
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write),
            _ => Err(Malformed("one of read, write")),
        }
    }
}

/// Where a lease stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeaseState {
    /// The row is there, the login being made.
    Granting,
    /// The login works.
    Active,
    /// Access is closed, the login not yet gone.
    Revoking,
    /// Given back; nothing of it is left at the store.
    Released,
    /// Its time was over; nothing of it is left at the store.
    Expired,
}

impl LeaseState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Granting, Self::Active, Self::Revoking, Self::Released, Self::Expired];

    /// The name, as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granting => "granting",
            Self::Active => "active",
            Self::Revoking => "revoking",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

impl FromStr for LeaseState {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(Malformed("a state of a lease"))
    }
}

/// Why a lease came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// It was given back.
    Released,
    /// Its time was over.
    Expired,
}

impl Ending {
    /// The state it ends in.
    pub fn state(self) -> LeaseState {
        match self {
            Self::Released => LeaseState::Released,
            Self::Expired => LeaseState::Expired,
        }
    }
}

/// When and why access was closed. Never changes once it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: Ending,
}

/// What was tried with a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transition {
    /// The login was made.
    Activate,
    /// More time.
    Renew,
    /// Given back.
    Release,
    /// Its time is over.
    Expire,
    /// The login is gone.
    Finish,
    /// The login could not be removed now.
    Postpone,
}

/// A lease in this state cannot go through that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a lease that is {} cannot go through {tried:?}", .state.as_str())]
pub struct WrongState {
    /// The state.
    pub state: LeaseState,
    /// The attempt.
    pub tried: Transition,
}

/// The first wait after a revocation failed; doubles up to [`LONGEST_WAIT`], without end.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// One credential handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What it is called.
    pub id: LeaseId,
    /// Who holds it.
    pub account_id: UserId,
    /// Whose data it shows.
    pub owner: Uuid,
    /// The holder's level.
    pub tier: Tier,
    /// The service it was given to.
    pub service_name: ServiceName,
    /// The store.
    pub database: Database,
    /// What it may do.
    pub operation: Operation,
    /// The login at the store.
    pub login: String,
    /// Where it stands.
    pub state: LeaseState,
    /// Since when.
    pub acquired_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// It may be renewed up to here.
    pub ends_at: Timestamp,
    /// When and why access was closed.
    pub ended: Option<Ended>,
    /// How often its login could not be removed.
    pub attempts: u32,
    /// When that is tried again.
    pub next_attempt_at: Option<Timestamp>,
}

impl Lease {
    fn refuse(&self, tried: Transition) -> WrongState {
        WrongState { state: self.state, tried }
    }

    /// Whether the credential is good at `now`.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        matches!(self.state, LeaseState::Granting | LeaseState::Active) && now < self.expires_at
    }

    /// Whether it belongs to this account and service.
    pub fn is_held_by(&self, account_id: UserId, service_name: &ServiceName) -> bool {
        self.account_id == account_id && self.service_name == *service_name
    }

    /// How long access was open, once it is closed.
    pub fn duration(&self) -> Option<Duration> {
        self.ended.map(|ended| (ended.at - self.acquired_at).to_std().unwrap_or_default())
    }

    /// The login was made.
    ///
    /// # Errors
    /// [`WrongState`] unless it is being granted and its time is not over.
    pub fn activate(&mut self, now: Timestamp) -> Result<(), WrongState> {
        if self.state != LeaseState::Granting || now >= self.expires_at {
            return Err(self.refuse(Transition::Activate));
        }
        self.state = LeaseState::Active;
        Ok(())
    }

    /// More time: `increment` from now, never beyond [`Lease::ends_at`] and never less than it had.
    ///
    /// # Errors
    /// [`WrongState`] unless it is active and its time is not over.
    pub fn renew(&mut self, now: Timestamp, increment: Duration) -> Result<(), WrongState> {
        if self.state != LeaseState::Active || now >= self.expires_at {
            return Err(self.refuse(Transition::Renew));
        }
        self.expires_at = (now + increment).min(self.ends_at).max(self.expires_at);
        Ok(())
    }

    /// Given back: access is closed from here.
    ///
    /// # Errors
    /// [`WrongState`] when access is closed already.
    pub fn release(&mut self, now: Timestamp) -> Result<(), WrongState> {
        if !matches!(self.state, LeaseState::Granting | LeaseState::Active) {
            return Err(self.refuse(Transition::Release));
        }
        let why = if now < self.expires_at { Ending::Released } else { Ending::Expired };
        self.close(Ended { at: now.min(self.expires_at), why });
        Ok(())
    }

    /// Its time is over.
    ///
    /// # Errors
    /// [`WrongState`] when it is not, or when access is closed already.
    pub fn expire(&mut self, now: Timestamp) -> Result<(), WrongState> {
        if !matches!(self.state, LeaseState::Granting | LeaseState::Active) || now < self.expires_at {
            return Err(self.refuse(Transition::Expire));
        }
        self.close(Ended { at: self.expires_at, why: Ending::Expired });
        Ok(())
    }

    fn close(&mut self, ended: Ended) {
        self.state = LeaseState::Revoking;
        self.ended = Some(ended);
    }

    /// The login is gone and its sessions with it.
    ///
    /// # Errors
    /// [`WrongState`] unless access was closed before.
    pub fn finish(&mut self) -> Result<(), WrongState> {
        match (self.state, self.ended) {
            (LeaseState::Revoking, Some(ended)) => {
                self.state = ended.why.state();
                self.next_attempt_at = None;
                Ok(())
            }
            _ => Err(self.refuse(Transition::Finish)),
        }
    }

    /// The login could not be removed: tried again later, for ever.
    ///
    /// # Errors
    /// [`WrongState`] unless access was closed before.
    pub fn postpone(&mut self, now: Timestamp) -> Result<(), WrongState> {
        if self.state != LeaseState::Revoking {
            return Err(self.refuse(Transition::Postpone));
        }
        let wait = FIRST_WAIT.saturating_mul(2u32.saturating_pow(self.attempts)).min(LONGEST_WAIT);
        self.attempts = self.attempts.saturating_add(1);
        self.next_attempt_at = Some(now + wait);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::kernel::EntityId;

    fn noon() -> Timestamp {
        "2024-01-15T12:00:00Z".parse().unwrap()
    }

    fn lease(state: LeaseState) -> Lease {
        let ended = match state {
            LeaseState::Granting | LeaseState::Active => None,
            LeaseState::Revoking | LeaseState::Released => Some(Ending::Released),
            LeaseState::Expired => Some(Ending::Expired),
        };
        Lease {
            id: LeaseId::of("1"),
            account_id: UserId::from_bytes([1; 12]),
            owner: Uuid::from_u128(1),
            tier: Tier::User,
            service_name: "core-user-service".parse().unwrap(),
            database: Database::PostgreSql,
            operation: Operation::Read,
            login: "login".to_owned(),
            state,
            acquired_at: noon(),
            expires_at: noon() + TimeDelta::seconds(300),
            ends_at: noon() + TimeDelta::seconds(3600),
            ended: ended.map(|why| Ended { at: noon() + TimeDelta::seconds(5), why }),
            attempts: 0,
            next_attempt_at: None,
        }
    }

    type Change = fn(&mut Lease, Timestamp) -> Result<(), WrongState>;

    /// What each change makes of each state, in its time and after it; `None` is a refusal that changes nothing.
    #[test]
    fn the_whole_matrix_of_states_and_changes() {
        use LeaseState::{Active, Expired, Granting, Released, Revoking};
        let changes: [(Transition, Change); 6] = [
            (Transition::Activate, |lease, now| lease.activate(now)),
            (Transition::Renew, |lease, now| lease.renew(now, Duration::from_secs(300))),
            (Transition::Release, |lease, now| lease.release(now)),
            (Transition::Expire, |lease, now| lease.expire(now)),
            (Transition::Finish, |lease, _| lease.finish()),
            (Transition::Postpone, |lease, now| lease.postpone(now)),
        ];
        for (change, apply) in changes {
            for state in LeaseState::ALL {
                for (over, now) in [(false, noon() + TimeDelta::seconds(10)), (true, noon() + TimeDelta::seconds(300))] {
                    let expected = match (change, state, over) {
                        (Transition::Activate, Granting, false) | (Transition::Renew, Active, false) => Some(Active),
                        (Transition::Release, Granting | Active, _) | (Transition::Expire, Granting | Active, true) => Some(Revoking),
                        (Transition::Finish, Revoking, _) => Some(Released),
                        (Transition::Postpone, Revoking, _) => Some(Revoking),
                        _ => None,
                    };
                    let before = lease(state);
                    let mut after = before.clone();
                    match (apply(&mut after, now), expected) {
                        (Ok(()), Some(expected)) => assert_eq!(after.state, expected, "{change:?} of {state:?}, over: {over}"),
                        (Err(refused), None) => {
                            assert_eq!(refused, WrongState { state, tried: change });
                            assert_eq!(after, before);
                        }
                        (result, expected) => panic!("{change:?} of {state:?}, over: {over}: {result:?} instead of {expected:?}"),
                    }
                    assert!(!(matches!(after.state, Revoking | Released | Expired) && after.ended.is_none()));
                }
            }
        }
    }

    #[test]
    fn more_time_is_counted_from_now_up_to_the_end_and_never_shortens() {
        let mut lease = lease(LeaseState::Active);
        lease.renew(noon() + TimeDelta::seconds(100), Duration::from_secs(300)).unwrap();
        assert_eq!(lease.expires_at, noon() + TimeDelta::seconds(400));
        lease.renew(noon() + TimeDelta::seconds(100), Duration::from_secs(10)).unwrap();
        assert_eq!(lease.expires_at, noon() + TimeDelta::seconds(400));
        lease.renew(noon() + TimeDelta::seconds(399), Duration::from_secs(86_400)).unwrap();
        assert_eq!(lease.expires_at, lease.ends_at);
    }

    #[test]
    fn the_duration_is_that_of_open_access_and_a_late_release_is_an_expiry() {
        let mut released = lease(LeaseState::Active);
        released.release(noon() + TimeDelta::milliseconds(1250)).unwrap();
        released.postpone(noon() + TimeDelta::seconds(40)).unwrap();
        released.finish().unwrap();
        assert_eq!((released.duration(), released.state), (Some(Duration::from_millis(1250)), LeaseState::Released));
        let mut late = lease(LeaseState::Active);
        late.release(noon() + TimeDelta::seconds(900)).unwrap();
        late.finish().unwrap();
        assert_eq!((late.duration(), late.state), (Some(Duration::from_secs(300)), LeaseState::Expired));
    }

    #[test]
    fn waits_double_from_a_second_to_a_minute_and_never_end() {
        let mut lease = lease(LeaseState::Revoking);
        let mut waits = Vec::new();
        for _ in 0..40 {
            lease.postpone(noon()).unwrap();
            waits.push((lease.next_attempt_at.unwrap() - noon()).num_seconds());
        }
        assert_eq!(waits[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(waits[39], 60);
    }

    #[test]
    fn names_are_read_back_and_anything_else_is_refused() {
        let id = LeaseId::of("aZ-_9");
        assert_eq!(id.as_str().parse(), Ok(id));
        for text in ["", "conn_", "conn_a b", "conn_'", "con_a"] {
            assert!(text.parse::<LeaseId>().is_err(), "{text:?}");
        }
        for state in LeaseState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
    }
}

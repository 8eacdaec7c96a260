//! Messages and the attempts to bring them to their endpoint.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::kernel::{DeliveryId, EndpointId, Timestamp, UserId};

use super::Event;

/// The word stands for nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown word")]
pub struct UnknownWord;

/// Where a message is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    /// Still to be sent, or to be sent again.
    Pending,
    /// The endpoint took it.
    Delivered,
    /// Given up.
    Failed,
}

impl DeliveryStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// The word on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for DeliveryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DeliveryStatus {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownWord)
    }
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SendFailure {
    /// The address may not be sent to: it is of this machine, its network or its operator's.
    Refused,
    /// The host has no address.
    Unresolved,
    /// Nobody took the connection, or it broke.
    Connection,
    /// TLS could not be agreed on, or the certificate is not good.
    Tls,
    /// No answer in time.
    Timeout,
}

impl SendFailure {
    const ALL: [Self; 5] = [Self::Refused, Self::Unresolved, Self::Connection, Self::Tls, Self::Timeout];

    /// The word on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "target_refused",
            Self::Unresolved => "host_not_found",
            Self::Connection => "connection_failed",
            Self::Tls => "tls_failed",
            Self::Timeout => "timeout",
        }
    }
}

impl FromStr for SendFailure {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|failure| failure.as_str() == text).ok_or(UnknownWord)
    }
}

/// What came of an attempt. Nothing of the answer's body is kept: it is the receiver's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The endpoint answered with this status.
    Answered(u16),
    /// It did not.
    Unanswered(SendFailure),
}

impl AttemptOutcome {
    /// Whether the message arrived: any 2xx (Standard Webhooks).
    pub fn is_success(self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }

    /// The status of the answer, if there was one.
    pub fn status(self) -> Option<u16> {
        match self {
            Self::Answered(status) => Some(status),
            Self::Unanswered(_) => None,
        }
    }

    /// Why there was no answer, if there was none.
    pub fn failure(self) -> Option<SendFailure> {
        match self {
            Self::Answered(_) => None,
            Self::Unanswered(failure) => Some(failure),
        }
    }

    /// Whether the endpoint says that nobody is there for good.
    pub fn is_gone(self) -> bool {
        self == Self::Answered(410)
    }
}

/// One attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, to the millisecond.
    pub took: Duration,
    /// What came of it.
    pub outcome: AttemptOutcome,
}

/// One message to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id; with `msg_` before it the `webhook-id` of every attempt.
    pub id: DeliveryId,
    /// Whose.
    pub user_id: UserId,
    /// Where to.
    pub endpoint_id: EndpointId,
    /// What it tells.
    pub event: Event,
    /// The body as sent, JSON: the same in every attempt.
    pub payload: String,
    /// Where it is on its way.
    pub status: DeliveryStatus,
    /// The attempts kept, oldest first: at most [`Delivery::MOST_ATTEMPTS`], the newest.
    pub attempts: Vec<Attempt>,
    /// How many attempts there were since it was last asked for; they choose the next wait.
    pub tries: u32,
    /// How often it was asked for: 1, and one more with each redelivery.
    pub round: u32,
    /// When it will be tried next; none once it ended.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it arrived or was given up.
    pub ended_at: Option<Timestamp>,
}

impl Delivery {
    /// How many attempts are kept.
    pub const MOST_ATTEMPTS: usize = 20;
    /// How long an ended delivery stays in the log: thirty days.
    pub const KEPT: chrono::TimeDelta = chrono::TimeDelta::days(30);

    /// A message to be sent at once.
    pub fn due(id: DeliveryId, user_id: UserId, endpoint_id: EndpointId, event: Event, payload: String, now: Timestamp) -> Self {
        Self {
            id,
            user_id,
            endpoint_id,
            event,
            payload,
            status: DeliveryStatus::Pending,
            attempts: Vec::new(),
            tries: 0,
            round: 1,
            next_attempt_at: Some(now),
            created_at: now,
            ended_at: None,
        }
    }

    /// What receivers tell repeats by.
    pub fn message_id(&self) -> String {
        format!("msg_{}", self.id)
    }

    /// Takes an attempt down.
    pub fn record(&mut self, attempt: Attempt) {
        self.attempts.push(attempt);
        let surplus = self.attempts.len().saturating_sub(Self::MOST_ATTEMPTS);
        self.attempts.drain(..surplus);
        self.tries = self.tries.saturating_add(1);
    }

    /// It arrived, or nothing more is tried.
    pub fn end(&mut self, status: DeliveryStatus, now: Timestamp) {
        self.status = status;
        self.next_attempt_at = None;
        self.ended_at = Some(now);
    }

    /// It is wanted once more, from the beginning of the waits. Nothing changes while it is on its way: `false`.
    pub fn again(&mut self, now: Timestamp) -> bool {
        if self.status == DeliveryStatus::Pending {
            return false;
        }
        self.status = DeliveryStatus::Pending;
        self.tries = 0;
        self.round = self.round.saturating_add(1);
        self.next_attempt_at = Some(now);
        self.ended_at = None;
        true
    }
}

/// Which deliveries are wanted; all conditions together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only to this endpoint.
    pub endpoint_id: Option<EndpointId>,
    /// Only in this status.
    pub status: Option<DeliveryStatus>,
}

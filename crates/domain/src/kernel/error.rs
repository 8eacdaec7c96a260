//! How the domain speaks of failure: few kinds, stable codes, and what a store can say.

/// The cause of an error, kept for the log and never shown to a client.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// An error and its causes in one line, for the log. A layer that only repeats the one below it is left out.
pub fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let next = cause.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = cause.source();
    }
    text
}

/// What kind of outcome an error is; the HTTP adapter maps each kind to one status in one exhaustive match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The input is wrong: correct it and try again.
    Invalid,
    /// Who calls is not known, or no longer trusted.
    Unauthenticated,
    /// Known, but not allowed.
    Forbidden,
    /// It does not exist, or belongs to somebody else (the two are not told apart).
    NotFound,
    /// The present state forbids it.
    Conflict,
    /// The body is larger than allowed.
    TooLarge,
    /// The media type is not supported.
    UnsupportedMedia,
    /// An idempotency key was used again with another content.
    IdempotencyMismatch,
    /// Too many requests: wait.
    RateLimited,
    /// A needed service is busy, unreachable or not configured: try again later.
    Unavailable,
    /// A needed service did not answer in time.
    Timeout,
    /// Our fault.
    Internal,
}

/// An error a client can meet: its kind, a stable code, and a message that says what to do.
pub trait Coded: std::error::Error {
    /// The kind of outcome.
    fn kind(&self) -> ErrorKind;
    /// A stable `UPPER_SNAKE` code clients may match on.
    fn code(&self) -> &'static str;
    /// The fields at fault, for [`ErrorKind::Invalid`].
    fn fields(&self) -> &[FieldError] {
        &[]
    }
    /// Seconds to wait before trying again, where that is known.
    fn retry_after_seconds(&self) -> Option<u64> {
        None
    }
    /// Further facts a client may act on, as a JSON object; errors with [`fields`](Coded::fields) need none.
    fn details(&self) -> Option<serde_json::Value> {
        None
    }
}

/// One field of the input and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name on the wire, nested ones with dots.
    pub field: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Input that breaks a rule, with every field at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the input is invalid: {}", .0.iter().map(|f| format!("{}: {}", f.field, f.message)).collect::<Vec<_>>().join("; "))]
pub struct Invalid(pub Vec<FieldError>);

impl Invalid {
    /// One field at fault.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// Fails with all collected fields, or passes when there are none.
    ///
    /// # Errors
    /// [`Invalid`] when `fields` is not empty.
    pub fn check(fields: Vec<FieldError>) -> Result<(), Self> {
        if fields.is_empty() { Ok(()) } else { Err(Self(fields)) }
    }
}

/// What a store can answer instead of a result. Adapters map their own errors to these.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique key is taken. `constraint` names it, e.g. `users.email`.
    #[error("unique key {constraint} is taken")]
    Conflict {
        /// Which unique key, as `collection.field`.
        constraint: String,
    },
    /// Another writer was faster; the whole unit of work may be tried again.
    #[error("the store is contended")]
    Contention(#[source] Source),
    /// The job's lease was lost: another worker owns it now, so nothing was written.
    #[error("the job lease is lost")]
    LeaseLost,
    /// A stored row cannot be read as the entity it should be.
    #[error("stored {entity} {id} is corrupt in {field}")]
    Corrupt {
        /// The entity.
        entity: &'static str,
        /// Its id as stored.
        id: String,
        /// The field that cannot be read.
        field: &'static str,
    },
    /// The store does not answer.
    #[error("the store is unavailable")]
    Unavailable(#[source] Source),
    /// Anything else.
    #[error("the store failed")]
    Other(#[source] Source),
}

impl StoreError {
    /// Whether the unique key `constraint` is the one that clashed.
    pub fn is_conflict_on(&self, name: &str) -> bool {
        matches!(self, Self::Conflict { constraint } if constraint == name)
    }
}

impl Coded for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Conflict { .. } => ErrorKind::Conflict,
            Self::Contention(_) | Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::LeaseLost | Self::Corrupt { .. } | Self::Other(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "CONFLICT",
            Self::Contention(_) | Self::Unavailable(_) => "STORE_UNAVAILABLE",
            Self::LeaseLost | Self::Corrupt { .. } | Self::Other(_) => "INTERNAL_ERROR",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    #[test]
    fn causes_follow_in_one_line_and_a_layer_that_repeats_is_left_out() {
        let layer = |text, source: Option<Layer>| Layer { text, source: source.map(Box::new) };
        let error = layer("no picture", Some(layer("reading: disk full", Some(layer("disk full", None)))));
        assert_eq!(error_chain(&error), "no picture: reading: disk full");
        assert_eq!(error_chain(&layer("alone", None)), "alone");
    }
}

//! Hearing what a provider tells by itself.

use std::sync::Arc;

use crate::kernel::{Clock, Coded, ErrorKind, ObjectKey, ObjectStore, ObjectStoreError, StoreError, retry_on_contention};
use crate::wearit::WearitStore;
use crate::wearit::tryon::{
    Attempt, CallbackAddress, CallbackAddresses, CallbackError, CallbackMessage, Heard, HeardMark, ProviderChain, TryOnStatus,
};

/// What a message from a provider leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hearing {
    /// The run of the try-on will look at it.
    Noted,
    /// Nothing: it was heard before, comes too late, or is about another attempt.
    Ignored,
}

/// Why a message is refused.
#[derive(Debug, thiserror::Error)]
pub enum HearError {
    /// No provider of this name.
    #[error("not found")]
    NotFound,
    /// It is not from the provider, or not of this moment.
    #[error("the message is refused: {0}")]
    Refused(#[source] CallbackError),
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(CallbackError),
    /// The store failed: the provider should send it again.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The object store failed: the provider should send it again.
    #[error("the object store failed")]
    Objects(#[from] ObjectStoreError),
}

impl Coded for HearError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Refused(_) => ErrorKind::Forbidden,
            Self::Unreadable(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
            Self::Objects(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Refused(_) => "CALLBACK_REFUSED",
            Self::Unreadable(_) => "VALIDATION_ERROR",
            Self::Store(error) => error.code(),
            Self::Objects(error) => error.code(),
        }
    }
}

/// Takes messages of providers. A message is a hint: it changes nothing but what the run of the try-on looks at next.
#[derive(Clone)]
pub struct ProviderCallbacks {
    store: Arc<dyn WearitStore>,
    objects: Arc<dyn ObjectStore>,
    providers: ProviderChain,
    addresses: CallbackAddresses,
    clock: Arc<dyn Clock>,
}

impl ProviderCallbacks {
    /// A service over these ports.
    pub fn new(
        store: Arc<dyn WearitStore>,
        objects: Arc<dyn ObjectStore>,
        providers: ProviderChain,
        addresses: CallbackAddresses,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, objects, providers, addresses, clock }
    }

    /// Whether the address is one of ours: asked before a message is read.
    pub fn is_ours(&self, provider: &str, address: &CallbackAddress) -> bool {
        self.addresses.is_ours(provider, address)
    }

    /// Hears a message that came to an address of ours, once, whatever the order of messages.
    ///
    /// # Errors
    /// [`HearError`]; for a message about a try-on that is done or gone the answer is [`Hearing::Ignored`].
    #[tracing::instrument(name = "wearit.tryon.hear", skip_all, fields(provider, tryon_id = %address.tryon_id), err)]
    pub async fn hear(&self, provider: &str, address: &CallbackAddress, message: &CallbackMessage) -> Result<Hearing, HearError> {
        let adapter = self.providers.named(provider).ok_or(HearError::NotFound)?;
        if !self.addresses.is_ours(provider, address) {
            return Err(HearError::Refused(CallbackError::Signature));
        }
        let heard = adapter.read_callback(message).map_err(|error| match error {
            CallbackError::Malformed(_) => HearError::Unreadable(error),
            _ => HearError::Refused(error),
        })?;
        if heard.finished
            && let Some(kept) = heard.kept.clone()
            && self.concerns(provider, address, &heard).await?
        {
            let key = ObjectKey::tryon_heard(address.user_id, address.tryon_id);
            self.objects.put(&key, kept, "application/json").await?;
        }
        retry_on_contention(|| self.note(provider, address, &heard), |error: &StoreError| Some(error)).await.map_err(HearError::from)
    }

    async fn concerns(&self, provider: &str, address: &CallbackAddress, heard: &Heard) -> Result<bool, StoreError> {
        let tryon = self.store.tryons().find(address.user_id, address.tryon_id).await?;
        let tryon = tryon.filter(|tryon| tryon.status == TryOnStatus::Processing && tryon.attempts.len() == address.attempt);
        Ok(tryon.and_then(|tryon| tryon.attempts.into_iter().next_back()).is_some_and(|attempt| is_news(&attempt, provider, heard)))
    }

    async fn note(&self, provider: &str, address: &CallbackAddress, heard: &Heard) -> Result<Hearing, StoreError> {
        let mut uow = self.store.begin().await?;
        let tryon = uow.tryons().find(address.user_id, address.tryon_id).await?;
        let Some(mut tryon) = tryon.filter(|tryon| tryon.status == TryOnStatus::Processing && tryon.attempts.len() == address.attempt)
        else {
            return Ok(Hearing::Ignored);
        };
        let Some(attempt) = tryon.attempts.last_mut().filter(|attempt| is_news(attempt, provider, heard)) else {
            return Ok(Hearing::Ignored);
        };
        let now = self.clock.now();
        let small = heard.kept.as_ref().filter(|kept| !heard.finished && kept.len() <= Heard::MOST_KEPT);
        attempt.heard = Some(HeardMark {
            message_id: heard.message_id.clone(),
            at: now,
            finished: heard.finished,
            kept: small.and_then(|kept| String::from_utf8(kept.to_vec()).ok()),
        });
        if heard.finished {
            tryon.advance(tryon.progress, "collecting").map_err(|error| StoreError::Other(error.into()))?;
        }
        uow.tryons().update(&tryon).await?;
        if heard.finished {
            // The run waits for news of its person, in whichever process it is: this wakes it at once.
            uow.events().append(&tryon.updated_event(now)).await?;
        }
        uow.commit().await?;
        Ok(Hearing::Noted)
    }
}

/// Whether the message tells anything new of the attempt.
fn is_news(attempt: &Attempt, provider: &str, heard: &Heard) -> bool {
    let of_this_attempt = attempt.provider == provider && attempt.ended_at.is_none();
    // Before the answer to the submission is stored, any id may be the right one: the token says which attempt is meant.
    let of_this_request = attempt.external_id.as_ref().is_none_or(|id| *id == heard.external_id);
    let not_heard = attempt.heard.as_ref().is_none_or(|mark| !mark.finished && mark.message_id != heard.message_id);
    of_this_attempt && of_this_request && not_heard
}

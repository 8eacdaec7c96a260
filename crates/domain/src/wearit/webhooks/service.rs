//! Use cases of webhooks.

use std::sync::Arc;

use serde_json::json;

use crate::identity::Actor;
use crate::kernel::{
    Clock, DeliveryId, EndpointId, IdGenerator, Idempotency, IdempotentRequest, Invalid, Page, Paged, SecretString, retry_on_contention,
};
use crate::wearit::WearitStore;

use super::announce::{enqueue, job_of, time};
use super::{Delivery, DeliveryFilter, Disabled, Endpoint, EndpointSecrets, Event, WebhookError, WebhookSender};

/// An endpoint to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct CreateEndpoint {
    /// Where messages go.
    pub url: String,
    /// What it is told; nothing named means everything.
    pub events: Vec<String>,
    /// What its owner calls it.
    pub description: String,
}

/// What is to change; what is absent stays.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ChangeEndpoint {
    /// Where messages go.
    pub url: Option<String>,
    /// What it is told; nothing named means everything.
    pub events: Option<Vec<String>>,
    /// What its owner calls it.
    pub description: Option<String>,
    /// Whether messages are sent at all.
    pub enabled: Option<bool>,
}

/// An endpoint with its secret, which is shown when it is made and when it is changed.
#[derive(Debug, Clone)]
pub struct Secret {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// `whsec_…`
    pub secret: SecretString,
}

/// The use cases of webhooks; always of the caller's own endpoints.
#[derive(Clone)]
pub struct WebhookService {
    store: Arc<dyn WearitStore>,
    sender: Arc<dyn WebhookSender>,
    secrets: EndpointSecrets,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
}

impl WebhookService {
    /// A service over these ports.
    pub fn new(
        store: Arc<dyn WearitStore>,
        sender: Arc<dyn WebhookSender>,
        secrets: EndpointSecrets,
        ids: Arc<dyn IdGenerator>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, sender, secrets, ids, clock }
    }

    fn described(text: &str) -> Result<String, Invalid> {
        let text = text.trim();
        if text.chars().count() > Endpoint::MOST_DESCRIPTION || text.chars().any(char::is_control) {
            return Err(Invalid::field("description", format!("must have at most {} characters on one line", Endpoint::MOST_DESCRIPTION)));
        }
        Ok(text.to_owned())
    }

    async fn checked_url(&self, url: &str) -> Result<String, WebhookError> {
        if url.is_empty() || url.len() > Endpoint::MOST_URL {
            return Err(Invalid::field("url", format!("must have 1 to {} bytes", Endpoint::MOST_URL)).into());
        }
        Ok(self.sender.check(url).await?)
    }

    fn revealed(&self, endpoint: Endpoint) -> Secret {
        Secret { secret: self.secrets.reveal(endpoint.id, &endpoint.secret), endpoint }
    }

    /// Makes an endpoint and answers its secret. A repeat with the same idempotency key answers the first one.
    ///
    /// # Errors
    /// [`WebhookError::Invalid`] for an address that may not be sent to, an event that does not exist or a long description;
    /// [`WebhookError::TooMany`]; [`WebhookError::NotFound`] when the key's endpoint is deleted; [`WebhookError::IdempotencyMismatch`].
    #[tracing::instrument(name = "wearit.webhooks.create", skip_all, fields(user_id = %actor.user_id))]
    pub async fn create(&self, actor: Actor, command: CreateEndpoint, request: Option<&IdempotentRequest>) -> Result<Secret, WebhookError> {
        let events = Event::parse_selection(&command.events)?;
        let description = Self::described(&command.description)?;
        let url = self.checked_url(&command.url).await?;
        let now = self.clock.now();
        let endpoint = Endpoint {
            id: self.ids.generate(),
            user_id: actor.user_id,
            url,
            description,
            events,
            secret: self.secrets.fresh(),
            earlier_secret: None,
            disabled: None,
            failing_since: None,
            created_at: now,
            updated_at: now,
        };
        let idempotency = Idempotency { operation: "wearit.webhooks.create", user_id: actor.user_id, request, now };
        let stored = retry_on_contention(|| self.insert(&endpoint, idempotency), WebhookError::store).await?;
        Ok(self.revealed(stored))
    }

    async fn insert(&self, endpoint: &Endpoint, idempotency: Idempotency<'_>) -> Result<Endpoint, WebhookError> {
        let mut uow = self.store.begin().await?;
        if let Some(earlier) = idempotency.claim(uow.idempotency(), endpoint.id).await? {
            return uow.webhooks().endpoint(endpoint.user_id, earlier).await?.ok_or(WebhookError::NotFound);
        }
        if uow.webhooks().count_endpoints(endpoint.user_id).await? >= Endpoint::MOST as u64 {
            return Err(WebhookError::TooMany);
        }
        uow.webhooks().insert_endpoint(endpoint).await?;
        uow.commit().await?;
        Ok(endpoint.clone())
    }

    /// The caller's endpoints, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn endpoints(&self, actor: Actor) -> Result<Vec<Endpoint>, WebhookError> {
        Ok(self.store.webhooks().endpoints(actor.user_id).await?)
    }

    /// The caller's endpoint with this id.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`].
    pub async fn endpoint(&self, actor: Actor, id: EndpointId) -> Result<Endpoint, WebhookError> {
        self.store.webhooks().endpoint(actor.user_id, id).await?.ok_or(WebhookError::NotFound)
    }

    /// Changes an endpoint. Enabling one forgets what failed before.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`]; [`WebhookError::Invalid`] as [`create`](Self::create).
    #[tracing::instrument(name = "wearit.webhooks.change", skip_all, fields(user_id = %actor.user_id, endpoint_id = %id))]
    pub async fn change(&self, actor: Actor, id: EndpointId, command: ChangeEndpoint) -> Result<Endpoint, WebhookError> {
        self.endpoint(actor, id).await?;
        let events = command.events.as_deref().map(Event::parse_selection).transpose()?;
        let description = command.description.as_deref().map(Self::described).transpose()?;
        let url = match &command.url {
            Some(url) => Some(self.checked_url(url).await?),
            None => None,
        };
        let edit = |endpoint: &mut Endpoint| {
            if let Some(url) = &url {
                endpoint.url.clone_from(url);
            }
            if let Some(events) = &events {
                endpoint.events.clone_from(events);
            }
            if let Some(description) = &description {
                endpoint.description.clone_from(description);
            }
            match command.enabled {
                Some(true) => endpoint.enable(),
                Some(false) => endpoint.disabled = Some(Disabled::ByOwner),
                None => {}
            }
            endpoint.updated_at = self.clock.now().max(endpoint.created_at);
        };
        retry_on_contention(|| self.edit(actor, id, &edit), WebhookError::store).await
    }

    /// Gives an endpoint another secret and answers it. Messages are signed with the one before besides for [`Endpoint::SECRET_OVERLAP`].
    ///
    /// # Errors
    /// [`WebhookError::NotFound`].
    #[tracing::instrument(name = "wearit.webhooks.rotate", skip_all, fields(user_id = %actor.user_id, endpoint_id = %id))]
    pub async fn rotate(&self, actor: Actor, id: EndpointId) -> Result<Secret, WebhookError> {
        let fresh = self.secrets.fresh();
        let edit = |endpoint: &mut Endpoint| endpoint.rotate(fresh.clone(), self.clock.now());
        let endpoint = retry_on_contention(|| self.edit(actor, id, &edit), WebhookError::store).await?;
        Ok(self.revealed(endpoint))
    }

    async fn edit(&self, actor: Actor, id: EndpointId, edit: &(impl Fn(&mut Endpoint) + Sync)) -> Result<Endpoint, WebhookError> {
        let mut uow = self.store.begin().await?;
        let mut endpoint = uow.webhooks().endpoint(actor.user_id, id).await?.ok_or(WebhookError::NotFound)?;
        edit(&mut endpoint);
        uow.webhooks().update_endpoint(&endpoint).await?;
        uow.commit().await?;
        Ok(endpoint)
    }

    /// Deletes an endpoint with its log; what is on its way is not sent any more.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`].
    #[tracing::instrument(name = "wearit.webhooks.delete", skip_all, fields(user_id = %actor.user_id, endpoint_id = %id))]
    pub async fn delete(&self, actor: Actor, id: EndpointId) -> Result<(), WebhookError> {
        retry_on_contention(|| self.delete_once(actor, id), WebhookError::store).await
    }

    async fn delete_once(&self, actor: Actor, id: EndpointId) -> Result<(), WebhookError> {
        let mut uow = self.store.begin().await?;
        if !uow.webhooks().delete_endpoint(actor.user_id, id).await? {
            return Err(WebhookError::NotFound);
        }
        Ok(uow.commit().await?)
    }

    /// Sends an endpoint a message that tells nothing, for its owner to see whether it arrives.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`]; [`WebhookError::InvalidState`] when it is disabled.
    #[tracing::instrument(name = "wearit.webhooks.try_out", skip_all, fields(user_id = %actor.user_id, endpoint_id = %id))]
    pub async fn try_out(&self, actor: Actor, id: EndpointId) -> Result<Delivery, WebhookError> {
        retry_on_contention(|| self.try_out_once(actor, id), WebhookError::store).await
    }

    async fn try_out_once(&self, actor: Actor, id: EndpointId) -> Result<Delivery, WebhookError> {
        let now = self.clock.now();
        let mut uow = self.store.begin().await?;
        let endpoint = uow.webhooks().endpoint(actor.user_id, id).await?.ok_or(WebhookError::NotFound)?;
        if endpoint.disabled.is_some() {
            return Err(DISABLED);
        }
        let data = json!({ "endpoint_id": endpoint.id, "sent_at": time(now) });
        let delivery = enqueue(uow.as_mut(), &endpoint, Event::Test, &data, self.ids.as_ref(), now).await?;
        uow.commit().await?;
        Ok(delivery)
    }

    /// A page of the caller's deliveries, newest first.
    ///
    /// # Errors
    /// [`WebhookError::Store`] when the cursor is of another list, or the store fails.
    pub async fn deliveries(&self, actor: Actor, filter: &DeliveryFilter, page: &Page) -> Result<Paged<Delivery>, WebhookError> {
        page.check_sorted_by_time()?;
        Ok(self.store.webhooks().deliveries(actor.user_id, filter, page).await?)
    }

    /// The caller's delivery with this id.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`].
    pub async fn delivery(&self, actor: Actor, id: DeliveryId) -> Result<Delivery, WebhookError> {
        self.store.webhooks().delivery(actor.user_id, id).await?.ok_or(WebhookError::NotFound)
    }

    /// Sends a delivery once more, under the same message id, from the beginning of the waits.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`]; [`WebhookError::InvalidState`] while it is on its way, or when its endpoint is disabled.
    #[tracing::instrument(name = "wearit.webhooks.redeliver", skip_all, fields(user_id = %actor.user_id, delivery_id = %id))]
    pub async fn redeliver(&self, actor: Actor, id: DeliveryId) -> Result<Delivery, WebhookError> {
        retry_on_contention(|| self.redeliver_once(actor, id), WebhookError::store).await
    }

    async fn redeliver_once(&self, actor: Actor, id: DeliveryId) -> Result<Delivery, WebhookError> {
        let now = self.clock.now();
        let mut uow = self.store.begin().await?;
        let mut delivery = uow.webhooks().delivery(actor.user_id, id).await?.ok_or(WebhookError::NotFound)?;
        let endpoint = uow.webhooks().endpoint(actor.user_id, delivery.endpoint_id).await?.ok_or(WebhookError::NotFound)?;
        if endpoint.disabled.is_some() {
            return Err(DISABLED);
        }
        if !delivery.again(now) {
            return Err(WebhookError::InvalidState("the delivery is on its way: see its next_attempt_at"));
        }
        uow.webhooks().update_delivery(&delivery).await?;
        uow.jobs().enqueue(&job_of(&delivery, self.ids.as_ref(), now)?).await?;
        uow.commit().await?;
        Ok(delivery)
    }
}

const DISABLED: WebhookError = WebhookError::InvalidState("the endpoint is disabled: enable it first with PATCH {\"enabled\": true}");
